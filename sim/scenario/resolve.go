package scenario

import "fmt"

// resolve fills in what follows from other keys: widths of the model, the
// schedule from the chunks, the data parallel size from the machine, the machine
// from the layout.
func (l *loader) resolve() {
	doc := &l.doc
	doc.Model, doc.Layout = doc.Model.Complete(), doc.Layout.Complete()
	y, hosts, gpus := &doc.Layout, doc.Machine.Hosts, doc.Host.GPUs
	if hosts > 0 && !l.given["layout.data"] {
		y.Data = max(1, hosts*gpus/(y.Tensor*y.Pipeline))
	}
	if hosts == 0 {
		doc.Machine.Hosts = ceilDiv(y.Ranks(), gpus)
		return
	}
	if y.Ranks() > hosts*gpus {
		l.report("machine.hosts", false, wrong("%d hosts of %d GPUs are %d GPUs, but the layout has %d ranks (tensor %d × pipeline %d × data %d)",
			hosts, gpus, hosts*gpus, y.Ranks(), y.Tensor, y.Pipeline, y.Data).or(fmt.Sprintf("write %d or more", ceilDiv(y.Ranks(), gpus))))
	}
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
