package results

import (
	"strings"
	"testing"
)

func TestFigure(t *testing.T) {
	s := sampleSummary()
	s.Training = sampleTraining()
	for path, want := range map[string]float64{"step_time_s": 32.1234, "goodput": 0.9031, "lost_time_s.degraded": 38_700, "link_utilization.nic": 0.124, "replicas": 400} {
		if got, err := s.Figure(path); err != nil || got != want {
			t.Errorf("%s is %v (%v), want %v", path, got, err, want)
		}
		if !HasKey(path, true) {
			t.Errorf("%s is not known", path)
		}
	}
	for path, want := range map[string]string{
		"good_put": "summary.json has no key good_put; it has attribution, bubble_fraction, ", "lost_time_s.gone": "lost_time_s has no key gone; it has accelerator_init, ",
		"goodput.low": "goodput has no parts", "lost_time_s": "lost_time_s is no number", "memory": "memory is no number", "": "summary.json has no key ;",
	} {
		if _, err := s.Figure(path); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s gives %v, want %s", path, err, want)
		}
	}
	for path, want := range map[string]bool{"run_cost.gpu_hours": true, "run_cost.gpu_hour": false, "time_buckets_s.anything": true,
		"memory": false, "lost_time_s": false, "mfu.of": false, "title": false, "feeds": false} {
		if HasKey(path, true) != want {
			t.Errorf("%s: a key is %v, want %v", path, !want, want)
		}
	}
	if !HasKey("mains_managed.least_w", false) || HasKey("goodput", false) || HasKey("good_put", true) || !HasKey("energy_mwh", false) || !HasKey("tokens", true) {
		t.Error("HasKey knows what is not there, or not what is")
	}
}
