package main

import "fmt"

// square keeps heads of size 64 and 128, with queries and values of equal size.
func square(r row) bool { return r.kernel.K <= 128 }

// attentionA100 joins FlashAttention-2 on the SXM part, forward and backward in
// one figure, with Transformer Engine on the PCIe part, apart. The latter is
// brought to the clock of the former.
func attentionA100(dir string) error {
	rows, err := attentionRows(dir, "A100-80GB-SXM", "FlashAttention-2")
	if err != nil {
		return err
	}
	pcie, err := attentionRows(dir, "A100-80GB-PCIe", "Transformer Engine attention")
	if err != nil {
		return err
	}
	for _, r := range where(pcie, square) {
		r.seconds *= pcieClock
		rows = append(rows, r)
	}
	knobs := []knob{forward, backward, head64, start, startBackward, diagonal, tailBackward}
	g := fit(a100(), rows, knobs...)
	show("A100 attention", &g, knobs...)
	spread("FlashAttention-2 and TE", errors(&g, rows))
	return nil
}

// attentionH100 fits three libraries to one paper's figures, the forward and the
// backward kernel apart. Transformer Engine prefers cuDNN on this part, which is
// what the preset has. Figures of FlashAttention-2 with both kernels in one, half
// of them causal, are not fitted to: they check that the diagonal of the forward
// kernel serves the backward one, of which the paper has no causal figure.
func attentionH100(dir string) error {
	for _, library := range []string{"cuDNN 9.1", "FlashAttention-2", "FlashAttention-3"} {
		rows, err := figures(library)
		if err != nil {
			return err
		}
		passing := func(pass string) []row { return where(rows, func(r row) bool { return r.pass == pass }) }
		knobs := []knob{forward, head64, start, diagonal}
		g := fit(h100(), passing("fwd"), knobs...)
		back := []knob{backward, head64Back, startBackward, tailBackward}
		g = fit(g, passing("bwd"), back...)
		show("H100 attention, "+library, &g, append(knobs, back...)...)
		spread("forward", errors(&g, passing("fwd")))
		spread("backward", errors(&g, passing("bwd")))
		if library != "FlashAttention-2" {
			continue
		}
		if rows, err = attentionRows(dir, "H100-80GB-SXM", library); err != nil {
			return err
		}
		spread("both in one, not fitted to", errors(&g, where(rows, square)))
	}
	return nil
}

// attentionB200 has sequences of 4,096 and more at one head size, which say
// nothing of start and diagonal: those of the A100 stay.
func attentionB200(dir string) error {
	rows, err := attentionRows(dir, "B200-180GB-SXM", "Transformer Engine attention")
	if err != nil {
		return err
	}
	rows = where(rows, square)
	for _, block := range []int{128, 256} {
		base := b200()
		base.AttentionBlock = block
		knobs := []knob{forward, backward, tailBackward}
		g := fit(base, rows, knobs...)
		show(fmt.Sprintf("B200 attention, forward block %d", block), &g, knobs...)
		spread("TE", errors(&g, rows))
	}
	return nil
}
