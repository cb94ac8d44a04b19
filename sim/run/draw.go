package run

import "trainsim/sim/engine"

// The purposes of draws. Kinds of failure and straggler have a block of their own
// each, so that one more kind shifts no other's draws.
const (
	drawRecovery engine.Purpose = iota // entity: phase, number: stop
	drawRepair                         // entity: host, number: its repair
	drawEscalate
	drawLemon
	drawEviction  // entity: episode
	drawNoise     // entity: 0, number: step
	drawFailure   = 1 << 8
	drawStraggler = 1 << 16
)

// what a kind draws for.
const (
	drawGap engine.Purpose = iota
	drawPart
	drawAccept
	drawLife
	drawDetection
	drawOutage
	drawLength
	drawSeverity
	drawSlowShare
	drawOwnRepair
	drawWorks
	drawsOfKind = 16
)

// uniform returns a draw of the replica.
func (r *replica) uniform(entity int32, p engine.Purpose, n uint64) float64 {
	return engine.NewStream(r.seed, entity, p).Uniform(n)
}

// ofKind returns the purpose of what kind k of failure draws for.
func ofKind(k int32, what engine.Purpose) engine.Purpose {
	return drawFailure + engine.Purpose(k)*drawsOfKind + what
}

// ofStraggler returns the purpose of what kind k of straggler draws for.
func ofStraggler(k int32, what engine.Purpose) engine.Purpose {
	return drawStraggler + engine.Purpose(k)*drawsOfKind + what
}
