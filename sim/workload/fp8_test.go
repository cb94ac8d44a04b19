package workload

import "testing"

// One layer by hand, 8 tokens of width 16 with 4 heads of 4, 2 of them for keys, and an
// MLP of 48: what a norm wrote is turned (2 bytes an element: 2·8·16), the projection's
// input of width 16 and fc2's of 48 are cast (4 bytes), and so are the gradients of the
// outputs: fc2 16, fc1 96, projection 16, qkv 32. Products read operands of one byte and
// write two; the head reads two.
func TestFP8Traffic(t *testing.T) {
	m := tinyLlama()
	d := newShape(m, Layout{Precision: FP8, FlashAttention: true, FusedKernels: true, GradFusion: true, GlobalBatch: 1})
	forward := opsOf(t, d, Forward, func(s *script, d *shape) { s.layerForward(d); s.headForward(d) })
	backward := opsOf(t, d, Backward, func(s *script, d *shape) { s.layerBackward(d) })
	for _, c := range []struct {
		ops   map[string]Op
		name  string
		bytes float64
	}{
		{forward, "qkv transpose", 256}, {forward, "fc1 transpose", 256}, {forward, "projection cast", 512}, {forward, "fc2 cast", 1536},
		{forward, "qkv", 8*16 + 16*32 + 2*8*32}, {forward, "head", 2 * (8*16 + 16*100 + 8*100)},
		{backward, "fc2 grad cast", 512}, {backward, "fc1 grad cast", 3072}, {backward, "projection grad cast", 512}, {backward, "qkv grad cast", 1024},
		{backward, "fc2 dgrad", 8*16 + 16*48 + 2*8*48}, {backward, "fc2 wgrad", 8*(16+48) + 2*4*16*48},
	} {
		if got := c.ops[c.name].Bytes; got != c.bytes {
			t.Errorf("%s: %g bytes, want %g", c.name, got, c.bytes)
		}
	}
	if got := forward["qkv"].Element; got != 1 {
		t.Errorf("qkv has operands of %d bytes, want 1", got)
	}
	if got := forward["head"].Element; got != 0 {
		t.Errorf("the head has operands of %d bytes of its own", got)
	}
}

// Beside its bf16 weights a rank keeps what it cast of them and the transpose, a byte each:
// of each of four layers 16·32 + 16·16 of attention and 3·16·48 of the MLP.
func TestFP8Memory(t *testing.T) {
	l := Layout{Precision: BF16, GlobalBatch: 1}
	want := Footprints(tinyLlama(), l)[0]
	want.Weights += 2 * 4 * (768 + 2304)
	l.Precision = FP8
	if got := Footprints(tinyLlama(), l)[0]; got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
