package engine

import "math/bits"

// Total is an unsigned 128-bit sum, for quantities whose exact total decides
// whether books balance: energy in mW·ns, bytes·ns, and the like. Sums of
// integers do not depend on order, so neither ties nor folding can change one.
type Total struct{ Hi, Lo uint64 }

// Add adds v.
func (t *Total) Add(v uint64) {
	var c uint64
	t.Lo, c = bits.Add64(t.Lo, v, 0)
	t.Hi += c
}

// AddProduct adds a·b without losing a bit.
func (t *Total) AddProduct(a, b uint64) {
	hi, lo := bits.Mul64(a, b)
	var c uint64
	t.Lo, c = bits.Add64(t.Lo, lo, 0)
	t.Hi, _ = bits.Add64(t.Hi, hi, c)
}

// AddTotal adds u.
func (t *Total) AddTotal(u Total) {
	var c uint64
	t.Lo, c = bits.Add64(t.Lo, u.Lo, 0)
	t.Hi, _ = bits.Add64(t.Hi, u.Hi, c)
}

// SubTotal subtracts u, which must not exceed the total.
func (t *Total) SubTotal(u Total) {
	var c uint64
	t.Lo, c = bits.Sub64(t.Lo, u.Lo, 0)
	t.Hi, _ = bits.Sub64(t.Hi, u.Hi, c)
}

// SubProduct subtracts a·b, which must not exceed the total.
func (t *Total) SubProduct(a, b uint64) {
	hi, lo := bits.Mul64(a, b)
	var c uint64
	t.Lo, c = bits.Sub64(t.Lo, lo, 0)
	t.Hi, _ = bits.Sub64(t.Hi, hi, c)
}

// Times returns the total multiplied by n; the product must fit in 128 bits.
func (t Total) Times(n uint64) Total {
	hi, lo := bits.Mul64(t.Lo, n)
	return Total{Hi: hi + t.Hi*n, Lo: lo}
}

// Over returns t/n, rounded down; n is above 0.
func (t Total) Over(n uint64) Total {
	hi, rest := t.Hi/n, t.Hi%n
	lo, _ := bits.Div64(rest, t.Lo, n)
	return Total{Hi: hi, Lo: lo}
}

// IsZero tells whether nothing was added.
func (t Total) IsZero() bool { return t == Total{} }

// Less tells whether t < u.
func (t Total) Less(u Total) bool {
	return t.Hi < u.Hi || t.Hi == u.Hi && t.Lo < u.Lo
}

// Float returns the nearest float64.
func (t Total) Float() float64 { return float64(t.Hi)*0x1p64 + float64(t.Lo) }
