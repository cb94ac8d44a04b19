package scenario

import (
	"fmt"

	"trainsim/sim/workload"
)

// resolve fills in what follows from other keys: the schedule from the chunks,
// the data parallel size from the machine, the machine from the layout.
func (l *loader) resolve() {
	doc := &l.doc
	y := &doc.Layout
	if y.Schedule == "" {
		y.Schedule = workload.OneFOneB
		if y.VirtualPipeline > 1 {
			y.Schedule = workload.Interleaved
		}
	}
	perReplica, gpus := y.Tensor*y.Pipeline, doc.Host.GPUs
	hosts := doc.Machine.Hosts
	if y.Data == 0 {
		y.Data = 1
		if hosts > 0 {
			y.Data = max(1, hosts*gpus/perReplica)
		}
	}
	if hosts == 0 {
		doc.Machine.Hosts = ceilDiv(y.Ranks(), gpus)
		return
	}
	if y.Ranks() > hosts*gpus {
		fit := ceilDiv(y.Ranks(), gpus)
		l.report("machine.hosts", false, wrong("%d hosts of %d GPUs are %d GPUs, but the layout has %d ranks (tensor %d × pipeline %d × data %d)",
			hosts, gpus, hosts*gpus, y.Ranks(), y.Tensor, y.Pipeline, y.Data).or(fmt.Sprintf("write %d or more", fit)))
	}
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
