package main

import (
	"strings"

	"trainsim/sim/engine"
	"trainsim/sim/network"
)

// parameter is a free parameter of a fit, searched between from and to.
type parameter struct {
	name     string
	unit     string
	from, to float64
	set      func(f *network.Fabric, v float64)
	get      func(f *network.Fabric) float64
}

func number(name string, from, to float64, field func(f *network.Fabric) *float64) parameter {
	return parameter{name, "", from, to,
		func(f *network.Fabric, v float64) { *field(f) = v },
		func(f *network.Fabric) float64 { return *field(f) }}
}

func micros(name string, from, to float64, field func(f *network.Fabric) *engine.Duration) parameter {
	return parameter{name, "us", from, to,
		func(f *network.Fabric, v float64) { *field(f) = engine.FromSeconds(v / 1e6) },
		func(f *network.Fabric) float64 { return field(f).Seconds() * 1e6 }}
}

var (
	nvlinkEfficiency = number("nvlink_efficiency", 0.6, 1, func(f *network.Fabric) *float64 { return &f.NVLinkEfficiency })
	nvlinkLLShare    = number("nvlink_ll_share", 0.02, 0.5, func(f *network.Fabric) *float64 { return &f.NVLinkLLShare })
	inSwitch         = number("in_switch_efficiency", 0.4, 0.9, func(f *network.Fabric) *float64 { return &f.InSwitchEfficiency })
	drain            = number("drain_steps", 0, 1, func(f *network.Fabric) *float64 { return &f.DrainSteps })
	nicEfficiency    = number("nic_efficiency", 0.6, 1, func(f *network.Fabric) *float64 { return &f.NICEfficiency })
	nvlinkLatency    = micros("nvlink_latency", 0, 10, func(f *network.Fabric) *engine.Duration { return &f.NVLinkLatency })
	nvlinkLLLatency  = micros("nvlink_ll_latency", 0.3, 1.5, func(f *network.Fabric) *engine.Duration { return &f.NVLinkLLLatency })
	inSwitchLatency  = micros("in_switch_latency", 0, 60, func(f *network.Fabric) *engine.Duration { return &f.InSwitchLatency })
	fixed            = micros("fixed_latency", 5, 60, func(f *network.Fabric) *engine.Duration { return &f.FixedLatency })
	ramp             = micros("ramp_time", 0, 100, func(f *network.Fabric) *engine.Duration { return &f.RampTime })
	nicLatency       = micros("nic_latency", 0, 200, func(f *network.Fabric) *engine.Duration { return &f.NICLatency })
	nicLLLatency     = micros("nic_ll_latency", 0, 100, func(f *network.Fabric) *engine.Duration { return &f.NICLLLatency })
)

// The parameters of collectives other than all-reduce, and of NICs.
var (
	gather       = number("gather_efficiency", 0.3, 1, func(f *network.Fabric) *float64 { return &f.GatherEfficiency })
	scatter      = micros("scatter_latency", 0, 200, func(f *network.Fabric) *engine.Duration { return &f.ScatterLatency })
	pairs        = number("all_to_all_efficiency", 0.3, 1, func(f *network.Fabric) *float64 { return &f.PairEfficiency })
	pairsNIC     = number("nic_all_to_all_efficiency", 0.3, 1, func(f *network.Fabric) *float64 { return &f.PairNICShare })
	pairLatency  = micros("all_to_all_latency", 0.001, 100, func(f *network.Fabric) *engine.Duration { return &f.PairLatency })
	nicRamp      = micros("nic_ramp_time", 0, 1000, func(f *network.Fabric) *engine.Duration { return &f.NICRampTime })
	nicRampLimit = micros("nic_ramp_limit", 1, 3000, func(f *network.Fabric) *engine.Duration { return &f.NICRampLimit })
	socket       = number("socket_bandwidth", 5e9, 40e9, func(f *network.Fabric) *float64 { return &f.SocketBandwidth })
	socketShare  = number("socket_efficiency", 0.2, 1, func(f *network.Fabric) *float64 { return &f.SocketEfficiency })
)

// system is a fabric to fit: what is given, what is free, and its rows.
type system struct {
	name  string
	base  network.Fabric
	free  []parameter
	match func(r row) bool
}

// one completes a fabric with one pod of hosts, whose sends are as rings.
func one(f network.Fabric) network.Fabric {
	f.SendEfficiency, f.HostsPerPod, f.Oversubscription, f.SwitchPorts = 1, 1000, 1, 64
	return f
}

// What is given: wire rates, and for NVLink 4 the ring step of NVLink 3, since
// all its published curves reduce in the switch.
var (
	nvlink3 = one(network.Fabric{NVLinkBandwidth: 300e9, NICBandwidth: 25e9, NICEfficiency: 0.96})
	nvlink4 = one(network.Fabric{NVLinkBandwidth: 450e9, NVLinkLatency: 2800, NICBandwidth: 50e9, NICEfficiency: 0.95})
	nvlink5 = one(network.Fabric{NVLinkBandwidth: 900e9, NICBandwidth: 50e9, NICEfficiency: 0.95})
	nvlink2 = one(network.Fabric{NVLinkBandwidth: 150e9, NICBandwidth: 12.5e9, NICEfficiency: 0.95, Mesh: "hybrid_cube"})
	xgmi    = one(network.Fabric{NVLinkBandwidth: 448e9, NICBandwidth: 50e9, NICEfficiency: 0.95, Mesh: "full"})
	pcie4   = one(network.Fabric{NVLinkBandwidth: 31.5e9, NVLinkEfficiency: 0.66, NICBandwidth: 3.125e9, NICEfficiency: 0.95, SocketGPUs: 4})
)

// within are the parameters of a fabric inside a host.
func within(more ...parameter) []parameter {
	return append([]parameter{nvlinkEfficiency, nvlinkLLLatency, nvlinkLLShare, fixed}, more...)
}

// between are the parameters of a fabric between hosts, fitted on top of the
// part within.
var between = []parameter{nicEfficiency, nicLatency, nicLLLatency}

// over returns the fabric in a host with other NICs.
func over(f network.Fabric, nic float64) network.Fabric {
	f.NICBandwidth = nic
	return f
}

func oneHost(part string) func(r row) bool {
	return func(r row) bool { return r.hosts == 1 && strings.HasPrefix(r.gpu, part) }
}

func hosts(part, inter string, n int) func(r row) bool {
	return func(r row) bool {
		return r.hosts == n && strings.HasPrefix(r.gpu, part) && strings.HasPrefix(r.inter, inter)
	}
}

// reduces and exchanges are the all-reduces, and the all-to-alls, of a match.
func reduces(match func(r row) bool) func(r row) bool {
	return func(r row) bool { return r.kind == network.AllReduce && match(r) }
}

func exchanges(match func(r row) bool) func(r row) bool {
	return func(r row) bool { return r.kind == network.AllToAll && match(r) }
}

// inside lists the fabrics within a host.
var inside = []system{
	{"nvlink3", nvlink3, within(nvlinkLatency, drain, pairs), oneHost("A100")},
	{"nvlink4", nvlink4, within(inSwitch, inSwitchLatency, ramp, pairs), oneHost("H100")},
	{"nvlink5", nvlink5, within(nvlinkLatency, drain, inSwitch, inSwitchLatency, ramp, gather, pairs, pairLatency), func(r row) bool {
		return oneHost("B200")(r) || oneHost("8x B200")(r)
	}},
	{"nvlink2", nvlink2, []parameter{nvlinkEfficiency, fixed, nvlinkLatency, drain, nvlinkLLLatency, nvlinkLLShare}, oneHost("V100")},
	{"xgmi", xgmi, []parameter{nvlinkEfficiency}, oneHost("MI300X")},
	{"pcie4", pcie4, []parameter{fixed, nvlinkLatency, nvlinkEfficiency, gather, scatter, pairs, pairLatency, socket, socketShare}, oneHost("8x A100-PCIe")},
}

// outside lists the fabrics between hosts, given the fitted ones within. The
// InfiniBand steps come from the one published curve over several hosts: it
// names no part, but its plateau of 92 GB/s is that of eight rails of 100 Gb/s.
func outside(fitted []*network.Fabric) []system {
	// What EFA adds is fitted on top of the preset of NVLink 4, which is older.
	efa := over(*fitted[1], 50e9)
	efa.NVLinkEfficiency, efa.NVLinkLLLatency, efa.NVLinkLLShare, efa.FixedLatency = 0.823, 780, 0.367, 5500
	efa.InSwitchEfficiency, efa.InSwitchLatency, efa.RampTime = 0.705, 16_300, 28_200
	efa.NICEfficiency = 0.916 // as efa400: two hosts of H100 are bound by NVLink
	return []system{
		{"infiniband (steps)", over(*fitted[0], 12.5e9), between, hosts("not stated", "", 4)},
		{"hdr200", over(*fitted[0], 25e9), between[:1], reduces(hosts("A100 (DGX)", "200", 4))},
		{"ndr400", over(*fitted[1], 50e9), between[:1], reduces(hosts("H100 (DGX)", "400", 4))},
		{"hdr200 all-to-all", over(*fitted[0], 25e9), []parameter{pairsNIC}, exchanges(hosts("A100 (DGX)", "200", 4))},
		{"ndr400 all-to-all", over(*fitted[1], 50e9), []parameter{pairsNIC}, exchanges(hosts("H100 (DGX)", "400", 4))},
		{"efa400 (p4de)", over(*fitted[0], 6.25e9), append(between[:3:3], nicRamp, nicRampLimit), hosts("A100", "50 (EFA", 2)},
		{"efa3200 (p5)", efa, []parameter{nicLatency, nicLLLatency, nicRamp, nicRampLimit}, hosts("H100", "400 (EFA", 2)},
	}
}
