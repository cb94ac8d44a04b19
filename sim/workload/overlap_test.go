package workload

import (
	"testing"

	"pgregory.net/rapid"
)

// unitOf returns which unit a Run belongs to, by its layer; what lies outside the
// layers is the first unit before any layer ran, else the last.
func unitOf(us []unit, in Instr, seenLayers bool) int {
	for i, u := range us {
		if u.kind == layerUnit && u.layer == int(in.Layer) {
			return i
		}
	}
	if in.Layer == -1 && !seenLayers {
		return 0
	}
	return len(us) - 1
}

// With OverlapParam no unit of a step's first forward pass runs before every
// bucket that holds a byte of its weights was waited for, and no wait asks for
// more than that.
func TestFirstForwardWaitsForItsWeights(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLayout(t)
		l.ZeRO, l.OverlapParam, l.Data = max(1, l.ZeRO), true, 2
		l.BucketBytes = rapid.SampledFrom([]int64{0, 1234, 8000, 40000}).Draw(t, "bucket bytes")
		l.GlobalBatch = 2 * l.MicroBatch * max(4, l.Pipeline)
		if l.Schedule == Interleaved {
			l.GlobalBatch = 2 * l.MicroBatch * l.Pipeline
		}
		m := drawModel(t, l)
		d := newShape(m, l)
		for stage, p := range mustPrograms(t, m, l) {
			var total int32 // gathers started at the end of the step
			eachOp(&p, func(op Op) {
				if op.Name == "param gather" {
					total++
				}
			})
			var before int32
			for chunk := range l.VirtualPipeline {
				us := d.units(stage, chunk)
				var code []Instr
				for _, task := range p.Tasks {
					if task.Kind == TaskForward && task.Microbatch == 0 && int(task.Chunk) == chunk {
						code = p.Blocks[task.Block].Code
					}
				}
				var have int32
				seen := false
				for _, in := range code {
					if in.Code == Wait && in.Stream == StreamData {
						have = total - in.Lag - before
					}
					if in.Code != Run {
						continue
					}
					u := unitOf(us, in, seen)
					seen = seen || in.Layer >= 0
					var end, all int64
					for i, v := range us {
						all += v.params * 2
						if i <= u {
							end = all
						}
					}
					limit := d.BucketBytes
					if limit == 0 {
						limit = all
					}
					if want := int32((end + limit - 1) / limit); have != want {
						t.Fatalf("stage %d chunk %d unit %d runs with %d buckets, needs %d", stage, chunk, u, have, want)
					}
				}
				all := d.paramBuckets(stage, chunk)
				before += int32(len(all))
			}
		}
	})
}

// With OverlapGrad a bucket's reduction starts as soon as the backward pass is
// through with the units in it, in the last microbatch, not before.
func TestReductionStartsWhenGradientsAreReady(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLayout(t)
		l.ZeRO, l.OverlapParam, l.OverlapGrad, l.Data = l.ZeRO%2, false, true, 2
		l.BucketBytes = rapid.SampledFrom([]int64{500, 1234, 8000, 40000}).Draw(t, "bucket bytes")
		l.GlobalBatch = 2 * l.MicroBatch * 2 * l.Pipeline
		m := drawModel(t, l)
		d := newShape(m, l)
		for stage, p := range mustPrograms(t, m, l) {
			for _, task := range p.Tasks {
				if task.Kind != TaskBackward {
					continue
				}
				us, _ := d.gradBuckets(stage, int(task.Chunk))
				var reduced, ready int64
				done := map[int]bool{}
				seen := false
				for _, in := range p.Blocks[task.Block].Code {
					if in.Code == Run && p.Ops[in.First].Phase != Update {
						u := unitOf(us, in, seen)
						seen = seen || in.Layer >= 0
						if !done[u] {
							done[u] = true
							ready += us[u].params * int64(l.GradBytes)
						}
					}
					if op := p.Ops[in.First]; in.Code == Start && op.Comm == CommData {
						reduced += op.Size
						if reduced > ready || ready-reduced >= us[len(done)-1].params*int64(l.GradBytes)+l.BucketBytes {
							t.Fatalf("stage %d chunk %d: %d bytes reduced when %d are ready", stage, task.Chunk, reduced, ready)
						}
					}
				}
				want := int64(0)
				if int(task.Microbatch) == l.Microbatches()-1 {
					want = ready
				}
				if reduced != want {
					t.Fatalf("stage %d chunk %d microbatch %d: %d bytes reduced, want %d", stage, task.Chunk, task.Microbatch, reduced, want)
				}
			}
		}
	})
}
