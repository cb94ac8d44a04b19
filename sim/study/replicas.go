package study

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"

	"trainsim/sim/engine"
	"trainsim/sim/run"
)

// Replication says how the replicas of a run are simulated.
type Replication struct {
	Workers int // side by side
	// Keep is a directory for finished replicas, from which a run that was
	// interrupted goes on; "": none are kept.
	Keep string
	// Done is called when so many replicas of at most so many are there, by one
	// goroutine at a time.
	Done func(done, most int)
	// Stage is called when the replicas are there and something else begins.
	Stage func(what string)
	// Doing is called as parts of that begin which may take long: states of health, and
	// with noise their steps, and points of sweeps. By any goroutine; may be nil.
	Doing func(what string)
}

// drawReplica is the purpose of the draw that is the seed of a replica.
const drawReplica = 0x7265706c

// replicaSeed returns the seed of a replica: variants of a scenario have the same
// in each, and so the same failures.
func replicaSeed(seed int64, number int) uint64 {
	return engine.Hash(uint64(seed), uint64(number), drawReplica)
}

// pool simulates replicas until there are enough. Which worker simulates which
// replica, and when, changes nothing: whether there are enough is asked of the
// first ones, in their order.
type pool struct {
	Replication
	store    store
	memo     *memo
	most     int                         // replicas
	enough   func(first []*replica) bool // asked whenever there is one more
	simulate func(number int, steps run.Steps) (*run.Outcome, error)
}

// finished is what became of a replica.
type finished struct {
	number  int
	replica *replica
	err     error
}

// run returns the replicas, in their order. A replica that fails fails the run,
// the first one that does unless there are enough before.
func (p *pool) run(ctx context.Context) ([]*replica, error) {
	work, stop := context.WithCancel(ctx)
	next, ended := make(chan int), make(chan finished)
	var wait sync.WaitGroup
	for range max(1, p.Workers) {
		wait.Go(func() { p.work(work, next, ended) })
	}
	defer wait.Wait()
	defer close(next)
	defer stop()
	all := make([]finished, p.most)
	var first []*replica // all up to one that is missing yet
	limit, given, n := p.most, 0, 0
	for len(first) < limit {
		offer := next
		if given >= limit {
			offer = nil
		}
		select {
		case offer <- given:
			given++
		case f := <-ended:
			all[f.number] = f
			if n++; f.err != nil {
				limit = min(limit, f.number)
			}
			for len(first) < limit && all[len(first)].replica != nil {
				if first = append(first, all[len(first)].replica); p.enough(first) {
					return first, nil
				}
			}
			p.Done(n, limit)
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	if limit < p.most {
		return nil, all[limit].err
	}
	return first, nil
}

// work simulates the replicas that it is given, until there are no more or nobody
// waits for them.
func (p *pool) work(ctx context.Context, next <-chan int, ended chan<- finished) {
	w := &worker{memo: p.memo}
	for number := range next {
		f := finished{number: number}
		f.replica, f.err = p.one(ctx, w, number)
		select {
		case ended <- f:
		case <-ctx.Done():
			return
		}
	}
}

// mistake is the error of a panic.
func mistake(v any) error {
	return fmt.Errorf("a mistake in simulate itself, please report it with your scenario: %v\n\n%s", v, debug.Stack())
}

// one returns a replica, from the store or simulated. A panic is an error.
func (p *pool) one(ctx context.Context, w *worker, number int) (r *replica, err error) {
	if r := p.store.load(number); r != nil {
		return r, nil
	}
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("replica %d: %w", number, mistake(v))
		}
	}()
	a := w.asker(ctx)
	out, err := p.simulate(number, a.step)
	if err != nil {
		return nil, fmt.Errorf("replica %d: %w", number, err)
	}
	r = &replica{Outcome: out, States: a.states()}
	if err := p.store.save(number, r); err != nil {
		return nil, fmt.Errorf("replica %d cannot be kept: %w", number, err)
	}
	return r, nil
}
