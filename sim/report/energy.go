package report

import (
	"cmp"
	"slices"
	"strconv"

	"trainsim/sim/results"
)

// entry is one key of a map of the summary.
type entry struct {
	name  string
	value float64
}

// sorted returns the entries of a map that are not 0, the largest first and
// equal ones by name.
func sorted(m map[string]float64) []entry {
	var list []entry
	for name, v := range m { // sorted below: the order of the map does not show
		if v != 0 {
			list = append(list, entry{name, v})
		}
	}
	slices.SortFunc(list, func(a, b entry) int {
		return cmp.Or(cmp.Compare(b.value, a.value), cmp.Compare(a.name, b.name))
	})
	return list
}

// energy draws the energy of a step twice: by what drew it, and by what the time
// was spent on.
func energy(r *results.Run) *figure {
	if len(r.Summary.EnergyComponentsJ) == 0 {
		return nil
	}
	f := &figure{
		name: "energy",
		title: headline(r, "%s a step, %s a token", quantity(energyScales, r.Summary.EnergyPerStepJ),
			quantity([]scale{{1e-3, "mJ"}, {1, "J"}, {1e3, "kJ"}}, r.Summary.EnergyPerStepJ/float64(max(1, r.Summary.TokensPerStep)))),
		lead: "Energy of one step of the whole cluster: by component, and that of the GPUs by what they were doing.",
	}
	f.table.header = []string{"by", "name", "energy_j", "share"}
	unit := fit(energyScales, r.Summary.EnergyPerStepJ)
	components := sorted(r.Summary.EnergyComponentsJ)
	var buckets []entry // what only names a component again says nothing new
	for _, e := range sorted(r.Summary.EnergyBucketsJ) {
		if place, _, _ := bucket(e.name); place < len(bucketStyles) {
			buckets = append(buckets, e)
		}
	}
	most := 0.0 // both panels share a scale
	for _, e := range slices.Concat(components, buckets) {
		most = max(most, e.value)
	}
	f.addEnergy("component", "by component", components, unit, most, func(name string) part {
		_, title, c := component(name)
		return part{name: title, color: c}
	})
	if len(buckets) > 0 {
		f.addEnergy("bucket", "GPUs, by what they were doing", buckets, unit, most, func(name string) part {
			_, title, c := bucket(name)
			return part{name: title, color: c}
		})
	}
	return f
}

// rest is the name of what is too little to be seen one by one.
const rest = "all others"

// significant joins the entries below 0.1 % of the total into one at the end.
func significant(list []entry, total float64) []entry {
	n := len(list)
	var sum float64
	for n > 0 && list[n-1].value < 1e-3*total {
		n--
		sum += list[n].value
	}
	if n >= len(list)-1 { // one needs no joining
		return list
	}
	return append(slices.Clone(list[:n]), entry{rest, sum})
}

// addEnergy adds a panel with a bar for each entry, with its share of the panel's total,
// on an axis with room for the most of all panels.
func (f *figure) addEnergy(by, title string, list []entry, unit scale, most float64, style func(string) part) {
	total := 0.0
	for _, e := range list {
		total += e.value
	}
	chart := newBars("energy (" + unit.Unit + ")")
	list = significant(list, total)
	for i, e := range list {
		k := style(e.name)
		if e.name == rest {
			k = part{name: rest, color: grey}
		}
		k.values = make([]float64, len(list))
		k.values[i] = e.value / unit.Factor
		chart.parts = append(chart.parts, k)
		chart.rows = append(chart.rows, k.name)
		chart.ends = append(chart.ends, quantity(energyScales, e.value)+", "+percent(e.value/total))
		f.table.add(by, k.name, strconv.FormatFloat(e.value, 'f', 3, 64), strconv.FormatFloat(e.value/total, 'f', 4, 64))
	}
	p, height := chart.plot()
	p.X.Max = most / unit.Factor * 1.2
	f.panels = append(f.panels, panel{plot: p, title: title, height: height})
}
