package scenario

import "fmt"

// check finds what single keys cannot show: layouts that do not divide or fit,
// and disturbances of things that are not there.
func (l *loader) check() {
	l.checkRecord()
	l.checkDegrade()
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
		if d.GPU >= ranks {
			l.report(path+".gpu", false, wrong("no rank runs on GPU %d", d.GPU).or(fmt.Sprintf("GPUs 0 to %d are at work", ranks-1)))
		}
		if d.Host >= busy {
			l.report(path+".host", false, wrong("no rank runs on host %d", d.Host).or(fmt.Sprintf("hosts 0 to %d are at work", busy-1)))
		}
	}
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
