package scenario

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// symbol is one way to write a unit, and its size in base units. The size is the
// product of a factor and a power of ten, both exact, so that "0.3 GB" means
// exactly 300,000,000 bytes.
type symbol struct {
	name string
	size *big.Rat
}

// unit is a quantity that is written as text: a number and one of its symbols.
// Symbols are compared case by case: Mb is not MB.
type unit struct {
	kind    string
	symbols []symbol
	bare    bool              // a number without a symbol means base units
	refused map[string]string // symbols people write, and why they are refused
	example string
}

// exact returns num/den·10^exp10.
func exact(num, den int64, exp10 int) *big.Rat {
	r := big.NewRat(num, den)
	p := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(exp10, -exp10))), nil)
	if exp10 < 0 {
		return r.Quo(r, new(big.Rat).SetInt(p))
	}
	return r.Mul(r, new(big.Rat).SetInt(p))
}

func decimal(name string, exp10 int) symbol { return symbol{name, exact(1, 1, exp10)} }
func times(name string, n int64) symbol     { return symbol{name, exact(n, 1, 0)} }

// units are the quantities of the unit tag, in their order in the documentation.
// Within one, symbols go up; those before an alias are preferred when a value is
// written.
var units = []*unit{
	{kind: "", bare: true},
	{kind: "bytes", example: `"80 GiB"`,
		symbols: []symbol{decimal("B", 0), decimal("kB", 3), times("KiB", 1<<10), decimal("MB", 6), times("MiB", 1<<20),
			decimal("GB", 9), times("GiB", 1<<30), decimal("TB", 12), times("TiB", 1<<40), decimal("PB", 15), times("PiB", 1<<50)}},
	{kind: "bandwidth", example: `"400 Gb/s" (bits) or "50 GB/s" (bytes)`,
		symbols: []symbol{decimal("B/s", 0), decimal("kB/s", 3), times("KiB/s", 1<<10), decimal("MB/s", 6), times("MiB/s", 1<<20),
			decimal("GB/s", 9), times("GiB/s", 1<<30), decimal("TB/s", 12), times("TiB/s", 1<<40),
			bits("b/s", 0), bits("kb/s", 3), bits("Mb/s", 6), bits("Gb/s", 9), bits("Tb/s", 12),
			bits("bps", 0), bits("kbps", 3), bits("Mbps", 6), bits("Gbps", 9), bits("Tbps", 12)},
		refused: map[string]string{
			"GBps": `ambiguous; write "GB/s" for bytes or "Gb/s" for bits`,
			"MBps": `ambiguous; write "MB/s" for bytes or "Mb/s" for bits`,
			"TBps": `ambiguous; write "TB/s" for bytes or "Tb/s" for bits`}},
	{kind: "flops", example: `"312 TFLOP/s"`,
		symbols: []symbol{decimal("FLOP/s", 0), decimal("kFLOP/s", 3), decimal("MFLOP/s", 6), decimal("GFLOP/s", 9),
			decimal("TFLOP/s", 12), decimal("PFLOP/s", 15), decimal("EFLOP/s", 18)},
		refused: map[string]string{
			"TFLOPS": `ambiguous; write "TFLOP/s"`, "TFLOPs": `ambiguous; write "TFLOP/s"`,
			"GFLOPS": `ambiguous; write "GFLOP/s"`, "PFLOPS": `ambiguous; write "PFLOP/s"`}},
	{kind: "duration", example: `"5 us" or "54 d"`, symbols: timeSymbols()},
	{kind: "time", example: `"250 ms"`, symbols: timeSymbols()},
	{kind: "distribution", symbols: timeSymbols(),
		example: `"5 min", "exponential 50000 h", "uniform 10 min", "weibull 50000 h shape 0.7" or "lognormal 355 min sigma 1.94"`},
	{kind: "cadence", example: `"30 min", "auto", "exact", "young", "daly" or "none"`, symbols: timeSymbols()},
	{kind: "power", example: `"700 W"`,
		symbols: []symbol{decimal("mW", -3), decimal("W", 0), decimal("kW", 3), decimal("MW", 6), decimal("GW", 9)}},
	{kind: "money", example: `"41217 $"`, symbols: []symbol{decimal("$", 0)}},
	{kind: "money per hour", example: `"2.95 $/h"`, symbols: []symbol{decimal("$/h", 0)}},
	{kind: "money per energy", example: `"0.08 $/kWh"`, symbols: []symbol{decimal("$/kWh", 0)}},
	{kind: "carbon intensity", example: `"56 g/kWh" (of CO2 equivalent)`, symbols: []symbol{decimal("g/kWh", -3), decimal("kg/kWh", 0)}},
	{kind: "mass", example: `"500 kg"`, symbols: []symbol{decimal("kg", 0), decimal("t", 3)}},
	{kind: "power per time", example: `"1 MW/s"`, symbols: []symbol{decimal("W/s", 0), decimal("kW/s", 3), decimal("MW/s", 6), decimal("GW/s", 9)}},
	{kind: "energy", example: `"65 J"`, symbols: []symbol{decimal("J", 0), decimal("kJ", 3), decimal("MJ", 6)}},
	{kind: "temperature difference", example: `"2 K"`, symbols: []symbol{decimal("K", 0)}},
	{kind: "thermal resistance", example: `"0.064 K/W"`, symbols: []symbol{decimal("K/W", 0), decimal("°C/W", 0)}},
	{kind: "heat capacity", example: `"312 J/K"`, symbols: []symbol{decimal("J/K", 0), decimal("kJ/K", 3)}},
	{kind: "frequency", example: `"20 Hz"`, symbols: []symbol{decimal("Hz", 0), decimal("kHz", 3)}},
	{kind: "temperature", example: `"15 °C"`, symbols: []symbol{decimal("°C", 0)}},
	{kind: "ratio", bare: true, example: `0.82 or "82 %"`, symbols: []symbol{decimal("%", -2)}},
	{kind: "tokens", bare: true, example: `"300B" or "300e9"`, symbols: []symbol{decimal("tokens", 0), decimal("K", 3), decimal("M", 6), decimal("B", 9), decimal("T", 12)}},
}

func bits(name string, exp10 int) symbol { return symbol{name, exact(1, 8, exp10)} }

// timeSymbols are the units of time, in seconds.
func timeSymbols() []symbol {
	return []symbol{decimal("ns", -9), decimal("us", -6), decimal("ms", -3), decimal("s", 0),
		times("min", 60), times("h", 3600), times("d", 86400),
		decimal("µs", -6), decimal("μs", -6)} // micro sign, Greek mu
}

// unitOf returns the unit named by a unit tag, or nil.
func unitOf(kind string) *unit {
	for _, u := range units {
		if u.kind == kind {
			return u
		}
	}
	return nil
}

// names returns the symbols of u.
func (u *unit) names() []string {
	out := make([]string, len(u.symbols))
	for i, s := range u.symbols {
		out[i] = s.name
	}
	return out
}

// find returns the symbol of that name, or nil.
func (u *unit) find(name string) *symbol {
	for i := range u.symbols {
		if u.symbols[i].name == name {
			return &u.symbols[i]
		}
	}
	return nil
}

// maxDigits bounds the text of a number, which is read exactly.
const maxDigits = 64

// parse reads a number and a symbol, and returns the exact value in base units
// (bytes, bytes/s, FLOP/s, seconds, watts, tokens, or a plain ratio).
func (u *unit) parse(text string) (*big.Rat, error) {
	s := strings.TrimSpace(text)
	n := numberLen(s)
	number, name := s[:n], strings.TrimLeft(s[n:], " \t\u00a0\u202f")
	if number == "" {
		return nil, fmt.Errorf("%q is not a number with a unit; write %s", text, u.example)
	}
	v, err := exactNumber(number)
	if err != nil {
		return nil, err
	}
	if name == "" {
		if !u.bare {
			return nil, fmt.Errorf("%q has no unit; write %s", text, u.withUnit(number))
		}
		return v, nil
	}
	if why, ok := u.refused[name]; ok {
		return nil, fmt.Errorf("unit %q is %s", name, why)
	}
	sym := u.find(name)
	switch {
	case sym == nil && u.kind == "time" && name[0] == ':':
		return nil, fmt.Errorf("%q is a time of day; write how long after the start of the run, such as %q", text, number+" h")
	case sym == nil:
		return nil, u.unknown(name)
	}
	return v.Mul(v, sym.size), nil
}

// unknown says that name is not a symbol of u, and which one may be meant.
func (u *unit) unknown(name string) error {
	if len(u.symbols) == 0 {
		return fmt.Errorf("unexpected %q after the number", name)
	}
	for _, other := range units {
		if other != u && other.kind != "tokens" && other.find(name) != nil { // K, M, B and T say little
			return fmt.Errorf("unit %q is not one of %s; write %s", name, u.kind, u.example)
		}
	}
	hint := "allowed are " + strings.Join(u.names(), ", ")
	if meant := u.meant(name); len(meant) > 0 {
		hint = "did you mean " + strings.Join(meant, " or ") + "? Case matters"
	}
	return fmt.Errorf("unknown unit %q; %s", name, hint)
}

// meant returns the symbols that an unknown one may stand for: those that differ
// in case alone, all of them, since gb/s may be bits or bytes; else the nearest.
func (u *unit) meant(name string) []string {
	short := strings.NewReplacer("bits", "b", "bit", "b", "bytes", "B", "byte", "B").Replace(name)
	if short != name && u.find(short) != nil {
		return []string{strconv.Quote(short)}
	}
	var meant []string
	for _, n := range u.names() {
		if strings.EqualFold(n, short) {
			meant = append(meant, strconv.Quote(n))
		}
	}
	if n := Nearest(name, u.names()); len(meant) == 0 && n != "" {
		meant = append(meant, strconv.Quote(n))
	}
	return meant
}

// withUnit completes a number that lacks its unit, as an example to follow.
func (u *unit) withUnit(number string) string {
	if len(u.symbols) == 1 {
		return strconv.Quote(number + " " + u.symbols[0].name)
	}
	for _, name := range []string{"GiB", "Gb/s", "TFLOP/s", "us", "W", "g/kWh", "kg"} {
		if u.find(name) != nil {
			return strconv.Quote(number+" "+name) + " or another unit"
		}
	}
	return u.example
}

// end writes an end of a range.
func (u *unit) end(v float64) string {
	if v == 0 || u.bare || len(u.symbols) == 0 {
		return plain(v)
	}
	return u.write(v)
}

// numberLen returns the length of the number s begins with: digits, at most one
// point between digits, an exponent; 0 if there is none.
func numberLen(s string) int {
	i := 0
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		i++
	}
	start := i
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	if i == start {
		return 0
	}
	if i+1 < len(s) && s[i] == '.' && isDigit(s[i+1]) {
		for i++; i < len(s) && isDigit(s[i]); i++ {
		}
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		j := i + 1
		if j < len(s) && (s[j] == '+' || s[j] == '-') {
			j++
		}
		if j < len(s) && isDigit(s[j]) {
			for i = j; i < len(s) && isDigit(s[i]); i++ {
			}
		}
	}
	return i
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// exactNumber reads a decimal number without rounding. Its size is bounded, so
// that a scenario cannot ask for a number of a billion digits.
func exactNumber(s string) (*big.Rat, error) {
	f, err := strconv.ParseFloat(s, 64)
	if len(s) > maxDigits || err != nil || math.Abs(f) > 1e40 {
		return nil, fmt.Errorf("number %.20s… is too long or too large", s)
	}
	if f == 0 && strings.Trim(s[:firstExponent(s)], "+-0.") != "" || f != 0 && math.Abs(f) < 1e-40 {
		return nil, fmt.Errorf("number %s is too small", s)
	}
	if f == 0 {
		return new(big.Rat), nil // whatever its exponent
	}
	v, ok := new(big.Rat).SetString(s)
	if !ok {
		return nil, fmt.Errorf("%q is not a number", s)
	}
	return v, nil
}

// firstExponent returns the index of the exponent in a number, or its length.
func firstExponent(s string) int {
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		return i
	}
	return len(s)
}

// write returns the text of a value in base units, such that parse gives back
// exactly that value: in the symbol that needs the fewest characters, numbers
// below 1 counting as longer.
func (u *unit) write(v float64) string {
	if v == 0 {
		return "0 " + u.base()
	}
	best, least := "", math.MaxInt
	for i := range u.symbols {
		sym := &u.symbols[i]
		if sym.alias() {
			continue
		}
		number := u.shortest(v, sym)
		cost := len(number)
		if strings.HasPrefix(number, "0.") {
			cost += 3
		}
		if number != "" && cost < least {
			best, least = number+" "+sym.name, cost
		}
	}
	if best == "" {
		return strconv.FormatFloat(v, 'g', -1, 64) + " " + u.base()
	}
	return best
}

// alias tells whether values are never written in s, because another symbol
// means the same.
func (s *symbol) alias() bool {
	return strings.HasSuffix(s.name, "bps") || s.name == "µs" || s.name == "μs"
}

// shortest returns the number with the fewest digits that, with symbol sym,
// reads back as v, or "" where it takes too many.
func (u *unit) shortest(v float64, sym *symbol) string {
	size, _ := sym.size.Float64()
	if x := math.Abs(v / size); x < 1e-3 || x >= 1e9 {
		return ""
	}
	for digits := 1; digits <= 17; digits++ {
		rounded, err := strconv.ParseFloat(strconv.FormatFloat(v/size, 'e', digits-1, 64), 64)
		if err != nil {
			return ""
		}
		text := strconv.FormatFloat(rounded, 'f', -1, 64)
		if back, err := u.parse(text + " " + sym.name); err == nil {
			if f, _ := back.Float64(); f == v {
				return text
			}
		}
	}
	return ""
}

// base returns the symbol whose size is 1.
func (u *unit) base() string {
	one := big.NewRat(1, 1)
	for _, s := range u.symbols {
		if s.size.Cmp(one) == 0 {
			return s.name
		}
	}
	return ""
}
