package scenario

import (
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestUnits reads one value of every unit; the expected numbers are worked out
// by hand from the definitions (SI prefixes, IEC 80000-13 binary prefixes).
func TestUnits(t *testing.T) {
	for _, c := range []struct {
		kind, text string
		want       float64
	}{
		{"bytes", "80 GB", 80_000_000_000},
		{"bytes", "80 GiB", 85_899_345_920},
		{"bytes", "80GiB", 85_899_345_920},
		{"bytes", "1.5 KiB", 1536},
		{"bytes", "0.3 GB", 300_000_000},
		{"bytes", "2 kB", 2000},
		{"bytes", "1 MB", 1e6},
		{"bytes", "1 MiB", 1_048_576},
		{"bytes", "7 B", 7},
		{"bandwidth", "400 Gb/s", 50e9},
		{"bandwidth", "400 GB/s", 400e9},
		{"bandwidth", "400 Gbps", 50e9},
		{"bandwidth", "1 GiB/s", 1_073_741_824},
		{"bandwidth", "2.039 TB/s", 2.039e12},
		{"bandwidth", "8 b/s", 1},
		{"flops", "312 TFLOP/s", 312e12},
		{"flops", "2.25 PFLOP/s", 2.25e15},
		{"duration", "5 us", 5e-6},
		{"duration", "5 µs", 5e-6},
		{"duration", "5 μs", 5e-6},
		{"duration", "1.5 min", 90},
		{"duration", "54 d", 4_665_600},
		{"duration", "3 h", 10_800},
		{"time", "250 ms", 0.25},
		{"power", "700 W", 700},
		{"power", "3.3 kW", 3300},
		{"power", "2 MW", 2e6},
		{"power", "2 mW", 0.002},
		{"ratio", "82 %", 0.82},
		{"ratio", "82%", 0.82},
		{"ratio", "0.5", 0.5},
		{"tokens", "300e9", 300e9},
		{"tokens", "300e9 tokens", 300e9},
		{"tokens", "1.5E3", 1500},
		{"tokens", "300B", 300e9},
		{"tokens", "1 T", 1e12},
	} {
		got, err := unitOf(c.kind).parse(c.text)
		if err != nil {
			t.Errorf("%s %q: %v", c.kind, c.text, err)
		} else if f, _ := got.Float64(); f != c.want {
			t.Errorf("%s %q = %v, want %v", c.kind, c.text, f, c.want)
		}
	}
}

// TestUnitsRefused reads what people write by mistake.
func TestUnitsRefused(t *testing.T) {
	for _, c := range []struct{ kind, text, want string }{
		{"bandwidth", "400 GBps", `ambiguous; write "GB/s" for bytes or "Gb/s" for bits`},
		{"bandwidth", "400", `has no unit; write "400 Gb/s"`},
		{"bandwidth", "400 GB", "not one of bandwidth"},
		{"bandwidth", "400 gb/s", `did you mean "GB/s" or "Gb/s"? Case matters`},
		{"bytes", "80", `has no unit; write "80 GiB"`},
		{"bytes", "80 gb", `did you mean "GB"? Case matters`},
		{"bytes", "80 Gib", `did you mean "GiB"? Case matters`},
		{"bytes", "80 Gb", `did you mean "GB"? Case matters`},
		{"bytes", "GiB", "not a number with a unit"},
		{"bytes", "", "not a number with a unit"},
		{"bytes", "NaN GiB", "not a number with a unit"},
		{"bytes", "Inf GiB", "not a number with a unit"},
		{"bytes", "0x10 GiB", `unknown unit "x10 GiB"`},
		{"bytes", "1,5 GiB", `unknown unit ",5 GiB"`},
		{"bytes", "1. GiB", `unknown unit ". GiB"`},
		{"bytes", "1e999999999 GiB", "too long or too large"},
		{"bytes", "1e-999999999 GiB", "too small"},
		{"flops", "312 TFLOPS", "ambiguous"},
		{"flops", "312 TFlop/s", `did you mean "TFLOP/s"? Case matters`},
		{"duration", "5 sec", "unknown unit"},
		{"time", "10:00", `"10:00" is a time of day; write how long after the start of the run, such as "10 h"`},
		{"duration", "5 M", "unknown unit"},
		{"power", "700 w", `did you mean "W"? Case matters`},
		{"ratio", "5 x", "unknown unit"},
		{"tokens", "300 GB", "not one of tokens"},
		{"tokens", "300b", `did you mean "B"? Case matters`},
	} {
		_, err := unitOf(c.kind).parse(c.text)
		if err == nil {
			t.Errorf("%s %q was accepted", c.kind, c.text)
		} else if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %q: %q does not contain %q", c.kind, c.text, err, c.want)
		}
	}
}

func TestZeroWithAnyExponent(t *testing.T) {
	v, err := unitOf("bytes").parse("0e-999999999 GiB")
	if err != nil || v.Sign() != 0 {
		t.Errorf("got %v, %v; want 0", v, err)
	}
}

// TestUnitWrite writes values in the shortest unit.
func TestUnitWrite(t *testing.T) {
	for _, c := range []struct {
		kind string
		v    float64
		want string
	}{
		{"bytes", 85_899_345_920, "80 GiB"},
		{"bytes", 80e9, "80 GB"},
		{"bytes", 0, "0 B"},
		{"bytes", 1536, "1.5 KiB"},
		{"bytes", 1023, "1023 B"},
		{"bandwidth", 50e9, "50 GB/s"},
		{"bandwidth", 2.039e12, "2039 GB/s"},
		{"flops", 312e12, "312 TFLOP/s"},
		{"duration", 5e-6, "5 us"},
		{"duration", 4_665_600, "54 d"},
		{"duration", 0, "0 s"},
		{"power", 700, "700 W"},
		{"power", 3300, "3.3 kW"},
	} {
		if got := unitOf(c.kind).write(c.v); got != c.want {
			t.Errorf("%s %v is written %q, want %q", c.kind, c.v, got, c.want)
		}
	}
}

// TestUnitRoundTrip: what write writes, parse reads back to the last bit.
func TestUnitRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := rapid.SampledFrom(units[1:]).Draw(t, "unit")
		v := math.Abs(rapid.Float64Range(1e-25, 1e25).Draw(t, "value"))
		if rapid.Bool().Draw(t, "round") {
			v = math.Round(v)
		}
		text := u.write(v)
		back, err := u.parse(text)
		if err != nil {
			t.Fatalf("%s: %v writes %q: %v", u.kind, v, text, err)
		}
		if f, _ := back.Float64(); f != v {
			t.Fatalf("%s: %v writes %q reads %v", u.kind, v, text, f)
		}
	})
}

// TestSymbolsDiffer: no unit has two symbols of one name, nor any that another
// writes in the same letters with another size.
func TestSymbolsDiffer(t *testing.T) {
	for _, u := range units {
		seen := map[string]*big.Rat{}
		for _, s := range u.symbols {
			if seen[s.name] != nil {
				t.Errorf("%s: %q twice", u.kind, s.name)
			}
			seen[s.name] = s.size
			if _, ok := u.refused[s.name]; ok {
				t.Errorf("%s: %q is both a symbol and refused", u.kind, s.name)
			}
		}
	}
}

func TestNumberLen(t *testing.T) {
	for text, want := range map[string]int{
		"12 GB": 2, "1.5e3": 5, "1e": 1, "1e+": 1, "1EFLOP": 1, "-3": 2, "+3": 2, "-": 0, ".5": 0, "5.": 1, "": 0, "x": 0, "1e-5 s": 4,
	} {
		if got := numberLen(text); got != want {
			t.Errorf("numberLen(%q) = %d, want %d", text, got, want)
		}
	}
}
