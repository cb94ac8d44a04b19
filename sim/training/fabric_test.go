package training

import (
	"trainsim/sim/cluster"
	"trainsim/sim/engine"
	"trainsim/sim/network"
)

func testHost() *cluster.Host {
	return &cluster.Host{Name: "test", GPUs: 8, PowerBase: 1000, NICs: 8, PowerNIC: 25, Supplies: 6, SupplyRating: 3000, SupplyTier: "titanium"}
}

// idealFabric moves anything in the nanosecond that non-zero work takes.
func idealFabric() *network.Fabric {
	return &network.Fabric{Name: "ideal", NVLinkBandwidth: 1e14, NVLinkEfficiency: 1, NICBandwidth: 1e14, NICEfficiency: 1, SendEfficiency: 1,
		HostsPerPod: 32, Oversubscription: 1, SwitchPorts: 64}
}

// realFabric has the order of magnitude of a DGX A100 cluster.
func realFabric() *network.Fabric {
	return &network.Fabric{Name: "test", NVLinkBandwidth: 300e9, NVLinkEfficiency: 0.8, NVLinkLatency: 6 * engine.Microsecond,
		NICBandwidth: 25e9, NICEfficiency: 0.9, NICLatency: 15 * engine.Microsecond, SendEfficiency: 0.8, SendLatency: 10 * engine.Microsecond,
		HostsPerPod: 32, Oversubscription: 1, SwitchPorts: 40, SwitchPower: 400}
}
