package network

// classRate is what one flow of a class reaches without the others of its class,
// which the sole rate of the class allows for.
type classRate struct {
	rate    int64  // bytes/s, valid while version is current
	version uint32 // of capacities
	route   []Hop  // of each flow of the class, and wide links of some
}

// addClasses keeps the routes of a folded plan, whose steps hold the loads of
// whole classes.
func (n *Network) addClasses(p *Plan) {
	if p.FlowCount == nil {
		return
	}
	n.classes = make([]classRate, p.Routes())
	for r := range n.classes {
		n.classes[r].route = p.Hops[p.First[r]:p.First[r+1]]
	}
}

// Alone returns the bytes/s that flow f reaches when it has its links, as they
// are now, for itself; where it is a class, without the others of the class.
func (n *Network) Alone(f int32) int64 {
	if n.classes != nil {
		return n.aloneInClass(&n.classes[n.route[f]])
	}
	w := &n.flows[f]
	if w.version != n.version {
		w.version, w.sole = n.version, n.soleRate(n.stepsOf(f))
	}
	return w.sole
}

// aloneInClass is the rate of a flow that crosses each link by itself. Wide links
// need not be left out: they bound no rate.
func (n *Network) aloneInClass(c *classRate) int64 {
	if c.version != n.version {
		c.version, c.rate = n.version, int64(MaxCapacity)*WeightOne
		for _, h := range c.route {
			c.rate = min(c.rate, n.links[h.Link].capacity/int64(h.Weight))
		}
	}
	return c.rate
}
