package study

import (
	"math"
	"strings"
	"testing"

	"trainsim/sim/results"
)

// runOf is a result of whole trainings with the given seeds and completion times.
func runOf(seeds []uint64, times ...float64) *results.Run {
	r := &results.Run{Months: &results.Months{}}
	r.Summary.StepTimeS = 10
	for i, t := range times {
		r.Months.Replicas = append(r.Months.Replicas, results.Replica{Number: i, Seed: seeds[i], EndS: t, Goodput: 1000 / t,
			TimeS: map[string]float64{"productive": 1000, "wasted_progress": t - 1000}})
	}
	return r
}

// TestMeanInterval: 1, 2, 3 have mean 2 and standard error 1/√3; the 97.5 % point
// of Student's t with two degrees of freedom is 4.302653.
func TestMeanInterval(t *testing.T) {
	mean, low, high := MeanInterval([]float64{1, 2, 3})
	half := 4.302652729911275 / math.Sqrt(3)
	if mean != 2 || math.Abs(low-(2-half)) > 1e-9 || math.Abs(high-(2+half)) > 1e-9 {
		t.Errorf("mean %v, from %v to %v; want 2 ± %v", mean, low, high, half)
	}
	if mean, low, high := MeanInterval([]float64{5}); mean != 5 || low != 5 || high != 5 {
		t.Error("one value has an interval")
	}
}

// TestComparePairs: replicas are paired by their draws, whatever their order, and
// what differs from replica to replica cancels out.
func TestComparePairs(t *testing.T) {
	a := runOf([]uint64{7, 8, 9}, 1100, 1500, 1900)
	b := runOf([]uint64{9, 7, 8, 4}, 1890, 1088, 1492, 5000)
	c, err := Compare([]*results.Run{a, b}, []string{"a", "b"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Paired != 3 {
		t.Fatalf("%d pairs, want 3", c.Paired)
	}
	for _, f := range c.Figures {
		if f.Name != "completion_time_s" {
			continue
		}
		d := f.Differences[0] // of -12, -8, -10
		half := 4.302652729911275 * 2 / math.Sqrt(3)
		if f.Values[0] != 1500 || f.Values[1] != 1490 || d.Mean != -10 || math.Abs(d.Low-(-10-half)) > 1e-9 || !d.Clear() {
			t.Errorf("completion time %v, difference %+v", f.Values, d)
		}
		if line := f.line(1, 3); line[3] != "-10" || line[5] != "-0.667 %" {
			t.Errorf("line %q", line)
		}
	}
	if text := c.Text(); !strings.Contains(text, "3 replicas with the same draws") || !strings.Contains(text, "lost_time_s.wasted_progress") {
		t.Errorf("text:\n%s", text)
	}
}

func TestCompareNothingInCommon(t *testing.T) {
	_, err := Compare([]*results.Run{runOf([]uint64{1}, 1100), runOf([]uint64{2}, 1100)}, []string{"a", "b"})
	if err == nil || !strings.Contains(err.Error(), "same run.seed") {
		t.Errorf("error %v", err)
	}
	_, err = Compare([]*results.Run{runOf([]uint64{1}, 1100), {}}, []string{"a", "b"})
	if err == nil || !strings.Contains(err.Error(), "only of steps") {
		t.Errorf("error %v", err)
	}
	c, err := Compare([]*results.Run{{}, {Summary: results.Summary{StepTimeS: 2}}}, []string{"a", "b"})
	if err != nil || c.Paired != 0 || c.Figures[0].Differences[0].Mean != 2 {
		t.Errorf("steps: %+v, %v", c, err)
	}
}

// What tokens cost is compared where it is known: half the rent is 50 % less, and what
// neither result has is left out.
func TestCompareCosts(t *testing.T) {
	run := func(rent float64) *results.Run {
		return &results.Run{Summary: results.Summary{StepTimeS: 1, MillionTokensCost: &results.Cost{RentUSD: rent}}}
	}
	c, err := Compare([]*results.Run{run(0.8), run(0.4)}, []string{"a", "b"})
	if err != nil {
		t.Fatal(err)
	}
	last := c.Figures[len(c.Figures)-1]
	if last.Name != "million_tokens_cost.rent_usd" || last.Values[1] != 0.4 || last.line(1, 0)[5] != "-50 %" {
		t.Errorf("%+v, %q", last, last.line(1, 0))
	}
}
