package scenario

import (
	"errors"
	"fmt"
	"strings"

	"trainsim/sim/workload"
)

// check finds what single keys cannot show: layouts that do not divide or fit,
// and disturbances of things that are not there.
func (l *loader) check() {
	doc := &l.doc
	if err := doc.Fabric.Fits(doc.joined(), doc.Host.GPUs); err != nil {
		l.report("network", true, wrong("%s", strings.TrimPrefix(err.Error(), "network: ")))
		return
	}
	l.checkCommunication()
	l.checkLayout()
	l.checkRecord()
	l.checkHostList()
	l.checkDegrade()
	l.checkPowerCaps()
	l.checkBackground()
	l.checkPower()
	l.checkFeeds()
	l.checkSite()
	l.checkCooling()
	l.checkNeighbours()
	l.checkLong()
}

// checkCommunication checks that communication leaves SMs to the kernels beside it.
func (l *loader) checkCommunication() {
	if g := &l.doc.GPU; g.CommSMs >= g.SMs {
		l.report("gpu.comm_sms", false, wrong("takes %d of %d SMs, which leaves none", g.CommSMs, g.SMs))
	}
}

// checkLayout asks whether the layout divides the model and fits the GPUs.
func (l *loader) checkLayout() {
	doc := &l.doc
	if doc.Layout.Precision == workload.FP8 && doc.GPU.PeakFP8 == 0 {
		l.report("layout.precision", false, wrong("%s multiplies no fp8", doc.GPU.Name).or("must be bf16, or another gpu.preset, or gpu.peak_fp8 says how fast it does"))
	}
	for _, err := range workload.Problems(doc.Model, doc.Layout, doc.Machine.Hosts*doc.Host.GPUs, doc.GPU.Memory,
		doc.Memory.ContextBytes, doc.Memory.Fragmentation) {
		var p *workload.Problem
		if !errors.As(err, &p) {
			p = &workload.Problem{Key: "layout", Message: err.Error()}
		}
		l.report(p.Key, false, wrong("%s", p.Message).or(p.Hint))
	}
}

// checkHostList checks that the hosts listed exist, once each, and suffice.
func (l *loader) checkHostList() {
	doc := &l.doc
	list := doc.Machine.HostList
	if len(list) == 0 {
		return
	}
	if need := ceilDiv(doc.Layout.Ranks(), doc.Host.GPUs); len(list) < need {
		l.report("machine.host_list", false, wrong("lists %d hosts, the ranks need %d", len(list), need))
	}
	seen := map[int32]bool{}
	for _, h := range list {
		if int(h) >= doc.Machine.Hosts || seen[h] {
			l.report("machine.host_list", false, wrong("host %d is not there, or there twice", h).or(fmt.Sprintf("hosts are 0 to %d, each once", doc.Machine.Hosts-1)))
		}
		seen[h] = true
	}
}

// checkLink checks that the network has a link of that name.
func (l *loader) checkLink(name, path string) {
	t := l.doc.topology()
	if _, ok := t.LinkByName(name); ok {
		return
	}
	m := wrong("there is no link %q", name)
	m.hint = "links are " + t.LinkNames()
	l.report(path, false, m)
}

// checkRecord checks that the ranks to record exist.
func (l *loader) checkRecord() {
	ranks := l.doc.Layout.Ranks()
	for i, r := range l.doc.Run.Record {
		if int(r) >= ranks {
			l.report(fmt.Sprintf("run.record[%d]", i), false, wrong("there is no rank %d", r).or(fmt.Sprintf("ranks are 0 to %d", ranks-1)))
		}
	}
}
