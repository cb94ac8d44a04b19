package network

import (
	"fmt"
	"math"

	"trainsim/sim/engine"
)

// Fabric describes the interconnect: by default an NVSwitch domain per host and
// a rail-optimised fat tree with a NIC per GPU. See sim/scenario/presets/network.
//
// A link's capacity is its wire rate times the efficiency of its tier: what a
// ring all-reduce of very many bytes gets out of it. Every other parameter
// belongs to the fabric, never to a number of GPUs.
type Fabric struct {
	Name string `toml:"name" default:"" help:"name shown in titles"`

	NVLinkBandwidth  float64         `toml:"nvlink_bandwidth" unit:"bandwidth" range:"(0,)" help:"NVLink wire rate of a GPU, per direction"`
	NVLinkEfficiency float64         `toml:"nvlink_efficiency" unit:"ratio" range:"(0,1]" default:"1" help:"share of the NVLink wire rate that large ring collectives reach"`
	NVLinkLatency    engine.Duration `toml:"nvlink_latency" unit:"duration" range:"[0,)" default:"0 s" help:"time of one ring step between GPUs of a host beside its bytes (NCCL protocol Simple)"`
	NVLinkLLLatency  engine.Duration `toml:"nvlink_ll_latency" unit:"duration" range:"[0,)" default:"0 s" help:"the same for NCCL protocol LL, which small messages use"`
	NVLinkLLShare    float64         `toml:"nvlink_ll_share" unit:"ratio" range:"[0,1]" default:"0" help:"share of the link capacity that protocol LL reaches; 0: no LL"`

	InSwitchEfficiency float64         `toml:"in_switch_efficiency" unit:"ratio" range:"[0,1]" default:"0" help:"share of the NVLink wire rate that in-switch reduction (NVLS) reaches; 0: switches do not reduce"`
	InSwitchLatency    engine.Duration `toml:"in_switch_latency" unit:"duration" range:"[0,)" default:"0 s" help:"latency of an in-switch all-reduce beside the fixed one"`

	NICBandwidth   float64         `toml:"nic_bandwidth" unit:"bandwidth" range:"(0,)" help:"wire rate of the NIC of a GPU, per direction"`
	NICEfficiency  float64         `toml:"nic_efficiency" unit:"ratio" range:"(0,1]" default:"1" help:"share of the NIC wire rate that large ring collectives reach"`
	NICLatency     engine.Duration `toml:"nic_latency" unit:"duration" range:"[0,)" default:"0 s" help:"time of one ring or tree step between hosts beside its bytes (Simple)"`
	NICLLLatency   engine.Duration `toml:"nic_ll_latency" unit:"duration" range:"[0,)" default:"0 s" help:"the same for protocol LL"`
	SpineLatency   engine.Duration `toml:"spine_latency" unit:"duration" range:"[0,)" default:"0 s" help:"more time for a step that crosses the spine"`
	SendEfficiency float64         `toml:"send_efficiency" unit:"ratio" range:"(0,1]" default:"1" help:"share of the NIC wire rate that one send to another host reaches"`

	FixedLatency engine.Duration `toml:"fixed_latency" unit:"duration" range:"[0,)" default:"0 s" help:"launch and synchronisation of a collective, whatever its size"`
	SendLatency  engine.Duration `toml:"send_latency" unit:"duration" range:"[0,)" default:"0 s" help:"launch and handshake of a send"`
	DrainSteps   float64         `toml:"drain_steps" unit:"" range:"[0,)" default:"0" help:"ring steps' worth of bytes exposed while the rings of a large collective fill and drain"`
	RampTime     engine.Duration `toml:"ramp_time" unit:"duration" range:"[0,)" default:"0 s" help:"τ of the pipelining loss √(τ·transfer time) of in-switch collectives"`

	Algorithm        string          `toml:"algorithm" range:"auto|ring|tree|nvls|hierarchical|pairwise" default:"auto" help:"collective algorithm; auto: the one of least predicted time, as NCCL's tuner picks it; a forced one is for the collectives and groups that have it"`
	Protocol         string          `toml:"protocol" range:"auto|simple|ll|ll128" default:"auto" help:"NCCL protocol; auto: the one of least predicted time"`
	LL128Share       float64         `toml:"ll128_share" unit:"ratio" range:"[0,1]" default:"0" help:"share of the link capacity that NCCL protocol LL128 reaches; 0: no LL128"`
	NVLinkLL128Step  engine.Duration `toml:"nvlink_ll128_latency" unit:"duration" range:"[0,)" default:"0 s" help:"time of one step between GPUs of a host beside its bytes (LL128)"`
	NICLL128Step     engine.Duration `toml:"nic_ll128_latency" unit:"duration" range:"[0,)" default:"0 s" help:"time of one step between hosts beside its bytes (LL128)"`
	GatherEfficiency float64         `toml:"gather_efficiency" unit:"ratio" range:"[0,1]" default:"0" help:"share of the NVLink wire rate that large all-gathers and reduce-scatters reach; 0: as ring all-reduces"`
	ScatterLatency   engine.Duration `toml:"scatter_latency" unit:"duration" range:"[0,)" default:"0 s" help:"more time for a reduce-scatter, whatever its size"`
	PairEfficiency   float64         `toml:"all_to_all_efficiency" unit:"ratio" range:"[0,1]" default:"0" help:"share of the NVLink wire rate that large all-to-alls reach; 0: as ring all-reduces"`
	PairNICShare     float64         `toml:"nic_all_to_all_efficiency" unit:"ratio" range:"[0,1]" default:"0" help:"share of the NIC wire rate that large all-to-alls reach; 0: as ring all-reduces"`
	PairLatency      engine.Duration `toml:"all_to_all_latency" unit:"duration" range:"[0,)" default:"0 s" help:"time of the sends of an all-to-all in a host beside their bytes, which run side by side; 0: as ring steps"`
	NICRampTime      engine.Duration `toml:"nic_ramp_time" unit:"duration" range:"[0,)" default:"0 s" help:"τ of the pipelining loss √(τ·transfer time) of collectives across hosts (Simple)"`
	NICRampLimit     engine.Duration `toml:"nic_ramp_limit" unit:"duration" range:"[0,)" default:"0 s" help:"longest such loss, where chunks have reached the size of their buffers; 0: no limit"`
	SocketGPUs       int             `toml:"socket_gpus" range:"[0,)" default:"0" help:"GPUs of a host that hang on one CPU socket; 0: all of them, or NVLink joins them"`
	SocketBandwidth  float64         `toml:"socket_bandwidth" unit:"bandwidth" range:"[0,)" default:"0 B/s" help:"what the GPUs of a socket together send to the other, per direction"`
	SocketEfficiency float64         `toml:"socket_efficiency" unit:"ratio" range:"[0,1]" default:"1" help:"share of socket_bandwidth that one ring reaches"`
	Mesh             string          `toml:"mesh" range:"none|hybrid_cube|full" default:"none" help:"GPUs of a host joined by links instead of a switch, which rings must be found in: the hybrid cube mesh of eight V100, or all pairs; nvlink_bandwidth is that of all links of a GPU"`

	Topology    string          `toml:"topology" range:"rail|fat-tree|torus|dragonfly|graph" default:"rail" help:"rail: NIC i of every host on leaf i of its pod; fat-tree: all NICs of a host on one leaf; torus and dragonfly: direct networks; graph: the links of [[network.link]]"`
	Routing     string          `toml:"routing" range:"spray|ecmp" default:"spray" help:"spray: parallel paths share evenly and count as one link; ecmp: each uplink is a link, and a flow takes one by its hash"`
	RoutingSeed int64           `toml:"routing_seed" range:"[0,)" default:"1" help:"seed of the hash of ecmp"`
	DeadLinks   []string        `toml:"dead_links" help:"links that are dead from the start, such as leaf_up[3]; traffic takes another path"`
	RerouteTime engine.Duration `toml:"reroute_time" unit:"duration" range:"[0,31536000]" default:"4 ms" help:"how long a link has to be dead until traffic takes another path, and back until it returns; a shorter flap only stalls it"`
	LossWindow  int             `toml:"loss_window" range:"[1,1000000]" default:"1" help:"packets in flight that a lossy link sends again with one that is lost (go-back-N, as RoCE NICs do); 1: only that one"`

	NICsPerHost       int     `toml:"nics_per_host" range:"[0,)" default:"0" help:"NICs of a host that training uses, a multiple or a divisor of its GPUs; 0: one per GPU"`
	Rails             int     `toml:"rails" range:"[0,)" default:"0" help:"rails of topology rail, a divisor of the NICs of a host; 0: one per NIC. Of a dragonfly the routers that the NICs of a host are spread over; 0: all on one"`
	GPUsPerPCIeSwitch int     `toml:"gpus_per_pcie_switch" range:"[0,)" default:"0" help:"GPUs under one PCIe switch, which hangs on the root; 0: GPUs are joined by NVLink. Keys named nvlink are those of the PCIe link of a GPU"`
	PCIeRootBandwidth float64 `toml:"pcie_root_bandwidth" unit:"bandwidth" range:"[0,)" default:"0 B/s" help:"wire rate between a PCIe switch and the root, per direction; 0: that of a GPU"`

	HostsPerPod           int     `toml:"hosts_per_pod" unit:"" range:"[1,)" default:"32" help:"hosts under one set of leaf switches: a leaf per rail, or one leaf of a fat-tree"`
	Oversubscription      float64 `toml:"oversubscription" unit:"" range:"[1,)" default:"1" help:"bandwidth down from a leaf over bandwidth up to the spine"`
	PodsPerSpine          int     `toml:"pods_per_spine" range:"[0,)" default:"0" help:"pods under one set of spine switches, which a core joins; 0: all, there is no core"`
	SpineOversubscription float64 `toml:"spine_oversubscription" range:"[1,)" default:"1" help:"bandwidth down from a set of spines over bandwidth up to the core"`

	Dims           []int   `toml:"dims" range:"[1,)" help:"hosts along each dimension of a torus, up to three; their product is the hosts of the machine"`
	Groups         int     `toml:"groups" range:"[0,)" default:"0" help:"groups of a dragonfly, each pair joined by global links"`
	RoutersPer     int     `toml:"routers_per_group" range:"[0,)" default:"0" help:"routers of a group of a dragonfly, each pair joined by a link"`
	HostsPerRouter int     `toml:"hosts_per_router" range:"[0,)" default:"0" help:"hosts on a router of a dragonfly"`
	GlobalLinks    int     `toml:"global_links" range:"[1,)" default:"1" help:"links between two groups of a dragonfly"`
	LinkBandwidth  float64 `toml:"link_bandwidth" unit:"bandwidth" range:"[0,)" default:"0 B/s" help:"wire rate of a link of a torus or between routers, per direction; 0: that of the NICs of a host, or of a NIC"`

	Link []Link `toml:"link" help:"the links of a graph, each in both directions; one section [[network.link]] for each"`

	SwitchPorts int     `toml:"switch_ports" unit:"" range:"[2,)" default:"64" help:"ports of a switch, each at the NIC rate"`
	SwitchPower float64 `toml:"switch_power" unit:"power" range:"[0,)" default:"0 W" help:"power of one switch"`
}

// Check tells what is wrong with the parameters.
func (f *Fabric) Check() error {
	for _, p := range []struct {
		key string
		ok  bool
		v   float64
	}{
		{"nvlink_bandwidth", positive(f.NVLinkBandwidth), f.NVLinkBandwidth},
		{"nic_bandwidth", positive(f.NICBandwidth), f.NICBandwidth},
		{"nvlink_efficiency", share(f.NVLinkEfficiency), f.NVLinkEfficiency},
		{"nic_efficiency", share(f.NICEfficiency), f.NICEfficiency},
		{"send_efficiency", share(f.SendEfficiency), f.SendEfficiency},
		{"hosts_per_pod", f.HostsPerPod >= 1, float64(f.HostsPerPod)},
		{"oversubscription", f.Oversubscription >= 1 && !math.IsInf(f.Oversubscription, 0), f.Oversubscription},
		{"switch_ports", f.SwitchPorts >= 2, float64(f.SwitchPorts)},
		{"pods_per_spine", f.PodsPerSpine >= 0, float64(f.PodsPerSpine)},
		{"spine_oversubscription", f.SpineOversubscription == 0 || f.SpineOversubscription >= 1 && !math.IsInf(f.SpineOversubscription, 0), f.SpineOversubscription},
		{"nics_per_host", f.NICsPerHost >= 0, float64(f.NICsPerHost)},
		{"rails", f.Rails >= 0, float64(f.Rails)},
		{"gpus_per_pcie_switch", f.GPUsPerPCIeSwitch >= 0, float64(f.GPUsPerPCIeSwitch)},
		{"pcie_root_bandwidth", f.PCIeRootBandwidth == 0 || positive(f.PCIeRootBandwidth), f.PCIeRootBandwidth},
		{"link_bandwidth", f.LinkBandwidth == 0 || positive(f.LinkBandwidth), f.LinkBandwidth},
	} {
		if !p.ok {
			return fmt.Errorf("network: %s = %v is out of range", p.key, p.v)
		}
	}
	return f.checkTuning()
}

func positive(x float64) bool { return x > 0 && !math.IsInf(x, 0) }
func share(x float64) bool    { return x > 0 && x <= 1 }

// nvlink returns the capacity of a GPU's NVLink in bytes/s per direction.
func (f *Fabric) nvlink() float64 { return f.NVLinkBandwidth * f.NVLinkEfficiency }

// nic returns the capacity of a NIC in bytes/s per direction.
func (f *Fabric) nic() float64 { return f.NICBandwidth * f.NICEfficiency }

func ceilDiv(a, b int) int { return (a + b - 1) / b }
