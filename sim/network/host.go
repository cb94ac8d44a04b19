package network

import "fmt"

// pcie is the PCIe switches of hosts whose GPUs have no NVLink.
type pcie struct {
	gpus     int32 // under a switch; 0: there are none
	switches int32 // per host
	root     row
}

// nicsPerHost returns the NICs of a host.
func (f *Fabric) nicsPerHost(gpusPerHost int) int {
	if f.NICsPerHost == 0 {
		return gpusPerHost
	}
	return f.NICsPerHost
}

// joinHosts adds the links of the GPUs and NICs.
func (t *Topology) joinHosts(f *Fabric, hosts int) error {
	t.nics = f.nicsPerHost(t.GPUsPerHost)
	if t.nics%t.GPUsPerHost != 0 && t.GPUsPerHost%t.nics != 0 {
		return fmt.Errorf("network: nics_per_host = %d is neither a multiple nor a divisor of the %d GPUs of a host", t.nics, t.GPUsPerHost)
	}
	t.perGPU = max(1, t.nics/t.GPUsPerHost)
	gpu := pair("nvlink", "nvlink", f.nvlink())
	if f.GPUsPerPCIeSwitch > 0 {
		gpu = pair("pcie", "pcie", f.nvlink())
	}
	nic := pair("nic", "nic", f.nic())
	if t.nics == t.GPUsPerHost { // the links of a GPU come together, so that a group's are near each other
		first := t.add(t.GPUs, append(gpu, nic...)...)
		t.gpu, t.nic = row{first, 4}, row{first + 2, 4}
	} else {
		t.gpu = row{t.add(t.GPUs, gpu...), 2}
		t.nic = row{t.add(hosts*t.nics, nic...), 2}
	}
	if f.GPUsPerPCIeSwitch > 0 {
		t.joinPCIe(f, hosts)
	}
	return nil
}

// joinPCIe adds the links of the PCIe switches.
func (t *Topology) joinPCIe(f *Fabric, hosts int) {
	rate := f.nvlink()
	if f.PCIeRootBandwidth > 0 {
		rate = f.PCIeRootBandwidth * f.NVLinkEfficiency
	}
	t.pcie.gpus = int32(f.GPUsPerPCIeSwitch)
	t.pcie.switches = int32(ceilDiv(t.GPUsPerHost, f.GPUsPerPCIeSwitch))
	t.pcie.root = row{t.add(hosts*int(t.pcie.switches), pair("root", "root", rate)...), 2}
}

// pcieSwitch returns the PCIe switch of a GPU.
func (t *Topology) pcieSwitch(gpu int32) int32 {
	return t.host(gpu)*t.pcie.switches + gpu%int32(t.GPUsPerHost)/t.pcie.gpus
}

// nicOf returns NIC k of a GPU. GPUs that share NICs are neighbours.
func (t *Topology) nicOf(gpu int32, k int) int32 {
	local := gpu % int32(t.GPUsPerHost)
	if t.nics >= t.GPUsPerHost {
		return t.host(gpu)*int32(t.nics) + local*int32(t.perGPU) + int32(k)
	}
	return t.host(gpu)*int32(t.nics) + local/int32(t.GPUsPerHost/t.nics)
}

// gpuOf returns the first GPU of a NIC, under whose PCIe switch it is.
func (t *Topology) gpuOf(nic int32) int32 {
	local := nic % int32(t.nics)
	if t.nics >= t.GPUsPerHost {
		return t.nicHost(nic)*int32(t.GPUsPerHost) + local/int32(t.perGPU)
	}
	return t.nicHost(nic)*int32(t.GPUsPerHost) + local*int32(t.GPUsPerHost/t.nics)
}

// within appends the links from one GPU to another of its host.
func (t *Topology) within(out []crossing, a, b int32, amount uint64) []crossing {
	out = append(out, crossing{t.gpu.up(a), amount})
	out = t.overRoot(out, a, b, amount)
	return append(out, crossing{t.gpu.down(b), amount})
}

// overRoot appends the links between the PCIe switches of two GPUs.
func (t *Topology) overRoot(out []crossing, a, b int32, amount uint64) []crossing {
	if t.pcie.gpus == 0 || t.pcieSwitch(a) == t.pcieSwitch(b) {
		return out
	}
	return append(out, crossing{t.pcie.root.up(t.pcieSwitch(a)), amount}, crossing{t.pcie.root.down(t.pcieSwitch(b)), amount})
}

// leave appends the links from a GPU out of its NIC k, which on PCIe share that
// of the GPU.
func (t *Topology) leave(out []crossing, gpu int32, k int, amount uint64) []crossing {
	nic := t.nicOf(gpu, k)
	if t.pcie.gpus > 0 {
		out = append(out, crossing{t.gpu.up(gpu), amount})
		out = t.overRoot(out, gpu, t.gpuOf(nic), amount)
	}
	return append(out, crossing{t.nic.up(nic), amount})
}

// enter is the way of leave backwards.
func (t *Topology) enter(out []crossing, gpu int32, k int, amount uint64) []crossing {
	nic := t.nicOf(gpu, k)
	out = append(out, crossing{t.nic.down(nic), amount})
	if t.pcie.gpus > 0 {
		out = t.overRoot(out, t.gpuOf(nic), gpu, amount)
		out = append(out, crossing{t.gpu.down(gpu), amount})
	}
	return out
}
