package training

import (
	"math"
	"math/bits"

	"trainsim/sim/engine"
	"trainsim/sim/workload"
)

// stall is what a step has come to while links flap.
type stall struct {
	cycle      engine.Duration // after which all links that flap stand as before; 0: none flaps
	since      engine.Time     // the following is so
	operations int64           // finished
	left       engine.Total    // of transfers that have begun, in bytes·10⁻⁹
}

// stalled tells whether nothing of the job will move any more, which fails a step that
// is not finished. What comes again and again asks before it does: else events never run
// out, and a blocked step has no end.
func (s *simulation) stalled(now engine.Time) bool {
	if s.mends(now) || s.moves() || !s.recurred(now) {
		return false
	}
	if !s.finished() {
		s.fail(s.blockedError())
	}
	return true
}

// mends tells whether a degrade begins or ends, or is noticed, at some time from now on,
// other than those that have begun to come again and again.
func (s *simulation) mends(now engine.Time) bool {
	for i := range s.job.Degrade {
		d := &s.job.Degrade[i]
		until := d.At.Add(s.job.Fabric.RerouteTime)
		if d.Every == 0 {
			until = until.Add(d.For)
		}
		if until >= now {
			return true
		}
	}
	return false
}

// moves tells whether a kernel runs or a transfer of the job moves.
func (s *simulation) moves() bool {
	if s.net.Dirty() {
		return true
	}
	for i := range s.nodes {
		if s.nodes[i].seg >= 0 {
			return true
		}
	}
	for g, c := range s.plan.groupComm {
		if c < workload.NumComms && s.net.Active(int32(g)) && !s.net.Stuck(int32(g)) {
			return true
		}
	}
	return false
}

// recurred tells whether all links that flap, and what routing makes of them, have gone
// through all their states without anything having come of it.
func (s *simulation) recurred(now engine.Time) bool {
	if s.stall.cycle == 0 {
		return true
	}
	var left engine.Total
	for g, c := range s.plan.groupComm {
		if c < workload.NumComms {
			left.AddTotal(s.net.Remaining(now, int32(g)))
		}
	}
	if last := &s.stall; last.operations != s.operations || last.left != left {
		last.since, last.operations, last.left = now, s.operations, left
	}
	return now.Sub(s.stall.since)/2 > s.stall.cycle // once for routing to settle, once to see
}

// flapCycle returns after how long all links that die again and again stand as before:
// the least common multiple of their periods, or the most where that is more. 0: there
// are none.
func flapCycle(degrades []Degrade) engine.Duration {
	cycle := engine.Duration(0)
	for i := range degrades {
		d := &degrades[i]
		switch {
		case d.Every == 0 || d.Target != TargetLink || d.Speed > 0:
		case cycle == 0:
			cycle = d.Every
		default:
			hi, lo := bits.Mul64(uint64(cycle/gcd(cycle, d.Every)), uint64(d.Every))
			if hi > 0 || lo > math.MaxInt64 {
				return math.MaxInt64
			}
			cycle = engine.Duration(lo)
		}
	}
	return cycle
}

func gcd(a, b engine.Duration) engine.Duration {
	for b > 0 {
		a, b = b, a%b
	}
	return a
}
