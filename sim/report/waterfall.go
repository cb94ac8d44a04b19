package report

import (
	"image/color"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"trainsim/sim/results"
)

// fall is one bar of the waterfall: from … to, as shares of peak.
type fall struct {
	name     string
	from, to float64
	color    color.RGBA
	text     string
}

// falls turns the shares of the summary, from "peak" over what each cause takes
// to "MFU", into bars; below 0.05 % there is none. What the shares leave unexplained is a bar of its own, so
// the last bar always stands where it ought to.
func falls(r *results.Run) []fall {
	list := []fall{{"peak FLOP/s", 0, 1, slate, "100 %"}}
	at, mfu := 1.0, r.Summary.MFU
	drop := func(name string, share float64) {
		if math.Abs(share) < 5e-4 {
			at -= share // prints as nothing; a gap too small to see
			return
		}
		c := orange
		if share < 0 {
			c = green // gives back: work that the peak does not count
		}
		list = append(list, fall{name, at, at - share, c, number(-100*share, 1) + " %"})
		at -= share
	}
	for _, s := range r.Summary.Waterfall {
		switch s.Name {
		case "peak":
		case "MFU":
			mfu = s.Share
		default:
			drop(s.Name, s.Share)
		}
	}
	if rest := at - mfu; math.Abs(rest) >= 5e-4 {
		drop("other", rest)
	}
	return append(list, fall{"MFU", 0, mfu, blue, percent(mfu)})
}

// waterfall draws how the peak FLOP rate shrinks to model FLOP utilisation.
func waterfall(r *results.Run) *figure {
	if len(r.Summary.Waterfall) == 0 {
		return nil
	}
	list := falls(r)
	f := &figure{
		name: "mfu",
		title: headline(r, "MFU %s, %s model TFLOP/s per GPU", percent(r.Summary.MFU),
			figures3(r.Summary.ModelTFLOPSPerGPU)),
		lead: "From the peak of the GPUs to model FLOP utilization: what each cause takes, as a share of peak.",
	}
	f.addFalls("share of peak FLOP/s (%)", 110, list)
	return f
}

// addFalls adds a panel with bars that fall from the first to the last, on an axis
// up to a percentage that leaves room for their texts, and their table.
func (f *figure) addFalls(xlabel string, most float64, list []fall) {
	f.table.header = []string{"name", "from_share", "to_share"}
	for _, b := range list {
		f.table.add(b.name, strconv.FormatFloat(b.from, 'f', 5, 64), strconv.FormatFloat(b.to, 'f', 5, 64))
	}
	f.panels = append(f.panels, fallsPanel(xlabel, most, 17, list))
}

// fallsPanel draws bars that fall, each in a row of the given height.
func fallsPanel(xlabel string, most float64, row vg.Length, list []fall) panel {
	p := newPlot(xlabel, "")
	n := len(list)
	p.X.Min, p.X.Max = 0, most
	p.Y.Min, p.Y.Max = -0.5, float64(n)-0.5
	p.Y.Tick.Length, p.Y.LineStyle.Width = 0, 0
	chart := &boxes{}
	sty := textStyle(sizeTick, false)
	sty.YAlign = draw.YCenter
	var rows []string
	var texts labels
	var links []plot.Plotter
	for i, b := range list {
		y := float64(n - 1 - i)
		rows = append(rows, b.name)
		chart.lanes = append(chart.lanes, extent{y - 0.36, y + 0.36})
		chart.colors = append(chart.colors, b.color)
		lo, hi := 100*math.Min(b.from, b.to), 100*math.Max(b.from, b.to)
		chart.list = append(chart.list, box{lo: lo, hi: hi, lane: int32(i), color: uint8(i)})
		texts = append(texts, label{at: xy{hi, y}, offset: vg.Point{X: 3, Y: sty.FontExtents().Descent / 2}, text: b.text, style: sty, halo: true})
		if i < n-1 {
			links = append(links, line{points: []xy{{100 * b.to, y - 0.36}, {100 * b.to, y - 0.64}}, style: solid(grey, 0.6)})
		}
	}
	p.Y.Tick.Marker = names{rows: rows}
	p.Add(grid{x: true})
	p.Add(links...)
	p.Add(chart, texts)
	return panel{plot: p, height: vg.Length(28) + row*vg.Length(n)}
}
