package engine

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func (t Total) big() *big.Int {
	n := new(big.Int).SetUint64(t.Hi)
	return n.Lsh(n, 64).Add(n, new(big.Int).SetUint64(t.Lo))
}

func word(t *rapid.T, name string) uint64 {
	return rapid.Uint64().Draw(t, name) >> rapid.IntRange(0, 63).Draw(t, name+" shift")
}

func TestTotalAgainstBig(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var sum Total
		want := new(big.Int)
		check := func(what string) {
			if sum.big().Cmp(want) != 0 {
				t.Fatalf("after %s: %v, want %v", what, sum.big(), want)
			}
		}
		for range rapid.IntRange(1, 20).Draw(t, "operations") {
			// Factors below 2^61 keep 20 products below 2^128.
			a, b := word(t, "a")>>3, word(t, "b")>>3
			product := new(big.Int).Mul(new(big.Int).SetUint64(a), new(big.Int).SetUint64(b))
			before := sum
			sum.Add(a)
			want.Add(want, new(big.Int).SetUint64(a))
			check("Add")
			sum.AddProduct(a, b)
			want.Add(want, product)
			check("AddProduct")
			if before.Less(sum) != (before.big().Cmp(want) < 0) || sum.Less(sum) {
				t.Fatalf("Less of %v and %v", before, sum)
			}
			switch rapid.IntRange(0, 2).Draw(t, "then") {
			case 0:
				sum.SubProduct(a, b)
				want.Sub(want, product)
			case 1:
				sum.SubTotal(before)
				want.Sub(want, before.big())
			}
			check("subtraction")
			if f, _ := new(big.Float).SetInt(want).Float64(); math.Abs(sum.Float()-f) > 0x1p-52*f {
				t.Fatalf("Float %g, want %g", sum.Float(), f)
			}
		}
		if sum.IsZero() != (want.Sign() == 0) {
			t.Fatalf("IsZero of %v", want)
		}
	})
}

func TestTotalTimes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sum := Total{Hi: word(t, "hi") >> 32, Lo: word(t, "lo")}
		n := word(t, "n") >> 32
		want := new(big.Int).Mul(sum.big(), new(big.Int).SetUint64(n))
		if got := sum.Times(n); got.big().Cmp(want) != 0 {
			t.Fatalf("%v times %d = %v, want %v", sum.big(), n, got.big(), want)
		}
	})
}

func TestTotalByHand(t *testing.T) {
	var sum Total
	sum.AddProduct(math.MaxUint64, math.MaxUint64) // 2^128 - 2^65 + 1
	if (sum != Total{Hi: math.MaxUint64 - 1, Lo: 1}) {
		t.Errorf("got %x", sum)
	}
	energy := Total{}
	energy.AddProduct(700_000, 3_600e9) // 700 W for an hour, in mW·ns
	if got := energy.Float() / 1e12; got != 2_520_000 {
		t.Errorf("%g J, want 2.52 MJ", got)
	}
}

func TestTotalOver(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := Total{Hi: rapid.Uint64().Draw(t, "hi"), Lo: rapid.Uint64().Draw(t, "lo")}
		n := rapid.Uint64Range(1, math.MaxUint64).Draw(t, "n")
		want := new(big.Int).Div(x.big(), new(big.Int).SetUint64(n))
		if got := x.Over(n).big(); got.Cmp(want) != 0 {
			t.Fatalf("%v over %d is %v, want %v", x, n, got, want)
		}
	})
}
