package results

import (
	"bytes"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// sampleTraining sets every key: 54 days of Llama 3 405B, roughly.
func sampleTraining() *Training {
	return &Training{
		Replicas: 400, Goodput: 0.9031, GoodputLow: 0.9012, GoodputHigh: 0.905, ETTR: 0.9114, ETTRLow: 0.9095, ETTRHigh: 0.9133,
		CompletionTimeS: 4_665_600, CompletionTimeSLow: 4_655_100, CompletionTimeSHigh: 4_676_100, IdealTimeS: 4_213_500,
		StepsDone: 1_122_000, TokensDone: 1.765e13,
		Failures:      map[string]float64{"gpu": 190, "hbm": 72, "software": 54, "cable": 35, "host": 32, "nic": 7, "switch": 2, "supply": 3},
		Interruptions: 418.7, InterruptionsLow: 416.7, InterruptionsHigh: 420.7, PlannedStops: 47,
		LostTimeS:    map[string]float64{"degraded": 38_700, "wasted_progress": 121_000, "checkpoint_save": 98_300, "program_startup": 96_000, "accelerator_init": 60_100, "checkpoint_restore": 37_500},
		LostByCauseS: map[string]float64{"gpu": 143_000, "hbm": 54_000, "software": 40_600, "cable": 26_400, "host": 24_100, "nic": 5_300},
		RunTimeS: map[string]float64{"productive": 4_214_000, "degraded": 38_700, "wasted_progress": 121_000, "checkpoint_save": 98_300,
			"program_startup": 96_000, "accelerator_init": 60_100, "checkpoint_restore": 37_500},
		RunEnergyMWh:   map[string]float64{"productive": 20_100, "degraded": 190, "wasted_progress": 590, "program_startup": 120, "spare": 70},
		RunCostBuckets: map[string]*Cost{"useful": sampleCost().Times(86_000), "restart": sampleCost().Times(9_367.4)}, WastedCost: sampleCost().Times(9_367.4), WastedShare: 0.098,
		Checkpoints: 7_300, CheckpointSteps: 154, CheckpointIntervalS: 640, CheckpointSaveS: 12.5, CheckpointBytes: 5_670_000_000_000,
		YoungIntervalS: 527.6, DalyIntervalS: 523.4, ExactIntervalS: 523.5, ClosedFormETTR: 0.908, MTBFS: 11_135, RestartS: 420,
		Replacements: 365, Episodes: 81, Evictions: 12, Retired: 3, LeastSpares: 9, HealthStates: 97,
		LostPerFailureS: 700, EnergyPerFailureMWh: 2.31, USDPerFailure: 9_800, Attribution: &Attribution{AtS: 86_400, StepS: 9.8, IdealS: 9.2, Slowdown: 9.8 / 9.2, Waste: 1 - 9.2/9.8}, StopRampsMWh: 0.12,
	}
}

func sampleMonths() *Months {
	return &Months{
		Buckets: []string{"productive", "wasted_progress"}, Failures: []string{"gpu", "my, switch"},
		Replicas: []Replica{
			{Number: 0, Seed: math.MaxUint64, EndS: 4_665_600.123456789, Steps: 1000, Goodput: 0.9, ETTR: 0.95, Interruptions: 3, Planned: 1, Checkpoints: 17,
				Restores: 4, Replacements: 2, Episodes: 5, Evictions: 1, Retired: 1, LeastSpares: -1,
				TimeS:     map[string]float64{"productive": 4_600_000.1, "wasted_progress": 65_600.023456789},
				EnergyMWh: map[string]float64{"productive": 1.0 / 3, "wasted_progress": 0, Spare: 7}, Failures: map[string]int64{"gpu": 3, "my, switch": 0}},
			{Number: 1, Seed: 1, TimeS: map[string]float64{"productive": 0, "wasted_progress": 0},
				EnergyMWh: map[string]float64{"productive": 0, "wasted_progress": 0, Spare: 0}, Failures: map[string]int64{"gpu": 0, "my, switch": 9}},
		},
		Timeline:  []TimelineMark{{Kind: "compute", Host: -1}, {AtS: 12.5, Kind: "failure", Cause: "my, switch", Host: 7, Steps: 3}, {AtS: 99, Kind: "end", Host: -1, Steps: 9}},
		Pool:      []PoolPoint{{0, 16, 0, 0}, {12.5, 15, 1, 2}},
		StepTimes: []StepLength{{3.75, 900}, {4.1, 100}},
	}
}

// The run of a whole training comes back with its files, which the manifest names.
func TestMonthsRoundTrip(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "r")
	want := sampleRun()
	want.Summary.Training, want.Months = sampleTraining(), sampleMonths()
	if err := Write(dir, want, WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	got, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v %+v\nwant\n%+v %+v", got.Months, got.Summary.Training, want.Months, want.Summary.Training)
	}
	for _, name := range []string{ReplicasFile, TimelineFile, PoolFile, StepTimesFile} {
		if got.Manifest.Files[name] == "" {
			t.Errorf("the manifest does not name %s", name)
		}
	}
}

// A number that is not finite is found inside the part of the training too.
func TestMonthsAreFinite(t *testing.T) {
	r := sampleRun()
	r.Summary.Training = sampleTraining()
	r.Summary.LostTimeS["degraded"] = math.NaN()
	err := Write(filepath.Join(t.TempDir(), "r"), r, WriteOptions{})
	if err == nil || !strings.Contains(err.Error(), "lost_time_s.degraded is not a finite number") {
		t.Errorf("error %v", err)
	}
}

func TestMonthsFiles(t *testing.T) {
	m := sampleMonths()
	var b bytes.Buffer
	for _, write := range []func() error{
		func() error { return writeReplicas(&b, m) },
		func() error { return writeTimeline(&b, m.Timeline) },
		func() error { return writePool(&b, m.Pool) },
		func() error { return writeStepTimes(&b, m.StepTimes) },
	} {
		if err := write(); err != nil {
			t.Fatal(err)
		}
		b.WriteString("--\n")
	}
	golden(t, "months.csv.txt", b.String())
}

func TestSummaryTextOfMonths(t *testing.T) {
	s := sampleSummary()
	s.Scenario, s.Title, s.Ranks, s.Training = "llama3-405b-54-days", "Llama 3 405B for 54 days", 16_384, sampleTraining()
	golden(t, "summary_months.txt", s.Text())
	if n := strings.Count(s.Text(), "\n"); n > 33 {
		t.Errorf("%d lines, want at most 33", n)
	}
	s.Training = &Training{Replicas: 1, Goodput: 1, ETTR: 1, CompletionTimeS: 86_400, IdealTimeS: 86_400, StepsDone: 2700,
		RunTimeS: map[string]float64{"productive": 86_400}, RunEnergyMWh: map[string]float64{"productive": 190}, HealthStates: 1}
	golden(t, "summary_one_month.txt", s.Text())
}

func drawMonths(t *rapid.T) *Months {
	distinct := func(l []string) []string { slices.Sort(l); return slices.Compact(l) }
	name := rapid.SampledFrom([]string{"gpu", "hbm", "a,b", `"q"`, "s", "mwh", "time_x_s", "µ"})
	count, value := rapid.Int64Min(0), rapid.Float64Range(0, 1e12)
	m := &Months{Buckets: distinct(rapid.SliceOfN(name, 1, 4).Draw(t, "buckets")), Failures: distinct(rapid.SliceOfN(name, 1, 4).Draw(t, "causes"))}
	for i := range rapid.IntRange(0, 4).Draw(t, "replicas") {
		r := Replica{Number: i, Seed: rapid.Uint64().Draw(t, "seed"), EndS: value.Draw(t, "end"), Steps: count.Draw(t, "steps"),
			Goodput: value.Draw(t, "goodput"), ETTR: value.Draw(t, "ettr"), Interruptions: count.Draw(t, "stops"), Planned: count.Draw(t, "planned"),
			Checkpoints: count.Draw(t, "checkpoints"), Restores: count.Draw(t, "restores"), Replacements: count.Draw(t, "replacements"),
			Episodes: count.Draw(t, "episodes"), Evictions: count.Draw(t, "evictions"), Retired: count.Draw(t, "retired"),
			LeastSpares: rapid.Int32().Draw(t, "spares"), TimeS: map[string]float64{}, EnergyMWh: map[string]float64{}, Failures: map[string]int64{}}
		for _, b := range append(slices.Clone(m.Buckets), Spare) {
			r.EnergyMWh[b] = value.Draw(t, "energy")
		}
		for _, b := range m.Buckets {
			r.TimeS[b] = value.Draw(t, "time")
		}
		for _, c := range m.Failures {
			r.Failures[c] = count.Draw(t, "failures")
		}
		m.Replicas = append(m.Replicas, r)
	}
	for range rapid.IntRange(0, 4).Draw(t, "marks") {
		m.Timeline = append(m.Timeline, TimelineMark{value.Draw(t, "at"), name.Draw(t, "kind"), name.Draw(t, "cause"), rapid.Int32().Draw(t, "host"), count.Draw(t, "steps")})
		m.Pool = append(m.Pool, PoolPoint{value.Draw(t, "at"), rapid.Int32().Draw(t, "spares"), rapid.Int32().Draw(t, "repair"), rapid.Int32().Draw(t, "lost")})
		m.StepTimes = append(m.StepTimes, StepLength{value.Draw(t, "length"), count.Draw(t, "count")})
	}
	return m
}

// Every table gives back what it was given, to the last bit.
func TestMonthsTablesRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want, got := drawMonths(t), new(Months)
		files := map[string]bytes.Buffer{}
		write := func(name string, err error, b bytes.Buffer) {
			if err != nil {
				t.Fatal(err)
			}
			files[name] = b
		}
		var b [4]bytes.Buffer
		write(ReplicasFile, writeReplicas(&b[0], want), b[0])
		write(TimelineFile, writeTimeline(&b[1], want.Timeline), b[1])
		write(PoolFile, writePool(&b[2], want.Pool), b[2])
		write(StepTimesFile, writeStepTimes(&b[3], want.StepTimes), b[3])
		for _, f := range monthsFiles(got) {
			data := files[f.name]
			if err := f.parse(data.Bytes()); err != nil {
				t.Fatal(err)
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got\n%+v\nwant\n%+v", got, want)
		}
	})
}

// What is wrong in a table is told with its line.
func TestReadReplicasTellsTheLine(t *testing.T) {
	var b bytes.Buffer
	if err := writeReplicas(&b, sampleMonths()); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for _, c := range []struct{ old, new, want string }{
		{"replica,seed", "seed,replica", "line 1: header is"},
		{"4665600.123456789", "soon", `line 2: end_s "soon": want a number`},
		{"\n1,1,0,0", "\n1,-1,0,0", `line 3: seed "-1": want an integer from 0`},
		{"\n1,1,", "\n1,", "record on line 3: wrong number of fields"},
	} {
		if !strings.Contains(text, c.old) {
			t.Fatalf("no %q in\n%s", c.old, text)
		}
		err := readReplicas(strings.NewReader(strings.Replace(text, c.old, c.new, 1)), new(Months))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: error %v, want %q", c.new, err, c.want)
		}
	}
}
