package engine

import (
	"container/heap"
	"testing"
	"time"
)

// stream is a cheap generator (splitmix64) for benchmarks.
type stream uint64

func (s *stream) next() uint64 {
	*s += 0x9e3779b97f4a7c15
	return finalise(uint64(*s))
}

// workloads are delays of the hold model: pop an event, push one a delay later.
var workloads = []struct {
	name  string
	delay func(*stream) Time
}{
	{"uniform", func(r *stream) Time { return Time(r.next() >> 44) }},
	{"tied", func(*stream) Time { return 1000 }},
	{"skewed", func(r *stream) Time {
		x := r.next()
		return Time(x >> 40 >> (x % 24))
	}},
}

func fill(q *Queue, r *stream, n int, delay func(*stream) Time) {
	for i := range n {
		q.Push(q.Now()+delay(r), 0, int32(i), 0)
	}
}

func hold(q *Queue, r *stream, n int, delay func(*stream) Time) {
	for range n {
		e, _ := q.Pop()
		q.Push(e.At+delay(r), e.Kind(), e.Entity, e.Generation())
	}
}

// textbook is the usual event list: container/heap over pointers, with a
// sequence number for ties.
type textbook []*item

type item struct {
	at   Time
	seq  uint64
	what func()
}

func (h textbook) Len() int { return len(h) }
func (h textbook) Less(i, j int) bool {
	return h[i].at < h[j].at || h[i].at == h[j].at && h[i].seq < h[j].seq
}
func (h textbook) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *textbook) Push(x any)   { *h = append(*h, x.(*item)) }
func (h *textbook) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}

// textbookHold returns the time of a hold in ns at n pending events.
func textbookHold(n int, delay func(*stream) Time) float64 {
	var h textbook
	var r stream
	var seq uint64
	push := func(at Time) {
		seq++
		heap.Push(&h, &item{at: at, seq: seq, what: func() {}})
	}
	for range n {
		push(delay(&r))
	}
	const holds = 500_000
	for range 2 * holds { // scatters the items over memory, as a long run does
		push(heap.Pop(&h).(*item).at + delay(&r))
	}
	start := time.Now()
	for range holds {
		push(heap.Pop(&h).(*item).at + delay(&r))
	}
	return float64(time.Since(start).Nanoseconds()) / holds
}

// BenchmarkHold pops and pushes at 100,000 pending events, beside the textbook
// heap in the same process.
func BenchmarkHold(b *testing.B) {
	const pending = 100_000
	for _, w := range workloads {
		b.Run(w.name, func(b *testing.B) {
			b.ReportAllocs()
			reference := textbookHold(pending, w.delay)
			var q Queue
			var r stream
			fill(&q, &r, pending, w.delay)
			hold(&q, &r, 1_000_000, w.delay)
			for b.Loop() {
				hold(&q, &r, 1, w.delay)
			}
			b.ReportMetric(reference, "textbook-ns")
			b.ReportMetric(reference*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "x-textbook")
		})
	}
}
