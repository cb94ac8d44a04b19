package training

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"

	"trainsim/sim/engine"
)

// outage is links that routing takes for dead at the same times: those that have
// been dead, until they have been back, for the reroute time of the fabric.
type outage struct {
	name       string // of the first link, or what it is a part of
	links      []int32
	begin, end engine.Time     // of the first time; end 0: it never ends
	lasts      engine.Duration // a later time
	pause      engine.Duration // between two times; 0: once
}

// maxOutages is how many sets of links that are dead together are laid out.
const maxOutages = 10_000

// outages returns what routing notices of the links of a job that die, in order of
// when that is. What was so before the run was noticed then.
func (j *Job) outages() []outage {
	var all []outage
	for d := range j.Degrade {
		deg := &j.Degrade[d]
		o, noticed := deg.outage(j.Fabric.RerouteTime)
		if deg.Target != TargetLink || deg.Speed > 0 || !noticed {
			continue
		}
		alike := func(a outage) bool { return a.begin == o.begin && a.end == o.end && a.pause == o.pause }
		i := slices.IndexFunc(all, alike)
		if i < 0 {
			i = len(all)
			o.name = j.nameOf(deg)
			all = append(all, o)
		}
		all[i].links = append(all[i].links, deg.ID)
	}
	slices.SortFunc(all, func(a, b outage) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end), cmp.Compare(a.pause, b.pause))
	})
	return all
}

// outage returns when routing takes a link that d kills for dead, if at all.
func (d *Degrade) outage(delay engine.Duration) (o outage, noticed bool) {
	if d.At > 0 {
		o.begin = d.At.Add(delay)
	}
	switch {
	case d.For == 0:
		return o, true
	case d.For <= delay:
		return o, false
	case d.Every > 0 && d.Every-d.For <= delay:
		return o, true // it is never back for long enough
	}
	o.end = d.At.Add(d.For).Add(delay)
	if d.Every > 0 {
		o.lasts, o.pause = d.For, d.Every-d.For
	}
	return o, true
}

// deadSets returns every set of outages that can be in force together, the empty
// one first. Those that come again and again count as free to be in force or not
// once they have begun.
func deadSets(outages []outage) ([][]int32, error) {
	sets := [][]int32{nil}
	seen := map[string]bool{"[]": true}
	for _, t := range turns(outages) {
		set, again := inForce(outages, t)
		if room := uint(maxOutages - len(sets)); len(again) >= bits.Len(room) { // 2^n would not fit
			return nil, fmt.Errorf("links that die make more than %d sets that may be dead at once; give those that flap the same at, for and every", maxOutages)
		}
		for mask := range 1 << len(again) {
			s := slices.Clone(set)
			for b, i := range again {
				if mask>>b&1 == 1 {
					s = append(s, i)
				}
			}
			slices.Sort(s)
			if key := fmt.Sprint(s); !seen[key] {
				seen[key] = true
				sets = append(sets, s)
			}
		}
	}
	return sets, nil
}

// inForce returns the outages that are in force at a time, and those that are so
// again and again.
func inForce(outages []outage, t engine.Time) (set, again []int32) {
	for i := range outages {
		switch o := &outages[i]; {
		case o.begin > t:
		case o.pause > 0:
			again = append(again, int32(i))
		case o.end == 0 || t < o.end:
			set = append(set, int32(i))
		}
	}
	return set, again
}

// turns returns the times, in order, at which an outage begins, or ends for good.
func turns(outages []outage) (at []engine.Time) {
	for _, o := range outages {
		at = append(at, o.begin)
		if o.end > 0 && o.pause == 0 {
			at = append(at, o.end)
		}
	}
	slices.SortFunc(at, func(a, b engine.Time) int { return cmp.Compare(a, b) })
	return slices.Compact(at)
}
