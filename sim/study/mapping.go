package study

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"trainsim/sim/scenario"
	"trainsim/sim/workload"
)

// Scenario writes the run as the text of a scenario, and lists what the table
// does not say and was assumed. An error says why the run cannot be simulated:
// what is neither stated nor safely assumed is never guessed.
func (m *Measured) Scenario() (text []byte, assumed []string, err error) {
	p := mapping{Measured: *m}
	if m.Complete == "no" {
		return nil, nil, errors.New("the source is not complete" + inBrackets(m.Note))
	}
	if p.short {
		p.fillShort()
	}
	p.refuse()
	p.derive()
	if len(p.reasons) > 0 {
		return nil, nil, errors.New(strings.Join(p.reasons, "; "))
	}
	p.writeModel()
	p.writeLayout()
	p.writeMachine()
	if len(p.reasons) > 0 {
		return nil, nil, errors.New(strings.Join(p.reasons, "; "))
	}
	return []byte(p.text.String()), p.assumed, nil
}

func inBrackets(s string) string {
	if s == "" {
		return ""
	}
	return " (" + strings.TrimSpace(s) + ")"
}

// mapping is the state of writing one row as a scenario.
type mapping struct {
	Measured
	text    strings.Builder
	assumed []string
	reasons []string
}

func (p *mapping) assume(format string, args ...any) {
	p.assumed = append(p.assumed, fmt.Sprintf(format, args...))
}

func (p *mapping) skip(format string, args ...any) {
	p.reasons = append(p.reasons, fmt.Sprintf(format, args...))
}

func (p *mapping) line(format string, args ...any) {
	fmt.Fprintf(&p.text, format+"\n", args...)
}

// notes tells whether the row's note holds s, whatever the case.
func (p *mapping) notes(s string) bool {
	return strings.Contains(strings.ToLower(p.Note), strings.ToLower(s))
}

// fillShort fills in what the short form leaves out. Source: the runs of vTrain
// (VIA-Research/vTrain, data/ground_truth_*.csv) and the description of their
// machines in its paper (MICRO 2024): Megatron-DeepSpeed on A100, 8 GPUs and
// 800 Gb/s per host.
func (p *mapping) fillShort() {
	p.GPU, p.Recompute, p.SequenceParallel, p.Precision = "A100-80GB-SXM", "full", "no", "fp16"
	p.TensorOverlap, p.DataOverlap, p.Sharding = "no", "no", "none"
	p.Interconnect = "NVLink3/NVSwitch in node; 800 Gb/s per node"
	p.assume("short form: A100-80GB-SXM, 800 Gb/s per host, full recompute, fp16, 1F1B, no overlap, no sequence parallelism")
}

// refuse lists what rules the row out.
func (p *mapping) refuse() {
	if s := p.schedule(); s != "" && s != "1F1B" && s != "1F1B-I" && s != "GPipe" && zeroBubble[s] == "" {
		p.skip("schedule %s is not supported yet", s)
	}
	for _, f := range []struct {
		name  string
		value int
	}{{"layers", p.Layers}, {"hidden", p.Hidden}, {"heads", p.Heads}, {"seq_len", p.SeqLen}, {"gpus", p.GPUs}, {"tp", p.Tensor}, {"pp", p.Pipeline}} {
		if f.value == 0 {
			p.skip("%s is not stated", f.name)
		}
	}
	if p.IterTimeS == 0 {
		p.skip("no measured time to compare with")
	}
}

// zeroBubble are the schedules of arXiv 2401.10241 by their names there. 1p and 2p
// are searched for under a limit of memory; H1 and H2 are those by hand of the same.
var zeroBubble = map[string]workload.Schedule{"ZB-H1": workload.ZBH1, "ZB-1p": workload.ZBH1, "ZB-H2": workload.ZBH2, "ZB-2p": workload.ZBH2}

var scheduleNote = regexp.MustCompile(`\bschedule ([\w.-]+)`)

// schedule returns the pipeline schedule that the note names, or "".
func (p *mapping) schedule() string {
	if found := scheduleNote.FindStringSubmatch(p.Note); found != nil {
		return found[1]
	}
	return ""
}

// derive works out sizes that follow from others, and checks those that should.
func (p *mapping) derive() {
	if p.GPUs == 0 || p.Tensor == 0 || p.Pipeline == 0 {
		return
	}
	p.Context = max(1, p.Context)
	model := p.Tensor * p.Pipeline * p.Context
	if p.Data == 0 && p.GPUs%model == 0 {
		p.Data = p.GPUs / model
	}
	if model*p.Data != p.GPUs {
		p.skip("tp × pp × cp × dp = %d × %d × %d × %d = %d GPUs, but gpus is %d", p.Tensor, p.Pipeline, p.Context, p.Data, model*p.Data, p.GPUs)
		return
	}
	p.deriveBatch()
	if p.GPUsPerNode == 0 {
		p.GPUsPerNode = 8
		p.assume("gpus_per_node: 8")
	}
}

// deriveBatch uses global batch = micro-batch × microbatches × data parallel
// size: two of them give the third.
func (p *mapping) deriveBatch() {
	b, m, g := p.MicroBatch, p.Microbatches, p.GlobalBatch
	switch {
	case g == 0 && b > 0 && m > 0:
		g = b * m * p.Data
	case b == 0 && g > 0 && m > 0 && g%(m*p.Data) == 0:
		b = g / (m * p.Data)
	case m == 0 && g > 0 && b > 0 && g%(b*p.Data) == 0:
		m = g / (b * p.Data)
	}
	switch {
	case g == 0:
		p.skip("gbs is not stated and does not follow from other columns")
	case b == 0:
		p.skip("mbs is not stated and does not follow from other columns")
	case m == 0 || b*m*p.Data != g:
		p.skip("mbs %d × microbatches %d × dp %d is not gbs %d", b, m, p.Data, g)
	}
	p.MicroBatch, p.Microbatches, p.GlobalBatch = b, m, g
}

// halfPrecisionEra tells whether the run belongs to the software before
// FlashAttention, Megatron-LM in fp16 with dropout: whether its precision names
// fp16. Where a source leaves it at "bf16/fp16" (zero_bubble, arXiv 2401.10241),
// the memory it measured decides: 30 GB for 1.5B on 8 stages are the activations
// of unfused attention with dropout masks; fused, they were 14.
func (p *mapping) halfPrecisionEra() bool {
	return strings.Contains(strings.ToLower(p.Precision), "fp16")
}

// writeModel writes the section [model].
func (p *mapping) writeModel() {
	gated := p.FFNMatrices == 3
	if p.FFNMatrices > 3 {
		p.skip("ffn_matrices is %d; an MLP has 2, a gated one 3", p.FFNMatrices)
	}
	llama := gated
	switch name := strings.ToLower(p.Model); {
	case strings.HasPrefix(name, "gpt"):
		llama = false
	case p.mosaic():
		llama = false
	case strings.HasPrefix(name, "llama"):
		llama, gated = true, p.FFNMatrices != 2
	default:
		p.assume("family by the MLP, the name %q tells none", p.Model)
	}
	if llama {
		p.assume("Llama family: RMSNorm, no biases, untied embeddings, rotary positions")
	} else {
		p.assume("GPT family: LayerNorm, biases, tied embeddings, learned positions")
	}
	if p.FFN == 0 {
		p.FFN = 4 * p.Hidden
		p.assume("ffn: 4 × hidden")
	}
	if p.KVHeads == 0 {
		p.KVHeads = p.Heads
		p.assume("kv_heads: one for each head")
	}
	if p.Vocab == 0 {
		if llama || p.Complete != "minor" {
			p.skip("vocab is not stated")
		}
		p.Vocab = 50257
		p.assume("vocab: 50257 (GPT-2's)")
	}
	p.line("title = \"%s\"\n", plain(p.ID+" "+p.Model))
	p.line("[model]")
	p.line("layers = %d\nhidden = %d\nheads = %d\nkv_heads = %d", p.Layers, p.Hidden, p.Heads, p.KVHeads)
	p.line("ffn = %d\ngated = %t\nvocab = %d\nseq_len = %d", p.FFN, gated, p.Vocab, p.SeqLen)
	if !llama && p.Experts > 1 {
		p.assume("no biases: experts have none")
	}
	p.line("rms_norm = %t\nbias = %t\ntied = %t\nrotary = %t", llama, !llama && p.Experts <= 1, !llama, llama)
	p.line("dropout = %t", p.dropout(llama))
	p.writeExperts()
}

// writeExperts ends the section with the experts of each layer, if there are any.
func (p *mapping) writeExperts() {
	if p.Experts > 1 {
		if p.TopK == 0 {
			p.TopK = 2
			p.assume("top_k: 2")
		}
		if p.MoEFFN == 0 {
			p.assume("moe_ffn: ffn")
		}
		p.line("experts = %d\ntop_k = %d\nmoe_ffn = %d", p.Experts, p.TopK, p.MoEFFN)
	}
	p.line("")
}

// dropout decides by the note, else by the defaults of the family and time.
func (p *mapping) dropout(llama bool) bool {
	switch {
	case p.notes("dropout on"):
		return true
	case p.notes("dropout off"), p.notes("no dropout"):
		return false
	}
	on := !llama && p.halfPrecisionEra()
	p.assume("dropout: %s", map[bool]string{true: "on, as Megatron-LM's default was", false: "off"}[on])
	return on
}

// plain keeps what may stand in a one-line TOML string without an escape.
func plain(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == '"' || r == '\\' || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s))
}

// writeMachine writes the sections [gpu], [host], [network], [machine] and [run].
func (p *mapping) writeMachine() {
	gpu, ok := p.gpuPreset()
	if !ok {
		p.skip("no preset for gpu %q (there are %s)", p.GPU, strings.Join(scenario.Presets("gpu"), ", "))
		return
	}
	generation, _, _ := strings.Cut(gpu, "-")
	host, ok := preset("host", "dgx-"+generation)
	if !ok {
		p.skip("no host preset for gpu %s", gpu)
		return
	}
	hosts := (p.GPUs + p.GPUsPerNode - 1) / p.GPUsPerNode
	fabric, rate, ok := p.fabric(generation, hosts)
	if !ok {
		return
	}
	p.line("[gpu]\npreset = %q\n", gpu)
	p.line("[host]\npreset = %q\ngpus = %d\n", host, p.GPUsPerNode)
	p.line("[network]\npreset = %q", fabric)
	if rate > 0 {
		p.line("nic_bandwidth = \"%s Gb/s\"", strconv.FormatFloat(rate, 'f', -1, 64))
	}
	p.line("\n[machine]\nhosts = %d\n", hosts)
	p.line("[run]\nmax_spans = 0")
}

// gpuPreset finds the preset of the GPU's name, which may leave out the form
// factor: "B200-180GB" is b200-180gb-sxm.
func (p *mapping) gpuPreset() (string, bool) {
	name := strings.ToLower(p.GPU)
	for _, want := range []string{name, name + "-sxm"} {
		for _, have := range scenario.Presets("gpu") {
			if have == want {
				return have, true
			}
		}
	}
	return "", false
}

// preset returns the first preset of a kind whose name begins with prefix.
func preset(kind, prefix string) (string, bool) {
	for _, name := range scenario.Presets(kind) {
		if strings.HasPrefix(name, prefix) {
			return name, true
		}
	}
	return "", false
}

var (
	nvlinkText = regexp.MustCompile(`(?i)nvlink\s?(\d)`)
	nicsText   = regexp.MustCompile(`(?i)(\d+)\s?[x×]\s?(\d+(?:\.\d+)?) Gb/s`)
	perHost    = regexp.MustCompile(`(?i)(\d+(?:\.\d+)?) Gb/s per (?:node|host)`)
	// nvlinkOf is the NVLink generation of each part's SXM form (data sheets).
	nvlinkOf = map[string]string{"v100": "2", "a100": "3", "h100": "4", "h200": "4", "b200": "5"}
)

// networkPreset returns the preset of an NVLink generation with the kind of
// network that the words name; InfiniBand where they name none, or one that no
// preset has.
func networkPreset(nvlink, words string) (string, bool) {
	words = strings.ToLower(words)
	for _, kind := range []string{"efa", "roce", "edr", "hdr", "ndr"} {
		if infiniband := strings.HasSuffix(kind, "dr"); !infiniband && !strings.Contains(words, kind) {
			continue
		}
		if name, ok := preset("network", nvlink+"-"+kind); ok {
			return name, true
		}
	}
	return "", false
}

// fabric finds the network preset and the bandwidth of a NIC in Gb/s (0: the
// preset's) from the words of the source.
func (p *mapping) fabric(generation string, hosts int) (name string, rate float64, ok bool) {
	version := nvlinkOf[generation]
	if found := nvlinkText.FindStringSubmatch(p.Interconnect); found != nil {
		version = found[1]
	} else {
		p.assume("NVLink: generation %s, that of the %s", version, strings.ToUpper(generation))
	}
	if name, ok = networkPreset("nvlink"+version, p.Interconnect); !ok {
		p.skip("no network preset for NVLink %s", version)
		return "", 0, false
	}
	if found := nicsText.FindStringSubmatch(p.Interconnect); found != nil {
		count, _ := strconv.ParseFloat(found[1], 64)
		each, _ := strconv.ParseFloat(found[2], 64)
		rate = count * each / float64(p.GPUsPerNode)
	} else if found := perHost.FindStringSubmatch(p.Interconnect); found != nil {
		total, _ := strconv.ParseFloat(found[1], 64)
		rate = total / float64(p.GPUsPerNode)
	}
	if rate > 0 || hosts == 1 {
		return name, rate, true
	}
	if p.Complete != "minor" {
		p.skip("the network between %d hosts is not stated", hosts)
		return "", 0, false
	}
	p.assume("network between hosts: that of preset %s", name)
	return name, 0, true
}
