package main

import (
	"math"

	"gonum.org/v1/gonum/optimize"

	"trainsim/sim/cluster"
	"trainsim/sim/engine"
)

// knob is one free parameter of a part.
type knob struct {
	key   string // in a preset
	get   func(*cluster.GPU) float64
	set   func(*cluster.GPU, float64)
	ratio bool // in (0, 1): moved on a logistic scale; else on a logarithmic one
}

func number(key string, ratio bool, field func(*cluster.GPU) *float64) knob {
	return knob{key: key, ratio: ratio,
		get: func(g *cluster.GPU) float64 { return *field(g) },
		set: func(g *cluster.GPU, v float64) { *field(g) = v }}
}

func duration(key string, field func(*cluster.GPU) *engine.Duration) knob {
	return knob{key: key,
		get: func(g *cluster.GPU) float64 { return field(g).Seconds() },
		set: func(g *cluster.GPU, v float64) { *field(g) = engine.FromSeconds(v) }}
}

// The parameters of matrix products, and what a call takes beside the product.
var (
	gap       = duration("launch_gap", func(g *cluster.GPU) *engine.Duration { return &g.LaunchGap })
	operand   = number("operand_bandwidth", false, func(g *cluster.GPU) *float64 { return &g.OperandBandwidth })
	output    = number("output_bandwidth", false, func(g *cluster.GPU) *float64 { return &g.OutputBandwidth })
	latency   = duration("tile_latency", func(g *cluster.GPU) *engine.Duration { return &g.TileLatency })
	waveTail  = number("wave_tail", true, func(g *cluster.GPU) *float64 { return &g.WaveTail })
	boostTime = duration("boost_time", func(g *cluster.GPU) *engine.Duration { return &g.BoostTime })
	sustained = number("sustained_clock", true, func(g *cluster.GPU) *float64 { return &g.SustainedClock })
)

// The parameters of fused attention.
var (
	forward       = number("attention_forward", true, func(g *cluster.GPU) *float64 { return &g.AttentionForward })
	backward      = number("attention_backward", true, func(g *cluster.GPU) *float64 { return &g.AttentionBackward })
	head64        = number("attention_head_64", true, func(g *cluster.GPU) *float64 { return &g.AttentionHead64 })
	head64Back    = number("attention_head_64_backward", true, func(g *cluster.GPU) *float64 { return &g.AttentionHead64Back })
	start         = number("attention_start", false, func(g *cluster.GPU) *float64 { return &g.AttentionStart })
	startBackward = number("attention_start_backward", false, func(g *cluster.GPU) *float64 { return &g.AttentionStartBackward })
	diagonal      = number("attention_diagonal", false, func(g *cluster.GPU) *float64 { return &g.AttentionDiagonal })
	tailBackward  = number("attention_tail_backward", true, func(g *cluster.GPU) *float64 { return &g.AttentionTailBackward })
)

// move sets the parameter a distance x from v on its scale.
func (k knob) move(g *cluster.GPU, v, x float64) {
	if k.ratio {
		k.set(g, 1/(1+math.Exp(-math.Log(v/(1-v))-x)))
		return
	}
	k.set(g, v*math.Exp(x))
}

// fit moves the knobs of g to the least mean absolute error of the logarithm of
// time, by repeated Nelder–Mead. The absolute error is robust: a shape on which
// the library picked a poor kernel does not bend the rest.
func fit(g cluster.GPU, rows []row, knobs ...knob) cluster.GPU {
	from := make([]float64, len(knobs))
	for i, k := range knobs {
		from[i] = k.get(&g)
	}
	at := func(x []float64) cluster.GPU {
		h := g
		for i, k := range knobs {
			k.move(&h, from[i], x[i])
		}
		return h
	}
	loss := func(x []float64) float64 {
		h, sum := at(x), 0.0
		for _, r := range rows {
			sum += math.Abs(math.Log(predict(&h, r) / r.seconds))
		}
		return sum / float64(len(rows))
	}
	x := make([]float64, len(knobs))
	for range 4 {
		result, err := optimize.Minimize(optimize.Problem{Func: loss}, x,
			&optimize.Settings{FuncEvaluations: 1500}, &optimize.NelderMead{SimplexSize: 0.3})
		if result == nil {
			panic(err) // a defect of the settings, not of the data
		}
		x = result.X
	}
	return at(x)
}

// predict returns the modelled time of a measurement, in seconds.
func predict(g *cluster.GPU, r row) float64 {
	b := r.kernel
	b.Backward, b.FLOP = true, 2.5*r.kernel.FLOP
	switch r.pass {
	case "bwd":
		return g.Time(b).Seconds()
	case "fwd+bwd":
		return g.Time(r.kernel).Seconds() + g.Time(b).Seconds()
	}
	return g.Time(r.kernel).Seconds()
}
