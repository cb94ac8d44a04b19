package study

import (
	"math"
	"strings"
	"testing"
)

// Two of eight hosts begin, two come after a day and four after two: the job grows with
// them, and nobody pays for what is not there.
func TestDelivery(t *testing.T) {
	text := strings.Replace(cluster64, "tensor = 2\npipeline = 2\ndata = 16", "tensor = 8\npipeline = 1\ndata = 8", 1)
	text += `
[run]
steps = 5000000
[[delivery]]
hosts = 4
after = "2 d"
[[delivery]]
hosts = 2
after = "1 d"
[recovery]
strategy = "elastic"
[checkpoint]
interval = "10 min"
save = "0 s"
[replicas]
sweeps = false
`
	c := parse(t, text)
	out, _ := train(t, c, Replication{Workers: 1})
	s := &out.Summary
	days := s.CompletionTimeS / 86400
	if want := 24 * 8 * (8*days - 4*2 - 2*1); days < 3 || math.Abs(s.RunCost.GPUHours-want) > 1e-9*want {
		t.Errorf("%v GPU hours in %v days, want %v", s.RunCost.GPUHours, days, want)
	}
	var lost []int32
	for _, p := range out.Months.Pool {
		if n := len(lost); n == 0 || lost[n-1] != p.LostReplicas {
			lost = append(lost, p.LostReplicas)
		}
	}
	if len(lost) != 3 || lost[0] != 6 || lost[1] != 4 || lost[2] != 0 {
		t.Errorf("replicas are missing: %v", lost)
	}
	if s.ETTR < 0.99 || s.RunTimeS["degraded"] < 86400 {
		t.Errorf("ETTR %v, %v", s.ETTR, s.RunTimeS)
	}
}
