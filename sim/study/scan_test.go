package study

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"trainsim/sim/scenario"
)

// scan64 lays out a scan of 64 GPUs.
func scan64(t *testing.T, metrics []string, over ...string) *Scan {
	t.Helper()
	s, err := NewScan(axes(t, over...), metrics, load64)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func axes(t *testing.T, over ...string) []scenario.Axis {
	t.Helper()
	list, err := scenario.ParseAxes(over)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// Each point is the step that a run with these overrides gives, whatever the number
// of workers; the values of the first key change fastest.
func TestScanPoints(t *testing.T) {
	s := scan64(t, []string{"bubble_fraction", "time_buckets_s.exposed_tensor"}, "layout.tensor=1,2", "layout.pipeline=2,4")
	for i, want := range [][]string{{"1", "2"}, {"2", "2"}, {"1", "4"}, {"2", "4"}} {
		if !reflect.DeepEqual(s.Points[i].Values, want) {
			t.Errorf("point %d is %v, want %v", i, s.Points[i].Values, want)
		}
	}
	steps := 0
	if err := s.Simulate(t.Context(), 1, func() { steps++ }); err != nil || steps != 4 || s.Missing() != 0 {
		t.Fatalf("%v, %d steps, %d missing", err, steps, s.Missing())
	}
	for _, p := range s.Points {
		seconds, joules := step64(t, "layout.tensor="+p.Values[0], "layout.pipeline="+p.Values[1])
		close64(t, "step time", p.StepTimeS, seconds)
		close64(t, "energy", p.EnergyPerStepJ, joules*float64(p.Ranks))
		close64(t, "seconds", p.Seconds, seconds/(64*256)*1e6)
		if _, tensor := p.Metrics["time_buckets_s.exposed_tensor"]; tensor != (p.Values[0] == "2") || p.Metrics["bubble_fraction"] <= 0 {
			t.Errorf("metrics %v of %v", p.Metrics, p.Values)
		}
	}
	again := scan64(t, s.metrics, "layout.tensor=1,2", "layout.pipeline=2,4")
	if err := again.Simulate(t.Context(), 3, func() {}); err != nil {
		t.Fatal(err)
	}
	a, _ := json.Marshal(s)
	b, _ := json.Marshal(again)
	if !bytes.Equal(a, b) {
		t.Errorf("by one worker\n%s\nby three\n%s", a, b)
	}
}

// A point that the scenario refuses is missing, with its reason; where it refuses all
// of them, that is the error. A metric that no summary has is one before the work.
func TestScanRefusals(t *testing.T) {
	s := scan64(t, nil, "layout.tensor=2,3")
	if err := s.Simulate(t.Context(), 2, func() {}); err != nil || s.Missing() != 1 || !strings.HasPrefix(s.Points[1].Missing, "layout.tensor: 3 does not divide") {
		t.Errorf("%v, %+v", err, s.Points)
	}
	_, err := NewScan(axes(t, "layout.tensor=3,5"), nil, load64)
	var wrong scenario.Errors
	if !errors.As(err, &wrong) || len(wrong) < 2 {
		t.Errorf("%v", err)
	}
	if _, err = NewScan(axes(t, "layout.tensor=2"), []string{"mfus"}, load64); err == nil || !strings.Contains(err.Error(), `no key "mfus"`) {
		t.Errorf("%v", err)
	}
	if _, err = NewScan(axes(t, "layout.data=1..1000", "layout.tensor=1,2"), nil, load64); err == nil || !strings.Contains(err.Error(), "2000 points are too many") {
		t.Errorf("%v", err)
	}
}

// What is not there when the context ends is missing, and its cause is the error.
func TestScanInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("enough")
	s := scan64(t, nil, "gpu.power_cap=300W..400W:2W")
	if err := s.Simulate(ctx, 1, func() { cancel(cause) }); err != cause {
		t.Errorf("error %v", err)
	}
	if n := s.Missing(); n == 0 || n == len(s.Points) || s.Points[len(s.Points)-1].Missing != "interrupted" || len(s.Least) == 0 {
		t.Errorf("%d missing, %+v", n, s.Points)
	} else if want := fmt.Sprintf("; %d more: interrupted\n", n-mostMissing); !strings.Contains(s.Text(), want) {
		t.Errorf("no %q in\n%s", want, s.Text())
	}
}

// Of a whole training time and energy by token are those of all of it.
func TestScanOfTrainings(t *testing.T) {
	load := func(set []string) (*scenario.Config, error) {
		return scenario.Parse("test", []byte(week), append(set, "run.duration=1 d", "replicas.count=2"))
	}
	s, err := NewScan(axes(t, "checkpoint.interval=10min,1h"), []string{"interruptions"}, load)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Simulate(t.Context(), 2, func() {}); err != nil || s.Missing() > 0 {
		t.Fatalf("%v, %+v", err, s.Points)
	}
	for _, p := range s.Points {
		if p.ETTR <= 0 || p.ETTR >= 1 || p.CompletionTimeS != 86400 || p.Metrics["interruptions"] == 0 {
			t.Errorf("%+v", p.Figures)
		}
		if healthy := 1e6 / p.TokensPerS; math.Abs(p.Seconds*p.ETTR/healthy-1) > 0.2 {
			t.Errorf("%v s a million tokens, %v s of a healthy job, ETTR %v", p.Seconds, healthy, p.ETTR)
		}
	}
	if !strings.Contains(s.Text(), "s/Mtok") || s.StepsAlike() {
		t.Error(s.Text())
	}
}

// Points by hand: B is best in time, D in energy, C between; A is slower than B for
// more energy, E is D again.
func handMade() *Scan {
	figures := func(seconds, kwh, rent float64) *Figures {
		return &Figures{Ranks: 8, TokensPerStep: 1000, StepTimeS: seconds / 1000, TokensPerS: 1e6 / seconds, MFU: 0.4, MeanPowerW: 1e3, PeakPowerW: 2e3,
			EnergyPerStepJ: 50, Seconds: seconds, SiteKWh: kwh, RentUSD: rent, Kilograms: kwh / 2}
	}
	s := &Scan{Scenario: "hand", Title: "by hand", metrics: []string{"bubble_fraction"},
		Axes: []scenario.Axis{{Key: "gpu.power_cap", Values: []string{"400 W", "500 W", "600 W"}}, {Key: "layout.tensor", Values: []string{"1", "2"}}},
		Points: []Point{
			{Values: []string{"400 W", "1"}, Figures: figures(110, 5, 0.3)},
			{Values: []string{"500 W", "1"}, Figures: figures(100, 4, 0.2)},
			{Values: []string{"600 W", "1"}, Missing: "layout: does not fit"},
			{Values: []string{"400 W", "2"}, Figures: figures(120, 3, 0.25)},
			{Values: []string{"500 W", "2"}, Figures: figures(200, 2, 0.4)},
			{Values: []string{"600 W", "2"}, Figures: figures(200, 2, 0.4)},
		}}
	s.Points[0].Metrics = map[string]float64{"bubble_fraction": 0.125}
	s.judge()
	return s
}

func TestScanJudges(t *testing.T) {
	s := handMade()
	for i, on := range []bool{false, true, false, true, true, true} {
		if p := &s.Points[i]; p.Figures != nil && p.Frontier != on {
			t.Errorf("point %d is on the frontier: %v", i, p.Frontier)
		}
	}
	var got []int // fastest, energy, energy x time, CO2e, rent
	for _, l := range s.Least {
		got = append(got, l.Point)
	}
	if want := []int{1, 4, 3, 4, 1}; !reflect.DeepEqual(got, want) {
		t.Errorf("least at %v, want %v", got, want)
	}
	if got, want := s.Finding(), "gpu.power_cap 500 W, layout.tensor 2 takes 50 % less energy and 100 % more time than gpu.power_cap 500 W, layout.tensor 1"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	golden(t, "scan.txt", s.Text())
}

func TestScanCSV(t *testing.T) {
	var b bytes.Buffer
	if err := handMade().WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(rows) != 7 {
		t.Fatalf("%v, %d rows", err, len(rows))
	}
	if got, want := strings.Join(rows[1], ","), "400 W,1,8,1000,0.11,9090.90909,0.4,,,,1000,2000,50,110,5,0.3,,2.5,0.125,false,"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := rows[3]; got[0] != "600 W" || got[4] != "" || got[len(got)-1] != "layout: does not fit" {
		t.Errorf("%v", got)
	}
}
