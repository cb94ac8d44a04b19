package network

import (
	"math"
	"strings"
)

// Switches returns how many switches that many hosts use: their ports over the
// ports of a switch, since the rest of a switch serves others; none for a host
// alone or on a torus. Every NIC takes a port of a leaf; beyond a pod its share
// of an uplink takes one more of the leaf and one of a spine, and where spines
// are joined by a core, or there are more leaves than a spine has ports, two
// more up to the core. The routers of a dragonfly and the switches of a graph
// are counted whole.
func (f *Fabric) Switches(hosts, gpusPerHost int) float64 {
	if hosts < 2 {
		return 0
	}
	switch f.Topology {
	case torusTopology:
		return 0
	case dragonflyTopology:
		set := max(1, f.Rails)
		return float64(ceilDiv(hosts, f.HostsPerRouter*set) * set)
	case graphTopology:
		return float64(f.switchNames())
	}
	nics := f.nicsPerHost(gpusPerHost)
	ports := float64(hosts * nics)
	up := ports / f.Oversubscription
	pods := ceilDiv(hosts, f.HostsPerPod)
	switch {
	case pods > 1 && f.PodsPerSpine > 0:
		ports += 2 * up
		if pods > f.PodsPerSpine {
			ports += 2 * up / f.spineOversubscription()
		}
	case pods > 1:
		leaves := pods * f.leavesPerPod(gpusPerHost)
		down := f.HostsPerPod * nics / f.leavesPerPod(gpusPerHost)
		leaves *= ceilDiv(down+int(math.Ceil(float64(down)/f.Oversubscription)), f.SwitchPorts)
		ports += 2 * up
		if leaves > f.SwitchPorts {
			ports += 2 * up
		}
	}
	return ports / float64(f.SwitchPorts)
}

// switchNames returns how many names of a graph are those of switches.
func (f *Fabric) switchNames() int {
	names := map[string]bool{}
	for _, l := range f.Link {
		for _, name := range []string{l.From, l.To} {
			if !strings.HasPrefix(name, "gpu[") && !strings.HasPrefix(name, "nic[") {
				names[name] = true
			}
		}
	}
	return len(names)
}
