package cluster

// Communication on a GPU and the kernels beside it take from each other:
//
//   - Its thread blocks hold SMs from the moment it is posted, so a kernel that
//     SMs bind runs on what is left, in more waves of tiles (Without). A message to
//     another host has few: NCCL gives each peer over the network two channels, one
//     thread block each (ncclTopoGetNchannels in its src/graph/paths.cc up to 2.28,
//     NCCL_NCHANNELS_PER_NET_PEER; one where a communicator has many ranks).
//   - Its bytes cross HBM several times, so a kernel that HBM binds gets what is
//     left of the bandwidth, less the faster they move (Overlap.HBMLeft).
//   - Kernels in turn keep its thread blocks waiting for issue slots, caches and
//     HBM: it moves its bytes at a share of the rate it has alone (Overlap.Share).

// Overlap is what communication and kernels on one GPU take from each other, in
// integers, since they decide time stamps.
type Overlap struct {
	PerMillion int64 // bytes/s of communication that take a millionth of HBM; 0: none do
	Share      Speed // of its rate that communication reaches beside kernels
}

// Overlap returns what the GPU's communication and kernels take from each other.
func (g *GPU) Overlap() Overlap {
	o := Overlap{Share: Nominal}
	if g.CommHBM > 0 {
		o.PerMillion = max(1, int64(g.HBMBandwidth*g.StreamEfficiency/g.CommHBM/float64(Nominal)))
	}
	if g.CommOverlapShare > 0 {
		o.Share = SpeedOf(g.CommOverlapShare)
	}
	return o
}

// HBMLeft returns the share of its bandwidth that a kernel which HBM binds has
// beside communication of some bytes/s: what that leaves of what HBM gives at
// most, and never less than the half which it has a fair claim to.
func (o Overlap) HBMLeft(bytesPerSecond int64) Speed {
	if o.PerMillion == 0 {
		return Nominal
	}
	return max(Nominal/2, Nominal-Speed(bytesPerSecond/o.PerMillion))
}

// Without returns the GPU that a kernel has beside communication that takes some SMs:
// as fast on each of those that are left. Libraries choose kernels for all of them.
func (g *GPU) Without(sms int) *GPU {
	left := *g
	left.taken = max(0, min(sms, g.SMs-1))
	return &left
}

// BesideAny and BesideSends return the GPU that a kernel has beside communication of
// any kind, and beside messages to and from other hosts alone.
func (g *GPU) BesideAny() *GPU   { return g.Without(g.CommSMs) }
func (g *GPU) BesideSends() *GPU { return g.Without(min(g.SendSMs, g.CommSMs)) }

// free returns the SMs that kernels run on.
func (g *GPU) free() int64 { return int64(g.SMs - g.taken) }

// crowding returns how much longer it takes what is left of the SMs to do what all do.
func (g *GPU) crowding() float64 {
	if g.taken == 0 {
		return 1
	}
	return float64(g.SMs) / float64(g.free())
}
