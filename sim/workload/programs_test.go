package workload

import "testing"

// demo is GPT-3 175B on 1,024 A100 (Megatron-LM README, arXiv 2104.04473 §5.8).
func demo() (Model, Layout) {
	return gpt3(), Layout{Tensor: 8, Pipeline: 16, Data: 8, GlobalBatch: 1536, GradBytes: 2, Precision: FP16,
		Recompute: RecomputeFull, FusedKernels: true, ScatterGather: true, LossScale: true, GradClip: true}
}

// Programs stay small whatever the batch: blocks are shared by all microbatches,
// operations by all layers, and a microbatch takes at most 4 tasks a chunk.
func TestProgramsAreCompact(t *testing.T) {
	m, l := demo()
	for _, p := range mustPrograms(t, m, l) {
		if len(p.Ops) > 150 || len(p.Blocks) > 9 {
			t.Errorf("stage %d: %d operations, %d blocks", p.Stage, len(p.Ops), len(p.Blocks))
		}
		if most := 4*l.Microbatches() + 3; len(p.Tasks) > most {
			t.Errorf("stage %d: %d tasks, at most %d", p.Stage, len(p.Tasks), most)
		}
	}
}

// A segment lies within the table, within one layer, and holds compute only;
// what is started is communication on the stream of its communicator.
func TestInstructionsAreWellFormed(t *testing.T) {
	streams := [NumComms][]Stream{CommTensor: {StreamTensor}, CommData: {StreamData}, CommEmbedding: {StreamData}, CommModel: {StreamData},
		CommSendForward: {StreamSendForward}, CommRecvForward: {StreamRecvForward},
		CommSendBackward: {StreamSendBackward}, CommRecvBackward: {StreamRecvBackward}}
	m, l := demo()
	l.OverlapPipeline, l.OverlapGrad, l.BucketBytes, l.ZeRO, l.OverlapParam, l.OverlapTensor = true, true, 25<<20, 1, true, true
	for _, p := range mustPrograms(t, m, l) {
		for _, b := range p.Blocks {
			for i, in := range b.Code {
				if in.Code == Run {
					if in.First >= in.Last || int(in.Last) > len(p.Ops) {
						t.Fatalf("%s %d: segment [%d, %d) of %d", b.Name, i, in.First, in.Last, len(p.Ops))
					}
					for _, op := range p.Ops[in.First:in.Last] {
						if op.Kind.IsCommunication() {
							t.Fatalf("%s %d runs %s", b.Name, i, op.Kind)
						}
					}
				} else if op := p.Ops[in.First]; in.Code != Wait && (!op.Kind.IsCommunication() || streams[op.Comm][0] != in.Stream) {
					t.Fatalf("%s %d: %q over %s on %s", b.Name, i, op.Name, op.Comm, in.Stream)
				}
				if first, last := l.ChunkLayers(m, p.Stage, 0); in.Layer >= 0 && (int(in.Layer) < first || int(in.Layer) >= last) {
					t.Fatalf("%s %d: layer %d of [%d, %d)", b.Name, i, in.Layer, first, last)
				}
			}
		}
	}
}

// Operations of the demo by hand for a middle stage: 6 layers, 192 microbatches.
// The 17 of TestLayerForward, the same
// again, 22 of TestLayerBackward, the first norm's 2, the attention residual's 2, 4 gradient
// adds, 2 collectives; 4 messages and 2 gathers.
func TestOperationsOfTheDemo(t *testing.T) {
	m, l := demo()
	p := mustPrograms(t, m, l)[7]
	perLayer := int64(17 + 17 + 22 + 2 + 4 + 2 + 2)
	// scale, reduce, copy, unscale, flag, norm, its reduce, adam, copy back, zero.
	update := int64(10)
	if got, want := p.Operations(), 192*(6*perLayer+4+2)+update; got != want {
		t.Errorf("%d operations, want %d", got, want)
	}
}

func BenchmarkPrograms(b *testing.B) {
	m, l := demo()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Programs(m, l); err != nil {
			b.Fatal(err)
		}
	}
}
