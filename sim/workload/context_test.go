package workload

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// commOf lists what a script communicates over the context group, and how it waits.
func commOf(s *script) (list []string) {
	for _, in := range s.code {
		switch in.Code {
		case Run:
			for _, op := range s.ops[in.First:in.Last] {
				list = append(list, op.Name)
			}
		case Wait:
			list = append(list, "wait")
		case Start, Sync:
			op := s.ops[in.First]
			list = append(list, fmt.Sprintf("%s %s of %d over %s", map[Code]string{Start: "start", Sync: "sync"}[in.Code], op.Kind, op.Size, op.Comm))
		}
	}
	return list
}

// Llama 3 8B at 131,072 tokens over 4 ranks by hand: 32,768 tokens each with 8 key heads of
// 128 in bf16: keys and values of a step of the ring are 2·32768·1024·2 = 128 MiB; gathered,
// keys alone are 131072·1024·2 = 256 MiB.
func TestContextTraffic(t *testing.T) {
	m := llama(32, 4096, 32, 8, 14336, 128256, 131072)
	l := Layout{Context: 4, GlobalBatch: 1, FlashAttention: true, FusedKernels: true}
	const step, gathered = 128 << 20, 256 << 20
	for _, c := range []struct {
		how   ContextComm
		write func(*script, *shape)
		want  []string
	}{
		{ContextP2P, (*script).coreAttention, []string{
			fmt.Sprintf("start shift of %d over context", step), "flash attention", "wait",
			fmt.Sprintf("start shift of %d over context", step), "flash attention", "attention merge", "wait",
			fmt.Sprintf("start shift of %d over context", step), "flash attention", "attention merge", "wait",
			"flash attention", "attention merge"}},
		{ContextP2P, (*script).coreAttentionBackward, []string{
			fmt.Sprintf("start shift of %d over context", step), "flash attention grad", "wait",
			fmt.Sprintf("start shift of %d over context", 2*step), "flash attention grad", "wait", "attention grad add",
			fmt.Sprintf("start shift of %d over context", 2*step), "flash attention grad", "wait", "attention grad add",
			fmt.Sprintf("start shift of %d over context", step), "flash attention grad", "wait", "attention grad add"}},
		{ContextAllGather, (*script).coreAttention, []string{
			fmt.Sprintf("sync all_gather of %d over context", gathered), fmt.Sprintf("sync all_gather of %d over context", gathered), "key value sort", "flash attention"}},
		{ContextAllGather, (*script).coreAttentionBackward, []string{
			fmt.Sprintf("sync all_gather of %d over context", gathered), fmt.Sprintf("sync all_gather of %d over context", gathered), "key value sort", "flash attention grad",
			"key value grad sort", fmt.Sprintf("sync reduce_scatter of %d over context", gathered), fmt.Sprintf("sync reduce_scatter of %d over context", gathered)}},
	} {
		l.ContextComm = c.how
		s := (&table{}).script(Forward)
		c.write(s, newShape(m, l))
		if got := commOf(s); strings.Join(got, "\n") != strings.Join(c.want, "\n") {
			t.Errorf("%s: got\n%s\nwant\n%s", c.how, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}
}

// A layer takes as many FLOP over c ranks as on one, forward and backward, each way.
func TestContextSharesFLOP(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLayout(t)
		l.FlashAttention = true
		m := drawModel(t, l)
		drawExperts(t, &m, &l)
		flop := func(l Layout) (sum float64) {
			for _, p := range mustPrograms(t, m, l) {
				eachOp(&p, func(op Op) { sum += op.FLOP * float64(l.Context) })
			}
			return sum
		}
		one := l
		one.Context, one.Expert, one.ExpertImbalance, l.ExpertImbalance = 1, 1, 1, 1
		if got, want := flop(l), flop(one); !near(got, want, 1e-12) {
			t.Fatalf("%g FLOP over %d ranks, %g on one", got, l.Context, want)
		}
	})
}

// Tensor 2, context 2, data 2: gradients are reduced over context and data together.
func TestContextGroups(t *testing.T) {
	got := ""
	for _, g := range Groups(tinyLlama(), Layout{Tensor: 2, Context: 2, Data: 2}) {
		got += fmt.Sprintln(g.Comm, g.Ranks, g.Shifting)
	}
	want := `tensor [0 1] false
tensor [2 3] false
tensor [4 5] false
tensor [6 7] false
data [0 2 4 6] false
data [1 3 5 7] false
model [0 1] false
model [2 3] false
model [4 5] false
model [6 7] false
context [0 2] true
context [1 3] true
context [4 6] true
context [5 7] true
`
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// Over 4 ranks a rank keeps a quarter of the activations, sends a quarter from stage to
// stage, and shards its optimiser over the replicas and them; the ring needs buffers for the
// keys and values of all four: 4·2·(8 tokens · 8 · 2 bytes) of a rank with 8 of 32 tokens.
func TestContextMemory(t *testing.T) {
	m := tinyLlama()
	m.SeqLen = 32
	one := Layout{Pipeline: 2, Data: 2, GlobalBatch: 4, ZeRO: 1, FlashAttention: true, FusedKernels: true}
	four := one
	four.Context = 4
	a, b := Footprints(m, one)[0], Footprints(m, four)[0]
	if b.Activations*4 != a.Activations || b.Weights != a.Weights || b.Optimizer*4 != a.Optimizer {
		t.Errorf("%+v over 4 ranks, %+v on one", b, a)
	}
	if got, want := b.Buffers, a.Buffers/4+4*2*8*8*2; got != want {
		t.Errorf("buffers of %d bytes, want %d", got, want)
	}
	if 4*MessageBytes(m, four) != MessageBytes(m, one) {
		t.Errorf("messages of %d and %d bytes", MessageBytes(m, four), MessageBytes(m, one))
	}
	four.ContextComm = ContextAllGather
	if got, want := Footprints(m, four)[0].Buffers, a.Buffers/4+4*4*8*8*2; got != want {
		t.Errorf("buffers of %d bytes, want %d", got, want)
	}
}

func TestContextProblems(t *testing.T) {
	for _, c := range []struct {
		change func(m *Model, l *Layout)
		want   string
	}{
		{func(*Model, *Layout) {}, ""},
		{func(_ *Model, l *Layout) { l.ZeRO = 3 }, ""},
		{func(_ *Model, l *Layout) { l.Context = 3 }, "layout.context: two slices for each of 3 ranks do not divide 8 tokens; 2 would"},
		{func(m *Model, _ *Layout) { m.SeqLen = 9 }, "layout.context: two slices for each of 2 ranks do not divide 9 tokens; context = 1 would"},
		{func(_ *Model, l *Layout) { l.Context = -1 }, "layout.context: -1, but at least 1 is needed"},
		{func(_ *Model, l *Layout) { l.FlashAttention = false }, "layout.flash_attention: attention of sequences that ranks share is fused; flash_attention = true"},
		{func(_ *Model, l *Layout) { l.ContextComm = "a2a" }, `layout.context_comm: unknown way "a2a"; p2p or all_gather`},
		{func(m *Model, l *Layout) { m.SeqLen, l.Tensor, l.SequenceParallel = 4, 4, true; m.KVHeads = 4 },
			"layout.sequence_parallel: tensor 4 does not divide 2 tokens; 2 would"},
	} {
		m, l := tinyLlama(), Layout{Context: 2, GlobalBatch: 4, FlashAttention: true}
		c.change(&m, &l)
		var got []string
		for _, p := range Problems(m, l, 0, 0, 0, 0) {
			got = append(got, p.Error())
		}
		if strings.Join(got, "\n") != c.want {
			t.Errorf("got %q\nwant %q", got, c.want)
		}
	}
	mixture := Layout{Context: 2, Data: 2, Expert: 3, GlobalBatch: 4, FlashAttention: true}
	m := tinyMixture()
	m.Experts = 6
	if err, want := Problems(m, mixture, 0, 0, 0, 0), "layout.expert: 3 does not divide tensor 1 × data 2 × context 2 = 4; 2 would"; len(err) != 1 || err[0].Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	err := Problems(tinyLlama(), Layout{Context: 2, Data: 2, GlobalBatch: 4, FlashAttention: true}, 2, 0, 0, 0)
	if want := "layout.data: tensor 1 × pipeline 1 × data 2 × context 2 = 4 ranks, but the machine has 2 GPUs; data = 1 fits"; len(err) != 1 || err[0].Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
