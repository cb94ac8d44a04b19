package workload

import (
	"testing"

	"pgregory.net/rapid"
)

// 100, 50 and 30 elements of 2 bytes cut every 120 bytes: 120 (unit 0), 120
// (units 0, 1), 120 (units 1, 2: 300 ends unit 1).
func TestBuckets(t *testing.T) {
	us := []unit{{params: 100}, {params: 50}, {params: 30}}
	for _, c := range []struct {
		limit int64
		want  []bucket
	}{
		{120, []bucket{{CommData, 120, 0, 0}, {CommData, 120, 0, 1}, {CommData, 120, 1, 2}}},
		{200, []bucket{{CommData, 200, 0, 0}, {CommData, 160, 1, 2}}}, // a unit that ends on the cut belongs before it
		{0, []bucket{{CommData, 360, 0, 2}}},
		{1000, []bucket{{CommData, 360, 0, 2}}},
	} {
		got := buckets(us, CommData, 2, c.limit)
		if len(got) != len(c.want) {
			t.Fatalf("limit %d: %v, want %v", c.limit, got, c.want)
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("limit %d: bucket %d is %v, want %v", c.limit, i, got[i], c.want[i])
			}
		}
	}
}

// What is reduced over replicas is every parameter's gradient once a step (once
// a microbatch with ZeRO 2 and 3); what is gathered with ZeRO is every weight once,
// with ZeRO 3 that of layers twice a microbatch, and of what is outside them once.
func TestDataParallelTraffic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLayout(t)
		m := drawModel(t, l)
		drawExperts(t, &m, &l)
		d := newShape(m, l)
		for stage, p := range mustPrograms(t, m, l) {
			var reduced, gathered int64
			eachOp(&p, func(op Op) {
				switch op.Name {
				case "grad reduce":
					reduced += op.Size
				case "param gather", "weight gather":
					gathered += op.Size
				}
			})
			var n, experts int64
			for c := range l.VirtualPipeline {
				for _, u := range d.units(stage, c) {
					n, experts = n+u.params, experts+u.experts
				}
			}
			if l.replicas() == 1 {
				n = 0
			}
			if d.copies() > 1 {
				n += experts
			}
			wantReduced, wantGathered := n*int64(l.GradBytes), n*2
			switch m := int64(l.Microbatches()); l.ZeRO {
			case 0:
				wantGathered = 0
			case 2:
				wantReduced *= m
			case 3:
				var root int64
				for c := range l.VirtualPipeline {
					root += rootParams(d.units(stage, c))
				}
				if l.replicas() == 1 {
					root = 0
				}
				wantReduced, wantGathered = m*wantReduced, m*2*(2*n-root)
			}
			if reduced != wantReduced || gathered != wantGathered {
				t.Fatalf("stage %d: reduced %d of %d bytes, gathered %d of %d", stage, reduced, wantReduced, gathered, wantGathered)
			}
		}
	})
}

// The stages hold the model: parameters on ranks of one tensor group of every
// stage, and experts on those of one group of theirs, less what several hold, sum to Params.
func TestStageParamsSumToTheModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLayout(t)
		m := drawModel(t, l)
		drawExperts(t, &m, &l)
		l.PadVocabTo, m.Vocab = 0, 10*l.Tensor
		d := newShape(m, l)
		var sum int64
		for stage := range l.Pipeline {
			for c := range l.VirtualPipeline {
				for _, u := range d.units(stage, c) {
					sum += u.params*int64(l.Tensor) + u.experts*int64(l.Expert)
				}
			}
		}
		p := d.paramsOnRank(int64(l.Tensor), int64(m.Vocab))
		again := int64(l.Tensor - 1)
		dense, sparse := m.layersOf(0, m.Layers)
		sum -= again * (p.shared*dense + p.sparse.shared*sparse + p.positions + p.finalNorm)
		if m.Tied && l.Pipeline > 1 {
			sum -= p.table * int64(l.Tensor)
		}
		if want := m.Params(); sum != want {
			t.Fatalf("%d parameters, want %d", sum, want)
		}
	})
}

// The update by hand for 1,000 parameters' worth: Megatron-LM fp16 copies 2 + 4,
// unscales 4 + 4, takes the norm of 4, Adam moves 28, the copy back 4 + 2, zeroing 2.
func TestUpdateTraffic(t *testing.T) {
	m := tinyGPT()
	for _, c := range []struct {
		l    Layout
		want map[string]int64 // bytes per parameter
	}{
		{Layout{Precision: FP16, GradBytes: 2, LossScale: true, GradClip: true},
			map[string]int64{"main grad copy": 6, "grad unscale and check": 8, "grad norm": 4, "adam": 28, "weight copy": 6, "grad zero": 2}},
		{Layout{GradClip: true}, map[string]int64{"grad norm": 4, "adam": 28, "weight copy": 6, "grad zero": 4}},
		{Layout{MomentBytes: 1}, map[string]int64{"adam": 16, "weight copy": 6, "grad zero": 4}},
		{Layout{Precision: FP32}, map[string]int64{"adam": 28, "grad zero": 4}},
	} {
		d := newShape(m, c.l)
		n, _ := d.stageParams(0)
		ops := opsOf(t, d, Update, func(s *script, d *shape) { s.update(d, 0, d.VirtualPipeline) })
		for name, per := range c.want {
			if got := ops[name].Bytes; got != float64(per*n) {
				t.Errorf("%s: %g bytes, want %d a parameter", name, got, per)
			}
		}
		if len(ops) != len(c.want) {
			t.Errorf("%d operations, want %d", len(ops), len(c.want))
		}
	}
	// ZeRO 1 over 4 replicas: each updates a quarter.
	d := newShape(m, Layout{Data: 4, ZeRO: 1, GlobalBatch: 4})
	s := (&table{}).script(Update)
	s.update(d, 0, d.VirtualPipeline)
	for _, op := range s.ops {
		if n, _ := d.stageParams(0); op.Name == "adam" && op.Bytes != float64(28*((n+3)/4)) {
			t.Errorf("adam: %g bytes for a quarter of %d parameters", op.Bytes, n)
		}
	}
}

// The head in fp32 by hand: 8 tokens over 100 rows are 800 logits: cast 2 + 4
// and maximum 4, shift 8, exponential and sum 12, division 8; back 8 + 4 + 2.
func TestHead(t *testing.T) {
	d := newShape(tinyLlama(), Layout{GlobalBatch: 1, GradFusion: true})
	f := opsOf(t, d, Forward, (*script).headForward)
	compare(t, f, []wantOp{
		{"head", 8, 100, 16, 1, 2 * (8*16 + 16*100 + 8*100)},
		{"logits cast and max", 0, 0, 0, 0, 800 * 10},
		{"logits shift and pick", 0, 0, 0, 0, 800*8 + 4*32},
		{"logits exp and sum", 0, 0, 0, 0, 800 * 12},
		{"loss", 0, 0, 0, 0, 800*8 + 6*32},
	})
	b := opsOf(t, d, Backward, (*script).headBackward)
	compare(t, b, []wantOp{
		{"loss grad", 0, 0, 0, 0, 800 * 14},
		{"head dgrad", 8, 16, 100, 1, 2 * (8*16 + 16*100 + 8*100)},
		{"head wgrad", 100, 16, 8, 1, 2*(8*16+8*100) + 8*1600},
	})
	// Over a tensor group the cross entropy reduces three numbers a token.
	d = newShape(tinyGPT(), Layout{Tensor: 2, GlobalBatch: 1})
	n := 0
	for _, op := range opsOf(t, d, Forward, (*script).headForward) {
		if op.Kind == AllReduce && op.Size == 4*8 {
			n++
		}
	}
	if n != 3 {
		t.Errorf("%d small all-reduces, want 3", n)
	}
}

// b·s·h elements; a t-th of them scattered or sharded.
func TestMessageBytes(t *testing.T) {
	m := gpt3()
	for _, c := range []struct {
		l    Layout
		want int64
	}{
		{Layout{Tensor: 8}, 2048 * 12288 * 2}, {Layout{Tensor: 8, ScatterGather: true}, 2048 * 12288 * 2 / 8},
		{Layout{Tensor: 8, SequenceParallel: true, ScatterGather: true}, 2048 * 12288 * 2 / 8}, {Layout{MicroBatch: 4, ScatterGather: true}, 4 * 2048 * 12288 * 2},
	} {
		if got := MessageBytes(m, c.l); got != c.want {
			t.Errorf("%+v: %d bytes, want %d", c.l, got, c.want)
		}
	}
}
