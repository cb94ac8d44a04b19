package report

import (
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot"

	"trainsim/sim/results"
)

// The colours of power at the mains without and with power management.
var (
	asLoaded = key{text: "without power management", color: solid(blue, 1), cue: cueLine}
	managed  = key{text: "with power management", color: solid(vermillion, 1.2), cue: cueLine}
)

// ofMains are the figures of what a utility sees.
var ofMains = []func(*results.Run) *figure{powerSmoothing, powerSpectrum, powerRamps, loadDuration}

// powerSmoothing draws the power at the mains over time, with and without power
// management.
func powerSmoothing(r *results.Run) *figure {
	load, with := r.Find("power_total", "mains"), r.Find("power_managed", "mains")
	m := r.Summary.ManagedMains
	if load == nil || with == nil || m == nil || r.Summary.Mains == nil {
		return nil
	}
	e := whole(r)
	n := columnsFor(e, []*results.SeriesData{load, with})
	time, unit := fitTime(e.length()), fit(powerScales, r.Summary.Mains.PeakW)
	f := &figure{
		name: "power-smoothing",
		title: headline(r, "swings of %s become %s, energy %s", quantity(powerScales, r.Summary.Mains.DynamicRangeW),
			quantity(powerScales, m.DynamicRangeW), signedPercent(m.MoreEnergy)),
		lead: "Power at the mains with and without power management. " + takes(m),
		keys: []key{asLoaded, managed},
		note: "Means over " + number(float64(n), 0) + " equal parts of the time. Swings and energy in the title are of the steady step, over and over.",
	}
	f.table.header = []string{"power", "start_s", "end_s", "power_w"}
	p := newPlot("time ("+time.Unit+")", "power ("+unit.Unit+")")
	p.X.Min, p.X.Max, p.Y.Max = e.start.Seconds()/time.Factor, e.end.Seconds()/time.Factor, 0
	p.Add(grid{y: true})
	for _, s := range []struct {
		series *results.SeriesData
		key    key
	}{{load, asLoaded}, {with, managed}} {
		c := reduce(s.series, e, n)
		x, y := make([]float64, n+1), make([]float64, n)
		for i, t := range c.edges {
			x[i] = t / time.Factor
		}
		for i, mw := range c.mean {
			y[i] = mw / 1000 / unit.Factor
			f.table.add(s.key.text, seconds(c.edges[i]), seconds(c.edges[i+1]), strconv.FormatFloat(mw/1000, 'f', 1, 64))
		}
		p.Y.Max = max(p.Y.Max, headroom*slices.Max(y))
		p.Add(line{points: stairs(x, y), style: s.key.color})
	}
	p.Y.Min = 0
	f.panels = []panel{{plot: p, height: 200}}
	return f
}

// takes says what management takes.
func takes(m *results.ManagedMains) string {
	words := "Each step burns " + quantity(energyScales, m.BurntJ)
	if m.StoredJ > 0 {
		words += " and moves " + quantity(energyScales, m.StoredJ) + " through storage"
	}
	if m.ShortJ > 0 {
		words += "; GPUs ask for " + quantity(energyScales, m.ShortJ) + " more than they get"
	}
	if m.StopS > 0 {
		words += ". A stop takes " + quantity(timeScales, m.StopS) + " to idle and burns " + quantity(energyScales, m.StopBurntJ)
	}
	return words + "."
}

// powerSpectrum draws the amplitudes by frequency, and below how much of the energy
// of the swings lies up to a frequency of the band, beside the limit.
func powerSpectrum(r *results.Run) *figure {
	m, with := r.Summary.Mains, r.Summary.ManagedMains
	if m == nil || len(r.Spectrum) == 0 {
		return nil
	}
	top := 0.0
	for _, l := range r.Spectrum {
		top = max(top, l.Watts, l.ManagedWatts)
	}
	unit := fit(powerScales, top)
	f := &figure{
		name: "power-spectrum",
		title: headline(r, "%s of the energy of its swings lies in %s to %s Hz, limit %s", percent(m.BandShare), hertz(m.BandLowHz),
			hertz(m.BandHighHz), percent(m.BandLimit)),
		lead: "Amplitude of each harmonic of the steady step, and how much of the energy of all swings lies in the band up to a frequency.",
		keys: []key{asLoaded, {text: "limit of the utility", color: dashed(black, 1.2), cue: cueDash}},
		note: "Amplitudes are closed forms of the series' bins; a step of " + quantity(timeScales, r.Summary.StepTimeS) + " has a line every " +
			hertz(r.Spectrum[0].Hertz) + " Hz. Shares are of the energy of swings without power management.",
	}
	if with != nil {
		f.keys = []key{asLoaded, managed, f.keys[1]}
		f.title += "; with power management " + percent(with.BandShare)
	}
	f.table.header = []string{"frequency_hz", "amplitude_w", "managed_amplitude_w", "share_up_to", "managed_share_up_to"}
	above, below := newPlot("", "amplitude ("+unit.Unit+")"), newPlot("frequency (Hz)", "share of the energy (%)")
	for _, p := range []*plot.Plot{above, below} {
		p.X.Min, p.X.Max = math.Log10(min(m.BandLowHz, r.Spectrum[0].Hertz)), math.Log10(r.Spectrum[len(r.Spectrum)-1].Hertz)
		p.X.Tick.Marker, p.Y.Min = decades{}, 0
		p.Add(grid{x: true, y: true})
	}
	above.X.Tick.Marker = bareDecades{}
	above.Y.Max, below.Y.Max = 1.06*top/unit.Factor, 100
	sums, managedSums := bandShares(r, m, with, f)
	above.Add(stems(r.Spectrum, unit, func(l *results.SpectrumLine) float64 { return l.Watts }, solid(blue, 1.4))...)
	below.Add(line{points: sums, style: asLoaded.color}, rule{value: 100 * m.BandLimit, style: dashed(black, 1.2)})
	if with != nil {
		above.Add(stems(r.Spectrum, unit, func(l *results.SpectrumLine) float64 { return l.ManagedWatts }, solid(vermillion, 0.8))...)
		below.Add(line{points: managedSums, style: managed.color})
	}
	f.panels = []panel{{plot: above, title: "amplitude", height: 130}, {plot: below, title: "in the band, up to this frequency", height: 120}}
	return f
}

// hertz prints a frequency with three significant digits, or fewer where it has no more.
func hertz(v float64) string {
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 3, 64), 64)
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}

// bandShares returns how much of the energy of swings lies in the band up to each
// frequency, in percent, and fills the table. It ends at what the summary says.
func bandShares(r *results.Run, m *results.Mains, with *results.ManagedMains, f *figure) (plain, managed []xy) {
	swing := 0.0
	if m.BandShare > 0 {
		swing = m.BandRMSW * m.BandRMSW / m.BandShare
	} else if with != nil && with.BandShare > 0 {
		swing = with.BandRMSW * with.BandRMSW / with.BandShare
	}
	var sum, managedSum float64
	add := func(points []xy, x, share float64) []xy {
		before := 0.0
		if n := len(points); n > 0 {
			before = points[n-1].Y
		}
		return append(points, xy{x, before}, xy{x, 100 * share})
	}
	for _, l := range r.Spectrum {
		if l.Hertz >= m.BandLowHz && swing > 0 {
			sum += l.Watts * l.Watts / 2 / swing
			managedSum += l.ManagedWatts * l.ManagedWatts / 2 / swing
		}
		x := math.Log10(l.Hertz)
		plain, managed = add(plain, x, sum), add(managed, x, managedSum)
		f.table.add(strconv.FormatFloat(l.Hertz, 'g', 7, 64), strconv.FormatFloat(l.Watts, 'g', 7, 64), strconv.FormatFloat(l.ManagedWatts, 'g', 7, 64),
			strconv.FormatFloat(sum, 'f', 6, 64), strconv.FormatFloat(managedSum, 'f', 6, 64))
	}
	return plain, managed
}

// powerRamps draws for which share of the time the power changes how fast.
func powerRamps(r *results.Run) *figure {
	m, with := r.Summary.Mains, r.Summary.ManagedMains
	if m == nil || len(r.Ramps) == 0 {
		return nil
	}
	most := r.Ramps[len(r.Ramps)-1].ToWPerS
	unit := fit(powerScales, most)
	perSecond := func(v float64) string { return quantity(powerScales, v) + "/s" }
	f := &figure{
		name:  "power-ramps",
		title: headline(r, "power rises by up to %s and falls by up to %s", perSecond(m.RampUpWPerS), perSecond(m.RampDownWPerS)),
		lead:  "Share of the time in which the power at the mains changes so fast within the next " + quantity(timeScales, m.RampWindowS) + ".",
		keys:  []key{asLoaded},
		note:  "Of the steady step, over and over; every moment counts, not a sample of them. Shares below 0.01 % are not drawn.",
	}
	f.keys[0].cue = cueFull
	f.table.header = []string{"from_w_per_s", "to_w_per_s", "share", "managed_share"}
	const least = -4 // 0.01 %, on a scale of powers of ten
	p := newPlot("change of power ("+unit.Unit+"/s)", "share of the time (%)")
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = -most/unit.Factor, most/unit.Factor, 0, -least
	p.Y.Tick.Marker = plot.ConstantTicks{{Value: 0, Label: "0.01"}, {Value: 1, Label: "0.1"}, {Value: 2, Label: "1"}, {Value: 3, Label: "10"}, {Value: 4, Label: "100"}}
	var x, plain, managedShare []float64
	height := func(share float64) float64 { return max(0, math.Log10(max(share, 1e-12))-least) }
	for _, s := range r.Ramps {
		x = append(x, s.FromWPerS/unit.Factor)
		plain, managedShare = append(plain, height(s.Share)), append(managedShare, height(s.ManagedShare))
		f.table.add(strconv.FormatFloat(s.FromWPerS, 'g', 7, 64), strconv.FormatFloat(s.ToWPerS, 'g', 7, 64),
			strconv.FormatFloat(s.Share, 'f', 6, 64), strconv.FormatFloat(s.ManagedShare, 'f', 6, 64))
	}
	x = append(x, most/unit.Factor)
	p.Add(grid{y: true}, area{x: x, hi: plain, color: sky})
	f.keys[0].color = solid(sky, 1)
	if with != nil {
		f.title += "; with power management " + perSecond(with.RampUpWPerS) + " and " + perSecond(with.RampDownWPerS)
		f.keys = append(f.keys, managed)
		p.Add(line{points: stairs(x, managedShare), style: managed.color})
	}
	p.Add(rule{value: 0, vertical: true, style: dashed(slate, 0.75)})
	f.panels = []panel{{plot: p, height: 170}}
	return f
}
