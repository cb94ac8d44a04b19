package study

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"trainsim/sim/engine"
	"trainsim/sim/results"
	"trainsim/sim/run"
	"trainsim/sim/scenario"
)

const megawattHour = 3.6e21 // mW·ns

// summarizeRun turns the outcomes of replicas into headline numbers. plan is what
// was known before, and healthy the step of a job that nothing is wrong with.
func summarizeRun(spec *run.Spec, plan *scenario.Plan, healthy *run.Step, replicas []*replica) (*results.Training, error) {
	for i, r := range replicas {
		if wall := r.Outcome.Time.Wall(); wall != r.Outcome.End.Sub(0) {
			return nil, fmt.Errorf("replica %d: the books do not balance: buckets hold %d ns of %d ns", i, wall, r.Outcome.End)
		}
	}
	m := means{replicas}
	t := &results.Training{Replicas: len(replicas)}
	t.Goodput, t.GoodputLow, t.GoodputHigh = m.share(func(o *run.Outcome) float64 { return o.Time.Goodput() })
	t.ETTR, t.ETTRLow, t.ETTRHigh = m.share(func(o *run.Outcome) float64 { return o.Time.ETTR() })
	t.CompletionTimeS, t.CompletionTimeSLow, t.CompletionTimeSHigh = m.interval(func(o *run.Outcome) float64 { return o.End.Seconds() })
	t.Interruptions, t.InterruptionsLow, t.InterruptionsHigh = m.interval(func(o *run.Outcome) float64 { return float64(o.Interruptions) })
	t.StepsDone = m.count(func(o *run.Outcome) int64 { return o.Steps })
	ideal := spec.Nominal
	if ideal == 0 {
		ideal = healthy.Time
	}
	t.IdealTimeS = t.StepsDone * ideal.Seconds()
	t.PlannedStops = m.count(func(o *run.Outcome) int64 { return o.Planned })
	t.Checkpoints = m.count(func(o *run.Outcome) int64 { return o.Checkpoints })
	t.Replacements = m.count(func(o *run.Outcome) int64 { return o.Replacements })
	t.Episodes = m.count(func(o *run.Outcome) int64 { return o.Episodes })
	t.Evictions = m.count(func(o *run.Outcome) int64 { return o.Evictions })
	t.Retired = m.count(func(o *run.Outcome) int64 { return o.Retired })
	t.ShortOfSuppliesS = m.mean(func(o *run.Outcome) float64 { return o.ShortOfSupplies.Seconds() })
	t.HeldBackS = m.mean(func(o *run.Outcome) float64 { return o.HeldBack.Seconds() })
	t.LeastSpares = math.MaxInt
	for _, r := range replicas {
		t.LeastSpares = min(t.LeastSpares, int(r.Outcome.LeastSpares))
	}
	t.HealthStates = countStates(replicas)
	m.buckets(t)
	m.causes(t, spec)
	closedForms(t, spec, plan)
	return t, nil
}

// means are means over replicas, in their order.
type means struct{ replicas []*replica }

func (m means) values(of func(*run.Outcome) float64) []float64 {
	v := make([]float64, len(m.replicas))
	for i, r := range m.replicas {
		v[i] = of(r.Outcome)
	}
	return v
}

func (m means) mean(of func(*run.Outcome) float64) float64 { return stat.Mean(m.values(of), nil) }

func (m means) count(of func(*run.Outcome) int64) float64 {
	return m.mean(func(o *run.Outcome) float64 { return float64(of(o)) })
}

func (m means) interval(of func(*run.Outcome) float64) (mean, low, high float64) {
	return MeanInterval(m.values(of))
}

// share is the interval of a share of wall clock, within 0 and 1.
func (m means) share(of func(*run.Outcome) float64) (mean, low, high float64) {
	mean, low, high = m.interval(of)
	return mean, max(low, 0), min(high, 1)
}

// countStates counts the states of health of all replicas, each once.
func countStates(replicas []*replica) int {
	var all []state
	for _, r := range replicas {
		all = append(all, r.States...)
	}
	slices.SortFunc(all, compareStates)
	return len(slices.Compact(all))
}

// buckets fills time and energy by bucket.
func (m means) buckets(t *results.Training) {
	t.RunTimeS, t.RunEnergyMWh = map[string]float64{}, map[string]float64{}
	for b := range run.NumBuckets {
		t.RunTimeS[b.String()] = m.mean(func(o *run.Outcome) float64 { return o.Time[b].Seconds() })
		t.RunEnergyMWh[b.String()] = m.mean(func(o *run.Outcome) float64 { return o.Energy[b].Float() / megawattHour })
	}
	t.RunEnergyMWh[results.Spare] = m.mean(func(o *run.Outcome) float64 { return o.Spare.Float() / megawattHour })
	t.RunStatesMWh = map[string]float64{results.Spare: t.RunEnergyMWh[results.Spare]}
	for s := range run.PowerState(run.NumPowerStates) {
		t.RunStatesMWh[s.String()] = m.mean(func(o *run.Outcome) float64 { return o.EnergyByState()[s].Float() / megawattHour })
	}
	t.LostTimeS = maps.Clone(t.RunTimeS)
	delete(t.LostTimeS, run.Productive.String())
}

// causes fills what failed and what it cost.
func (m means) causes(t *results.Training, spec *run.Spec) {
	t.Failures, t.LostByCauseS = map[string]float64{}, map[string]float64{}
	var lost, energy float64 // to unexpected stops
	for k := range spec.Kinds {
		name := spec.Kinds[k].Name
		t.Failures[name] += m.count(func(o *run.Outcome) int64 { return o.Failures[k] })
		seconds := m.mean(func(o *run.Outcome) float64 { return o.Lost[k].Seconds() })
		t.LostByCauseS[name] += seconds
		if spec.Kinds[k].Effect != run.Planned {
			lost += seconds
			energy += m.mean(func(o *run.Outcome) float64 { return o.LostEnergy[k].Float() / megawattHour })
		}
	}
	if t.Interruptions > 0 {
		t.LostPerFailureS, t.EnergyPerFailureMWh = lost/t.Interruptions, energy/t.Interruptions
	}
}

// closedForms fills what theory says of the run.
func closedForms(t *results.Training, spec *run.Spec, p *scenario.Plan) {
	t.CheckpointSaveS, t.CheckpointBytes = p.Save.Seconds(), int64(p.Bytes)
	if p.Interval > 0 {
		t.CheckpointSteps, t.CheckpointIntervalS = p.Every, p.Interval
	}
	t.RestartS = p.Terms.Repair + p.Terms.Restart
	if math.IsInf(p.Terms.MTBF, 1) {
		return
	}
	t.MTBFS = p.Terms.MTBF
	t.YoungIntervalS, t.DalyIntervalS, t.ExactIntervalS = p.Terms.YoungInterval(), p.Terms.DalyInterval(), p.Terms.OptimalInterval()
	t.ClosedFormETTR = closedETTR(spec, p)
}

// closedETTR returns the ETTR by closed form, of nothing but unexpected stops whose
// failures have no memory: exact where checkpoints block, to first order where they
// are written in the background. It is 0 where no checkpoint is written, nothing
// stops the job, or recoveries start from other than checkpoints.
func closedETTR(spec *run.Spec, p *scenario.Plan) float64 {
	r := &spec.Recovery
	if p.Interval == 0 || math.IsInf(p.Terms.MTBF, 1) || r.Source != run.FromStore || r.Shrink {
		return 0
	}
	if p.Write > 0 {
		return 1 / (1 + p.Terms.AsyncOverhead(p.Interval, p.Write.Seconds()))
	}
	return p.Terms.ETTR(p.Interval)
}

// months returns what is kept of the replicas one by one.
func months(spec *run.Spec, replicas []*replica) *results.Months {
	m := &results.Months{}
	for b := range run.NumBuckets {
		m.Buckets = append(m.Buckets, b.String())
	}
	for k := range spec.Kinds {
		if name := spec.Kinds[k].Name; !slices.Contains(m.Failures, name) {
			m.Failures = append(m.Failures, name)
		}
	}
	lengths := map[engine.Duration]int64{}
	for i, r := range replicas {
		m.Replicas = append(m.Replicas, replicaRow(i, spec, r.Outcome))
		for _, s := range r.Outcome.StepTimes {
			lengths[s.Time] += s.Count
		}
	}
	for _, d := range slices.Sorted(maps.Keys(lengths)) {
		m.StepTimes = append(m.StepTimes, results.StepLength{Seconds: d.Seconds(), Count: lengths[d]})
	}
	first := replicas[0].Outcome
	for _, k := range first.Marks {
		m.Timeline = append(m.Timeline, timelineMark(spec, &k))
	}
	for _, p := range first.Pool {
		m.Pool = append(m.Pool, results.PoolPoint{AtS: p.At.Seconds(), Spares: p.Spares, InRepair: p.Repair, LostReplicas: p.Lost})
	}
	return m
}

// replicaRow returns the row of one replica.
func replicaRow(number int, spec *run.Spec, o *run.Outcome) results.Replica {
	r := results.Replica{Number: number, Seed: o.Seed, EndS: o.End.Seconds(), Steps: o.Steps, Goodput: o.Time.Goodput(), ETTR: o.Time.ETTR(),
		Interruptions: o.Interruptions, Planned: o.Planned, Checkpoints: o.Checkpoints, Restores: o.Restores,
		Replacements: o.Replacements, Episodes: o.Episodes, Evictions: o.Evictions, Retired: o.Retired, LeastSpares: o.LeastSpares,
		TimeS: map[string]float64{}, EnergyMWh: map[string]float64{results.Spare: o.Spare.Float() / megawattHour}, Failures: map[string]int64{}}
	for b := range run.NumBuckets {
		r.TimeS[b.String()] = o.Time[b].Seconds()
		r.EnergyMWh[b.String()] = o.Energy[b].Float() / megawattHour
	}
	for k, n := range o.Failures {
		r.Failures[spec.Kinds[k].Name] += n
	}
	return r
}

var markNames = [...]string{run.MarkCompute: "compute", run.MarkCheckpoint: "checkpoint", run.MarkFailure: "failure",
	run.MarkSlow: "slow", run.MarkWell: "well", run.MarkEnd: "end", run.MarkSupplyLost: "supply_lost", run.MarkSupplyBack: "supply_back"}

func timelineMark(spec *run.Spec, m *run.Mark) results.TimelineMark {
	out := results.TimelineMark{AtS: m.At.Seconds(), Kind: markNames[m.Kind], Host: m.Host, Steps: m.Steps}
	switch m.Kind {
	case run.MarkFailure, run.MarkSupplyLost, run.MarkSupplyBack:
		out.Cause = spec.Kinds[m.Index].Name
	case run.MarkSlow, run.MarkWell:
		out.Cause = spec.Stragglers[m.Index].Name
	}
	return out
}
