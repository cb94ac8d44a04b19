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

// attentionH100 fits the forward kernel of FlashAttention-3. No backward rate of
// it is published in the tables: the preset takes the mean
// ratio of backward to forward of the A100 and the B200.
func attentionH100(dir string) error {
	rows, err := attentionRows(dir, "H100-80GB-SXM", "FlashAttention-3")
	if err != nil {
		return err
	}
	rows = where(rows, square)
	knobs := []knob{forward, head64, start, diagonal}
	g := fit(h100(), rows, knobs...)
	show("H100 attention, forward", &g, knobs...)
	spread("FlashAttention-3 forward", errors(&g, rows))
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
