package report

import (
	"strconv"

	"trainsim/sim/results"
	"trainsim/sim/trace"
)

// stateTitles are the power states of GPUs with ranks in the order they are drawn.
var stateTitles = []struct{ name, title string }{
	{trace.ComputeBound.String(), "kernels bound by FLOP"},
	{trace.MemoryBound.String(), "kernels bound by HBM"},
	{trace.LaunchGaps.String(), "gaps between kernels"},
	{trace.BesideTransfer.String(), "transfers beside kernels"},
	{trace.Transfer.String(), "transfers, no kernel"},
	{trace.CollectiveWait.String(), "polling for peers"},
	{trace.LoadedIdle.String(), "program loaded, idle"},
}

// perTokenScales are those of the energy of a token.
var perTokenScales = []scale{{1e-3, "mJ"}, {1, "J"}, {1e3, "kJ"}}

// energy draws where the energy of a step goes, component by component: for each power
// state of the GPUs, for each thing that they spend their time on, and what is lost on
// the way to them.
func energy(r *results.Run) *figure {
	s := &r.Summary
	m := newMachine(s)
	if m.all <= 0 || s.StepTimeS <= 0 {
		return nil
	}
	states, buckets := m.ofStates(), m.ofBuckets()
	useful, most := 0.0, 0.0
	for _, u := range buckets {
		if u.useful {
			useful += m.total(u)
		}
		most = max(most, m.total(u))
	}
	for _, u := range states {
		most = max(most, m.total(u))
	}
	f := &figure{name: "energy",
		title: headline(r, "%s a step, %s a token, %s beside compute and update", quantity(energyScales, m.all),
			quantity(perTokenScales, m.all/float64(max(1, s.TokensPerStep))), percent(1-useful/m.all)),
		lead: "Energy of one step up to the meter of the facility. Hosts and network are shared by time, losses and cooling by what passes through.",
		note: m.pollingNote() + m.capsNote(),
	}
	f.table.header = []string{"by", "name", "component", "energy_j", "share"}
	axis := energyAxis{unit: fit(energyScales, m.all), most: most} // of all panels
	f.addGPUUses("state", "by what GPUs draw for", m, states, axis)
	f.addGPUUses("bucket", "by what GPUs spend time on", m, buckets, axis)
	f.addLosses(m, axis)
	for i := range len(f.panels) - 1 {
		bare(f.panels[i].plot)
		f.panels[i].height -= 22
	}
	for _, p := range m.parts {
		if p.joules >= 5e-4*m.all {
			f.keys = append(f.keys, key{text: p.title + " " + percent(p.joules/m.all), color: solid(p.color, 1)})
		}
	}
	return f
}

// pollingNote tells how far the energy of polling may be off.
func (m *machine) pollingNote() string {
	polling := m.GPUEnergyByStateJ[trace.CollectiveWait.String()]
	if polling < 5e-3*m.all {
		return ""
	}
	return "No one publishes what polling draws: at 0.3 to 0.5 of the power limit it takes GPUs " + quantity(energyScales, m.CollectiveWaitLowJ) +
		" to " + quantity(energyScales, m.CollectiveWaitHighJ) + "; here it takes them " + quantity(energyScales, polling) + ". "
}

// capsNote tells what caps cost beside the energy that they save.
func (m *machine) capsNote() string {
	if m.LostToCapsS <= 0 {
		return ""
	}
	return "Caps make the kernels of a GPU take " + quantity(timeScales, m.LostToCapsS) + " longer in the mean, and what is drawn at any load is drawn for as long."
}

// energyAxis is an axis that panels share: room for the most J of any bar.
type energyAxis struct {
	unit scale
	most float64
}

// addGPUUses adds a panel with a bar for each use of the GPUs, stacked by component.
func (f *figure) addGPUUses(by, title string, m *machine, uses []gpuUse, axis energyAxis) {
	if uses = m.significant(uses); len(uses) == 0 {
		return
	}
	chart := newBars("")
	for _, p := range m.parts {
		chart.add(p.title, p.color, make([]float64, len(uses)))
	}
	for i, u := range uses {
		for k, joules := range m.split(u) {
			chart.parts[k].values[i] = joules / axis.unit.Factor
			if joules > 0 {
				f.addJoules(m, by, u.title, m.parts[k].title, joules)
			}
		}
		chart.rows, chart.ends = append(chart.rows, u.title), append(chart.ends, m.share(m.total(u)))
	}
	f.addBars(title, chart, axis)
}

// addLosses adds a panel with what no GPU gets, or burns for nothing.
func (f *figure) addLosses(m *machine, axis energyAxis) {
	list := m.losses()
	if len(list) == 0 {
		return
	}
	chart := newBars("")
	for i, p := range list {
		values := make([]float64, len(list))
		values[i] = p.joules / axis.unit.Factor
		chart.add(p.title, p.color, values)
		chart.rows, chart.ends = append(chart.rows, p.title), append(chart.ends, m.share(p.joules))
		f.addJoules(m, "loss", p.title, p.title, p.joules)
	}
	f.addBars("of that, lost on the way to the GPUs or drawn for nothing", chart, axis)
}

// addJoules adds a row to the table.
func (f *figure) addJoules(m *machine, by, name, component string, joules float64) {
	f.table.add(by, name, component, strconv.FormatFloat(joules, 'f', 3, 64), strconv.FormatFloat(joules/m.all, 'f', 4, 64))
}

// share writes an energy, and which share of all it is.
func (m *machine) share(joules float64) string {
	return quantity(energyScales, joules) + ", " + percent(joules/m.all)
}

// addBars adds a panel on the axis that all share.
func (f *figure) addBars(title string, chart *bars, axis energyAxis) {
	chart.xlabel = "energy (" + axis.unit.Unit + ")"
	p, height := chart.plot()
	p.X.Max = axis.most / axis.unit.Factor * 1.2
	f.panels = append(f.panels, panel{plot: p, title: title, height: height})
}
