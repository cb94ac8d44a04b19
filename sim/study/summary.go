package study

import (
	"slices"

	"gonum.org/v1/gonum/stat"

	"trainsim/sim/engine"
	"trainsim/sim/network"
	"trainsim/sim/results"
	"trainsim/sim/scenario"
	"trainsim/sim/trace"
	"trainsim/sim/training"
	"trainsim/sim/workload"
)

const (
	gib      = 1 << 30
	joule    = 1e12 // mW·ns
	kilowatt = 1e6  // mW
)

// summarize turns the books of a simulation into headline numbers: those of the
// steady step, the last one or with noise the mean of them.
func summarize(c *scenario.Config, j *training.Job, r *training.Result, rec *trace.Recorder) results.Summary {
	s := results.Summary{Scenario: c.Name, Title: titleOf(c), Set: c.Set, Steps: c.StepsInDetail(),
		Ranks: r.Ranks, Classes: r.Classes, Operations: r.Operations, Events: r.Events, Digest: r.Digest.String()}
	throughput(&s, c, j, r)
	notReached(&s, c, r)
	utilisation(&s, c, j, r, rec)
	energy(&s, r)
	states(&s, c, r)
	boundaries(&s, c, r)
	cooling(&s, c, r, rec)
	links(&s, r)
	collectives(&s, r)
	others(&s, c, r)
	timeBuckets(&s, r)
	memory(&s, c)
	s.ClosedFormStepTimeS = closedFormStepTime(&c.Layout, r.Profile)
	s.Waterfall = waterfall(&s, r)
	projection(&s, c)
	costs(&s, c)
	return s
}

// throughput fills step times and rates.
func throughput(s *results.Summary, c *scenario.Config, j *training.Job, r *training.Result) {
	s.FirstStepTimeS = r.StepEnd[0].Seconds()
	s.StepTimeS = r.Steady.Seconds()
	if j.Noise != nil && len(r.StepEnd) > 2 {
		s.StepTimeP50S, s.StepTimeP99S = stepQuantile(r, 0.5), stepQuantile(r, 0.99)
	}
	ranks := float64(r.Ranks)
	s.TokensPerStep = int64(c.Layout.GlobalBatch) * int64(c.Model.SeqLen)
	s.TokensPerS = float64(s.TokensPerStep) / s.StepTimeS
	s.TokensPerSPerGPU = s.TokensPerS / ranks
	s.ModelTFLOPSPerGPU = c.Model.ModelFLOP(c.Layout.GlobalBatch) / s.StepTimeS / ranks / 1e12
	s.HardwareTFLOPSPerGPU = c.Layout.HardwareFLOP(c.Model) / s.StepTimeS / ranks / 1e12
	peak := c.GPU.Peak(c.Layout.Precision.LinearBytes()) / 1e12
	s.MFU = s.ModelTFLOPSPerGPU / peak
	s.HFU = s.HardwareTFLOPSPerGPU / peak
}

// notReached fills what of the scenario begins only after the last step.
func notReached(s *results.Summary, c *scenario.Config, r *training.Result) {
	end := r.StepEnd[len(r.StepEnd)-1]
	for _, l := range c.BeginsAfter(end) {
		s.SimulatedTimeS = end.Seconds()
		s.NotReached = append(s.NotReached, results.NotReached{Section: l.Section, AtS: l.At.Seconds()})
	}
}

// stepQuantile returns the length that a share of the steps but the first do not
// exceed.
func stepQuantile(r *training.Result, share float64) float64 {
	lengths := make([]float64, len(r.StepEnd)-1)
	for i := range lengths {
		lengths[i] = r.StepEnd[i+1].Sub(r.StepEnd[i]).Seconds()
	}
	slices.Sort(lengths)
	return stat.Quantile(share, stat.Empirical, lengths, nil)
}

// utilisation fills the shares of GPUs, SMs and links in use.
func utilisation(s *results.Summary, c *scenario.Config, j *training.Job, r *training.Result, rec *trace.Recorder) {
	wall := r.Steady.Seconds() * float64(r.Ranks)
	var computing, bubble float64
	for b := trace.Compute; b < trace.NumBuckets; b++ {
		t := bucketTime(r, b)
		if training.Computes(b) {
			computing += t
		}
		if b == trace.Bubble {
			bubble += t
		}
	}
	s.GPUUtilization = computing / wall
	s.BubbleFraction = bubble / wall
	var flop float64
	for _, p := range r.Profile {
		flop += p.FLOP * float64(r.RoleRanks[p.Role])
	}
	s.SMUtilization = flop / wall / c.GPU.Peak(c.Layout.Precision.LinearBytes())
	capacity := map[string]float64{}
	for i, t := range j.Topology.Tier {
		capacity[j.Topology.Tiers[t]] += float64(j.Topology.Capacity[i])
	}
	s.LinkUtilization = map[string]float64{}
	for i, series := range rec.Series {
		if series.Name == "traffic" && capacity[series.Part] > 0 {
			s.LinkUtilization[series.Part] = r.Steady.Series[i].Float() / 1e9 / capacity[series.Part] / r.Steady.Seconds()
		}
	}
}

// links fills which links carried most, and how far communicators reach.
func links(s *results.Summary, r *training.Result) {
	s.UplinksShared, s.UplinkFlows = r.Collisions.Shared(), r.Collisions.Most()
	s.GroupHosts = map[string]int{}
	for c, hosts := range r.GroupHosts {
		if hosts > 0 {
			s.GroupHosts[workload.Comm(c).String()] = hosts
		}
	}
	for _, l := range r.HottestLinks {
		s.HottestLinks = append(s.HottestLinks, results.LinkLoad{Name: l.Name, Tier: l.Tier, Links: l.Links,
			BytesPerStep: float64(l.Bytes) / float64(s.Steps), Utilization: l.Utilization, CapacityGBPS: float64(l.Capacity) / 1e9})
	}
	for _, u := range r.LinkUse {
		s.LinkUse = append(s.LinkUse, results.LinkUse(u))
	}
}

// collectives fills what the communication of a step took, beside what it would
// take on an idle and healthy network.
func collectives(s *results.Summary, r *training.Result) {
	for _, c := range r.Collectives {
		bus := func(seconds float64) float64 {
			if seconds <= 0 { // nothing to send
				return 0
			}
			return network.BusBandwidth(c.Kind, c.Ranks, c.Bytes, engine.Second) / seconds / 1e9
		}
		s.Collectives = append(s.Collectives, results.Collective{Name: c.Name, Communicator: c.Comm.String(), Collective: c.Kind.String(),
			Ranks: c.Ranks, Hosts: c.Hosts, Bytes: c.Bytes, CountPerStep: c.Count, MeanUS: c.MeanSeconds * 1e6, MaxUS: c.MaxSeconds * 1e6,
			BusGBPS: bus(c.MeanSeconds), IdealBusGBPS: bus(c.IdealSeconds)})
	}
}

// linkSeries returns the rates of the hottest links over time. Flows come and go
// between the bounds of bins, so that the peak of such a series is that of its bins.
func linkSeries(r *training.Result) []results.SeriesData {
	var list []results.SeriesData
	for _, l := range r.HottestLinks {
		if l.Rate == nil {
			continue
		}
		v := results.SeriesData{Name: "link", Part: l.Name, Unit: "B/s", Width: l.Width, Values: l.Rate}
		for b, rate := range l.Rate {
			if peak := int64(rate); peak > v.Peak {
				v.Peak, v.PeakAt = peak, engine.Time(b)*engine.Time(l.Width)
			}
		}
		list = append(list, v)
	}
	return list
}

// energy fills power and energy. The buckets hold the energy of the GPUs by
// what they did; hosts, network and supply losses have a bucket each, so that
// every joule is in exactly one.
func energy(s *results.Summary, r *training.Result) {
	s.EnergyComponentsJ = map[string]float64{}
	s.EnergyBucketsJ = map[string]float64{}
	for _, p := range r.Steady.Parts {
		s.EnergyComponentsJ[p.Name] = p.Energy.Float() / joule
		s.EnergyBucketsJ[p.Name] = p.Energy.Float() / joule
	}
	var gpus engine.Total
	_, energy := r.Steady.Buckets.Sum()
	for b, t := range energy {
		gpus.AddTotal(t)
		if !t.IsZero() {
			s.EnergyBucketsJ[trace.Bucket(b).String()] = t.Float() / joule
		}
	}
	s.EnergyComponentsJ["gpu"] = gpus.Float() / joule
	s.EnergyPerStepJ = r.Steady.Energy().Float() / joule
	s.MeanPowerW = s.EnergyPerStepJ / r.Steady.Seconds()
	s.PeakPowerW = float64(r.PeakPower) / 1000
	s.SupplyOverloads = int(r.SupplyOverloads)
	s.SupplyLimitW = float64(r.SupplyLimit) / 1000
}

// timeBuckets fills where the time of the steady step went, as means per GPU.
func timeBuckets(s *results.Summary, r *training.Result) {
	s.TimeBucketsS = map[string]float64{}
	for b := trace.Compute; b < trace.NumBuckets; b++ {
		if t := bucketTime(r, b); t > 0 {
			s.TimeBucketsS[b.String()] = t / float64(r.Ranks)
		}
	}
	for stage, n := range r.StageRanks {
		row := map[string]float64{}
		for b := trace.Compute; b < trace.NumBuckets; b++ {
			if t := r.Steady.Buckets.StageTime(int32(stage), b).Float() / 1e9; t > 0 {
				row[b.String()] = t / float64(n)
			}
		}
		s.StageBucketsS = append(s.StageBucketsS, row)
	}
}

// bucketTime returns the time of all ranks in a bucket in the steady step, in s.
func bucketTime(r *training.Result, b trace.Bucket) float64 {
	var t engine.Total
	for stage := range r.StageRanks {
		t.AddTotal(r.Steady.Buckets.StageTime(int32(stage), b))
	}
	return t.Float() / 1e9
}

// memory fills the memory of a GPU of each stage.
func memory(s *results.Summary, c *scenario.Config) {
	for stage, f := range workload.Footprints(c.Model, c.Layout) {
		overhead := f.Needed(c.Memory.ContextBytes, c.Memory.Fragmentation) - f.Total()
		m := results.StageMemory{
			Stage: stage, WeightsGiB: float64(f.Weights) / gib, GradientsGiB: float64(f.Gradients) / gib,
			OptimizerGiB: float64(f.Optimizer) / gib, ActivationsGiB: float64(f.Activations) / gib,
			BuffersGiB: float64(f.Buffers) / gib, OverheadGiB: float64(overhead) / gib,
			TotalGiB: float64(f.Total()+overhead) / gib,
		}
		s.Memory = append(s.Memory, m)
		s.MemoryGiBPerGPU = max(s.MemoryGiBPerGPU, m.TotalGiB)
	}
	s.MemoryCapacityGiB = float64(c.GPU.Memory) / gib
}

// projection fills what the whole training takes, when its tokens are given.
func projection(s *results.Summary, c *scenario.Config) {
	if c.Run.Tokens <= 0 {
		return
	}
	seconds := c.Run.Tokens / s.TokensPerS
	s.Tokens = c.Run.Tokens
	s.TrainDays = seconds / 86400
	s.GPUHours = seconds / 3600 * float64(s.Ranks)
	s.EnergyMWh = s.MeanPowerW * seconds / 3600 / 1e6
	fromOrder(s, c, s.TrainDays)
}

// titleOf returns the title of a scenario, with what overrides changed; "" where there
// is neither.
func titleOf(c *scenario.Config) string {
	if c.Title == "" && len(c.Set) == 0 {
		return ""
	}
	return c.Heading()
}
