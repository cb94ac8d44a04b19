package study

import (
	"math"

	"trainsim/sim/engine"
	"trainsim/sim/power"
	"trainsim/sim/results"
	"trainsim/sim/scenario"
	"trainsim/sim/trace"
	"trainsim/sim/training"
)

// leastBins is how many bins a step must have before they tell how power swings.
const leastBins = 16

// rampBins is how many bars the histogram of ramps has: as many falls as rises.
const rampBins = 41

// swings is the power of the steady step, over and over, with its spectrum.
type swings struct {
	wave  power.Wave
	lines []power.Line
	loads power.Loads
}

// utility adds what a utility sees of the steady step, and what power management
// makes of it, to a result. The series of the mains is that of the recorder; what
// is managed becomes one more.
func utility(c *scenario.Config, r *training.Result, rec *trace.Recorder, out *results.Run) {
	series := mainsSeries(rec)
	from, to := repeats(c, r)
	if series == nil || to.Sub(from) < leastBins*series.Width() {
		return
	}
	high := min(c.Power.BandHigh, power.Resolved(series.Width()))
	load := swings{wave: power.OfBins(series, from, to)}
	load.lines, load.loads = load.wave.Spectrum(0, high), load.wave.Duration()
	with := load
	if c.Power.Manages() {
		policy := c.PowerPolicy(max(engine.Millisecond, series.Width()))
		managed, begin := policy.Steady(&load.wave)
		with = swings{managed.Wave, managed.Wave.Spectrum(0, high), managed.Wave.Duration()}
		out.Summary.ManagedMains = managedMains(c, &load, &with, &managed, &policy, begin, steps(c, r))
		whole := power.OfBins(series, 0, rec.End)
		all := policy.Apply(&whole, load.wave.Target(), &begin)
		out.Series = append(out.Series, managedSeries(&all.Wave, rec.End))
	}
	m := mainsOf(c, &load, &load)
	out.Summary.Mains = &m
	room(&out.Summary, c, r, &with)
	for i, l := range load.lines {
		out.Spectrum = append(out.Spectrum, results.SpectrumLine{Hertz: l.Hertz, Watts: l.Watts, ManagedWatts: with.lines[i].Watts})
	}
	out.Ramps = ramps(c, &load.wave, &with.wave)
}

// mainsSeries returns the power of everything, or nil where it was not recorded.
func mainsSeries(rec *trace.Recorder) *trace.Series {
	for _, s := range rec.Series {
		if s.Name == "power_total" {
			return s
		}
	}
	return nil
}

// repeats returns the time that stands for the run: the last step, or with noise all
// but the first.
func repeats(c *scenario.Config, r *training.Result) (from, to engine.Time) {
	n := len(r.StepEnd)
	if n > 1 {
		from = r.StepEnd[n-1-steps(c, r)]
	}
	return from, r.StepEnd[n-1]
}

// steps returns how many steps that time holds.
func steps(c *scenario.Config, r *training.Result) int {
	if n := len(r.StepEnd); n > 1 && c.Noisy() {
		return n - 1
	}
	return 1
}

// managedSeries returns the power at the mains with power management.
func managedSeries(w *power.Wave, end engine.Time) results.SeriesData {
	s := trace.Series{Name: "power_managed", Part: "mains", Unit: "mW"}
	at := engine.Time(0)
	for i, p := range w.Power {
		s.Add(at, p-s.Value())
		at = w.Until[i]
	}
	s.Close(end)
	return results.OfSeries(&s)
}

// mainsOf returns the figures of swings, beside those of the load.
func mainsOf(c *scenario.Config, s, load *swings) results.Mains {
	k, w := &c.Power, &s.wave
	m := results.Mains{
		PeakW: watts(w.Peak()), LeastW: watts(w.Least()), MeanW: w.Mean() / 1000,
		P99W: watts(s.loads.Within(10_000)), P999W: watts(s.loads.Within(1000)), DynamicRangeW: watts(w.Peak() - w.Least()),
		RampWindowS: k.RampWindow.Seconds(), BandLowHz: k.BandLow, BandHighHz: k.BandHigh, BandLimit: k.BandShare,
	}
	changes := w.Changes(k.RampWindow)
	m.RampDownWPerS = math.Max(0, -watts(changes[0].Power)) / m.RampWindowS
	m.RampUpWPerS = math.Max(0, watts(changes[len(changes)-1].Power)) / m.RampWindowS
	energy := 0.0
	for _, l := range s.lines {
		if l.Hertz >= k.BandLow {
			m.BandHighHz, energy = l.Hertz, energy+l.MeanSquare()
		}
	}
	m.BandRMSW = math.Sqrt(energy)
	if swing := load.wave.Swing(); swing > 0 {
		m.BandShare = energy / swing
	}
	return m
}

// managedMains returns the same of managed power, and what managing it takes.
func managedMains(c *scenario.Config, load, with *swings, m *power.Managed, p *power.Policy, s power.State, steps int) *results.ManagedMains {
	perStep := func(t engine.Total) float64 { return t.Float() / joule / float64(steps) }
	k := &results.ManagedMains{
		Mains:      mainsOf(c, with, load),
		MoreEnergy: with.wave.Mean()/load.wave.Mean() - 1, BurntJ: perStep(m.Burnt), ShortJ: perStep(m.Short), StoredJ: perStep(m.Charged),
		LimitedShare: m.Limited.Seconds() / load.wave.End().Seconds(),
	}
	running := with.wave.Target()
	idle := min(c.IdleMains(), running)
	stop := p.Turn(running, idle, &s)
	k.StopS, k.StopBurntJ = stop.Limited.Seconds(), stop.Burnt.Float()/joule
	start := p.Turn(idle, running, &power.State{}) // with nothing stored
	k.StartS, k.StartShortJ = start.Limited.Seconds(), start.Short.Float()/joule
	return k
}

// ramps returns the histogram of the changes within the window of both waves.
func ramps(c *scenario.Config, load, managed *power.Wave) []results.RampStep {
	window := c.Power.RampWindow
	plain, with := load.Changes(window), managed.Changes(window)
	most := int64(0)
	for _, list := range [][]power.Change{plain, with} {
		most = max(most, -list[0].Power, list[len(list)-1].Power)
	}
	if most == 0 {
		return nil
	}
	steps := make([]results.RampStep, rampBins)
	width := 2 * float64(most) / rampBins
	for i := range steps {
		low := -float64(most) + width*float64(i)
		steps[i].FromWPerS, steps[i].ToWPerS = low/1000/window.Seconds(), (low+width)/1000/window.Seconds()
	}
	period := load.End().Seconds()
	at := func(change int64) *results.RampStep {
		return &steps[min(rampBins-1, int(float64(change+most)/width))]
	}
	for _, k := range plain {
		at(k.Power).Share += k.Time.Seconds() / period
	}
	for _, k := range with {
		at(k.Power).ManagedShare += k.Time.Seconds() / period
	}
	return steps
}

// stopRamps returns what the stops of a whole training burn, its end one of them, in
// MWh.
func stopRamps(s *results.Summary) float64 {
	if s.ManagedMains == nil {
		return 0
	}
	stops := s.Interruptions + s.PlannedStops + 1
	return stops * s.ManagedMains.StopBurntJ / 3.6e9
}

func watts(mW int64) float64 { return float64(mW) / 1000 }
