package workload

import (
	"fmt"
	"math"
	"sort"
	"strings"
)

// budget is the memory a rank may use.
type budget struct {
	memory, context int64 // bytes
	fragmentation   float64
}

const gib = 1 << 30

// most returns the stage that needs most, and how much.
func (b budget) most(fs []Footprint) (stage int, bytes int64) {
	for i, f := range fs {
		if n := f.Needed(b.context, b.fragmentation); n > bytes {
			stage, bytes = i, n
		}
	}
	return stage, bytes
}

// fit refuses a layout whose fullest stage exceeds memory.
func fit(m Model, l Layout, b budget) []error {
	fs := Footprints(m, l)
	stage, bytes := b.most(fs)
	if bytes <= b.memory {
		return nil
	}
	f := fs[stage]
	lost := f.Needed(b.context, b.fragmentation) - f.Total()
	text := fmt.Sprintf("stage %d needs %.1f GiB per GPU of %.1f GiB: weights %.1f, gradients %.1f, optimiser %.1f, activations %.1f, buffers %.1f, libraries and fragmentation %.1f",
		stage, float64(bytes)/gib, float64(b.memory)/gib, float64(f.Weights)/gib, float64(f.Gradients)/gib,
		float64(f.Optimizer)/gib, float64(f.Activations)/gib, float64(f.Buffers)/gib, float64(lost)/gib)
	return []error{&Problem{"layout", text, nearestFit(m, l, b)}}
}

// neighbour is another layout of the same ranks and how far it is.
type neighbour struct {
	Layout
	distance float64
}

// nearestFit names the nearest layout on the same number of ranks that fits:
// each changed setting counts 1, sizes by doublings.
func nearestFit(m Model, l Layout, b budget) string {
	near := neighbours(m, l)
	sort.SliceStable(near, func(i, j int) bool { return near[i].distance < near[j].distance })
	for _, n := range near {
		if _, bytes := b.most(Footprints(m, n.Layout)); bytes <= b.memory {
			return "nearest that fits: " + difference(l, n.Layout) + fmt.Sprintf(" (%.1f GiB)", float64(bytes)/gib)
		}
	}
	if l.Ranks() == 1 {
		return "a larger GPU, or more of them, are needed"
	}
	return fmt.Sprintf("no layout of %d GPUs fits: more or larger GPUs are needed", l.Ranks())
}

// neighbours lists the layouts that divide among tensor 1 to 8, every pipeline,
// smaller microbatches, experts among fewer or more ranks, and the settings that save memory.
func neighbours(m Model, l Layout) []neighbour {
	var out []neighbour
	ranks := l.Ranks() / l.Context
	for _, t := range divisors(min(8, ranks), ranks) {
		for _, p := range divisors(min(m.Layers, ranks/t), ranks/t) {
			for mb := l.MicroBatch; mb >= 1; mb /= 2 {
				n := l
				n.Tensor, n.Pipeline, n.Data, n.MicroBatch = t, p, ranks/t/p, mb
				if p != l.Pipeline {
					n.StageLayers = nil
				}
				if p == 1 && n.VirtualPipeline > 1 {
					n.VirtualPipeline, n.Schedule = 1, OneFOneB
				}
				for _, n.Expert = range expertSizes(m, n) {
					if len(divide(m, n)) == 0 {
						out = append(out, savings(m, l, n)...)
					}
				}
			}
		}
	}
	return out
}

// expertSizes lists the sizes of groups that experts may be divided among.
func expertSizes(m Model, l Layout) []int {
	if m.Experts == 0 {
		return []int{1}
	}
	n := gcd(m.Experts, l.stageRanks())
	return divisors(n, n)
}

// savings adds the settings that save memory to a layout n near l.
func savings(m Model, l, n Layout) []neighbour {
	var out []neighbour
	base := doublings(l.Tensor, n.Tensor) + doublings(l.Pipeline, n.Pipeline) + doublings(l.MicroBatch, n.MicroBatch)/2 + doublings(l.Expert, n.Expert)
	modes := []RecomputeMode{RecomputeNone, RecomputeSelective, RecomputeFull}
	from := 0
	for i, r := range modes {
		if r == l.Recompute {
			from = i
		}
	}
	for i := from; i < len(modes); i++ {
		for zero := l.ZeRO; zero <= 1 || zero == l.ZeRO; zero++ {
			for _, sp := range []bool{l.SequenceParallel, true} {
				c := n
				c.Recompute, c.ZeRO, c.SequenceParallel = modes[i], zero, sp
				if sp && m.SeqLen/c.Context%c.Tensor != 0 {
					continue
				}
				d := base + float64(i-from) + float64(zero-l.ZeRO)
				if sp != l.SequenceParallel {
					d++
				}
				out = append(out, neighbour{c, d})
			}
		}
	}
	return out
}

func doublings(a, b int) float64 { return math.Abs(math.Log2(float64(b) / float64(a))) }

// divisors returns those of n up to limit.
func divisors(limit, n int) []int {
	var ds []int
	for i := 1; i <= limit; i++ {
		if n%i == 0 {
			ds = append(ds, i)
		}
	}
	return ds
}

// difference writes the settings in which b differs from a.
func difference(a, b Layout) string {
	var parts []string
	say := func(changed bool, key string, value any) {
		if changed {
			parts = append(parts, fmt.Sprintf("%s = %v", key, value))
		}
	}
	say(a.Tensor != b.Tensor, "tensor", b.Tensor)
	say(a.Pipeline != b.Pipeline, "pipeline", b.Pipeline)
	say(a.VirtualPipeline != b.VirtualPipeline, "virtual_pipeline", b.VirtualPipeline)
	say(a.Data != b.Data, "data", b.Data)
	say(a.Expert != b.Expert, "expert", b.Expert)
	say(a.SequenceParallel != b.SequenceParallel, "sequence_parallel", b.SequenceParallel)
	say(a.MicroBatch != b.MicroBatch, "micro_batch", b.MicroBatch)
	say(a.ZeRO != b.ZeRO, "zero", b.ZeRO)
	say(a.Recompute != b.Recompute, "recompute", string(b.Recompute))
	return strings.Join(parts, ", ")
}
