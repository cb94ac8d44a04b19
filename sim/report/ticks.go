package report

import (
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
)

// ticks places 5 to 7 labels where the range allows it, at multiples of 1, 2 or
// 5 times a power of ten.
type ticks struct{ most int }

// Ticks implements plot.Ticker.
func (t ticks) Ticks(lo, hi float64) []plot.Tick {
	most := t.most
	if most == 0 {
		most = 7
	}
	step := tickStep(lo, hi, most)
	var list []plot.Tick
	first, last := math.Ceil(lo/step-1e-9), math.Floor(hi/step+1e-9)
	for i := first; i <= last; i++ {
		list = append(list, plot.Tick{Value: i * step, Label: number(i*step, decimals(step))})
	}
	return list
}

// wholes places ticks at whole numbers.
type wholes struct{ most int }

// Ticks implements plot.Ticker.
func (t wholes) Ticks(lo, hi float64) []plot.Tick {
	step := math.Max(1, tickStep(lo, hi, t.most))
	var list []plot.Tick
	for v := math.Ceil(lo/step) * step; v <= hi; v += step {
		list = append(list, plot.Tick{Value: v, Label: number(v, 0)})
	}
	return list
}

// tickStep returns the smallest step of 1, 2 or 5 times a power of ten that
// puts at most this many ticks on the closed range lo … hi.
func tickStep(lo, hi float64, most int) float64 {
	if !(hi > lo) {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10((hi-lo)/float64(most)))-1)
	for {
		for _, m := range [...]float64{1, 2, 5} {
			step := m * power
			if math.Floor(hi/step+1e-9)-math.Ceil(lo/step-1e-9)+1 <= float64(most) {
				return step
			}
		}
		power *= 10
	}
}

// decimals returns how many digits after the point a multiple of step needs.
func decimals(step float64) int {
	return max(0, int(-math.Floor(math.Log10(step)+1e-9)))
}

// names labels the integers 0, 1 … with texts from the top of a plot down: row i
// of n lies at n−1−i. No more than most of them are labelled, evenly spread.
type names struct {
	rows []string
	most int
}

// Ticks implements plot.Ticker.
func (t names) Ticks(_, _ float64) []plot.Tick {
	stride := 1
	if n := len(t.rows); t.most > 0 && n > t.most {
		stride = int(tickStep(0, float64(n-1), t.most))
		stride = max(stride, 1)
	}
	var list []plot.Tick
	for i := 0; i < len(t.rows); i += stride {
		list = append(list, plot.Tick{Value: float64(len(t.rows) - 1 - i), Label: t.rows[i]})
	}
	if n := len(list); n > 1 { // the last row has its name, be it in place of one too near
		list[n-1] = plot.Tick{Value: 0, Label: t.rows[len(t.rows)-1]}
	}
	return list
}

// number prints v with a fixed number of decimals and commas between thousands.
func number(v float64, decimals int) string {
	s := strconv.FormatFloat(v, 'f', decimals, 64)
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "−", s[1:]
	}
	whole, fraction, _ := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if fraction != "" {
		whole += "." + fraction
	}
	if strings.Trim(whole, "0.,") == "" {
		sign = "" // no negative zero
	}
	return sign + whole
}

// figures3 prints v with three significant digits, without an exponent.
func figures3(v float64) string {
	if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return number(v, 0)
	}
	digits := 2 - int(math.Floor(math.Log10(math.Abs(v))))
	if digits < 0 {
		digits = 0
	}
	// 9.996 rounds up to four digits: 10.00; look again at the rounded value
	scale := math.Pow(10, float64(digits))
	if r := math.Round(v*scale) / scale; r != 0 && 2-int(math.Floor(math.Log10(math.Abs(r)))) < digits {
		digits--
	}
	return number(v, max(digits, 0))
}

// percent prints a share: 7.2 %, 48 %, 0.3 %.
func percent(share float64) string {
	p := 100 * share
	if a := math.Abs(p); a >= 9.95 || a < 0.05 {
		return number(p, 0) + " %"
	}
	return number(p, 1) + " %"
}

// scale is a unit with its factor: a value in the base unit divided by Factor is
// in Unit.
type scale struct {
	Factor float64
	Unit   string
}

var (
	timeScales   = []scale{{1e-9, "ns"}, {1e-6, "µs"}, {1e-3, "ms"}, {1, "s"}, {3600, "h"}, {86400, "d"}}
	powerScales  = []scale{{1, "W"}, {1e3, "kW"}, {1e6, "MW"}, {1e9, "GW"}}
	energyScales = []scale{{1, "J"}, {1e3, "kJ"}, {1e6, "MJ"}, {1e9, "GJ"}, {1e12, "TJ"}}
	rateScales   = []scale{{1, "B/s"}, {1e3, "kB/s"}, {1e6, "MB/s"}, {1e9, "GB/s"}, {1e12, "TB/s"}, {1e15, "PB/s"}}
)

// fit returns the largest scale of which v is at least one, or the smallest.
func fit(scales []scale, v float64) scale {
	best := scales[0]
	for _, s := range scales {
		if math.Abs(v) >= s.Factor*(1-1e-9) {
			best = s
		}
	}
	return best
}

// fitTime is fit for time axes: hours start at two hours, days at two days.
func fitTime(seconds float64) scale {
	s := fit(timeScales, seconds)
	if s.Factor >= 3600 && seconds < 2*s.Factor {
		return fit(timeScales, min(seconds, s.Factor-1))
	}
	return s
}

// quantity prints v with three significant digits and a fitting unit.
func quantity(scales []scale, v float64) string {
	s := fit(scales, v)
	return figures3(v/s.Factor) + " " + s.Unit
}
