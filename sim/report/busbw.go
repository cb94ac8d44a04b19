package report

import (
	"errors"
	"fmt"
	"image/color"
	"io"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
)

// BusPoint is one message size of a collective. Bandwidths are in GB/s.
type BusPoint struct {
	Bytes     int64
	BusBW     float64
	Algorithm string
}

// BusCurve is the bus bandwidth of a collective against the message size.
type BusCurve struct {
	Title  string // what was run on what
	Ideal  float64
	Points []BusPoint
}

// WriteBusBandwidth draws a curve, as a PNG image.
func WriteBusBandwidth(w io.Writer, c BusCurve) error {
	if len(c.Points) == 0 {
		return errors.New("no points to draw")
	}
	return busBandwidth(c).writePNG(w)
}

// busBandwidth draws the bandwidth against the logarithm of the size, in a
// colour for each algorithm and protocol, and the ideal as a dashed line.
func busBandwidth(c BusCurve) *figure {
	last := c.Points[len(c.Points)-1]
	top := c.Ideal
	for _, p := range c.Points {
		top = math.Max(top, p.BusBW)
	}
	f := &figure{
		name:  "busbw",
		title: fmt.Sprintf("%s: %s GB/s at %s", c.Title, figures3(last.BusBW), binarySize(last.Bytes)),
		lead:  "Bus bandwidth as nccl-tests counts it, by message size. Colours tell algorithm and protocol.",
		note:  "The ideal is what the wires alone would allow: no latency, every byte of the slowest link. Switches that sum, and trees over two hosts, may exceed it.",
	}
	f.table.header = []string{"message_bytes", "busbw_gb_per_s", "ideal_gb_per_s", "algorithm"}
	p := newPlot("message size", "bus bandwidth (GB/s)")
	lo, hi := math.Log2(float64(c.Points[0].Bytes)), math.Log2(float64(last.Bytes))
	p.X.Min, p.X.Max = lo, math.Max(hi, lo+1)
	p.Y.Min, p.Y.Max = 0, math.Max(top*1.06, 1e-9)
	p.X.Tick.Marker = powers{}
	p.Add(grid{y: true}, rule{value: c.Ideal, style: dashed(slate, 0.75)})
	var seen []string
	for i, q := range c.Points {
		if i == 0 || q.Algorithm != c.Points[i-1].Algorithm {
			p.Add(busLine(c.Points, i, algorithmColour(&seen, q.Algorithm)))
		}
		f.table.add(fmt.Sprint(q.Bytes), fmt.Sprintf("%.4g", q.BusBW), fmt.Sprintf("%.4g", c.Ideal), q.Algorithm)
	}
	for i, name := range seen {
		f.keys = append(f.keys, key{text: name, color: solid(algorithmColours[i%len(algorithmColours)], 1.5), cue: cueLine})
	}
	f.keys = append(f.keys, key{text: "ideal", color: dashed(slate, 0.75), cue: cueDash})
	f.panels = []panel{{plot: p, height: 190}}
	return f
}

// algorithmColours tell algorithms apart, in order of first use.
var algorithmColours = [...]color.RGBA{blue, orange, green, vermillion, purple, sky, black}

// algorithmColour returns the colour of an algorithm, noting new ones.
func algorithmColour(seen *[]string, name string) color.RGBA {
	i := slices.Index(*seen, name)
	if i < 0 {
		i = len(*seen)
		*seen = append(*seen, name)
	}
	return algorithmColours[i%len(algorithmColours)]
}

// busLine is the curve from point i on, as far as the algorithm is the same, and
// half the way to the points before and after.
func busLine(points []BusPoint, i int, c color.RGBA) line {
	at := func(k int) xy { return xy{math.Log2(float64(points[k].Bytes)), points[k].BusBW} }
	half := func(k int) xy { return xy{(at(k).X + at(k+1).X) / 2, (at(k).Y + at(k+1).Y) / 2} }
	l := line{style: solid(c, 1.5)}
	if i > 0 {
		l.points = append(l.points, half(i-1))
	}
	k := i
	for ; k < len(points) && points[k].Algorithm == points[i].Algorithm; k++ {
		l.points = append(l.points, at(k))
	}
	if k < len(points) {
		l.points = append(l.points, half(k-1))
	}
	return l
}

// powers labels an axis of binary logarithms with sizes, a factor of 8 or more
// apart.
type powers struct{}

// Ticks implements plot.Ticker.
func (powers) Ticks(lo, hi float64) []plot.Tick {
	step := 3.0
	for (hi-lo)/step > 11 {
		step += 1
	}
	var list []plot.Tick
	for at := math.Ceil(lo - 1e-9); at <= hi+1e-9; at += step {
		list = append(list, plot.Tick{Value: at, Label: binarySize(int64(math.Exp2(at)))})
	}
	return list
}

// binarySize writes a size in binary units: 64 KiB, 1.5 GiB.
func binarySize(bytes int64) string {
	units := [...]string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"}
	v, i := float64(bytes), 0
	for ; v >= 1024 && i < len(units)-1; i++ {
		v /= 1024
	}
	return strconv.FormatFloat(v, 'g', 4, 64) + " " + units[i]
}
