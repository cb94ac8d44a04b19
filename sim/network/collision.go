package network

// Collisions is how hashed routes pile up on the links of a network.
type Collisions struct {
	Links []LinkFlows // that carry any flow, by tier and link as in Topology
}

// LinkFlows is the flows over one link.
type LinkFlows struct {
	Link  int32
	Flows int   // of the plan, that cross it
	Load  int64 // Σ weight, WeightOne for each flow that crosses it whole
}

// Collisions counts the flows of a plan over each link between switches: those
// that are not of a GPU or a NIC. A link with more than one flow is a collision
// where another uplink of its switch has none. The plan is not a folded one.
func (t *Topology) Collisions(p *Plan) Collisions {
	flows, load := make([]int, t.Links()), make([]int64, t.Links())
	hops := p.Hops
	if len(p.Detours) > 0 {
		hops = hops[:p.First[p.Flows()]]
	}
	for _, h := range hops {
		if int(h.Link) < t.Links() {
			flows[h.Link]++
			load[h.Link] += int64(h.Weight)
		}
	}
	var c Collisions
	for l, n := range flows {
		if n > 0 && t.between(int32(l)) {
			c.Links = append(c.Links, LinkFlows{int32(l), n, load[l]})
		}
	}
	return c
}

// between tells whether a link is one between switches.
func (t *Topology) between(l int32) bool {
	return !t.inHost(l) && t.Tiers[t.Tier[l]] != "nic"
}

// Shared returns the number of links that several flows cross, and Most the
// largest number of flows over one.
func (c Collisions) Shared() (n int) {
	for _, l := range c.Links {
		if l.Flows > 1 {
			n++
		}
	}
	return n
}

// Most returns the largest number of flows over one link.
func (c Collisions) Most() (n int) {
	for _, l := range c.Links {
		n = max(n, l.Flows)
	}
	return n
}
