package study

import (
	"cmp"
	"container/list"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"

	"trainsim/sim/engine"
	"trainsim/sim/fold"
	"trainsim/sim/network"
	"trainsim/sim/run"
	"trainsim/sim/scenario"
	"trainsim/sim/training"
)

// state names a state of health up to the symmetry of the machine: states of one
// name have one step. Where the job is not folded, or has noise, which differs from
// rank to rank, it is the very state.
type state struct {
	Lost int32 // replicas
	Look fold.Fingerprint
}

func compareStates(a, b state) int {
	return cmp.Or(cmp.Compare(a.Lost, b.Lost), cmp.Compare(a.Look.A, b.Look.A), cmp.Compare(a.Look.B, b.Look.B))
}

// memo is the steps of a scenario by state of health, each simulated once.
// Replicas side by side share it: as a state has one step, it does not matter
// which of them simulates it.
type memo struct {
	subject
	mutex sync.Mutex
	steps map[state]*once[*run.Step]
	doing func(what string) // told of what is simulated; nil: nobody
	jobs  list.List         // of *prepared, the one used last first
	most  int               // jobs kept: at 100,000 ranks one takes hundreds of megabytes
}

// subject is what is simulated.
type subject struct {
	job     func(lost int32) (*training.Job, error) // without the last replicas, lost of them
	wrong   func(h *run.Health, t *network.Topology) ([]training.Degrade, error)
	slots   func(hosts []int32) []int32 // that hosts of the machine are in
	samples int                         // steps simulated in each state where steps differ by noise
}

// subjectOf returns what a scenario asks to simulate.
func subjectOf(c *scenario.Config) subject {
	return subject{
		job:   func(lost int32) (*training.Job, error) { return c.Shrunk(int(lost), nil) },
		wrong: c.Degrades, slots: c.Slots, samples: c.Noise.Samples,
	}
}

// once is a value that the first of many makes and the others wait for.
type once[T any] struct {
	sync.Once
	value T
	err   error
}

func (o *once[T]) get(make func() (T, error)) (T, error) {
	o.Do(func() {
		o.err = errUnmade // stays if make panics
		o.value, o.err = make()
	})
	return o.value, o.err
}

var errUnmade = errors.New("another replica failed at it")

// prepared is the job with some of its replicas lost, laid out.
type prepared struct {
	lost int32
	once[*layout]
}

type layout struct {
	prepared *training.Prepared
	topology *network.Topology
	always   []training.Degrade // what is wrong in every state
	noise    *training.Noise    // nil: none
}

// newMemo returns an empty memo for so many workers.
func newMemo(s subject, workers int) *memo {
	return &memo{subject: s, steps: map[state]*once[*run.Step]{}, most: workers + 1}
}

// step returns the entry of a state.
func (m *memo) step(s state) *once[*run.Step] {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	e := m.steps[s]
	if e == nil {
		e = new(once[*run.Step])
		m.steps[s] = e
	}
	return e
}

// tell tells that a state is simulated, or step number of its steps with noise.
func (m *memo) tell(number int) {
	if m.doing == nil {
		return
	}
	m.mutex.Lock()
	what := fmt.Sprintf("state %d of health", len(m.steps))
	m.mutex.Unlock()
	if number > 0 {
		what += fmt.Sprintf(", step %d of %d", number, m.samples)
	}
	m.doing(what)
}

// layout returns the job without the last replicas, lost of them, laid out.
func (m *memo) layout(lost int32) (*layout, error) {
	return m.recent(lost).get(func() (*layout, error) {
		j, err := m.job(lost)
		if err != nil {
			return nil, err
		}
		p, err := training.Prepare(j)
		return &layout{p, j.Topology, slices.Clip(j.Degrade), j.Noise}, err
	})
}

// recent finds a job among those kept or makes room for it.
func (m *memo) recent(lost int32) *prepared {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	for e := m.jobs.Front(); e != nil; e = e.Next() {
		if j := e.Value.(*prepared); j.lost == lost {
			m.jobs.MoveToFront(e)
			return j
		}
	}
	j := &prepared{lost: lost}
	m.jobs.PushFront(j)
	if m.jobs.Len() > m.most {
		m.jobs.Remove(m.jobs.Back())
	}
	return j
}

// worker simulates the steps that one replica after another asks for.
type worker struct {
	memo   *memo
	lost   int32 // of the runner
	layout *layout
	runner *training.Runner // nil: none yet
}

// prepare makes the runner one of the job without the last replicas, lost of them.
func (w *worker) prepare(lost int32) error {
	if w.runner == nil || w.lost != lost {
		w.runner, w.layout = nil, nil // lets go of the old one before the new one is there
		l, err := w.memo.layout(lost)
		if err != nil {
			return err
		}
		w.lost, w.layout, w.runner = lost, l, l.prepared.Runner()
	}
	return nil
}

// asker answers one replica. The states that it has seen are looked up by what
// they say; only others are brought to their name.
type asker struct {
	*worker
	ctx   context.Context
	known map[string]*run.Step
	seen  map[state]bool
	key   []byte
}

func (w *worker) asker(ctx context.Context) *asker {
	return &asker{worker: w, ctx: ctx, known: map[string]*run.Step{}, seen: map[state]bool{}}
}

// step is a [run.Steps]. It fails when the context has ended, so that no replica
// goes on that nobody waits for.
func (a *asker) step(h *run.Health) (*run.Step, error) {
	if a.ctx.Err() != nil {
		return nil, context.Cause(a.ctx)
	}
	a.key = appendHealth(a.key[:0], h)
	if s := a.known[string(a.key)]; s != nil {
		return s, nil
	}
	s, err := a.find(h)
	if err != nil {
		return nil, fmt.Errorf("a step with %s: %w", describe(h), err)
	}
	a.known[string(a.key)] = s
	return s, nil
}

// find brings a state to its name and returns its step.
func (a *asker) find(h *run.Health) (*run.Step, error) {
	if err := a.prepare(h.Lost); err != nil {
		return nil, err
	}
	wrong, err := a.memo.wrong(h, a.layout.topology)
	if err != nil {
		return nil, err
	}
	degrades := append(a.layout.always, wrong...)
	name := state{Lost: h.Lost, Look: spelled(a.key)}
	if a.runner.Folded() && !a.runner.Noisy() {
		name.Look = a.runner.Fingerprint(degrades)
	}
	a.seen[name] = true
	step, err := a.memo.step(name).get(func() (*run.Step, error) {
		a.memo.tell(0)
		return a.simulate(degrades)
	})
	if err == nil && step.Trip != nil && a.runner.Folded() && !a.runner.Noisy() {
		return a.simulate(degrades) // a state of the same name costs other hosts
	}
	return step, err
}

// nominal returns how long a step takes of a job that nothing at all is wrong with,
// not even what the scenario degrades in every state. healthy is the step with that.
func (a *asker) nominal(healthy *run.Step) (engine.Duration, error) {
	if len(a.layout.always) == 0 {
		return healthy.Time, nil
	}
	noise := a.runner.Noise
	a.runner.Noise = nil
	step, err := a.steady(nil)
	a.runner.Noise = noise
	if err != nil {
		return 0, fmt.Errorf("a step with nothing wrong: %w", err)
	}
	return step.Time, nil
}

// states returns the names of the states that were asked for, sorted.
func (a *asker) states() []state {
	return slices.SortedFunc(maps.Keys(a.seen), compareStates)
}

// simulate returns the step in one state of health. With noise its time is that of
// a step without, and its power the mean of many with noise.
func (a *asker) simulate(degrades []training.Degrade) (*run.Step, error) {
	r := a.runner
	noise := r.Noise
	r.Noise = nil
	step, err := a.steady(degrades)
	r.Noise = noise
	if err != nil || !r.Noisy() || step.Trip != nil {
		return step, err
	}
	numbers := engine.NewStream(0, 0, drawSample)
	var time, energy float64
	for i := range a.memo.samples {
		a.memo.tell(i + 1)
		r.Step = int64(numbers.Below(uint64(i), maxStep))
		sample, err := a.steady(degrades)
		if err != nil {
			return nil, err
		}
		step.Samples = append(step.Samples, sample.Time)
		time += sample.Time.Seconds()
		energy += sample.Energy.Float()
	}
	step.Energy = engine.Total{}
	step.Energy.AddProduct(uint64(math.Round(energy/time/1e9)), uint64(step.Time)) // mW·ns per ns
	return step, nil
}

// What steps are sampled: any of a run that may take long, the same in every
// state of health, so that two states differ by what is wrong alone.
const (
	drawSample = 0x73616d70
	maxStep    = 1 << 31
)

// steady simulates the steady step of a job in one state of health.
func (a *asker) steady(degrades []training.Degrade) (*run.Step, error) {
	result, trip, err := a.powered(degrades)
	if err != nil {
		return nil, err
	}
	return &run.Step{Time: result.Steady.To.Sub(result.Steady.From), Energy: result.Steady.Energy(), Trip: trip, Held: result.Held}, nil
}

// powered simulates steps until a breaker opens or load is shed, and if one would,
// what they are until then. What a policy does later than within the steps that stand
// for months it does at once.
func (a *asker) powered(degrades []training.Degrade) (*training.Result, *run.Trip, error) {
	r := a.runner
	defer func() { r.Prompt, r.Unbroken = false, false }()
	result, err := r.Run(degrades, nil)
	if err == nil && result.Overload != nil && result.Overload.Waits {
		r.Prompt = true
		result, err = r.Run(degrades, nil)
	}
	var out *training.OutOfPower
	if errors.As(err, &out) {
		r.Unbroken = true
		result, err = r.Run(degrades, nil)
		return result, a.tripOf(out, out.Error()), err
	}
	if err != nil || result.Overload == nil {
		return result, nil, err
	}
	o := result.Overload
	return result, a.tripOf(&o.OutOfPower, fmt.Sprintf("power: %s is overloaded: %s", o.What, o.Advice())), nil
}

// tripOf returns what happens to a long run.
func (a *asker) tripOf(o *training.OutOfPower, why string) *run.Trip {
	return &run.Trip{After: o.At.Sub(0), Cause: scenario.TripName(o.Level, o.How), What: o.What, Why: why, Slots: a.memo.slots(o.Hosts)}
}

// appendHealth spells a state out.
func appendHealth(b []byte, h *run.Health) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(h.Lost))
	for _, s := range h.Slow {
		b = append(b, byte(s.Target))
		b = binary.LittleEndian.AppendUint32(b, uint32(s.Slot))
		b = binary.LittleEndian.AppendUint32(b, uint32(s.Part))
		b = binary.LittleEndian.AppendUint32(b, uint32(s.Speed))
	}
	for _, s := range h.Short {
		b = append(b, spellShort)
		b = binary.LittleEndian.AppendUint32(b, uint32(s.Slot))
		b = binary.LittleEndian.AppendUint32(b, uint32(s.Supplies))
	}
	return b
}

// spellShort begins what is spelled of a host that lost supplies: it is no target of
// what is slow.
const spellShort = 255

// spelled names a state by what it says.
func spelled(key []byte) fold.Fingerprint {
	sum := sha256.Sum256(key)
	return fold.Fingerprint{A: binary.LittleEndian.Uint64(sum[:]), B: binary.LittleEndian.Uint64(sum[8:])}
}

// describe says in a few words what is wrong.
func describe(h *run.Health) string {
	if h.Healthy() {
		return "nothing wrong"
	}
	what := fmt.Sprintf("%d replicas lost and %d parts slow", h.Lost, len(h.Slow))
	if len(h.Short) > 0 {
		what += fmt.Sprintf(" and %d hosts short of supplies", len(h.Short))
	}
	return what
}
