package scenario

import (
	"cmp"
	"fmt"
	"math"
	"reflect"

	"trainsim/sim/engine"
	"trainsim/sim/workload"
)

// Long tells whether the scenario is of a long run: all of training, with what
// happens between steps. Otherwise it is of single steps.
func (c *Config) Long() bool { return c.long }

// detailSteps is how many steps stand for those of a long run: the first fills
// what the steady one finds in flight.
const detailSteps = 2

// maxSteps bounds the steps that are simulated one by one.
const maxSteps = 100_000

// StepsInDetail returns how many steps are simulated operation by operation.
func (c *Config) StepsInDetail() int {
	if c.long {
		return detailSteps
	}
	return c.Run.Steps
}

// RunSteps returns the steps of a long run, 0 where it goes on for Run.Duration.
func (c *Config) RunSteps() int64 {
	if c.Run.Tokens > 0 {
		perStep := float64(c.Layout.GlobalBatch) * float64(c.Model.SeqLen)
		return int64(math.Ceil(c.Run.Tokens / perStep))
	}
	return int64(c.Run.Steps)
}

// findLong finds out whether the run is a long one.
func (l *loader) findLong() {
	l.doc.long = l.given["run.duration"]
	for i := range sections {
		if s := &sections[i]; s.long && l.raw[s.key] != nil {
			l.doc.long = true
		}
	}
}

// resolveLong fills in what follows for a long run from other keys.
func (l *loader) resolveLong() {
	doc := &l.doc
	if !doc.long {
		if doc.Run.Steps > maxSteps {
			l.report("run.steps", false, wrong("%d steps are too many to simulate one by one", doc.Run.Steps).or(fmt.Sprintf(
				"must be at most %d; a section such as [checkpoint] makes it a long run, of which only whole steps are counted", maxSteps)))
		}
		return
	}
	l.resolveLength()
	m := &doc.Machine
	if m.Spares < 0 {
		m.Spares = max(0, m.Hosts-ceilDiv(doc.Layout.Ranks(), doc.Host.GPUs))
	}
	m.HostsPerRack = cmp.Or(m.HostsPerRack, 4)
	doc.Recovery.resolve()
	if k := &doc.Checkpoint; k.Steps > 0 && !l.given["checkpoint.interval"] {
		k.Interval = Cadence{}
	}
	if l.raw["eviction"] != nil && !l.given["eviction.enabled"] {
		doc.Eviction.Enabled = true
	}
}

// resolveLength asks for exactly one of the keys that say how long the run is.
func (l *loader) resolveLength() {
	r := &l.doc.Run
	given := 0
	if l.given["run.duration"] {
		given++
	}
	if r.Tokens > 0 {
		given++
	}
	if l.given["run.steps"] {
		given++
	} else {
		r.Steps = 0
	}
	if given != 1 {
		m := wrong("nothing says how long the run is")
		if given > 1 {
			m = wrong("%d keys say how long the run is", given)
		}
		l.report("run", true, m.or("give exactly one of duration, steps and tokens"))
	}
}

// checkLong checks what single keys of a long run cannot show.
func (l *loader) checkLong() {
	doc := &l.doc
	slots := ceilDiv(doc.Layout.Ranks(), doc.Host.GPUs)
	if need := slots + max(0, doc.Machine.Spares); need > doc.Machine.Hosts {
		l.report("machine.spares", false, wrong("%d spares beside the %d hosts that the ranks need are more than the %d hosts of the machine",
			doc.Machine.Spares, slots, doc.Machine.Hosts).or(fmt.Sprintf("write hosts = %d, or leave it out", need)))
	}
	if !doc.long {
		return
	}
	l.checkRecovery()
	l.checkDeliveries()
	l.checkStragglers()
	l.checkFailures()
	l.replayTrace()
	if r := &doc.Replicas; r.Width > 0 && r.Count > r.Most {
		l.report("replicas.most", false, wrong("%d is below count, %d", r.Most, r.Count))
	}
}

// checkCheckpoint checks that keys of [checkpoint] do not contradict each other.
func (l *loader) checkCheckpoint() {
	k := &l.doc.Checkpoint
	if k.Steps > 0 && k.Interval != (Cadence{}) {
		l.report("checkpoint.steps", false, wrong("says what interval says").or("give one of the two"))
	}
	if k.Write > 0 && k.Mode != async {
		l.report("checkpoint.write", false, wrong("steps wait until a blocking checkpoint is written").or(`give save, or mode = "async"`))
	}
}

// checkWithin checks that what has a time happens before the run ends, where the
// scenario says when that is.
func (l *loader) checkWithin() {
	end := l.doc.Run.Duration
	if end <= 0 {
		return
	}
	length := "the run ends after " + lookup("run.duration").text(reflect.ValueOf(end))
	for i, r := range l.doc.Record {
		if r.At >= engine.Time(end) {
			l.report(fmt.Sprintf("record[%d].at", i), false, wrong("is no time of the run").or(length))
		}
	}
	for i, e := range l.doc.Failures.Event {
		if e.At >= engine.Time(end) {
			l.report(fmt.Sprintf("failures.event[%d].at", i), false, wrong("is no time of the run").or(length))
		}
	}
	if k := &l.doc.Checkpoint; k.Interval.Rule == "" && k.Interval.Work >= end {
		l.report("checkpoint.interval", false, wrong("no checkpoint falls into the run").or(length+`; write "none" if that is meant`))
	}
}

// checkRecovery checks that a job that may shrink can.
func (l *loader) checkRecovery() {
	r, y := &l.doc.Recovery, &l.doc.Layout
	if r.LeastReplicas > y.Data {
		l.report("recovery.least_replicas", false, wrong("%d are more than the %d replicas of the layout", r.LeastReplicas, y.Data))
	}
	if r.NoSpare != shrink {
		return
	}
	if y.Data > 1 && !wholeHosts(y, l.doc.Host.GPUs) {
		l.report("recovery.no_spare", false, wrong("a host holds ranks of several replicas, and a job shrinks by hosts").or(
			fmt.Sprintf(`write no_spare = "wait", or fill the %d GPUs of each host from one replica with layout.order`, l.doc.Host.GPUs)))
	}
	if y.Tensor*y.Context%max(1, y.Expert) > 0 {
		l.report("recovery.no_spare", false, wrong("experts are divided among %d ranks of several replicas, of which no one can go on alone", y.Expert).or(
			`write no_spare = "wait", or divide experts within the tensor group`))
	}
}

// wholeHosts tells whether no host holds ranks of two replicas.
func wholeHosts(y *workload.Layout, gpus int) bool {
	for _, d := range replicaOf(y, gpus) {
		if d < 0 {
			return false
		}
	}
	return true
}
