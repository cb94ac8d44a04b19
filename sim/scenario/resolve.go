package scenario

import (
	"fmt"
	"math"
	"strconv"
)

// maxRanks bounds the size of a machine: beyond it a simulation would need more
// memory than there is, and a mistake is more likely.
const maxRanks = 1 << 20

// maxTasks bounds the chunks of microbatches that the stages of one pipeline
// work through in a step, for the same reasons.
const maxTasks = 1 << 20

// resolve fills in what follows from other keys: widths of the model, the
// schedule from the chunks, the data parallel size from the machine, the machine
// from the layout.
func (l *loader) resolve() {
	doc := &l.doc
	doc.Model, doc.Layout = doc.Model.Complete(), doc.Layout.Complete()
	if ranks := float64(doc.Layout.Tensor) * float64(doc.Layout.Pipeline) * float64(doc.Layout.Data) * float64(doc.Layout.Context); ranks > maxRanks {
		l.report("layout", true, wrong("tensor × pipeline × data × context are %s ranks", Grouped(ranks)).or(fmt.Sprintf("at most %d are supported", maxRanks)))
		return
	}
	y, hosts, gpus := &doc.Layout, doc.Machine.Hosts, doc.Host.GPUs
	if hosts > 0 && !l.given["layout.data"] {
		y.Data = max(1, hosts*gpus/(y.Tensor*y.Pipeline*y.Context))
	}
	perReplica := float64(y.GlobalBatch) / (float64(y.MicroBatch) * float64(y.Data))
	if tasks := perReplica * float64(y.Pipeline) * float64(y.VirtualPipeline); tasks > maxTasks {
		l.report("layout.global_batch", false, wrong("%s microbatches on %d stages of %d chunks are %s forward passes a step", Grouped(perReplica),
			y.Pipeline, y.VirtualPipeline, Grouped(tasks)).or(fmt.Sprintf("at most %d are supported", maxTasks)))
	}
	if hosts == 0 {
		doc.Machine.Hosts = ceilDiv(y.Ranks(), gpus) + max(0, doc.Machine.Spares)
		return
	}
	if y.Ranks() > hosts*gpus {
		l.report("machine.hosts", false, wrong("%d hosts of %d GPUs are %d GPUs, but the layout has %d ranks (%s)",
			hosts, gpus, hosts*gpus, y.Ranks(), y.Sizes()).or(fmt.Sprintf("write %d or more", ceilDiv(y.Ranks(), gpus))))
	}
}

// Grouped writes a count for people, its digits in groups of three: 12,800,000.
func Grouped(x float64) string {
	if x != math.Trunc(x) || math.Abs(x) >= 1e15 {
		return strconv.FormatFloat(x, 'g', 4, 64)
	}
	digits := strconv.FormatFloat(x, 'f', 0, 64)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
