package results

import (
	"math"
	"strconv"
	"strings"
)

// ThreeDigits writes v with three significant digits and no exponent: 9.96,
// 32.1, 138, 98,000.
func ThreeDigits(v float64) string {
	if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	// Round first: 9.996 is 10.0, not 10.00.
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(v, 'e', 2, 64), 64)
	if err != nil {
		return strconv.FormatFloat(v, 'g', 3, 64)
	}
	decimals := 2 - int(math.Floor(math.Log10(math.Abs(rounded))+1e-9))
	return groupDigits(strconv.FormatFloat(rounded, 'f', max(0, decimals), 64))
}

// groupDigits puts commas between the thousands of a decimal number.
func groupDigits(s string) string {
	sign, digits := "", s
	if strings.HasPrefix(s, "-") {
		sign, digits = "-", s[1:]
	}
	whole, part, dot := strings.Cut(digits, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if dot {
		whole += "." + part
	}
	return sign + whole
}

func commas(n int64) string { return groupDigits(strconv.FormatInt(n, 10)) }

// WithPrefix writes a quantity with an SI prefix: 4.21 MW.
func WithPrefix(v float64, unit string) string {
	prefixes := [...]string{"n", "µ", "m", "", "k", "M", "G", "T", "P", "E"}
	at := 3
	for ; math.Abs(v) >= 999.5 && at < len(prefixes)-1; at++ {
		v /= 1000
	}
	for ; v != 0 && math.Abs(v) < 0.9995 && at > 0; at-- {
		v *= 1000
	}
	return ThreeDigits(v) + " " + prefixes[at] + unit
}

// HumanTime writes a length of time in the unit a person would use: 290 µs,
// 32.1 s, 45.0 min, 35.2 days.
func HumanTime(s float64) string {
	switch {
	case s < 119.5:
		return WithPrefix(s, "s")
	case s < 2*3600:
		return ThreeDigits(s/60) + " min"
	case s < 2*86400:
		return ThreeDigits(s/3600) + " h"
	}
	return ThreeDigits(s/86400) + " days"
}

// HumanCount writes a number of things in words from a million on: 50.3 million.
func HumanCount(v float64) string {
	switch {
	case v >= 999.5e9:
		return ThreeDigits(v/1e12) + " trillion"
	case v >= 999.5e6:
		return ThreeDigits(v/1e9) + " billion"
	case v >= 999.5e3:
		return ThreeDigits(v/1e6) + " million"
	}
	return commas(int64(math.Round(v)))
}

// Percent writes a share with one decimal.
func Percent(share float64) string {
	return strconv.FormatFloat(100*share, 'f', 1, 64) + " %"
}

// Dollars writes a price: $2.50, $51.2 million.
func Dollars(v float64) string {
	switch {
	case v < 0.995:
		return "$" + ThreeDigits(v)
	case v < 999.5:
		return "$" + strconv.FormatFloat(v, 'f', 2, 64)
	}
	return "$" + HumanCount(v)
}

// Tonnes writes a mass that is given in t: 8,930 t, 250 kg.
func Tonnes(v float64) string {
	if v < 0.9995 {
		return ThreeDigits(1000*v) + " kg"
	}
	return ThreeDigits(v) + " t"
}

// Words writes a key as words: "exposed_tensor" is "exposed tensor".
func Words(key string) string { return strings.ReplaceAll(key, "_", " ") }
