package scenario

import (
	"fmt"

	"trainsim/sim/engine"
	"trainsim/sim/network"
	"trainsim/sim/training"
)

// Background is traffic of others on the network: over one link, or between two
// GPUs. Link is set, or From and To (others "" or -1).
type Background struct {
	From      int             `toml:"from" range:"[0,)" default:"-1" help:"GPU it comes from"`
	To        int             `toml:"to" range:"[0,)" default:"-1" help:"GPU it goes to"`
	Link      string          `toml:"link" default:"" help:"the one link it crosses, such as leaf_up[0], instead of from and to"`
	Bandwidth float64         `toml:"bandwidth" unit:"bandwidth" range:"(0,)" help:"most it sends, where the links it shares let it"`
	At        engine.Time     `toml:"at" unit:"time" default:"0 s" range:"[0,31536000]" help:"when it begins"`
	For       engine.Duration `toml:"for" unit:"duration" default:"0 s" range:"[0,31536000]" help:"how long it lasts; 0: to the end"`
}

// checkBackground checks that each traffic has a way that exists.
func (l *loader) checkBackground() {
	doc := &l.doc
	gpus := doc.joined() * doc.Host.GPUs
	for i := range doc.Background {
		b := &doc.Background[i]
		path := fmt.Sprintf("background[%d]", i)
		if (b.Link != "") == (b.From >= 0 && b.To >= 0) || b.Link != "" && (b.From >= 0 || b.To >= 0) {
			l.report(path, true, wrong("has no way, or two").or("give link, or from and to"))
			continue
		}
		if b.Link != "" {
			l.checkLink(b.Link, path+".link")
			continue
		}
		l.checkGPU(b.From, gpus, path+".from")
		l.checkGPU(b.To, gpus, path+".to")
		if b.From == b.To {
			l.report(path+".to", false, wrong("goes to GPU %d, where it comes from", b.To))
		}
	}
}

// resolve turns names into ids.
func (b *Background) resolve(t *network.Topology) (training.Background, error) {
	out := training.Background{From: int32(b.From), To: int32(b.To), Link: -1,
		Rate: int64(min(b.Bandwidth, network.MaxCapacity)), At: b.At, For: b.For}
	if b.Link != "" {
		id, ok := t.LinkByName(b.Link)
		if !ok {
			return out, fmt.Errorf("background: there is no link %q; links are named like %q", b.Link, t.LinkName(0))
		}
		out.Link = id
	}
	return out, nil
}

// checkGPU checks that there is a GPU of that number.
func (l *loader) checkGPU(gpu, gpus int, path string) {
	if gpu >= gpus {
		l.report(path, false, wrong("there is no GPU %d", gpu).or(fmt.Sprintf("GPUs are 0 to %d", gpus-1)))
	}
}
