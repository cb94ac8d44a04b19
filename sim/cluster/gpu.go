// Package cluster is the hardware apart from the network: how long an
// operation takes on a GPU, what it draws, how hosts and power supplies turn
// that into load, and what is wrong now.
package cluster

import "trainsim/sim/engine"

// GPU describes a part. Values with a source each are in
// sim/scenario/presets/gpu. Efficiencies there are fitted to measured
// operations by tools/fit, never to whole training runs.
type GPU struct {
	Name   string
	Memory int64 `toml:"memory" unit:"bytes" range:"(0,)" help:"HBM capacity"`

	PeakHalf     float64 `toml:"peak_half" unit:"flops" range:"(0,)" help:"dense matrix peak in bf16 and fp16, at the boost clock"`
	PeakFP8      float64 `toml:"peak_fp8" unit:"flops" default:"0 TFLOP/s" help:"dense matrix peak in fp8; 0: it has none"`
	PeakSingle   float64 `toml:"peak_single" unit:"flops" range:"(0,)" help:"matrix peak in fp32; write the TF32 peak where TF32 is allowed"`
	HBMBandwidth float64 `toml:"hbm_bandwidth" unit:"bandwidth" range:"(0,)" help:"HBM peak bandwidth"`
	SMs          int     `toml:"sms" range:"[1,)" help:"streaming multiprocessors"`
	taken        int     // of the SMs, see Without

	// What communication and kernels beside each other take, see overlap.go.
	CommSMs          int     `toml:"comm_sms" range:"[0,)" default:"0" help:"SMs that communication takes from kernels beside it"`
	SendSMs          int     `toml:"send_sms" range:"[0,)" default:"2" help:"the same of sends and receives alone, of a pipeline that spans hosts, at most comm_sms"`
	CommHBM          float64 `toml:"comm_hbm" range:"[0,)" default:"0" help:"bytes that cross HBM for each byte that communication sends, taken from kernels that HBM bounds; 0: none"`
	CommOverlapShare float64 `toml:"comm_overlap_share" unit:"ratio" range:"(0,1]" default:"1" help:"share of the rate it has alone that communication reaches beside kernels"`

	LaunchGap engine.Duration `toml:"launch_gap" unit:"duration" default:"1 us" help:"idle time of the device between two kernels of a stream"`
	IssueTime engine.Duration `toml:"issue_time" unit:"duration" default:"6 us" help:"host time to issue one kernel; a layer's kernels take at least the time to issue them"`

	// Matrix products, see matrix.go.
	MatrixEfficiency float64         `toml:"matrix_efficiency" unit:"ratio" range:"(0,1]" default:"1" help:"share of peak in the main loop of a matrix product, operands apart"`
	OperandBandwidth float64         `toml:"operand_bandwidth" unit:"bandwidth" range:"(0,)" help:"rate at which all SMs together fetch the operands of tiles"`
	OutputBandwidth  float64         `toml:"output_bandwidth" unit:"bandwidth" range:"(0,)" help:"rate at which all SMs together write finished tiles"`
	TileLatency      engine.Duration `toml:"tile_latency" unit:"duration" help:"time to fill and drain the pipeline of one tile"`
	WaveTail         float64         `toml:"wave_tail" unit:"ratio" help:"share of the empty part of the last wave of tiles that is lost"`
	BoostTime        engine.Duration `toml:"boost_time" unit:"duration" default:"0 s" help:"how long a matrix product holds the boost clock before the power limit lowers it"`
	SustainedClock   float64         `toml:"sustained_clock" unit:"ratio" range:"(0,1]" default:"1" help:"clock of a matrix product after boost_time, relative to boost"`

	// Fused attention, see attention.go.
	AttentionForward       float64 `toml:"attention_forward" unit:"ratio" range:"(0,1]" help:"share of peak of fused attention, forward, head size 128, long sequences"`
	AttentionBackward      float64 `toml:"attention_backward" unit:"ratio" range:"(0,1]" help:"the same, backward"`
	AttentionHead64        float64 `toml:"attention_head_64" unit:"ratio" range:"(0,1]" help:"efficiency at head size 64 relative to 128"`
	AttentionHead64Back    float64 `toml:"attention_head_64_backward" unit:"ratio" range:"[0,1]" default:"0" help:"the same, backward; 0: as forward"`
	AttentionBlock         int     `toml:"attention_block" range:"[1,)" default:"128" help:"query rows per thread block of the forward kernel"`
	AttentionStart         float64 `toml:"attention_start" help:"cost of starting a thread block of the forward kernel, in keys"`
	AttentionStartBackward float64 `toml:"attention_start_backward" help:"the same, backward"`
	AttentionDiagonal      float64 `toml:"attention_diagonal" help:"cost of the half-masked tile on the diagonal of causal attention, in keys"`
	AttentionTailBackward  float64 `toml:"attention_tail_backward" unit:"ratio" help:"share of the longest thread block that the backward kernel adds at its end"`

	AttentionTriton float64 `toml:"attention_triton" range:"[1,)" default:"1.8" help:"time of FlashAttention's first kernel in Triton relative to these: 1.3 to 2.5 times FlashAttention-2 (arXiv 2307.08691, section 4.1)"`

	// Kernels bound by HBM, see stream.go.
	StreamEfficiency  float64 `toml:"stream_efficiency" unit:"ratio" range:"(0,1]" help:"share of HBM bandwidth that elementwise kernels reach"`
	SoftmaxEfficiency float64 `toml:"softmax_efficiency" unit:"ratio" range:"(0,1]" help:"share of HBM bandwidth that softmax over attention scores reaches"`
	StreamRamp        int64   `toml:"stream_ramp" unit:"bytes" default:"0 B" help:"bytes in flight when HBM is saturated: a kernel of this size reaches half its rate"`

	// Power, see power.go.
	PowerLimit    float64 `toml:"power_limit" unit:"power" range:"(0,)" help:"power limit of the board"`
	PowerIdle     float64 `toml:"power_idle" unit:"power" help:"power with nothing running"`
	PowerLoaded   float64 `toml:"power_loaded" unit:"power" default:"0 W" help:"power with a program loaded and nothing running, as while a checkpoint is saved; 0: power_idle"`
	PowerStatic   float64 `toml:"power_static" unit:"ratio" help:"share of limit − idle drawn by any running kernel"`
	PowerMatrix   float64 `toml:"power_matrix" help:"share of limit − idle added at the matrix peak (before the limit cuts it)"`
	PowerHBM      float64 `toml:"power_hbm" help:"share of limit − idle added at the HBM peak"`
	PowerWait     float64 `toml:"power_wait" unit:"power" help:"power while a posted communication busy-polls for its peers"`
	PowerTransfer float64 `toml:"power_transfer" unit:"power" help:"power while a communication moves bytes"`

	// Clock and caps, see clock.go.
	PowerCap      float64 `toml:"power_cap" unit:"power" default:"0 W" help:"cap below the power limit, as nvidia-smi -pl sets: kernels run at the highest clock that keeps it; 0: none"`
	Variation     float64 `toml:"variation" unit:"ratio" range:"[0,0.4]" default:"0" help:"range of the times of parts of one model where the limit binds, drawn from run.seed: 8 % in the mean of clusters, 22 % in the worst (arXiv 2208.11035); 0: all alike"`
	ClockExponent float64 `toml:"clock_exponent" range:"[1,5]" default:"3" help:"dynamic power is the clock to this power, above the floor"`
	ClockFloor    float64 `toml:"clock_floor" unit:"ratio" range:"(0,1]" default:"0.8" help:"clock below which the voltage does not fall, relative to that of the measured efficiencies"`
	ClockMin      float64 `toml:"clock_min" unit:"ratio" range:"(0,1]" default:"0.15" help:"lowest clock, the same"`
}

// Time returns how long kernel k takes on the device at nominal speed:
//
//	busy + n·launch gap,  n = kernels launched (0 counts as 1)
//
// where busy is the roofline (Williams, Waterman, Patterson 2009): FLOP at the
// efficiency of the shape or bytes at the efficiency of HBM, whichever is
// longer.
func (g *GPU) Time(k Kernel) engine.Duration {
	total, _ := g.Times(k)
	return total
}

// Times returns how long kernel k takes, as Time does, and how much of it HBM
// binds: all of busy, where bytes take longer than FLOP, or nothing.
func (g *GPU) Times(k Kernel) (total, memory engine.Duration) { return g.Bound(k).At(1) }

// Issue returns how long the host takes to issue the kernels of k. Eager
// frameworks issue them one after another and run ahead of the device, so only
// a run of kernels that takes the device less than the host is bound by it.
func (g *GPU) Issue(k Kernel) engine.Duration {
	return engine.Duration(max(k.Kernels, 1)) * g.IssueTime
}

// compute returns the time of the FLOP of kernel k, in seconds; 0 for kernels
// that only move bytes.
func (g *GPU) compute(k Kernel) float64 {
	switch k.Class {
	case Matrix, BatchedMatrix:
		return g.matrix(k)
	case Attention:
		return g.attention(k)
	}
	return 0
}

// Peak returns the matrix peak for elements of the given size, in FLOP/s.
func (g *GPU) Peak(elementBytes int64) float64 {
	switch {
	case elementBytes >= 4:
		return g.PeakSingle
	case elementBytes == 1:
		return g.PeakFP8
	}
	return g.PeakHalf
}
