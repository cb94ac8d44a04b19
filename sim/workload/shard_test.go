package workload

import (
	"testing"

	"pgregory.net/rapid"
)

// With ZeRO 3 no layer computes before its weights are there, and while it does no
// more than the next layer's are gathered or on their way.
func TestLayersComputeWithTheirWeights(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLayout(t)
		if l.Schedule.SplitsBackward() {
			l.Schedule = OneFOneB
		}
		l.ZeRO, l.Data, l.OverlapParam = 3, 2, rapid.Bool().Draw(t, "overlap param")
		l.GlobalBatch = 2 * l.MicroBatch * l.Pipeline
		m := drawModel(t, l)
		d := newShape(m, l)
		for stage, p := range mustPrograms(t, m, l) {
			for _, task := range p.Tasks {
				if task.Kind != TaskForward && task.Kind != TaskBackward {
					continue
				}
				us, _ := d.gradBuckets(stage, int(task.Chunk))
				root := 0
				if task.Kind == TaskForward && rootParams(us) > 0 {
					root = 1
				}
				followGathers(t, &p, p.Blocks[task.Block].Code, root)
			}
		}
	})
}

// followGathers walks a pass whose first gathers are of the root.
func followGathers(t *rapid.T, p *Program, code []Instr, root int) {
	var fifo []string // started on the stream
	done, layers := 0, 0
	last := int16(-1)
	for _, in := range code {
		switch {
		case in.Stream == StreamData && (in.Code == Start || in.Code == Sync):
			fifo = append(fifo, p.Ops[in.First].Name)
			if in.Code == Sync {
				done = len(fifo)
			}
		case in.Stream == StreamData && in.Code == Wait:
			done = max(done, len(fifo)-int(in.Lag))
		case in.Code == Run && in.Layer >= 0 && in.Layer != last:
			last = in.Layer
			layers++
			if have := gathers(fifo[:done]); have < layers+root {
				t.Fatalf("layer %d, number %d of its pass, runs with %d gathers", in.Layer, layers, have)
			}
			if ahead := gathers(fifo) - layers - root; ahead >= gathersAhead {
				t.Fatalf("%d gathers ahead of layer %d", ahead, in.Layer)
			}
		}
	}
}

func gathers(fifo []string) (n int) {
	for _, name := range fifo {
		if name == "weight gather" {
			n++
		}
	}
	return n
}

// A model of 4 layers of 3,104 parameters (attention 768, the MLP's three matrices
// 2,304, two norms 32) and 3,216 outside them (two tables of 100 rows and a norm), over
// 4 replicas: of 15,632 weights 3,908 stay, with as many gradients, fp32 weights and
// moments. Of whole ones there are those outside the layers, in 2 + 4 bytes, two layers
// and the gradients of two.
func TestShardedState(t *testing.T) {
	m := tinyLlama()
	m.Vocab = 100
	l := Layout{Data: 4, GlobalBatch: 4, ZeRO: 3, PadVocabTo: 0}
	n, _ := newShape(m, l).stageParams(0)
	f := Footprints(m, l)[0]
	per := int64(3908)
	if n != 4*per {
		t.Errorf("%d parameters, want 15,632", n)
	}
	if got, want := newShape(m, l).gathered(0), int64(3216*6+3104*(2*2+2*4)); got != want {
		t.Errorf("%d bytes are whole, want %d", got, want)
	}
	if f.Weights != 0 || f.Gradients != 4*per || f.Optimizer != 12*per {
		t.Errorf("%d parameters: %+v, want 4 and 12 bytes of %d", n, f, per)
	}
	l.Data, l.GlobalBatch = 1, 1
	if f = Footprints(m, l)[0]; f.Weights != 2*n || f.Optimizer != 12*n {
		t.Errorf("one replica: %+v, want all of %d", f, n)
	}
}
