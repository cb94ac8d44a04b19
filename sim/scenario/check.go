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
	busy := min(ceilDiv(doc.Layout.Ranks(), doc.Host.GPUs), doc.Machine.Hosts)
	if err := doc.Fabric.Fits(doc.Fabric.Joins(busy, doc.Machine.Hosts), doc.Host.GPUs); err != nil {
		l.report("network", true, wrong("%s", strings.TrimPrefix(err.Error(), "network: ")))
		return
	}
	l.checkLayout()
	l.checkRecord()
	l.checkHostList()
	l.checkDegrade()
	l.checkBackground()
}

// checkLayout asks whether the layout divides the model and fits the GPUs.
func (l *loader) checkLayout() {
	doc := &l.doc
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

// checkDegrade checks that each disturbance names exactly one thing, that works.
func (l *loader) checkDegrade() {
	doc := &l.doc
	ranks := doc.Layout.Ranks()
	busy := ceilDiv(ranks, doc.Host.GPUs) // hosts that ranks fill
	for i := range doc.Degrade {
		d := &doc.Degrade[i]
		path := fmt.Sprintf("degrade[%d]", i)
		named := 0
		for _, set := range []bool{d.GPU >= 0, d.Host >= 0, d.Link != ""} {
			if set {
				named++
			}
		}
		if named != 1 {
			l.report(path, true, wrong("names %d things", named).or("give exactly one of gpu, host, link"))
			continue
		}
		if d.Dead && d.Link == "" {
			l.report(path+".dead", false, wrong("only a link can be dead").or("give speed"))
		}
		if d.Speed == 1 && !d.Dead {
			l.report(path, true, wrong("changes nothing").or("give speed, or dead = true for a link"))
		}
		if d.Every > 0 && (d.For == 0 || d.For >= d.Every) {
			l.report(path+".every", false, wrong("begins again before it has ended").or("give for, shorter than every"))
		}
		if d.GPU >= ranks {
			l.report(path+".gpu", false, wrong("no rank runs on GPU %d", d.GPU).or(fmt.Sprintf("GPUs 0 to %d are at work", ranks-1)))
		}
		if d.Host >= busy {
			l.report(path+".host", false, wrong("no rank runs on host %d", d.Host).or(fmt.Sprintf("hosts 0 to %d are at work", busy-1)))
		}
		if d.Link != "" {
			l.checkLink(d.Link, path+".link", busy)
		}
	}
}

// checkLink checks that the network of that many hosts has a link of that name.
func (l *loader) checkLink(name, path string, hosts int) {
	t := l.doc.Fabric.Build(l.doc.Fabric.Joins(hosts, l.doc.Machine.Hosts), l.doc.Host.GPUs)
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
