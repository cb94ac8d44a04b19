package report

import (
	"image/color"

	"trainsim/sim/results"
	"trainsim/sim/trace"
)

// machine is what draws the energy of a step, up to the boundary of the facility, and
// how what GPUs do shares it: what is constant by time, losses by what passes through.
type machine struct {
	*results.Summary
	parts []energyPart // in the order they are stacked
	all   float64      // J
	load  float64      // J behind the supplies
	mains float64      // J of hosts and switches
}

// energyPart is one component of the energy of a step.
type energyPart struct {
	title  string
	color  color.RGBA
	joules float64
}

// The first parts; those after them are lost above hosts and switches.
const (
	aboveIdle = iota
	idlePart
	hostPart
	nicPart
	switchPart
	supplyPart
	ownParts
)

// feedStyles are the losses of levels of feeds.
var feedStyles = map[string]energyPart{
	"rack": {title: "racks", color: slate}, "row": {title: "rows", color: grey}, "ups": {title: "UPS", color: black}, "site": {title: "site feed", color: pale},
}

// newMachine returns what draws the energy of the steady step.
func newMachine(s *results.Summary) *machine {
	c := s.EnergyComponentsJ
	spare := c["spare gpu"]
	idle := min(c["gpu"], s.GPUIdleW*float64(s.Ranks)*s.StepTimeS)
	m := &machine{Summary: s, parts: []energyPart{
		{"GPUs above idle", blue, c["gpu"] - idle}, {"GPUs idle", sky, idle + spare}, {"hosts", orange, c["host"]}, {"NICs", green, c["nic"]},
		{"switches", purple, c["switch"]}, {"supply losses", vermillion, c["supply loss"]},
	}}
	m.load = c["gpu"] + spare + c["host"] + c["nic"]
	m.mains = m.load + c["switch"] + c["supply loss"]
	if s.Feeds != nil {
		for _, l := range s.Feeds.Levels {
			p := feedStyles[l.Name]
			p.joules = l.LossJ
			m.parts = append(m.parts, p)
		}
	}
	if s.Facility != nil {
		m.parts = append(m.parts, energyPart{"cooling and the rest", yellow, s.Facility.EnergyComponentsJ["cooling"]})
	}
	for _, p := range m.parts {
		m.all += p.joules
	}
	return m
}

// gpuUse is a share of the time and energy of GPUs.
type gpuUse struct {
	title   string
	seconds float64 // of a mean GPU with a rank
	joules  float64 // of all
	idle    float64 // of that, what they draw idle
	useful  bool    // forward, backward or update
}

// use returns a use of GPUs with ranks.
func (m *machine) use(title string, seconds, joules float64) gpuUse {
	return gpuUse{title: title, seconds: seconds, joules: joules, idle: min(joules, seconds*m.GPUIdleW*float64(m.Ranks))}
}

// ofStates returns what GPUs draw for.
func (m *machine) ofStates() (list []gpuUse) {
	for _, t := range stateTitles {
		list = append(list, m.use(t.title, m.GPUTimeByStateS[t.name], m.GPUEnergyByStateJ[t.name]))
	}
	return append(list, m.spares())
}

// ofBuckets returns what GPUs spend their time on.
func (m *machine) ofBuckets() (list []gpuUse) {
	for _, b := range bucketStyles {
		u := m.use(b.title, m.TimeBucketsS[b.bucket.String()], m.EnergyBucketsJ[b.bucket.String()])
		u.useful = b.bucket == trace.Compute || b.bucket == trace.Optimizer
		list = append(list, u)
	}
	return append(list, m.spares())
}

// spares returns what GPUs without ranks take.
func (m *machine) spares() gpuUse {
	joules := m.EnergyComponentsJ["spare gpu"]
	return gpuUse{title: "GPUs without ranks", joules: joules, idle: joules}
}

// split returns what a use takes of each part.
func (m *machine) split(u gpuUse) []float64 {
	list := make([]float64, len(m.parts))
	list[aboveIdle], list[idlePart] = u.joules-u.idle, u.idle
	for _, p := range []int{hostPart, nicPart, switchPart} {
		list[p] = m.parts[p].joules * u.seconds / m.StepTimeS
	}
	load := u.joules + list[hostPart] + list[nicPart]
	if m.load > 0 {
		list[supplyPart] = m.parts[supplyPart].joules * load / m.load
	}
	mains := load + list[switchPart] + list[supplyPart]
	for p := ownParts; p < len(list) && m.mains > 0; p++ {
		list[p] = m.parts[p].joules * mains / m.mains
	}
	return list
}

// total returns what a use takes in all.
func (m *machine) total(u gpuUse) (sum float64) {
	for _, joules := range m.split(u) {
		sum += joules
	}
	return sum
}

// rest is the name of what is too little to be seen one by one.
const rest = "all others"

// significant returns the uses that can be seen, those below 0.1 % as one at the end.
func (m *machine) significant(uses []gpuUse) (list []gpuUse) {
	var small []gpuUse
	others := gpuUse{title: rest}
	for _, u := range uses {
		switch total := m.total(u); {
		case total >= 1e-3*m.all && total > 0:
			list = append(list, u)
		case total >= 1e-4*m.all && total > 0:
			small = append(small, u)
			others.seconds, others.joules, others.idle = others.seconds+u.seconds, others.joules+u.joules, others.idle+u.idle
		}
	}
	if len(small) < 2 { // one needs no joining
		return append(list, small...)
	}
	return append(list, others)
}

// losses returns what no GPU with a rank gets, or what is burnt for nothing.
func (m *machine) losses() (list []energyPart) {
	list = append(list, m.parts[supplyPart:]...)
	list = append(list, energyPart{"GPUs without ranks", sky, m.EnergyComponentsJ["spare gpu"]})
	if m.ManagedMains != nil {
		list = append(list, energyPart{"on top, to smooth power", blue, m.ManagedMains.BurntJ})
	}
	kept := list[:0]
	for _, p := range list {
		if p.joules > 0 {
			kept = append(kept, p)
		}
	}
	return kept
}
