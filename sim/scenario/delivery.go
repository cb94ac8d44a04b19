package scenario

import (
	"cmp"
	"fmt"
	"slices"

	"trainsim/sim/engine"
	"trainsim/sim/run"
)

// Delivery is hosts that come during a long run.
type Delivery struct {
	Hosts int         `toml:"hosts" range:"[1,1000000]" help:"how many of the hosts of the job and its spares; the last ones come last"`
	After engine.Time `toml:"after" unit:"time" range:"(0,3153600000]" help:"so long after the start of the run, which begins with the hosts of no delivery"`
}

// Deliveries returns the hosts that come during the run, in the order in which they do.
func (c *Config) Deliveries() (list []run.Delivery) {
	for _, d := range c.Delivery {
		list = append(list, run.Delivery{At: d.After, Hosts: int32(d.Hosts)})
	}
	slices.SortStableFunc(list, func(a, b run.Delivery) int { return cmp.Compare(a.At, b.At) })
	return list
}

// Undelivered returns the share of so many seconds of all hosts of the run that
// passes before they are delivered.
func (c *Config) Undelivered(seconds float64) float64 {
	late := 0.0
	for _, d := range c.Delivery {
		late += float64(d.Hosts) * min(d.After.Seconds(), seconds)
	}
	return late / float64(c.runHosts()) / seconds
}

// checkDeliveries checks that there are so many hosts, and that the job can begin
// without some.
func (l *loader) checkDeliveries() {
	doc := &l.doc
	if len(doc.Delivery) == 0 {
		return
	}
	hosts, late := ceilDiv(doc.Layout.Ranks(), doc.Host.GPUs)+doc.Machine.Spares, 0
	for i := range doc.Delivery {
		if late += doc.Delivery[i].Hosts; late > hosts {
			l.report(fmt.Sprintf("delivery[%d].hosts", i), false, wrong("%d hosts are delivered, of %d in all", late, hosts).or("write fewer"))
			return
		}
	}
	if doc.Recovery.NoSpare != shrink && late > doc.Machine.Spares {
		l.report("delivery[0]", true, wrong("the job waits for all of its hosts").or(
			`let it begin with fewer replicas: recovery.strategy = "elastic" or "per-replica", or no_spare = "shrink"`))
	}
}
