package training

import "trainsim/sim/engine"

// stamped is a run with a fingerprint of every time stamp of every rank.
type stamped struct {
	result *Result
	ends   []engine.Digest // per rank: of (time, stream, sequence number) of each operation it finished
}

// stamps runs a job and fingerprints the time stamps of each rank on its own, so
// that two ranks which swap their times are noticed.
func stamps(t failer, j *Job) stamped {
	t.Helper()
	var perNode []engine.Digest
	var p *plan
	j.observeFinish = func(s *simulation, node int32, at engine.Time, stream uint32, seq uint32) {
		if p == nil {
			p, perNode = s.plan, make([]engine.Digest, s.plan.nodes)
		}
		perNode[node].Add(at, stream, seq, 1)
	}
	out := stamped{result: mustRun(t, j)}
	for r := range j.Role {
		out.ends = append(out.ends, perNode[p.rankNode[r]])
	}
	return out
}
