package report

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"trainsim/sim/engine"
	"trainsim/sim/results"
)

func TestSpreadByHand(t *testing.T) {
	dst := make([]float64, 4) // of 10 ns each
	e := extents{100, 140}
	spread(dst, e, 105, 125) // half of the first, the second, half of the third
	spread(dst, e, 90, 101)  // a tenth of the first
	spread(dst, e, 138, 999) // a fifth of the last
	spread(dst, e, 0, 100)   // before
	for i, want := range []float64{0.6, 1, 0.5, 0.2} {
		if math.Abs(dst[i]-want) > 1e-12 {
			t.Errorf("column %d: %v, want %v", i, dst[i], want)
		}
	}
}

// However time is cut into spans and columns, none is lost.
func TestSpreadKeepsTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 50).Draw(t, "columns")
		e := extents{start: engine.Time(rapid.Int64Range(0, 1000).Draw(t, "start"))}
		e.end = e.start + engine.Time(rapid.Int64Range(1, 100000).Draw(t, "length"))
		dst := make([]float64, n)
		var want float64
		for range rapid.IntRange(0, 20).Draw(t, "spans") {
			a := engine.Time(rapid.Int64Range(0, 120000).Draw(t, "a"))
			b := a + engine.Time(rapid.Int64Range(0, 50000).Draw(t, "d"))
			spread(dst, e, a, b)
			want += float64(max(0, min(b, e.end)-max(a, e.start)))
		}
		var got float64
		for _, v := range dst {
			got += v * e.length() * 1e9 / float64(n)
		}
		if math.Abs(got-want) > 1e-6*(1+want) {
			t.Fatalf("%v ns, want %v", got, want)
		}
	})
}

func TestReduceByHand(t *testing.T) {
	s := &results.SeriesData{Width: 10, Values: []float64{1, 3, 5, 7}}
	c := reduce(s, extents{0, 40}, 2)
	if c.mean[0] != 2 || c.mean[1] != 6 || c.low[0] != 1 || c.top[1] != 7 {
		t.Errorf("got %+v", c)
	}
	// 15 … 30 ns: half of the second bin, all of the third: (5·3 + 10·5) / 15
	c = reduce(s, extents{15, 30}, 1)
	if math.Abs(c.mean[0]-65.0/15) > 1e-9 || c.low[0] != 3 || c.top[0] != 5 {
		t.Errorf("got %+v", c)
	}
}

// The integral of a series does not depend on the columns it is reduced to.
func TestReduceKeepsTheIntegral(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &results.SeriesData{Width: engine.Duration(rapid.Int64Range(1, 1e9).Draw(t, "width"))}
		s.Values = rapid.SliceOfN(rapid.Float64Range(1e-3, 1e6), 1, 200).Draw(t, "values")
		e := extents{0, engine.Time(int64(s.Width) * int64(len(s.Values)))}
		n := rapid.IntRange(1, 300).Draw(t, "columns")
		c := reduce(s, e, n)
		var got, want float64
		for i, v := range c.mean {
			got += v * e.length() / float64(n)
			if v > c.top[i]*(1+1e-9) || v < c.low[i]*(1-1e-9) {
				t.Fatalf("column %d: mean %v outside %v … %v", i, v, c.low[i], c.top[i])
			}
		}
		for _, v := range s.Values {
			want += v * s.Width.Seconds()
		}
		if math.Abs(got-want) > 1e-9*(want+1e-12) {
			t.Fatalf("%v, want %v", got, want)
		}
	})
}

func TestColumnsSuitTheirData(t *testing.T) {
	if n := columnsOf(16 * 4); n != 1000 {
		t.Errorf("16 stages of 4 lanes: %d", n)
	}
	if n := columnsOf(64 * 4); n != 585 {
		t.Errorf("64 stages of 4 lanes: %d", n)
	}
	if n := columnsOf(100000); n != 100 {
		t.Errorf("very many rows: %d", n)
	}
	if n := columnsFor(extents{0, 100}, []*results.SeriesData{{Width: 10}}); n != 10 {
		t.Errorf("10 bins: %d", n)
	}
}
