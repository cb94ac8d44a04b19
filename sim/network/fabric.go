package network

// Fabric describes the interconnect: an NVSwitch domain per host and a
// rail-optimised fat tree with a NIC per GPU. See sim/scenario/presets/network.
type Fabric struct {
	Name string
	// … NVLink and NIC bandwidth, efficiencies, latencies, pod size, oversubscription, switch power
}
