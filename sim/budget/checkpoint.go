package budget

import "math"

// Checkpointing is how a job saves its state and recovers, in seconds. Failures
// are a Poisson process: one may strike while the job computes, writes or
// restarts, and costs all since the last checkpoint. In the formulas M is MTBF, C
// Write, R Restart, D Repair, W the useful work of the whole run, and τ the
// interval: the work between two checkpoints, the write not included. Every
// segment of τ ends with a write, the last too.
//
// Sources: Young, "A first order approximation to the optimum checkpoint
// interval", CACM 17(9), 1974; Daly, "A higher order estimate of the optimum
// checkpoint interval for restart dumps", FGCS 22(3), 2006. Daly's exact model
// is the one below with D = 0.
type Checkpointing struct {
	MTBF    float64 // mean time between failures of the job
	Write   float64 // to write a checkpoint, while nothing computes
	Restart float64 // to start again and load; a failure in it begins it anew
	Repair  float64 // after a failure, before the restart; nothing can fail in it
}

// ExpectedRunTime returns the mean wall time of so much work with a checkpoint
// after every interval:
//
//	E[T] = W/τ·(M+D)·e^{R/M}·(e^{(τ+C)/M} − 1)
//
// It is exact where the work is a whole number of intervals.
func (c Checkpointing) ExpectedRunTime(work, interval float64) float64 {
	segment := math.Expm1((interval + c.Write) / c.MTBF)
	return work / interval * (c.MTBF + c.Repair) * math.Exp(c.Restart/c.MTBF) * segment
}

// ExpectedFailures returns E[T]/(M+D), the mean number of failures in that time.
func (c Checkpointing) ExpectedFailures(work, interval float64) float64 {
	return c.ExpectedRunTime(work, interval) / (c.MTBF + c.Repair)
}

// ETTR returns the effective training time ratio W/E[T]: work over wall time,
// the same for every W.
func (c Checkpointing) ETTR(interval float64) float64 {
	return interval / c.ExpectedRunTime(interval, interval)
}

// RunTimeDeviation returns the standard deviation of the wall time whose mean is
// ExpectedRunTime. Segments are independent, so it grows as the root of their
// number. Derived as the mean is: a failure leads to a restart and the segment
// anew, which must then go without failure as one.
func (c Checkpointing) RunTimeDeviation(work, interval float64) float64 {
	first := interval + c.Write
	again := c.Restart + first
	mean := (c.MTBF + c.Repair) * math.Expm1(again/c.MTBF)
	// The mean square of a repetition is meanSquare of itself, which is linear in it.
	square := c.meanSquare(again, mean, 0) * math.Exp(again/c.MTBF)
	once := c.ExpectedRunTime(interval, interval)
	return math.Sqrt(work / interval * (c.meanSquare(first, mean, square) - once*once))
}

// meanSquare returns the mean square of a time that is length unless a failure
// strikes before; then it is the time to the failure, a repair and what a
// repetition takes, whose mean and mean square are given.
func (c Checkpointing) meanSquare(length, mean, square float64) float64 {
	fails := -math.Expm1(-length / c.MTBF)
	lost := c.MTBF*fails - length*math.Exp(-length/c.MTBF) // E[X; X < length]
	d := c.Repair
	return 2*lost*(c.MTBF+d+mean) + fails*(d*d+2*d*mean+square)
}

// OptimalInterval returns the interval of the least expected run time,
//
//	τ* = M·(1 + W₀(−e^{−C/M−1}))
//
// with W₀ the principal branch of Lambert's W. It hangs on neither R nor D.
func (c Checkpointing) OptimalInterval() float64 {
	return c.MTBF * (1 + LambertW0(-math.Exp(-c.Write/c.MTBF-1)))
}

// OptimalETTR returns the ratio at the optimal interval, where the exact form
// becomes (1 − τ*/M)·e^{−R/M}/(1 + D/M).
func (c Checkpointing) OptimalETTR() float64 {
	return (1 - c.OptimalInterval()/c.MTBF) * c.restartETTR()
}

// restartETTR returns e^{−R/M}/(1 + D/M), the ratio that restarts and repairs
// leave when checkpoints are free and as dense as one likes.
func (c Checkpointing) restartETTR() float64 {
	return math.Exp(-c.Restart/c.MTBF) / (1 + c.Repair/c.MTBF)
}

// YoungInterval returns Young's approximation of the optimal interval, √(2CM).
func (c Checkpointing) YoungInterval() float64 { return math.Sqrt(2 * c.Write * c.MTBF) }

// DalyInterval returns Daly's approximation of the optimal interval (2006):
//
//	τ = √(2CM)·(1 + ⅓·√(C/2M) + ⅑·C/2M) − C   if C < 2M
//	τ = M                                     else
func (c Checkpointing) DalyInterval() float64 {
	x := c.Write / (2 * c.MTBF)
	if x >= 1 {
		return c.MTBF
	}
	return c.YoungInterval()*(1+math.Sqrt(x)/3+x/9) - c.Write
}

// AvailabilityInterval returns the interval that maximises availability as NVIDIA
// defines it, √(2(M+R)C + C²). Source: Saxena et al., arXiv 2410.18124, whose T_c
// includes the save: T_c = C + this.
func (c Checkpointing) AvailabilityInterval() float64 {
	return math.Sqrt(2*(c.MTBF+c.Restart)*c.Write + c.Write*c.Write)
}

// FirstOrderOverhead returns wall time over work, less 1, where failures are rare
// (τ+C ≪ M) and writes short (C ≪ τ): C/τ + (τ+C)/2M + (R+D)/M. For plans; ETTR
// is exact.
func (c Checkpointing) FirstOrderOverhead(interval float64) float64 {
	return c.AsyncOverhead(interval, 0)
}

// MeanRollback returns the time since the last snapshot that survives a failure,
// τ/2 + C_d, with a snapshot every interval that becomes durable so many seconds
// after it was taken: the mean age of the newest snapshot, and the delay.
func MeanRollback(interval, durable float64) float64 { return interval/2 + durable }

// AsyncOverhead returns the first-order overhead where Write is only the part of
// a checkpoint that blocks (device to host) and the snapshot becomes durable so
// many seconds later, while the job computes. The interval of the least overhead
// is still Young's, of the blocking part.
func (c Checkpointing) AsyncOverhead(interval, durable float64) float64 {
	down := MeanRollback(interval+c.Write, durable) + c.Restart + c.Repair
	return c.Write/interval + down/c.MTBF
}

// MetaETTR returns the linear estimate (1 − (u₀ + τ/2)/M)/(1 + C/τ), u₀ = R + D
// and 1/M the failure rate of all nodes. It is below ETTR, much so where τ is
// not small against M. Source: Kokolis et al., "Revisiting reliability in
// large-scale machine learning research clusters", arXiv 2410.21680.
func (c Checkpointing) MetaETTR(interval float64) float64 {
	down := MeanRollback(interval, 0) + c.Restart + c.Repair
	return (1 - down/c.MTBF) / (1 + c.Write/interval)
}

// LongestWrite returns the longest write with which checkpoints at the optimal
// interval keep the share of wall time that is no useful work, 1 − ETTR, at or
// below overhead: OptimalETTR solved for C,
//
//	C = M·(−ln(1−y) − y),   y = τ*/M = 1 − (1 − overhead)·(1 + D/M)·e^{R/M}
//
// Write is not read. The result is 0 where restarts alone cost that share.
func (c Checkpointing) LongestWrite(overhead float64) float64 {
	y := 1 - (1-overhead)/c.restartETTR()
	if y <= 0 {
		return 0
	}
	return c.MTBF * (-math.Log1p(-y) - y)
}

// RequiredBandwidth returns the bytes/s at which all ranks together must write a
// checkpoint of so many bytes to keep the overhead, as in LongestWrite. It is
// infinite where restarts alone cost that share. The load after a failure is in
// Restart and is not derived from it.
func (c Checkpointing) RequiredBandwidth(bytes, overhead float64) float64 {
	return bytes / c.LongestWrite(overhead)
}

// NoCheckpointTime returns the mean wall time of a job that begins anew after
// each failure, M·(e^{W/M} − 1), restarts free.
func NoCheckpointTime(work, mtbf float64) float64 { return mtbf * math.Expm1(work/mtbf) }

// FixedStallETTR returns the ratio of a job that stalls so many seconds in each
// cycle from failure to failure, (cycle − stall)/cycle. Source of its use: FT-HSDP,
// arXiv 2602.00277.
func FixedStallETTR(cycle, stall float64) float64 { return (cycle - stall) / cycle }
