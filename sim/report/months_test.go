package report

import (
	"math"
	"os"
	"strings"
	"testing"

	"trainsim/sim/results"
)

// training is a made-up run of 54 days, with 30 replicas, a failure in about three hours
// and checkpoints every quarter of an hour.
func training() *results.Run {
	r := tiny.make()
	r.Summary.Title, r.Summary.StepTimeS, r.Summary.TokensPerStep = "Llama 3 405B for 54 days", 8, 16<<20
	t := &results.Training{Replicas: 30, Goodput: 0.903, GoodputLow: 0.901, GoodputHigh: 0.905, ETTR: 0.911, CompletionTimeS: 54 * 86400,
		CompletionTimeSLow: 53.8 * 86400, CompletionTimeSHigh: 54.2 * 86400, Interruptions: 419, PlannedStops: 47, LeastSpares: 3,
		Failures:       map[string]float64{"faulty_gpu": 148, "hbm": 72, "software": 54, "network": 35, "silent_corruption": 6, "nothing": 0},
		LostByCauseS:   map[string]float64{"faulty_gpu": 148 * 700, "hbm": 72 * 720, "software": 54 * 600, "network": 35 * 900, "silent_corruption": 6 * 9000},
		ExactIntervalS: 798, YoungIntervalS: 817, DalyIntervalS: 798, CheckpointIntervalS: 1000,
		EnergyPerFailureMWh: 2.31, USDPerFailure: 9800}
	t.LostTimeS = map[string]float64{"degraded": 0.008 * 54 * 86400, "wasted_progress": 0.03 * 54 * 86400, "checkpoint_save": 0.028 * 54 * 86400,
		"detection": 0.005 * 54 * 86400, "infrastructure_recovery": 0.009 * 54 * 86400, "accelerator_init": 0.01 * 54 * 86400,
		"checkpoint_restore": 0.006 * 54 * 86400, "data_loading": 0.001 * 54 * 86400, "stalled": 100}
	r.Summary.Training = t
	m := &results.Months{}
	r.Months = m
	at, steps, durable := 0.0, int64(0), int64(0)
	m.Timeline = append(m.Timeline, results.TimelineMark{Kind: "compute", Host: -1})
	for i := 0; at < 54*86400; i++ {
		at += 1000
		steps += 125
		m.Timeline = append(m.Timeline, results.TimelineMark{AtS: at, Kind: "checkpoint", Host: -1, Steps: steps})
		durable = steps
		if i%11 == 7 || i%400 < 4 {
			at += 400 + 13*float64(i%30)
			m.Timeline = append(m.Timeline, results.TimelineMark{AtS: at, Kind: "failure", Cause: "hbm", Host: 17, Steps: durable})
			at += 300
			m.Timeline = append(m.Timeline, results.TimelineMark{AtS: at, Kind: "compute", Host: -1, Steps: durable})
		}
	}
	m.Timeline = append(m.Timeline, results.TimelineMark{AtS: at, Kind: "end", Host: -1, Steps: steps})
	for i := range 30 {
		q := (float64(i) + 0.5) / 30
		m.Replicas = append(m.Replicas, results.Replica{Number: i, EndS: at + 86400*math.Log(q/(1-q))*0.3, Goodput: 0.9})
	}
	m.Replicas[0].EndS, m.Replicas[0].Interruptions, m.Replicas[0].Planned = at, 400, 30
	for i := range 900 {
		m.Pool = append(m.Pool, results.PoolPoint{AtS: float64(i) * 5184, Spares: int32(14 + 12*math.Sin(float64(i)/40) + float64(i*7%5)), InRepair: int32(12 - 10*math.Sin(float64(i)/40) - float64(i*7%5) + 5), LostReplicas: int32(max(0, i%300-290))})
	}
	for i := range 40 {
		m.StepTimes = append(m.StepTimes, results.StepLength{Seconds: 8 + 0.02*float64(i*i)/10, Count: int64(1e6 / (1 + math.Pow(float64(i), 3)))})
	}
	for i := -4; i <= 4; i++ {
		x := 798 * math.Pow(2, float64(i)*0.75)
		y := 0.904 - 0.02*math.Pow(float64(i)*0.75, 2)/2
		m.Sweeps = append(m.Sweeps, results.SweepPoint{Sweep: "interval", Figure: "ettr", X: x, Mean: y + 0.001, Low: y - 0.003, High: y + 0.005, ClosedForm: y})
		m.Sweeps = append(m.Sweeps, results.SweepPoint{Sweep: "mtbf", Figure: "ettr", X: 11135 * math.Pow(2, float64(i)), Mean: 1 - 0.096*math.Pow(2, -float64(i)/2), Low: 0.99 - 0.096*math.Pow(2, -float64(i)/2), High: 1.005 - 0.096*math.Pow(2, -float64(i)/2), ClosedForm: math.NaN()})
		m.Sweeps = append(m.Sweeps, results.SweepPoint{Sweep: "bandwidth", Figure: "required_gb_per_s", X: 16384 * math.Pow(2, float64(i)), Mean: math.NaN(), Low: math.NaN(), High: math.NaN(), ClosedForm: 100 * math.Pow(2, float64(i))})
	}
	for i := range 12 {
		m.Sweeps = append(m.Sweeps, results.SweepPoint{Sweep: "spares", Figure: "stall_chance", X: float64(2 * i), Mean: math.Exp(-float64(i) / 1.5), Low: 0.9 * math.Exp(-float64(i)/1.5), High: 1.1 * math.Exp(-float64(i)/1.5), ClosedForm: math.Exp(-float64(i) / 1.4)})
	}
	for _, s := range []float64{0.01, 0.02, 0.05, 0.1, 0.15, 0.2} {
		m.Sweeps = append(m.Sweeps, results.SweepPoint{Sweep: "severity", Figure: "slowdown", X: s, Mean: 1 + 0.6*s, Low: 1 + 0.6*s, High: 1 + 0.6*s, ClosedForm: 1 / (1 - s)})
	}
	m.Causes = []results.Cause{{Name: "slow GPU 17", StepS: 8, AloneS: 8.7, Removed: 0.71, Added: 0.75, Slowdown: 1.09}, {Name: "stage imbalance", StepS: 8.8, AloneS: 8.2, Removed: 0.2, Added: 0.22, Slowdown: 1.03}, {Name: "jitter", StepS: 9, AloneS: 8.01, Removed: -0.01, Added: 0.02, Slowdown: 1.001}}
	for d := range int32(16) {
		for p := range int32(8) {
			s := 1.0
			if d == 3 && p == 5 {
				s = 1.12
			}
			m.Ranks = append(m.Ranks, results.RankCell{Data: d, Pipeline: p, ComputeS: 5 * s, WaitS: 2, Slowdown: s + 0.002*float64(d%3)})
		}
	}
	return r
}

// The figures of a whole training say what there is to see, and hold the numbers
// behind them. REPORT_OUT keeps them for the eye.
func TestFiguresOfTraining(t *testing.T) {
	skipRace(t)
	r := training()
	titles := map[string]string{
		"goodput":              "goodput 90 % of 54.0 d",
		"progress":             "d, 430 stops",
		"completion":           "takes 54.0 d (53.8 d to 54.2 d)",
		"failures":             "315 failures, 47 % of them faulty gpu",
		"failure-cost":         "a stop costs 10.2 min, 2.31 MWh, $9,800",
		"spares":               "at least 3 spares",
		"step-times":           "half of the steps take 8.00 s",
		"attribution":          "slow GPU 17 explains 71 % of the slowdown",
		"ranks":                "slowest is stage 5 of replica 3, 12 % slower",
		"ettr-interval":        "best with a checkpoint every 13.3 min, ETTR 90.5 %",
		"ettr-mtbf":            "ETTR 61.6 % at",
		"checkpoint-bandwidth": "1,600 GB/s at 262,144 GPUs",
		"spares-chance":        "14 spares are enough for 99 % of the time",
		"slowdown-severity":    "12 % slower at 20 %",
	}
	var drawn []string
	for _, f := range figures(r) {
		want, ok := titles[f.name]
		if !ok {
			continue
		}
		drawn = append(drawn, f.name)
		if !strings.Contains(f.title, want) {
			t.Errorf("%s is titled %q, want %q in it", f.name, f.title, want)
		}
		if len(f.table.rows) == 0 || len(f.panels) == 0 || f.lead == "" {
			t.Errorf("%s has %d rows, %d panels, lead %q", f.name, len(f.table.rows), len(f.panels), f.lead)
		}
		if out := os.Getenv("REPORT_OUT"); out != "" {
			if _, err := f.write(out); err != nil {
				t.Error(err)
			}
		}
	}
	if len(drawn) != len(titles) {
		t.Errorf("drawn: %v", drawn)
	}
}

// The waterfall of a run ends at its goodput.
func TestGoodputIsClosed(t *testing.T) {
	r := training()
	f := goodput(r)
	rows := f.table.rows
	if first, last := rows[0], rows[len(rows)-1]; first[2] != "1.00000" || last[2] != "0.90300" {
		t.Errorf("from %v to %v", first, last)
	}
	if r.Summary.Training = nil; goodput(r) != nil || completion(r) != nil {
		t.Error("figures without a training")
	}
}

// The first start of the program is none of a stop's: of three starts of 10 s each
// stop takes one.
func TestPerStop(t *testing.T) {
	r := &results.Training{Interruptions: 1, PlannedStops: 1, LostTimeS: map[string]float64{"program_startup": 30, "detection": 8}}
	if start, detection := perStop(r, "program_startup"), perStop(r, "detection"); start != 10 || detection != 4 {
		t.Errorf("a stop takes %v s to start and %v s to be found, want 10 and 4", start, detection)
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0 stops", 1: "1 stop", 1200: "1,200 stops"} {
		if got := count(n, "stop", "stops"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
