package report

import (
	"image/color"
	"strconv"

	"gonum.org/v1/plot"

	"trainsim/sim/results"
)

// temperature draws how warm GPUs are over time, below where their clocks are lowered.
func temperature(r *results.Run) *figure {
	c := r.Summary.Cooling
	most := r.Find("temperature", "gpu max")
	if c == nil || most == nil {
		return nil
	}
	e := whole(r)
	time := fitTime(e.length())
	f := &figure{
		name:  "temperature",
		title: headline(r, "GPUs up to %s °C", number(c.MaxC, 1)),
		lead:  "Temperature of the hottest GPU and the mean of all, over time. Above the dashed line clocks are lowered.",
	}
	if c.LowestClock < 1 {
		f.title = headline(r, "GPUs up to %s °C, clocks down to %s", number(c.MaxC, 1), number(100*c.LowestClock, 1)+" %")
	}
	f.table.header = []string{"gpus", "start_s", "end_s", "temperature_c"}
	p := newPlot("time ("+time.Unit+")", "temperature (°C)")
	p.X.Min, p.X.Max = e.start.Seconds()/time.Factor, e.end.Seconds()/time.Factor
	p.Y.Min, p.Y.Max = 0, 1.25*max(c.MaxC, c.ThrottleC) // room for what happened above the lines
	p.Add(grid{y: true}, rule{value: c.ThrottleC, style: dashed(black, 1.2)})
	f.keys = []key{{text: "clocks are lowered above " + number(c.ThrottleC, 0) + " °C", color: dashed(black, 1.2), cue: cueDash}}
	f.addTemperature(p, r, e, time, "gpu max", "hottest GPU", vermillion)
	f.addTemperature(p, r, e, time, "gpu mean", "mean of all GPUs", blue)
	f.mark(p, r, e, time)
	f.panels = []panel{{plot: p, height: 200}}
	return f
}

// addTemperature draws a series of temperatures.
func (f *figure) addTemperature(p *plot.Plot, r *results.Run, e extents, time scale, part, title string, k color.RGBA) {
	s := r.Find("temperature", part)
	if s == nil {
		return
	}
	c := reduce(s, e, columnsOf(2))
	x, y := make([]float64, len(c.edges)), make([]float64, len(c.mean))
	for i, t := range c.edges {
		x[i] = t / time.Factor
	}
	for i, m := range c.mean {
		y[i] = m / 1000
		f.table.add(title, seconds(c.edges[i]), seconds(c.edges[i+1]), strconv.FormatFloat(y[i], 'f', 2, 64))
	}
	p.Add(line{points: stairs(x, y), style: solid(k, 1)})
	f.keys = append(f.keys, key{text: title, color: solid(k, 1), cue: cueLine})
}
