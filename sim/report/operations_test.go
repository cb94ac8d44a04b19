package report

import (
	"testing"

	"trainsim/sim/workload"
)

// Every kind of operation has a colour of its own family: none is "other".
func TestKindsHaveColours(t *testing.T) {
	for k := workload.GEMM; k <= workload.Shift; k++ {
		if name := kinds[kindOf(k.String())].name; name == "other" {
			t.Errorf("%s is drawn as %s", k, name)
		}
	}
}
