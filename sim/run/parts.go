package run

// spread is how the parts of a kind are spread over the hosts: each holder, a host or
// a rack or pod of hosts, has an equal share, in order.
type spread struct {
	parts   int64
	inSlots int64 // the first of them, on hosts that begin in slots
	holders int64
	each    int64 // hosts of a holder
}

// hosts returns how many hosts there are.
func (m *Machine) hosts() int32 { return m.Slots + m.Spares }

// Domain returns how many hosts a failure takes.
func (m *Machine) Domain(s Scope) int32 {
	switch {
	case s == TakesRack:
		return max(m.HostsPerRack, 1)
	case s < TakesRack:
		return 1
	}
	if n := [...]int32{TakesPod: m.HostsPerPod, TakesRow: m.HostsPerRow, TakesUPS: m.HostsPerUPS, TakesSite: 0}[s]; n > 0 {
		return n
	}
	return m.hosts()
}

// spread spreads parts over hosts or, where there are fewer parts than hosts, over
// what their failure takes: those of a rack's power are one for each rack.
func (m *Machine) spread(parts int64, scope Scope) spread {
	s := spread{parts: parts, each: 1}
	if parts < int64(m.hosts()) {
		s.each = int64(m.Domain(scope))
	}
	s.holders = ceilDiv(int64(m.hosts()), s.each)
	s.inSlots = ceilDiv(parts*ceilDiv(int64(m.Slots), s.each), s.holders)
	return s
}

func ceilDiv(a, b int64) int64 { return (a + b - 1) / b }

// host returns the host, or the first of them, that holds a part.
func (s *spread) host(part int64) int32 { return int32(part * s.holders / s.parts * s.each) }

// of returns the parts of a process, as arrivals number them: the first one and how
// many.
func (s *spread) of(process int32) (first, n int64) {
	if process%2 == 0 {
		return 0, s.inSlots
	}
	return s.inSlots, s.parts - s.inSlots
}
