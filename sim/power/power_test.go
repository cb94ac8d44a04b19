package power

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"trainsim/sim/engine"
	"trainsim/sim/trace"
)

const (
	second = engine.Time(engine.Second)
	watt   = int64(1000)
	joule  = 1e12 // mW·ns
)

// square is the waveform of test T8: 700 W for 0.8 s and 300 W for 0.2 s.
func square() Wave {
	w := Constant(second*8/10, 700*watt)
	w.Add(second, 300*watt)
	return w
}

func total(joules float64) engine.Total {
	var t engine.Total
	t.AddProduct(uint64(joules*1e6), 1e6)
	return t
}

// balanced checks that no energy comes from nowhere, to the last mW·ns.
func balanced(t interface{ Errorf(string, ...any) }, load *Wave, m *Managed) {
	in, out := load.Energy(), m.Wave.Energy()
	in.AddTotal(m.Burnt)
	in.AddTotal(m.Charged)
	out.AddTotal(m.Short)
	out.AddTotal(m.Discharged)
	if in != out {
		t.Errorf("in, burnt and charged are %v, out, short and discharged %v", in, out)
	}
}

func TestStatistics(t *testing.T) {
	w := square()
	if w.Mean() != 620e3 || w.Peak() != 700*watt || w.Least() != 300*watt || w.Energy() != total(620) {
		t.Errorf("mean %v, peak %d, least %d, energy %v", w.Mean(), w.Peak(), w.Least(), w.Energy())
	}
	want := []Load{{700 * watt, 800 * engine.Millisecond}, {300 * watt, engine.Second}}
	if got := w.Duration(); !slices.Equal(got, want) {
		t.Errorf("load-duration curve %v", got)
	}
	// Within 0.1 s the power falls by 400 W where the window begins up to 0.1 s
	// before 0.8 s, and rises again where it begins up to 0.1 s before the end.
	changes := []Change{{-400 * watt, 100 * engine.Millisecond}, {0, 800 * engine.Millisecond}, {400 * watt, 100 * engine.Millisecond}}
	if got := w.Changes(100 * engine.Millisecond); !slices.Equal(got, changes) {
		t.Errorf("changes %v", got)
	}
	if got := w.Changes(engine.Second); !slices.Equal(got, []Change{{0, engine.Second}}) {
		t.Errorf("changes within a period %v", got)
	}
}

// Of a second 700 W hold for 0.8 s, so that they are exceeded for nothing, and 300 W
// for 800,000 millionths; one less is too few.
func TestWithinShares(t *testing.T) {
	w := square()
	loads := w.Duration()
	for _, c := range []struct {
		millionths uint64
		want       int64
	}{{0, 700 * watt}, {1000, 700 * watt}, {799_999, 700 * watt}, {800_000, 300 * watt}, {1_000_000, 300 * watt}} {
		if got := loads.Within(c.millionths); got != c.want {
			t.Errorf("%d mW within all but %d millionths, want %d", got, c.millionths, c.want)
		}
	}
}

// On random waves what is within a share is exceeded for no longer, and the next lower
// power is.
func TestWithinOfRandomWaves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var w Wave
		for range rapid.IntRange(1, 30).Draw(t, "pieces") {
			w.Add(w.End()+engine.Time(rapid.Int64Range(1, 1e12).Draw(t, "length")), rapid.Int64Range(0, 20).Draw(t, "power"))
		}
		share := rapid.Uint64Range(0, 1e6).Draw(t, "share")
		above := func(power int64) float64 { // the time it is exceeded for, in ns
			sum := 0.0
			for i, p := range w.Power {
				if p > power {
					sum += float64(w.length(i))
				}
			}
			return sum
		}
		got, allowed := w.Duration().Within(share), float64(w.End())*float64(share)/1e6
		if above(got) > allowed {
			t.Fatalf("%d mW is exceeded for %v ns, allowed are %v", got, above(got), allowed)
		}
		if got > w.Least() && above(got-1) <= allowed-1 {
			t.Fatalf("%d mW would do: it is exceeded for %v ns, allowed are %v", got-1, above(got-1), allowed)
		}
	})
}

// share returns how much of the swing lies between two frequencies.
func share(w *Wave, low, high float64) float64 {
	sum := 0.0
	for _, l := range w.Spectrum(low, high) {
		sum += l.MeanSquare()
	}
	return sum / w.Swing()
}

// Test T8: A_n = 2·400·|sin(0.8πn)|/(πn) W.
func TestSpectrumOfASquareWave(t *testing.T) {
	w := square()
	for n := int64(1); n <= 20; n++ {
		want := 800 * math.Abs(math.Sin(0.8*math.Pi*float64(n))) / (math.Pi * float64(n))
		if got := w.Harmonic(n); math.Abs(got-want) > 1e-6*max(want, 1) {
			t.Errorf("harmonic %d: %v W, want %v", n, got, want)
		}
	}
	for i, want := range []float64{149.68, 121.09, 80.73, 37.42, 0} {
		if got := w.Spectrum(0.1, 20)[i]; math.Abs(got.Watts-want) > 0.005 || got.Hertz != float64(i+1) {
			t.Errorf("line %d: %v, want %v W", i, got, want)
		}
	}
	for i, l := range w.Spectrum(30, 900) { // each line is the harmonic of its number
		if want := w.Harmonic(30 + int64(i)); math.Abs(l.Watts-want) > 1e-9 {
			t.Errorf("%v, want %v W", l, want)
		}
	}
	// Of the mean square, 400²·0.8·0.2 = 25,600 W², the first line holds 11,202.
	if got := share(&w, 0.5, 1.5); math.Abs(got-0.43758) > 1e-5 {
		t.Errorf("share of the first line %v", got)
	}
	if all := share(&w, 0.1, 20_000); all < 0.9999 || all > 1 {
		t.Errorf("all lines hold %v of the swing", all)
	}
	if flat := Constant(second, 5); flat.Harmonic(1) != 0 || flat.Swing() != 0 {
		t.Error("a constant power swings")
	}
}

// Test T8: a floor of 630 W raises the mean to 686 W, by 10.65 %.
func TestFloor(t *testing.T) {
	w := square()
	m := Floor(&w, 630*watt)
	if m.Wave.Mean() != 686e3 || m.Burnt != total(66) || m.Limited != 200*engine.Millisecond {
		t.Errorf("mean %v, burnt %v, limited %v", m.Wave.Mean(), m.Burnt, m.Limited)
	}
	if more := m.Wave.Mean()/w.Mean() - 1; math.Abs(more-0.1065) > 5e-5 {
		t.Errorf("the mean rises by %v", more)
	}
	balanced(t, &w, &m)
}

// Test T8: a drop of 10 MW at 1 MW/s burns 50 MJ. Storage of 20 MJ saves as much
// where it takes 10 MW; where it takes 1 MW, it is filled by 9 MJ in the 9 s in which
// the ramp is above that, and by 0.5 MJ in the last.
func TestDrop(t *testing.T) {
	const megawatt = 1000 * 1000 * watt
	for _, c := range []struct{ storage, power, burnt float64 }{{0, 0, 50e6}, {20e6, 10, 30e6}, {20e6, 1, 40.5e6}, {60e6, 10, 0}} {
		p := Policy{Down: megawatt, Stair: 10 * engine.Millisecond,
			Storage: Storage{Capacity: total(c.storage), Power: int64(c.power) * megawatt}}
		s := State{Power: 10 * megawatt}
		m := p.Turn(10*megawatt, 0, &s)
		if m.Burnt != total(c.burnt) || m.Limited != 10*engine.Second || s.Power != 0 {
			t.Errorf("%+v: burnt %v J, limited %v", c, m.Burnt.Float()/joule, m.Limited)
		}
		load := Constant(10*second, 0)
		balanced(t, &load, &m)
	}
	up := Policy{Up: megawatt, Stair: 10 * engine.Millisecond}
	if m := up.Turn(0, 10*megawatt, &State{}); m.Short != total(50e6) || !m.Burnt.IsZero() {
		t.Errorf("a start is short of %v J", m.Short.Float()/joule)
	}
	if m := up.Turn(10*megawatt, 0, &State{}); m.Limited != 0 {
		t.Error("a stop without a limit takes time")
	}
}

// A ramp that a load interrupts goes on from where it is: 700 W to 300 W at
// 1 kW/s is 500 W after 0.2 s, and 700 W again 0.2 s later. It burns 400 to 200 W in
// the fall, and the rise is short of 200 to 0 W.
func TestRampWithinAPeriod(t *testing.T) {
	w := square()
	p := Policy{Up: 1000 * watt, Down: 1000 * watt, Stair: engine.Millisecond}
	m, begin := p.Steady(&w)
	if begin.Power != 500*watt {
		t.Errorf("a period begins at %d mW", begin.Power)
	}
	if m.Short != total(20) || m.Burnt != total(60) || m.Limited != 400*engine.Millisecond {
		t.Errorf("short %v J, burnt %v J", m.Short.Float()/joule, m.Burnt.Float()/joule)
	}
	balanced(t, &w, &m)
}

// The 80 W above the mean for 0.8 s are 64 J: 65 J level the wave, and burn nothing;
// 32 J are empty halfway; at 40 W, 8 J go in and out.
func TestStorageLevels(t *testing.T) {
	w := square()
	p := Policy{Storage: Storage{Capacity: total(65), Power: 400 * watt}, Stair: engine.Millisecond}
	m, _ := p.Steady(&w)
	if !slices.Equal(m.Wave.Power, []int64{620 * watt}) || m.Charged != total(64) || m.Discharged != total(64) || !m.Burnt.IsZero() {
		t.Errorf("%v, charged %v J", m.Wave.Power, m.Charged.Float()/joule)
	}
	p.Storage.Capacity = total(32)
	half, _ := p.Steady(&w)
	want := Constant(second*4/10, 620*watt)
	want.Add(second*8/10, 700*watt)
	want.Add(second*9/10, 620*watt)
	want.Add(second, 300*watt)
	if !slices.Equal(half.Wave.Power, want.Power) || !slices.Equal(half.Wave.Until, want.Until) {
		t.Errorf("32 J: %v until %v", half.Wave.Power, half.Wave.Until)
	}
	p.Storage = Storage{Capacity: total(65), Power: 40 * watt}
	slow, _ := p.Steady(&w)
	if slow.Wave.Peak() != 700*watt || slow.Wave.Least() != 340*watt || slow.Discharged != total(8) {
		t.Errorf("40 W: peak %d, discharged %v J", slow.Wave.Peak(), slow.Discharged.Float()/joule)
	}
	for _, x := range []*Managed{&m, &half, &slow} {
		balanced(t, &w, x)
	}
}

// Whatever is asked, energy balances, floors and ramps hold, and a wave that is
// cut into finer pieces is the same.
func TestManagementBalances(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var w Wave
		for range rapid.IntRange(1, 12).Draw(t, "pieces") {
			w.Add(w.End()+engine.Time(rapid.Int64Range(1, 3e9).Draw(t, "ns")), rapid.Int64Range(0, 1e12).Draw(t, "mW"))
		}
		rate := rapid.Int64Range(0, 1e12)
		p := Policy{Floor: rapid.Int64Range(0, 1e12).Draw(t, "floor"), Up: rate.Draw(t, "up"), Down: rate.Draw(t, "down"), Stair: 10 * engine.Millisecond,
			Storage: Storage{Capacity: total(rapid.Float64Range(0, 1e9).Draw(t, "J")), Power: rapid.Int64Range(0, 1e12).Draw(t, "store")}}
		s := State{Power: rapid.Int64Range(0, 1e12).Draw(t, "from"), Charge: p.Storage.Capacity.Over(2)}
		charge := s.Charge
		m := p.Apply(&w, w.Target(), &s)
		balanced(t, &w, &m)
		charge.AddTotal(m.Charged)
		charge.SubTotal(m.Discharged)
		if charge != s.Charge || p.Storage.Capacity.Less(charge) {
			t.Errorf("charge %v, want %v of %v", s.Charge, charge, p.Storage.Capacity)
		}
		for i, power := range m.Wave.Power {
			if p.Up == 0 && power < p.Floor {
				t.Errorf("%d mW are below the floor", power)
			}
			if i > 0 && p.Down > 0 && m.Wave.Power[i-1]-power > along(0, math.MaxInt64, p.Down, p.Stair)+1 {
				t.Errorf("falls from %d to %d mW in a stair", m.Wave.Power[i-1], power)
			}
		}
	})
}

// What is sampled finer has the same pieces, energy and spectrum; what is kept in
// bins has the same energy.
func TestSamplingDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var rec trace.Recorder
		series := rec.NewSeries("power_total", "mains", "mW")
		var coarse, fine Wave
		level := int64(0)
		for range rapid.IntRange(1, 20).Draw(t, "pieces") {
			p := rapid.Int64Range(0, 1e10).Draw(t, "mW")
			series.Add(coarse.End(), p-level)
			level = p
			end := coarse.End() + engine.Time(rapid.Int64Range(1, 1e8).Draw(t, "ns"))
			fine.Add(fine.End()+(end-fine.End())/3, p)
			coarse.Add(end, p)
			fine.Add(end, p)
		}
		series.Close(coarse.End())
		if !slices.Equal(coarse.Until, fine.Until) || !slices.Equal(coarse.Power, fine.Power) {
			t.Errorf("%v is not %v", fine, coarse)
		}
		if w := OfBins(series, 0, coarse.End()); w.Energy() != coarse.Energy() || w.End() != coarse.End() {
			t.Errorf("bins hold %v until %d, want %v until %d", w.Energy(), w.End(), coarse.Energy(), coarse.End())
		}
	})
}

// Bins of 7 ms from 3.1 ms on, of random power: by transforms each line is what the sum
// over edges has, to 12 digits of the largest.
func TestChirpIsTheSumOverEdges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var w Wave
		at := engine.Time(3_100_000)
		w.Add(at, 5000)
		for range rapid.IntRange(2, 300).Draw(t, "bins") {
			at += 7_000_000
			w.Add(at, rapid.Int64Range(0, 1e9).Draw(t, "power"))
		}
		w.Add(at+rapid.Custom(func(t *rapid.T) engine.Time { return engine.Time(rapid.Int64Range(1, 7e6).Draw(t, "ns")) }).Draw(t, "rest"), 77)
		g := w.grid()
		if g == nil {
			return // one edge
		}
		first := rapid.Int64Range(1, 50).Draw(t, "first")
		got := lines(g.chirp(w.End(), first, 200), first, w.End().Seconds())
		for i, l := range got {
			if want := w.Harmonic(first + int64(i)); math.Abs(l.Watts-want) > 1e-12*1e6*float64(len(w.Power)) {
				t.Fatalf("harmonic %d: %v W, want %v", first+int64(i), l.Watts, want)
			}
		}
	})
}
