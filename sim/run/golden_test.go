package run

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trainsim/sim/engine"
)

var update = flag.Bool("update", false, "write golden files")

// TestTimeline compares a small run with a bit of everything with its course as
// people have read it.
func TestTimeline(t *testing.T) {
	s := story()
	s.Steps, s.Record, s.Recovery.Shrink, s.Recovery.Source = 24, true, true, FromMemory
	s.Checkpoint.Every, s.Checkpoint.Save, s.Checkpoint.Write, s.Checkpoint.Memory = 4, 2*second, 12*second, 2
	s.Power = Power{Polling: 900_000, Loaded: 800_000, Idle: 400_000, Spare: 100_000}
	s.Lemons.Retire, s.Lemons.Window = 2, 400*second
	s.Eviction = Eviction{Enabled: true, Detect: Always(15 * second), Above: 0.3}
	s.Slowdowns = []Slowdown{{At: 60, Lasts: 12, Host: 3, Part: 7, Speed: 800_000}, {At: 430, Host: 0, Part: 2, Speed: 500_000}}
	s.Replay = []Incident{{38, crash, 1}, {85, flap, 2}, {108, rack, 4}, {150, crash, 3}, {151, crash, 0}, {330, maintenance, 2}, {395, crash, 1}, {480, sdc, 2}}
	for i := range s.Replay {
		s.Replay[i].At *= engine.Time(second)
	}
	for i := range s.Slowdowns {
		s.Slowdowns[i].At *= engine.Time(second)
		s.Slowdowns[i].Lasts *= second
	}
	name := filepath.Join("testdata", "timeline.golden")
	got := timeline(t, s)
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the course has changed; look at it, and write it with -update:\n%s", got)
	}
}

// timeline plays a run and tells its course, a line for each change.
func timeline(t *testing.T, s *Spec) string {
	t.Helper()
	r, err := newReplica(s, 1)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString(`Two replicas of two hosts each, hosts 0 to 3, and two spares, 4 and 5. A step takes 10 s. After every fourth there is a
checkpoint: 2 s of saving and 12 s of writing in the background; after the others that are even, a copy in the memory of
peers. After a failure the job goes on with the hosts that are left; repairs take 100 s, and who fails twice retires.

`)
	fmt.Fprintf(&b, "%6s  %-8s %5s %6s %6s %6s %7s  %s\n", "time s", "phase", "steps", "in job", "spares", "repair", "power W", "what happens")
	last, before := "", Outcome{Failures: make([]int64, len(s.Kinds))}
	for {
		inJob := 0
		for _, p := range r.fleet.place {
			if p == inSlot {
				inJob++
			}
		}
		now := fmt.Sprintf("%-8s %5d %6d %6d %6d %7d", phaseNames[r.phase], r.progress.done, inJob, len(r.fleet.ready), r.fleet.repair, r.power/1000)
		if what := happened(s, r.out, &before); now != last || what != "" {
			fmt.Fprintln(&b, strings.TrimRight(fmt.Sprintf("%6.4g  %s  %s", r.now.Seconds(), now, what), " "))
			last = now
		}
		if !r.goesOn() {
			break
		}
		r.instant()
	}
	if r.err != nil {
		t.Fatal(r.err)
	}
	if err := r.close(); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&b, "\n%-25s %8s %8s\n", "bucket", "time s", "kJ")
	for k := range NumBuckets {
		fmt.Fprintf(&b, "%-25s %8.4g %8.4g\n", k, r.out.Time[k].Seconds(), r.out.Energy[k].Float()/1e15)
	}
	return b.String()
}

// happened tells what an outcome has that it had not before, and remembers it.
func happened(s *Spec, o, before *Outcome) string {
	var what []string
	for k, n := range o.Failures {
		if n > before.Failures[k] {
			what = append(what, s.Kinds[k].Name)
		}
	}
	for _, m := range o.Marks[len(before.Marks):] {
		switch m.Kind {
		case MarkCheckpoint:
			what = append(what, "a checkpoint is durable")
		case MarkSlow:
			what = append(what, fmt.Sprintf("a GPU of host %d is slow", m.Host))
		case MarkWell:
			what = append(what, fmt.Sprintf("host %d is well", m.Host))
		case MarkFailure:
			what = append(what, fmt.Sprintf("stop (host %d)", m.Host))
		}
	}
	for _, c := range []struct {
		name     string
		now, was int64
	}{{"eviction", o.Evictions, before.Evictions}, {"a host retires", o.Retired, before.Retired}, {"a replica is back", o.Rejoins, before.Rejoins}} {
		if c.now > c.was {
			what = append(what, c.name)
		}
	}
	*before = *o
	before.Failures = append([]int64(nil), o.Failures...)
	return strings.Join(what, ", ")
}
