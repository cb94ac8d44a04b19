package report

import (
	"cmp"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"trainsim/sim/engine"
	"trainsim/sim/results"
)

// maxMoments is how many moments are marked; of more, none: they would be a
// curtain before the data.
const maxMoments = 6

// moment is what happened at one instant, of one kind.
type moment struct {
	at   engine.Time
	text string // "degrade host 3", "supply overload, 128 times"
}

// moments lists what happened within a range, in order of time; what holds from
// its start on is no moment.
func moments(r *results.Run, e extents) []moment {
	type group struct {
		at         engine.Time
		kind, name string
		count      int
	}
	var groups []group
	for _, v := range r.Events {
		if v.At <= e.start || v.At >= e.end {
			continue
		}
		same := func(g group) bool { return g.at == v.At && g.kind == v.Kind }
		if i := slices.IndexFunc(groups, same); i >= 0 {
			groups[i].count++
			continue
		}
		if len(groups) > maxMoments {
			break
		}
		groups = append(groups, group{v.At, v.Kind, v.Name, 1})
	}
	slices.SortStableFunc(groups, func(a, b group) int { return cmp.Compare(a.at, b.at) })
	list := make([]moment, len(groups))
	for i, g := range groups {
		text := results.Words(g.kind)
		if g.count > 1 {
			text += ", " + number(float64(g.count), 0) + " times"
		} else {
			text += " " + g.name
		}
		list[i] = moment{g.at, text}
	}
	return list
}

// mark draws the moments of a run into a plot over time: a thin line each, with
// its words at the top.
func (f *figure) mark(p *plot.Plot, r *results.Run, e extents, unit scale) {
	list := moments(r, e)
	if len(list) > maxMoments {
		f.note += " What happened is in events.csv: too much to mark."
		return
	}
	sty := textStyle(sizeTick, false)
	sty.YAlign = draw.YTop
	var texts banners
	for _, m := range list {
		x := m.at.Seconds() / unit.Factor
		p.Add(rule{value: x, vertical: true, style: solid(black, 0.6)})
		s, offset := sty, vg.Point{X: 3}
		if x > p.X.Min+0.7*(p.X.Max-p.X.Min) {
			s.XAlign, offset.X = draw.XRight, -3
		}
		texts = append(texts, label{at: xy{x, p.Y.Max}, offset: offset, text: m.text, style: s, halo: true})
	}
	p.Add(texts)
}

// banners draws texts, each lowered until it overlaps none before it.
type banners []label

// Plot implements plot.Plotter.
func (b banners) Plot(c draw.Canvas, p *plot.Plot) {
	type span struct{ from, to vg.Length }
	at := transform(c, p)
	var rows [][]span
	placed := make(labels, len(b))
	for i, t := range b {
		width := t.style.Width(t.text)
		left := at(t.at).X + t.offset.X + width*vg.Length(t.style.XAlign)
		overlaps := func(s span) bool { return s.from < left+width && left < s.to }
		row := 0
		for row < len(rows) && slices.ContainsFunc(rows[row], overlaps) {
			row++
		}
		if row == len(rows) {
			rows = append(rows, nil)
		}
		rows[row] = append(rows[row], span{left, left + width})
		t.offset.Y -= vg.Length(row) * t.style.Font.Size * 1.3
		placed[i] = t
	}
	placed.Plot(c, p)
}
