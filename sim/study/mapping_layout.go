package study

import (
	"strconv"
	"strings"
)

// writeLayout writes the section [layout].
func (p *mapping) writeLayout() {
	p.line("[layout]")
	p.line("tensor = %d\npipeline = %d\ndata = %d", p.Tensor, p.Pipeline, p.Data)
	if p.Context > 1 {
		p.line("context = %d", p.Context)
		p.assume("context parallelism: a ring (p2p), Megatron-LM's default")
	}
	if p.Expert > 1 {
		p.line("expert = %d", p.Expert)
	}
	p.line("micro_batch = %d\nglobal_batch = %d", p.MicroBatch, p.GlobalBatch)
	p.writeSchedule()
	sequence := yes(p.SequenceParallel)
	if p.SequenceParallel == "" || unknown(p.SequenceParallel) {
		if p.Tensor > 1 {
			p.assume("seq_parallel: no")
		}
	}
	p.line("sequence_parallel = %t", sequence && p.Tensor > 1)
	p.writePrecision()
	p.writeState()
	p.writeOverlap()
	p.writePipeline(sequence)
	p.line("pad_vocab_to = 128\n")
	if p.Vocab%(128*p.Tensor) != 0 {
		p.assume("vocab: padded to a multiple of 128 × tp")
	}
}

// replicas returns how many ranks hold the same weights, each for its tokens.
func (p *mapping) replicas() int { return p.Data * p.Context }

// yes and unknown read the words of a source: "yes (needed for …)", "unknown (…)".
func yes(s string) bool     { return strings.HasPrefix(strings.ToLower(s), "yes") }
func unknown(s string) bool { return strings.HasPrefix(strings.ToLower(s), "unknown") }

// writeSchedule writes the schedule, chunks, and layers per stage.
func (p *mapping) writeSchedule() {
	chunks := p.chunks()
	name := "1f1b"
	switch {
	case p.schedule() == "GPipe":
		name = "gpipe"
	case zeroBubble[p.schedule()] != "":
		name = string(zeroBubble[p.schedule()])
		p.assume("schedule: %s by hand, with the memory of %s", name, p.schedule())
	case chunks > 1:
		name = "interleaved"
	case p.schedule() == "" && p.Pipeline > 1 && !p.short:
		p.assume("schedule: 1F1B")
	}
	p.line("virtual_pipeline = %d\nschedule = %q", chunks, name)
	if p.notes(oneFewer) {
		p.writeStages(chunks)
	} else if p.Layers%(p.Pipeline*chunks) != 0 {
		p.skip("%d layers do not divide over %d stages of %d chunks, and the table does not say how they are spread", p.Layers, p.Pipeline, chunks)
	}
}

// oneFewer is the note of a run that makes room for the embedding and the head.
const oneFewer = "first and last stage hold one layer fewer"

// chunks reads the column vp: a number, or "1 layer per chunk".
func (p *mapping) chunks() int {
	if n, err := strconv.Atoi(p.Virtual); err == nil && n >= 1 {
		return n
	}
	layers := p.Layers
	if p.notes(oneFewer) {
		layers += 2
	}
	if strings.HasPrefix(p.Virtual, "1 layer per chunk") && layers%p.Pipeline == 0 {
		return layers / p.Pipeline
	}
	switch {
	case p.Virtual != "":
		p.skip("vp is %q; a number, or one layer per chunk of as many on each stage, is simulated", p.Virtual)
	case p.Pipeline > 1 && !p.short:
		p.assume("vp: 1 (no interleaving)")
	}
	return 1
}

// writeStages gives the first and the last stage one layer less, in their first
// and last chunk.
func (p *mapping) writeStages(chunks int) {
	all := p.Pipeline * chunks
	if p.Pipeline < 2 || (p.Layers+2)%all != 0 {
		p.skip("%d layers over %d stages of %d chunks do not leave the first and the last with one fewer", p.Layers, p.Pipeline, chunks)
		return
	}
	p.line("stage_layers = %s", spread(p.Layers, all))
}

// writePrecision writes element types and the kernels that came with them.
func (p *mapping) writePrecision() {
	s := strings.ToLower(p.Precision)
	name := ""
	switch {
	case strings.Contains(s, "fp8"):
		name = "fp8"
	case strings.Contains(s, "fp16"):
		name = "fp16"
		if strings.Contains(s, "bf16") {
			p.assume("precision: fp16")
		}
	case strings.Contains(s, "bf16"):
		name = "bf16"
	case strings.Contains(s, "fp32"), strings.Contains(s, "tf32"):
		name = "fp32"
	default:
		p.skip("precision is %q; it must name bf16, fp16, fp8 or fp32", p.Precision)
	}
	p.line("precision = %q\nloss_scale = %t\ngrad_clip = true", name, name == "fp16")
	flash := !p.halfPrecisionEra() || p.notes("flash")
	if flash {
		p.assume("attention: fused kernel (FlashAttention)")
	} else {
		p.assume("attention: not fused (before FlashAttention)")
	}
	if p.mosaic() {
		// Defaults of MPT's configuration in mosaicml/llm-foundry: attn_impl and loss_fn.
		p.assume("attention: FlashAttention in Triton; cross entropy fused")
		p.line("attention_kernel = \"triton\"\nfused_loss = true")
	}
	p.line("flash_attention = %t\nfused_kernels = %t", flash, !p.notes("without operator fusion") && !p.mosaic())
	p.assume("gradients clipped by their global norm")
	switch r := strings.ToLower(p.Recompute); r {
	case "none", "selective", "full":
		p.line("recompute = %q", r)
	default:
		p.skip("recompute is %q; simulated are none, selective and full", p.Recompute)
	}
}

// mosaic tells whether the model is one of MosaicML's, by its name.
func (p *mapping) mosaic() bool { return strings.HasPrefix(strings.ToLower(p.Model), "mpt") }

// writeState writes how gradients are reduced and the optimiser is sharded.
func (p *mapping) writeState() {
	stage := 0
	switch s := strings.ToLower(p.Sharding); {
	case strings.Contains(s, "zero-1"), strings.Contains(s, "dist-optimizer"):
		stage = 1
	case strings.Contains(s, "zero-2"), strings.Contains(s, "shard_grad_op"):
		stage = 2
	case strings.Contains(s, "hybrid"), strings.Contains(s, "hsdp"):
		p.skip("zero_or_fsdp is %q; weights sharded over some of the replicas are not simulated yet", p.Sharding)
	case strings.Contains(s, "deepspeed"):
		p.skip("zero_or_fsdp is %q; layers are gathered whole, as FSDP does, not parameter by parameter", p.Sharding)
	case strings.Contains(s, "zero-3"), strings.Contains(s, "fsdp"):
		stage = 3
	case s == "none":
	case s == "" || unknown(s):
		if p.replicas() > 1 {
			p.assume("zero_or_fsdp: none")
		}
	default:
		p.skip("zero_or_fsdp is %q; simulated are none, ZeRO-1, ZeRO-2 and ZeRO-3 (FSDP)", p.Sharding)
	}
	p.line("zero = %d", stage)
	gathers := p.replicas() > 1 && yes(p.DataOverlap) && stage > 0 && (stage == 3 || strings.Contains(p.DataOverlap, "param"))
	p.line("overlap_param = %t", gathers)
	bytes := 4
	// torch's DistributedDataParallel reduces gradients in the type of the
	// parameters; Megatron-LM's own ("local") keeps and reduces them in fp32.
	if strings.Contains(p.DataOverlap, "DDP impl torch") && p.halfPrecisionEra() {
		bytes = 2
	}
	// FSDP reduces in the type it is told: that of the parameters where its mixed
	// precision is pure.
	if stage == 3 && strings.Contains(strings.ToLower(p.Precision), "pure") {
		bytes = 2
	}
	// Megatron-LM's option --DDP-impl went before its fused accumulation of
	// weight gradients came (both in version 3.0); Megatron-DeepSpeed of the short
	// form branched off earlier.
	apart := p.short || strings.Contains(p.DataOverlap, "DDP impl")
	p.line("grad_bytes = %d\ngrad_fusion = %t", bytes, !apart)
	if p.replicas() > 1 {
		p.assume("gradients reduced in %d bytes", bytes)
	}
	p.assume("weight gradients added %s", map[bool]string{true: "by kernels apart", false: "by the matrix product"}[apart])
}

// writeOverlap writes which communication runs beside compute.
func (p *mapping) writeOverlap() {
	tensor := strings.ToLower(p.TensorOverlap)
	overlap := yes(tensor) || strings.HasPrefix(tensor, "partial")
	if p.Tensor > 1 && (tensor == "" || unknown(tensor)) {
		p.assume("tp_overlap: no")
	}
	p.line("overlap_tensor = %t", overlap && p.Tensor > 1)
	data := yes(p.DataOverlap) && p.replicas() > 1
	if p.replicas() > 1 && (p.DataOverlap == "" || unknown(p.DataOverlap)) {
		p.assume("dp_overlap: no")
	}
	p.line("overlap_grad = %t", data)
}

// writePipeline writes how messages go between stages.
func (p *mapping) writePipeline(sequence bool) {
	beside := p.notes("p2p overlap on") || zeroBubble[p.schedule()] != ""
	scatter := p.Tensor > 1 && p.Pipeline > 1 && !sequence
	if scatter && !p.notes("scatter/gather p2p optimisation on") {
		// DeepSpeed's pipeline engine sends whole tensors; Megatron-LM's default
		// was scatter/gather (arXiv 2104.04473, section 4.1).
		scatter = !p.short
		p.assume("pipeline sends %s", map[bool]string{true: "scattered over the tensor group, as Megatron-LM does", false: "whole, as DeepSpeed does"}[scatter])
	}
	if p.Pipeline > 1 && !beside {
		p.assume("pipeline sends not overlapped")
	}
	p.line("overlap_pipeline = %t\nscatter_gather = %t", beside, scatter)
}
