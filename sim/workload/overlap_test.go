package workload

import (
	"strconv"
	"strings"
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
		l.ZeRO, l.OverlapParam, l.Data = min(max(1, l.ZeRO), 2), true, 2
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

// With OverlapGrad the first stage starts a bucket's reduction as soon as the backward
// pass is through with the units in it, in the last microbatch, not before; the others
// start none beside a pass.
func TestReductionStartsWhenGradientsAreReady(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLayout(t)
		l.ZeRO, l.OverlapParam, l.OverlapGrad, l.Data = l.ZeRO%2, false, true, 2
		if l.Schedule != GPipe {
			l.Schedule, l.VirtualPipeline = OneFOneB, 1
		}
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
							t.Fatalf("stage %d: %d bytes reduced when %d are ready", stage, reduced, ready)
						}
					}
				}
				want := int64(0)
				if stage == 0 && int(task.Microbatch) == l.Microbatches()-1 {
					want = ready
				}
				if reduced != want {
					t.Fatalf("stage %d microbatch %d: %d bytes reduced, want %d", stage, task.Microbatch, reduced, want)
				}
			}
		}
	})
}

// TestWhereReductionsStart: 2 stages, 4 microbatches. Interleaved over 2 chunks the
// backward passes are those of chunks 1 1 0 0 1 1 0 0: chunk 1 is done after number 5
// and chunk 0 after number 7, where stage 0 starts to reduce; stage 1 starts one pass
// later, in the update where there is none. Not interleaved, stage 0 reduces beside its
// last pass, and stage 1 after it.
func TestWhereReductionsStart(t *testing.T) {
	m := tinyGPT()
	m.Layers = 4
	base := Layout{Pipeline: 2, Data: 2, GlobalBatch: 8, OverlapGrad: true}
	interleaved := base
	interleaved.Schedule, interleaved.VirtualPipeline = Interleaved, 2
	none := base
	none.OverlapGrad = false
	for _, c := range []struct {
		name string
		l    Layout
		want [2]string
	}{
		{"interleaved", interleaved, [2]string{"5 7", "6 update"}},
		{"1f1b", base, [2]string{"3", "update"}},
		{"not overlapped", none, [2]string{"update", "update"}},
	} {
		for stage, p := range mustPrograms(t, m, c.l) {
			if got := reductions(&p); got != c.want[stage] {
				t.Errorf("%s, stage %d: reductions at %q, want %q", c.name, stage, got, c.want[stage])
			}
		}
	}
}

// reductions lists the backward passes, by their number, that reductions are in.
func reductions(p *Program) string {
	var at []string
	backward := 0
	for _, task := range p.Tasks {
		name := "update"
		if task.Kind == TaskBackward {
			name = strconv.Itoa(backward)
			backward++
		}
		for _, in := range p.Blocks[task.Block].Code {
			if (in.Code == Start || in.Code == Sync) && p.Ops[in.First].Name == "grad reduce" {
				at = append(at, name)
			}
		}
	}
	return strings.Join(at, " ")
}
