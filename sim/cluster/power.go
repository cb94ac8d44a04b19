package cluster

import (
	"math"

	"trainsim/sim/engine"
)

// The power of a GPU is idle power plus what its phase draws above idle, and
// never more than the limit:
//
//	P = min(limit, idle + compute + transfer)
//
// A caller that runs compute and communication side by side adds Power and
// TransferPower and clips the sum to LimitPower − IdlePower. Waiting draws less
// than moving bytes; beside a kernel a posted communication that waits draws
// nothing of its own, since its polling is part of the static share.

// Power returns what kernel k draws above idle while it runs for d, in mW:
//
//	(limit − idle) · min(1, static + matrix·f + hbm·b)
//
// with f the achieved share of the matrix peak and b that of the HBM peak. The
// linear form follows component power models of GPUs such as AccelWattch
// (Kandiah et al., MICRO 2021); the coefficients of each part are calibrated to
// the phases listed in its preset.
func (g *GPU) Power(k Kernel, d engine.Duration) int64 {
	if d <= 0 {
		return 0
	}
	share := g.PowerStatic
	share += g.PowerMatrix * k.FLOP / (g.Peak(k.ElementBytes) * d.Seconds())
	share += g.PowerHBM * k.Bytes / (g.HBMBandwidth * d.Seconds())
	return int64(math.Round(min(1, share) * float64(g.LimitPower()-g.IdlePower())))
}

// IdlePower returns the power of a GPU with nothing running, in mW.
func (g *GPU) IdlePower() int64 { return milliwatts(g.PowerIdle) }

// LimitPower returns the power limit, idle power included, in mW.
func (g *GPU) LimitPower() int64 { return milliwatts(g.PowerLimit) }

// CapPower returns the power that the part is capped to, in mW; 0: none.
func (g *GPU) CapPower() int64 { return milliwatts(g.PowerCap) }

// LoadedPower returns what a GPU draws above idle with a program loaded and nothing
// running, in mW.
func (g *GPU) LoadedPower() int64 { return g.aboveIdle(g.PowerLoaded) }

// WaitPower returns what a posted communication draws above idle while it
// busy-polls for its peers, in mW.
func (g *GPU) WaitPower() int64 { return g.aboveIdle(g.PowerWait) }

// TransferPower returns what a communication draws above idle while bytes move, in mW.
func (g *GPU) TransferPower() int64 { return g.aboveIdle(g.PowerTransfer) }

// aboveIdle returns the part of a power of w watts between idle and the limit, or the cap.
func (g *GPU) aboveIdle(w float64) int64 {
	top := g.LimitPower()
	if cap := g.CapPower(); cap > 0 {
		top = min(top, cap)
	}
	return max(0, min(milliwatts(w), top)-g.IdlePower())
}

// milliwatts rounds a power of w watts to the unit every sum is made in.
func milliwatts(w float64) int64 { return int64(math.Round(w * 1000)) }
