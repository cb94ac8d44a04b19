package engine

import (
	"errors"
	"sort"
	"testing"

	"pgregory.net/rapid"
)

// oracle is a queue as a slice kept sorted by time, later pushes last.
type oracle struct{ events []Event }

func (o *oracle) push(e Event) {
	i := sort.Search(len(o.events), func(i int) bool { return o.events[i].At > e.At })
	o.events = append(o.events, Event{})
	copy(o.events[i+1:], o.events[i:])
	o.events[i] = e
}

func (o *oracle) pop() (Event, bool) {
	if len(o.events) == 0 {
		return Event{}, false
	}
	e := o.events[0]
	o.events = o.events[1:]
	return e, true
}

// ahead draws a delay: often a tie, else any scale from 1 ns to a century.
func ahead(t *rapid.T) Time {
	switch rapid.IntRange(0, 3).Draw(t, "scale") {
	case 0:
		return 0
	case 1:
		return Time(rapid.IntRange(0, 3).Draw(t, "tie"))
	case 2:
		return Time(rapid.IntRange(0, 100_000).Draw(t, "near"))
	}
	return Time(1) << rapid.IntRange(0, 61).Draw(t, "far")
}

func TestQueueAgainstSortedSlice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var q Queue
		var o oracle
		var now Time
		for i := range rapid.IntRange(1, 400).Draw(t, "operations") {
			if rapid.IntRange(0, 99).Draw(t, "push") < 60 {
				at := now + ahead(t)
				if at < now {
					at = Never
				}
				q.Push(at, Kind(i), int32(i), uint32(i))
				o.push(Event{At: at, packed: uint32(Kind(i))<<24 | uint32(i), Entity: int32(i)})
			} else {
				now = checkPop(t, &q, &o, now)
			}
			if q.Len() != len(o.events) {
				t.Fatalf("Len %d, want %d", q.Len(), len(o.events))
			}
			if at, ok := q.Peek(); ok != (q.Len() > 0) || ok && at != o.events[0].At {
				t.Fatalf("Peek %d, %v", at, ok)
			}
		}
		for q.Len() > 0 {
			now = checkPop(t, &q, &o, now)
		}
	})
}

func checkPop(t *rapid.T, q *Queue, o *oracle, now Time) Time {
	want, wantOK := o.pop()
	got, ok := q.Pop()
	if got != want || ok != wantOK {
		t.Fatalf("Pop %+v, %v; want %+v, %v", got, ok, want, wantOK)
	}
	if ok {
		now = got.At
	}
	if q.Now() != now {
		t.Fatalf("Now %d, want %d", q.Now(), now)
	}
	return now
}

func TestQueueFirstInFirstOut(t *testing.T) {
	var q Queue
	for i := range int32(1000) {
		q.Push(Time(i%7)*1_000_003, 1, i, 0)
	}
	last, n := Event{Entity: -1}, 0
	for e, ok := q.Pop(); ok; e, ok = q.Pop() {
		if e.At < last.At || e.At == last.At && e.Entity <= last.Entity {
			t.Fatalf("%+v came after %+v", e, last)
		}
		last = e
		n++
	}
	if n != 1000 {
		t.Errorf("popped %d events, want 1000", n)
	}
}

func TestQueuePeekAllowsEarlierPush(t *testing.T) {
	var q Queue
	q.Push(1_000_000, 0, 1, 0)
	if at, ok := q.Peek(); at != 1_000_000 || !ok {
		t.Fatalf("Peek %d, %v", at, ok)
	}
	q.Push(10, 0, 2, 0)
	if e, _ := q.Pop(); e.Entity != 2 {
		t.Errorf("popped entity %d, want 2", e.Entity)
	}
}

func TestQueuePushIntoThePastPanics(t *testing.T) {
	var q Queue
	q.Push(100, 0, 0, 0)
	q.Pop()
	q.Push(100, 0, 0, 0) // the present is not the past
	defer func() {
		if recover() == nil {
			t.Error("pushing at 99 ns with now at 100 ns did not panic")
		}
	}()
	q.Push(99, 0, 0, 0)
}

func TestEventPacking(t *testing.T) {
	var q Queue
	q.Push(5, 255, -1, MaxGeneration)
	e, _ := q.Pop()
	if e.Kind() != 255 || e.Generation() != MaxGeneration || e.Entity != -1 {
		t.Errorf("got kind %d, generation %d, entity %d", e.Kind(), e.Generation(), e.Entity)
	}
	if Next(MaxGeneration) != 0 || Next(7) != 8 {
		t.Error("generation does not wrap to 0 after MaxGeneration")
	}
}

func TestQueueLimits(t *testing.T) {
	tests := []struct {
		name   string
		limits Limits
		popped int
		want   string
	}{
		{"none", Limits{}, 10, ""},
		{"at the limits", Limits{Pending: 10, PerInstant: 10, End: 50}, 10, ""},
		{"pending", Limits{Pending: 9}, 0, "more than 9 pending events: event of kind 4 for entity 9 at 50 ns"},
		{"instant", Limits{PerInstant: 3}, 3, "more than 3 events in one instant: event of kind 4 for entity 3 at 50 ns"},
		{"end", Limits{End: 49}, 0, "more than 49 simulated time in ns: event of kind 4 for entity 0 at 50 ns"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var q Queue
			q.SetLimits(tt.limits)
			for i := range int32(10) {
				q.Push(50, 4, i, 0)
			}
			popped := 0
			for _, ok := q.Pop(); ok; _, ok = q.Pop() {
				popped++
			}
			if popped != tt.popped {
				t.Errorf("popped %d, want %d", popped, tt.popped)
			}
			if tt.want == "" {
				if q.Err() != nil {
					t.Error(q.Err())
				}
				return
			}
			var limit *LimitError
			if !errors.As(q.Err(), &limit) || limit.Error() != tt.want {
				t.Errorf("got %v\nwant %s", q.Err(), tt.want)
			}
		})
	}
}

// A chain of events that each push the next at the same time must hit the limit
// although the bucket is empty after every pop; a chain that progresses must not.
func TestQueueLimitOnZeroDelayChain(t *testing.T) {
	for _, step := range []Time{0, 1, 100} {
		var q Queue
		q.SetLimits(Limits{PerInstant: 50})
		q.Push(0, 0, 0, 0)
		n := 0
		for e, ok := q.Pop(); ok && n < 1000; e, ok = q.Pop() {
			n++
			q.Push(e.At+step, 0, 0, 0)
		}
		if step == 0 && (n != 50 || q.Err() == nil) {
			t.Errorf("chain without progress: %d events, error %v", n, q.Err())
		}
		if step > 0 && (n != 1000 || q.Err() != nil) {
			t.Errorf("chain of step %d: %d events, error %v", step, n, q.Err())
		}
	}
}

func TestQueueReset(t *testing.T) {
	var q Queue
	for i := range int32(100) {
		q.Push(Time(i)*999, 0, i, 0)
	}
	for range 50 {
		q.Pop()
	}
	q.Reset()
	if _, ok := q.Pop(); ok || q.Len() != 0 || q.Now() != 0 {
		t.Fatalf("after Reset: Pop %v, Len %d, Now %d", ok, q.Len(), q.Now())
	}
	q.Push(3, 0, 42, 0)
	if e, ok := q.Pop(); !ok || e.Entity != 42 {
		t.Errorf("after Reset: popped %+v, %v", e, ok)
	}
}

func TestQueueDoesNotAllocate(t *testing.T) {
	for _, w := range workloads {
		t.Run(w.name, func(t *testing.T) {
			var q Queue
			var r stream
			fill(&q, &r, 2000, w.delay)
			hold(&q, &r, 200_000, w.delay)
			if n := testing.AllocsPerRun(20, func() { hold(&q, &r, 1000, w.delay) }); n > 0 {
				t.Errorf("%g allocations in 1000 holds at steady state", n)
			}
		})
	}
}

// The pool holds the most events that were pending at once, and beyond them at
// most one block for each bucket that is not full and one being spread.
func TestQueueStorageIsBounded(t *testing.T) {
	const pending = 20_000
	for _, w := range workloads {
		t.Run(w.name, func(t *testing.T) {
			var q Queue
			var r stream
			fill(&q, &r, pending, w.delay)
			most := 0
			for range 50 {
				hold(&q, &r, 10_000, w.delay)
				used := len(q.blocks) - 1
				for i := q.free; i != 0; i = q.blocks[i].next {
					used--
				}
				for b := range q.bucket { // blocks in chains, counted one by one
					if q.bucket[b].n == 0 {
						continue
					}
					for i := q.bucket[b].first; ; i = q.blocks[i].next {
						used--
						if i == q.bucket[b].last {
							break
						}
					}
				}
				if used != 0 {
					t.Fatalf("%d blocks are neither free nor in a bucket", used)
				}
				most = max(most, len(q.blocks)-1)
			}
			if limit := pending/blockSize + buckets/2; most > limit {
				t.Errorf("%d blocks for %d events, want at most %d", most, pending, limit)
			}
		})
	}
}

// PopNow stops at the end of an instant, and sees what is pushed into it.
func TestPopNow(t *testing.T) {
	var q Queue
	if _, ok := q.PopNow(); ok {
		t.Fatal("an empty queue holds an event of the present")
	}
	for _, at := range []Time{5, 7, 5, 1 << 40} {
		q.Push(at, 1, int32(at%100), 0)
	}
	var got []Time
	for e, ok := q.Pop(); ok; e, ok = q.PopNow() {
		got = append(got, e.At)
		if len(got) == 2 {
			q.Push(5, 1, 9, 0)
		}
	}
	if len(got) != 3 || got[2] != 5 || q.Len() != 2 {
		t.Errorf("popped %v with %d left, want three events at 5 and two left", got, q.Len())
	}
}
