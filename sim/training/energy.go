package training

import "trainsim/sim/engine"

// Part is the energy of one part of the machine, in mW·ns.
type Part struct {
	Name   string // "host", "nic", "spare gpu", "supply loss" or "switch"
	Energy engine.Total
}

// constant is a part that always draws the same.
type constant struct {
	name  string
	power int64 // mW
}

// constants lists the parts with constant power; of GPUs without a rank on hosts
// with ranks there may be none.
func (s *simulation) constants() []constant {
	host, hosts := s.job.Host, int64(len(s.plan.hostID))
	list := []constant{{"host", hosts * host.BasePower()}, {"nic", hosts * host.NICPower()}, {"switch", s.switches}}
	if spare := hosts*int64(host.GPUs) - int64(len(s.job.Role)); spare > 0 {
		list = append(list, constant{"spare gpu", spare * int64(s.idle)})
	}
	return list
}

// meter integrates a power from time 0 on: a series without its bins.
type meter struct {
	value, peak int64 // mW; the peak held for a non-zero time
	since       engine.Time
	energy      engine.Total // mW·ns, up to since
}

// set changes the power from now on.
func (m *meter) set(now engine.Time, value int64) {
	if now != m.since {
		m.peak = max(m.peak, m.value)
		m.energy.AddProduct(uint64(m.value), uint64(now.Sub(m.since)))
		m.since = now
	}
	m.value = value
}

// setMains puts in force what all hosts draw from the mains, beside the switches.
func (s *simulation) setMains(now engine.Time) {
	value := s.supplies.TotalInput() + s.switches
	s.total.Add(now, value-s.mains.value)
	s.mains.set(now, value)
}

// partsUntil returns the energy of every part but the GPUs with ranks up to now,
// when the books are closed: what no other has taken is lost in supplies.
func (s *simulation) partsUntil(now engine.Time) []Part {
	s.mains.set(now, s.mains.value)
	loss := s.mains.energy
	for _, e := range s.booksOf(s.stays).buckets.Energy {
		loss.SubTotal(e)
	}
	var parts []Part
	for _, c := range s.constants() {
		var e engine.Total
		e.AddProduct(uint64(c.power), uint64(now))
		parts = append(parts, Part{c.name, e})
		loss.SubTotal(e)
	}
	return append(parts, Part{"supply loss", loss})
}
