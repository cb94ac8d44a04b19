package network

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// The tiers of links.
const (
	tierNVLink uint8 = iota
	tierNIC
	tierLeaf
)

// The links of a GPU come together, so that a group's links are near each other.
const (
	nvlinkUp int32 = iota
	nvlinkDown
	nicUp
	nicDown
	linksPerGPU
)

// The links of a leaf switch to the spine.
const (
	leafUp int32 = iota
	leafDown
	linksPerLeaf
)

var gpuLinks = [linksPerGPU]string{"nvlink_up", "nvlink_down", "nic_up", "nic_down"}
var leafLinks = [linksPerLeaf]string{"leaf_up", "leaf_down"}

// Topology is the links of a machine: four for each GPU (NVLink and NIC, up is
// away from the GPU) and two for each leaf switch. GPU g is number
// g mod gpusPerHost of host g / gpusPerHost, and its NIC is on the rail of that
// number. Leaf p·gpusPerHost + r connects rail r of pod p.
type Topology struct {
	Capacity []int64 // per link, bytes/s
	Tier     []uint8 // per link, index into Tiers
	Tiers    []string

	GPUs, GPUsPerHost, HostsPerPod int
}

// Build returns the links of that many hosts. Capacities are rounded to whole
// bytes/s and bounded by MaxCapacity. It panics on parameters that Check
// refuses or on no GPU at all.
func (f *Fabric) Build(hosts, gpusPerHost int) *Topology {
	if err := f.Check(); err != nil {
		panic(err)
	}
	if hosts < 1 || gpusPerHost < 1 {
		panic(fmt.Sprintf("network: Build(%d hosts, %d GPUs each)", hosts, gpusPerHost))
	}
	gpus := hosts * gpusPerHost
	leaves := ceilDiv(hosts, f.HostsPerPod) * gpusPerHost
	links := gpus*int(linksPerGPU) + leaves*int(linksPerLeaf)
	t := &Topology{
		Capacity: make([]int64, 0, links), Tier: make([]uint8, 0, links),
		Tiers: []string{"nvlink", "nic", "leaf"},
		GPUs:  gpus, GPUsPerHost: gpusPerHost, HostsPerPod: f.HostsPerPod,
	}
	nvlink, nic, leaf := wholeRate(f.nvlink()), wholeRate(f.nic()), wholeRate(f.leaf())
	for range gpus {
		t.Capacity = append(t.Capacity, nvlink, nvlink, nic, nic)
		t.Tier = append(t.Tier, tierNVLink, tierNVLink, tierNIC, tierNIC)
	}
	for range leaves {
		t.Capacity = append(t.Capacity, leaf, leaf)
		t.Tier = append(t.Tier, tierLeaf, tierLeaf)
	}
	return t
}

// wholeRate rounds a rate to a capacity.
func wholeRate(bytesPerSecond float64) int64 {
	return int64(max(1, min(math.Round(bytesPerSecond), MaxCapacity)))
}

// Links returns the number of links.
func (t *Topology) Links() int { return len(t.Capacity) }

// Leaves returns the number of leaf switches (a pod's rail is one).
func (t *Topology) Leaves() int { return (t.Links() - t.GPUs*int(linksPerGPU)) / int(linksPerLeaf) }

// HostLinks returns the links of the GPUs of a host, for whoever degrades it.
func (t *Topology) HostLinks(host int32) []int32 {
	per := int32(t.GPUsPerHost) * linksPerGPU
	links := make([]int32, per)
	for i := range links {
		links[i] = host*per + int32(i)
	}
	return links
}

// Bisection returns the bytes/s, per direction, between the two halves of the
// machine, cut where it is thinnest between pods (or hosts, within one pod).
func (t *Topology) Bisection() int64 {
	hosts := t.GPUs / t.GPUsPerHost
	if pods := ceilDiv(hosts, t.HostsPerPod); pods > 1 {
		return int64(pods/2*t.GPUsPerHost) * t.Capacity[t.leafLink(0, leafUp)]
	}
	return int64(hosts/2*t.GPUsPerHost) * t.Capacity[nicUp]
}

// LinkName returns the name of a link: "nic_up[17]" for that of GPU 17,
// "leaf_down[9]" for that of leaf 9.
func (t *Topology) LinkName(l int32) string {
	name, index := "", l/linksPerGPU
	if gpu := int32(t.GPUs) * linksPerGPU; l < gpu {
		name = gpuLinks[l%linksPerGPU]
	} else {
		name, index = leafLinks[(l-gpu)%linksPerLeaf], (l-gpu)/linksPerLeaf
	}
	return name + "[" + strconv.Itoa(int(index)) + "]"
}

// LinkByName is the inverse of LinkName; ok is false when there is no such link.
func (t *Topology) LinkByName(name string) (l int32, ok bool) {
	kind, rest, _ := strings.Cut(name, "[")
	digits, closed := strings.CutSuffix(rest, "]")
	i, err := strconv.ParseUint(digits, 10, 31)
	if err != nil || !closed || digits != strconv.FormatUint(i, 10) {
		return 0, false
	}
	for k, n := range gpuLinks {
		if n == kind && int(i) < t.GPUs {
			return t.gpuLink(int32(i), int32(k)), true
		}
	}
	for k, n := range leafLinks {
		if n == kind && int(i) < t.Leaves() {
			return t.leafLink(int32(i), int32(k)), true
		}
	}
	return 0, false
}

func (t *Topology) gpuLink(gpu, kind int32) int32 { return gpu*linksPerGPU + kind }

func (t *Topology) leafLink(leaf, kind int32) int32 {
	return int32(t.GPUs)*linksPerGPU + leaf*linksPerLeaf + kind
}

// host returns the host of a GPU.
func (t *Topology) host(gpu int32) int32 { return gpu / int32(t.GPUsPerHost) }

// pod returns the pod of a GPU.
func (t *Topology) pod(gpu int32) int32 { return t.host(gpu) / int32(t.HostsPerPod) }

// leaf returns the leaf switch of a GPU's NIC.
func (t *Topology) leaf(gpu int32) int32 {
	return t.pod(gpu)*int32(t.GPUsPerHost) + gpu%int32(t.GPUsPerHost)
}
