package report

import (
	"fmt"

	"trainsim/sim/engine"
	"trainsim/sim/results"
	"trainsim/sim/trace"
)

// synthetic describes a made-up run: a 1F1B pipeline whose forward pass of a
// layer takes 6 kernels and 2 tensor all-reduces.
type synthetic struct {
	stages, microbatches, layers, steps int
	bins                                int
	kernels                             int // each kernel is cut into this many spans
}

// demo is the size of the shipped demonstration: about a million spans.
var demo = synthetic{stages: 16, microbatches: 192, layers: 6, steps: 1, bins: 4096, kernels: 3}

// tiny is small enough for golden files.
var tiny = synthetic{stages: 4, microbatches: 8, layers: 2, steps: 1, bins: 200, kernels: 1}

var kernelList = []struct {
	name, kind string
	us         int64
}{
	{"norm", "norm", 200}, {"qkv", "gemm", 1500}, {"scores", "batched_gemm", 400}, {"softmax", "softmax", 600},
	{"projection", "gemm", 700}, {"reduce", "all_reduce", 300}, {"bias dropout", "elementwise", 250},
	{"mlp fc1", "gemm", 1900}, {"gelu", "elementwise", 450}, {"mlp fc2", "gemm", 1900}, {"reduce", "all_reduce", 300},
}

const (
	phaseForward = iota
	phaseRecompute
	phaseBackward
	phaseWeight
	phaseUpdate
)

// builder lays spans of one rank one after another.
type builder struct {
	run    *results.Run
	labels map[trace.Label]int32
	shape  synthetic
	clock  []engine.Time // by stage
	step   int32
}

func (b *builder) label(name, kind string) int32 {
	l := trace.Label{Name: name, Kind: kind}
	if i, ok := b.labels[l]; ok {
		return i
	}
	b.run.Labels = append(b.run.Labels, l)
	b.labels[l] = int32(len(b.run.Labels) - 1)
	return b.labels[l]
}

func (b *builder) span(stage int, stream, phase uint8, label int32, mb int32, layer int16, start, end engine.Time) {
	b.run.Spans = append(b.run.Spans, trace.Span{Start: start, End: end, Rank: int32(stage * 64), Label: label,
		Microbatch: mb, Layer: layer, Stream: stream, Phase: phase, Step: b.step})
}

// layerPass appends one pass through a layer; slow stretches the kernels.
func (b *builder) layerPass(stage int, phase uint8, mb int32, layer int16, slow int64) {
	for _, k := range kernelList {
		start := b.clock[stage]
		d := engine.Duration(k.us * slow * 1000)
		end := start.Add(d)
		if k.kind == "all_reduce" {
			b.span(stage, 1, phase, b.label(k.name, k.kind), mb, layer, start, end)
			b.span(stage, 0, phase, b.label("wait", "wait"), mb, layer, start, end)
		} else {
			for i := range b.shape.kernels {
				n := engine.Time(b.shape.kernels)
				b.span(stage, 0, phase, b.label(k.name, k.kind), mb, layer,
					start+(end-start)*engine.Time(i)/n, start+(end-start)*engine.Time(i+1)/n)
			}
		}
		b.clock[stage] = end
	}
}

// task runs a forward or backward pass of a microbatch, not before ready.
func (b *builder) task(stage int, forward bool, mb int32, ready engine.Time) engine.Time {
	if ready > b.clock[stage] {
		b.span(stage, 0, phaseForward, b.label("wait", "wait"), mb, -1, b.clock[stage], ready)
		b.clock[stage] = ready
	}
	for l := range b.shape.layers {
		layer := int16(stage*b.shape.layers + l)
		if forward {
			b.layerPass(stage, phaseForward, mb, layer, 1)
			continue
		}
		b.layerPass(stage, phaseRecompute, mb, layer, 1)
		b.layerPass(stage, phaseBackward, mb, layer, 2)
	}
	end := b.clock[stage]
	send := end.Add(300 * engine.Microsecond)
	switch {
	case forward && stage < b.shape.stages-1:
		b.span(stage, 3, phaseForward, b.label("send activations", "send"), mb, -1, end, send)
		b.span(stage+1, 4, phaseForward, b.label("recv activations", "recv"), mb, -1, end, send)
	case !forward && stage > 0:
		b.span(stage, 5, phaseBackward, b.label("send gradients", "send"), mb, -1, end, send)
		b.span(stage-1, 6, phaseBackward, b.label("recv gradients", "recv"), mb, -1, end, send)
	}
	return send
}

// step runs one step of 1F1B: stage s does stages−1−s forward passes ahead.
func (b *builder) runStep() {
	p, m := b.shape.stages, b.shape.microbatches
	forward, backward := make([][]engine.Time, p), make([][]engine.Time, p)
	next := make([]int, p)
	order := make([][]int, p) // positive: forward of mb+1, negative: backward
	for s := range p {
		forward[s], backward[s] = make([]engine.Time, m), make([]engine.Time, m)
		ahead := min(p-1-s, m)
		for i := 1; i <= ahead; i++ {
			order[s] = append(order[s], i)
		}
		for i := 1; i <= m; i++ {
			if ahead+i <= m {
				order[s] = append(order[s], ahead+i)
			}
			order[s] = append(order[s], -i)
		}
	}
	for done := false; !done; {
		done = true
		for s := range p {
			for next[s] < len(order[s]) {
				o := order[s][next[s]]
				var ready engine.Time
				switch {
				case o > 0 && s > 0:
					ready = forward[s-1][o-1]
				case o < 0 && s < p-1:
					ready = backward[s+1][-o-1]
				default:
					ready = 1
				}
				if ready == 0 {
					break
				}
				if o > 0 {
					forward[s][o-1] = b.task(s, true, int32(o-1), ready)
					b.point(s, 1)
				} else {
					backward[s][-o-1] = b.task(s, false, int32(-o-1), ready)
					b.point(s, -1)
				}
				next[s]++
				done = false
			}
		}
	}
	for s := range p {
		start := b.clock[s]
		end := start.Add(200 * engine.Millisecond)
		b.span(s, 2, phaseUpdate, b.label("grad reduce", "all_reduce"), -1, -1, start, end)
		b.span(s, 0, phaseUpdate, b.label("wait", "wait"), -1, -1, start, end)
		b.span(s, 0, phaseUpdate, b.label("adam", "optimizer"), -1, -1, end, end.Add(60*engine.Millisecond))
		b.clock[s] = end.Add(60 * engine.Millisecond)
	}
	last := b.clock[0]
	for s := range p {
		last = max(last, b.clock[s])
	}
	for s := range p {
		b.clock[s] = last
	}
	b.run.End = last
}

func (b *builder) point(stage int, sign int64) {
	list := b.run.Memory[stage]
	b.run.Memory[stage] = append(list, trace.Point{At: b.clock[stage], Value: list[len(list)-1].Value + sign*(300<<20)})
}

// make returns the run.
func (shape synthetic) make() *results.Run {
	r := &results.Run{}
	r.Streams = []string{"compute", "tensor", "data", "send_forward", "recv_forward", "send_backward", "recv_backward"}
	r.Phases = []string{"forward", "recompute", "backward", "weight_grad", "update"}
	b := &builder{run: r, labels: map[trace.Label]int32{}, shape: shape, clock: make([]engine.Time, shape.stages)}
	for s := range shape.stages {
		fixed := int64(30 << 30)
		if s == 0 || s == shape.stages-1 {
			fixed += 2 << 30
		}
		r.Memory = append(r.Memory, []trace.Point{{Value: fixed}})
	}
	for i := range shape.steps {
		b.step = int32(i)
		b.runStep()
	}
	shape.series(r)
	shape.summary(r)
	return r
}

// series derives busy, flop, power and traffic from the compute spans.
func (shape synthetic) series(r *results.Run) {
	width := engine.Duration((int64(r.End) + int64(shape.bins) - 1) / int64(shape.bins))
	e := extents{0, engine.Time(int64(width) * int64(shape.bins))}
	busy := make([]float64, shape.bins)
	for s := range shape.stages {
		one := make([]float64, shape.bins)
		for i := range r.Spans {
			if x := &r.Spans[i]; x.Rank == int32(s*64) && x.Stream == 0 && r.Labels[x.Label].Kind != "wait" {
				spread(one, e, x.Start, x.End)
			}
		}
		for i := range one {
			busy[i] += one[i] * 64
			one[i] *= 64
		}
		r.Series = append(r.Series, results.SeriesData{Name: "busy", Part: fmt.Sprintf("stage %d", s), Unit: "gpu", Width: width, Values: one})
	}
	gpus := float64(shape.stages * 64)
	scaled := func(name, part, unit string, idle, slope float64) {
		v := make([]float64, shape.bins)
		for i := range v {
			v[i] = idle + slope*busy[i]
		}
		r.Series = append(r.Series, results.SeriesData{Name: name, Part: part, Unit: unit, Width: width, Values: v})
	}
	scaled("flop", "achieved", "GFLOP/s", 0, 170e3)
	scaled("power", "gpu", "mW", gpus*80e3, 300e3)
	scaled("power", "host", "mW", gpus*150e3, 0)
	scaled("power", "nic", "mW", gpus*15e3, 0)
	scaled("power", "switch", "mW", gpus*12e3, 0)
	scaled("power", "supply loss", "mW", gpus*12e3, 24e3)
	scaled("link", "nic_up[17]", "B/s", 1e9, 20e6*1024/gpus)
	scaled("link", "nvlink_up[0]", "B/s", 0, 100e6*1024/gpus)
	scaled("traffic", "nvlink", "B/s", 0, 60e9)
	scaled("traffic", "nic", "B/s", 2e9, 2e9)
	scaled("traffic", "leaf", "B/s", 1e9, 1e9)
}

func (shape synthetic) summary(r *results.Run) {
	s := &r.Summary
	step := r.End.Seconds() / float64(shape.steps)
	*s = results.Summary{
		Scenario: "gpt3-175b-1024xa100", Title: "GPT-3 175B on 1,024 A100", StepTimeS: step, FirstStepTimeS: step,
		Steps: shape.steps, TokensPerStep: 1536 * 2048, MFU: 0.442, HFU: 0.58, ModelTFLOPSPerGPU: 138, HardwareTFLOPSPerGPU: 181,
		BubbleFraction: 0.072, MemoryCapacityGiB: 80, MeanPowerW: 590e3, PeakPowerW: 630e3, EnergyPerStepJ: 590e3 * step,
		GPUUtilization: 0.83, SMUtilization: 0.52, SupplyLimitW: 768e3, Ranks: int64(shape.stages * 64), Digest: "9f3c51aa02be77d1",
		LinkUtilization:   map[string]float64{"nvlink": 0.21, "nic": 0.04, "leaf": 0.02},
		EnergyComponentsJ: map[string]float64{"gpu": 380e3 * step, "host": 150e3 * step, "nic": 15e3 * step, "switch": 12e3 * step, "supply loss": 33e3 * step},
		EnergyBucketsJ: map[string]float64{"compute": 330e3 * step, "recompute": 100e3 * step, "exposed_tensor": 80e3 * step,
			"bubble": 40e3 * step, "exposed_data": 20e3 * step, "optimizer": 20e3 * step},
		Waterfall: []results.Share{{Name: "peak", Share: 1}, {Name: "kernel efficiency", Share: 0.21}, {Name: "memory-bound kernels", Share: 0.09},
			{Name: "recomputation", Share: 0.12}, {Name: "tensor parallelism", Share: 0.05}, {Name: "pipeline bubble", Share: 0.06},
			{Name: "data parallelism", Share: 0.02}, {Name: "optimizer", Share: 0.008}, {Name: "MFU", Share: 0.442}},
	}
	s.TimeBucketsS = map[string]float64{"compute": 0.98 * step, "contention": 0.02 * step}
	s.GPUTimeByStateS = map[string]float64{"compute_bound": 0.6 * step, "memory_bound": 0.2 * step, "transfer": 0.1 * step, "collective_wait": 0.09 * step, "loaded_idle": 0.01 * step}
	s.GPUEnergyByStateJ = map[string]float64{"compute_bound": 270e3 * step, "memory_bound": 60e3 * step, "beside_transfer": 10e3 * step,
		"transfer": 25e3 * step, "collective_wait": 14e3 * step, "loaded_idle": 1e3 * step}
	s.GPUIdleW, s.CollectiveWaitLowJ, s.CollectiveWaitHighJ = 58, 12e3*step, 19e3*step
	s.HottestLinks = []results.LinkLoad{{Name: "nic_up[17]", Tier: "nic", Links: 1, BytesPerStep: 25e9, Utilization: 0.61, CapacityGBPS: 24},
		{Name: "nvlink_up[0]", Tier: "nvlink", Links: 64, BytesPerStep: 634e9, Utilization: 0.21, CapacityGBPS: 240}, {Name: "leaf_up[0]", Tier: "leaf", Links: 2, BytesPerStep: 2e9, Utilization: 0.02}}
	s.LinkUse = []results.LinkUse{{Tier: "nvlink", Links: 2048, Quantiles: []float64{0.2, 0.2, 0.2, 0.2, 0.21}},
		{Tier: "nic", Links: 2048, Quantiles: []float64{0.03, 0.04, 0.04, 0.05, 0.61}}, {Tier: "leaf", Links: 112, Quantiles: []float64{0.01, 0.02, 0.02, 0.02, 0.02}}}
	for i := range shape.stages {
		s.StageBucketsS = append(s.StageBucketsS, map[string]float64{"compute": 0.6 * step, "recompute": 0.18 * step, "exposed_tensor": 0.08 * step,
			"exposed_pipeline": 0.01 * step, "bubble": 0.09 * step, "exposed_data": 0.02 * step, "optimizer": 0.01 * step, "idle": 0.01 * step})
		m := results.StageMemory{Stage: i, WeightsGiB: 5, GradientsGiB: 5, OptimizerGiB: 15, BuffersGiB: 1.2, OverheadGiB: 3.8,
			ActivationsGiB: 0.29 * float64(shape.stages-i)}
		m.TotalGiB = m.WeightsGiB + m.GradientsGiB + m.OptimizerGiB + m.BuffersGiB + m.OverheadGiB + m.ActivationsGiB
		s.MemoryGiBPerGPU = max(s.MemoryGiBPerGPU, m.TotalGiB)
		s.Memory = append(s.Memory, m)
	}
	r.Manifest.Program.Version = "v0.1.0"
	r.Manifest.Program.Revision = "f0c01d6aa0b1c2d3e4f5"
	r.Manifest.ScenarioSHA256 = "4be1d09c51aa02be77d1"
	r.Manifest.Seed = 1
}
