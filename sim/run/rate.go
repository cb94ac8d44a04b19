package run

import "math"

// StopRate returns how many failures per second stop the job, in the mean of a
// long time: those of its own hosts, flaps that outlast the timeout of collectives
// among them. What is planned, and a list to replay, are left out.
func (s *Spec) StopRate() float64 {
	var rate float64
	for k := range s.Kinds {
		rate += s.stopRate(&s.Kinds[k])
	}
	return rate
}

func (s *Spec) stopRate(k *Kind) float64 {
	if k.Effect == Planned || k.Life.Mean == 0 {
		return 0
	}
	rate := float64(k.Parts) / k.Life.Mean
	if !k.OfJob {
		m := &s.Machine
		rate *= float64(m.Slots) / float64(m.Slots+m.Spares)
		rate *= 1 + s.Lemons.Share*(s.lemonFactor(k)-1)
	}
	if timeout := s.Recovery.Timeout; k.Effect == Flap {
		if timeout == 0 {
			return 0
		}
		rate *= k.Outage.exceeds(timeout.Seconds())
	}
	return rate
}

// MeanRestart returns the mean seconds from a failure to the first step after it,
// where spares are left: detection, weighted by what fails, rescheduling, startup,
// communicators, the state and the first batch.
func (s *Spec) MeanRestart() float64 {
	r := &s.Recovery
	detection := r.Detection.Mean
	if rate := s.StopRate(); rate > 0 {
		detection = 0
		for k := range s.Kinds {
			detection += s.stopRate(&s.Kinds[k]) / rate * s.meanDetection(&s.Kinds[k])
		}
	}
	init := r.Init.Mean + r.InitPerRank.Seconds()*float64(s.Ranks)
	return detection + r.Reschedule.Mean + r.Startup.Mean + init + s.meanRestore() + r.Data.Mean
}

func (s *Spec) meanDetection(k *Kind) float64 {
	switch {
	case k.Effect == Flap:
		return s.Recovery.Timeout.Seconds()
	case k.OwnDetection:
		return k.Detection.Mean
	}
	return s.Recovery.Detection.Mean
}

// meanRestore returns the seconds to bring the state back from the usual source.
func (s *Spec) meanRestore() float64 {
	switch s.Recovery.Source {
	case FromPeers:
		return s.Recovery.PeerRestore.Seconds()
	case FromMemory:
		return s.Checkpoint.MemoryRestore.Seconds()
	}
	return s.Checkpoint.Restore.Seconds()
}

// exceeds returns the probability that a draw is longer than so many seconds.
func (d *Distribution) exceeds(seconds float64) float64 {
	if d.Mean == 0 {
		return 0
	}
	x := seconds / d.Mean
	switch d.Law {
	case Exponential:
		return math.Exp(-x)
	case Uniform:
		return max(0, 1-x/2)
	case Weibull:
		return math.Exp(-math.Pow(x*math.Gamma(1+1/d.Shape), d.Shape))
	case Lognormal:
		return normal(-(math.Log(x) + d.Shape*d.Shape/2) / d.Shape)
	}
	if x < 1 {
		return 1
	}
	return 0
}
