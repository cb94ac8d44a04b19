package workload

import (
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestSpread deals a global batch by hand.
func TestSpread(t *testing.T) {
	for _, c := range []struct {
		what string
		l    Layout
		n    int
		want []int
	}{
		{"nothing lost", Layout{Data: 4, GlobalBatch: 32}, 4, []int{8, 8, 8, 8}},
		{"32 over 3", Layout{Data: 4, GlobalBatch: 32}, 3, []int{11, 11, 10}},
		{"16 microbatches of two sequences over 3", Layout{Data: 4, MicroBatch: 2, GlobalBatch: 32}, 3, []int{6, 5, 5}},
		{"all on one", Layout{Data: 4, GlobalBatch: 32}, 1, []int{32}},
		{"16 groups of 2 over 3", Layout{Data: 4, Pipeline: 2, VirtualPipeline: 2, GlobalBatch: 32}, 3, []int{12, 10, 10}},
		{"4 groups of 8 over 3", Layout{Data: 4, Pipeline: 8, VirtualPipeline: 2, GlobalBatch: 32}, 3, []int{16, 8, 8}},
		{"ZeRO 1", Layout{Data: 4, ZeRO: 1, GlobalBatch: 32}, 3, []int{11, 11, 10}},
		{"ZeRO 2 pads the last by one", Layout{Data: 4, ZeRO: 2, GlobalBatch: 32}, 3, []int{11, 11, 11}},
	} {
		if got := c.l.Spread(c.n); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.what, got, c.want)
		}
	}
}

// Replicas with more and with fewer microbatches meet in the same collectives,
// in the same order, and what they have in common is alike.
func TestUnevenProgramsMeet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLayout(t)
		m := drawModel(t, l)
		left := l
		left.Data -= rapid.IntRange(0, l.Data-1).Draw(t, "lost")
		counts := l.Spread(left.Data)
		programs, role, err := UnevenPrograms(m, left, counts)
		if err != nil {
			t.Fatal(err)
		}
		for r, i := range role {
			at := left.Coordinates(r)
			p := &programs[i]
			if forwards := count(p, TaskForward); p.Stage != at.Pipeline || forwards != counts[at.Data]*left.VirtualPipeline {
				t.Fatalf("rank %d of stage %d, replica %d: a program of stage %d with %d forward passes, want %d microbatches",
					r, at.Pipeline, at.Data, p.Stage, forwards, counts[at.Data])
			}
			at.Data = 0
			if first := &programs[role[left.Rank(at)]]; !slices.Equal(meetings(first), meetings(p)) {
				t.Fatalf("stage %d: replicas of %v microbatches meet in %v and %v", p.Stage, counts, meetings(first), meetings(p))
			}
		}
	})
}

// count returns the tasks of a kind.
func count(p *Program, k TaskKind) (n int) {
	for _, t := range p.Tasks {
		if t.Kind == k {
			n++
		}
	}
	return n
}

// meetings lists the kinds and sizes of what a program does with other replicas.
func meetings(p *Program) (list [][2]int64) {
	eachOp(p, func(op Op) {
		if op.Comm == CommData && op.Kind.IsCommunication() {
			list = append(list, [2]int64{int64(op.Kind), op.Size})
		}
	})
	return list
}

// Where all run as many, they run what they ever did.
func TestEvenProgramsAreThePrograms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLayout(t)
		m := drawModel(t, l)
		programs, role, err := UnevenPrograms(m, l, l.Spread(l.Data))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(programs, mustPrograms(t, m, l)) {
			t.Fatal("the programs differ")
		}
		for r, i := range role {
			if int(i) != l.Coordinates(r).Pipeline {
				t.Fatalf("rank %d of stage %d executes program %d", r, l.Coordinates(r).Pipeline, i)
			}
		}
	})
}

// Fewer replicas need as much memory, but for what is sharded over them and, in
// GPipe, for the activations of one microbatch more.
func TestMemoryOfFewerReplicas(t *testing.T) {
	m := tinyGPT()
	for _, c := range []struct {
		l         Layout
		optimizer [2]int64 // ratio of what the optimiser takes, 3 replicas to 4
		more      bool     // activations
	}{
		{Layout{Data: 4, Pipeline: 2, GlobalBatch: 16}, [2]int64{1, 1}, false},
		{Layout{Data: 4, Pipeline: 2, GlobalBatch: 16, ZeRO: 1}, [2]int64{4, 3}, false},
		{Layout{Data: 4, Pipeline: 2, GlobalBatch: 16, Schedule: GPipe}, [2]int64{1, 1}, true},
	} {
		left := c.l
		left.Data--
		left = left.WithMicrobatches(c.l.Spread(3)[0])
		whole, less := Footprints(m, c.l), Footprints(m, left)
		for stage := range whole {
			a, b := whole[stage], less[stage]
			// Shares are rounded up: by less than 12 bytes for each parameter too many.
			if off := b.Optimizer*c.optimizer[1] - a.Optimizer*c.optimizer[0]; max(off, -off) > 12*4 {
				t.Errorf("%+v: the optimiser takes %d bytes of 4 replicas, %d of 3", c.l, a.Optimizer, b.Optimizer)
			}
			if more := b.Activations > a.Activations; more != c.more || b.Activations < a.Activations {
				t.Errorf("%+v: activations of %d bytes with 4 replicas, %d with 3", c.l, a.Activations, b.Activations)
			}
			if a.Weights != b.Weights || a.Gradients != b.Gradients || a.Buffers != b.Buffers {
				t.Errorf("%+v: %+v with 4 replicas, %+v with 3", c.l, a, b)
			}
		}
	}
}
