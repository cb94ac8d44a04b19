package scenario

import (
	"slices"
	"strings"
)

// foundation are the sections that nearly all others refer to: where one of them is
// wrong, what others say about it cannot be checked.
var foundation = []string{"model", "layout", "machine", "host", "gpu", "network", "memory"}

// stages goes on after what single values show: what follows from other keys, then
// what several keys show together. It ends where the foundation is wrong; what stands
// by itself is checked all the same.
func (l *loader) stages() {
	l.findLong()
	resolve := func() {
		l.resolve()
		l.resolveLong()
		l.resolveFeeds()
		l.resolveSite()
		l.resolveCooling()
	}
	for _, stage := range []func(){resolve, l.check} {
		if !l.sound() {
			break
		}
		stage()
	}
	l.checkApart()
}

// sound tells whether the foundation has no mistake yet. A mistake without a key, or
// in a section that there is not, may be one of it.
func (l *loader) sound() bool {
	return !slices.ContainsFunc(l.errs, func(d Diagnostic) bool {
		s := sectionOfKey(d.Key)
		return slices.Contains(foundation, s) || find(topLevel, s) == nil && s != meta
	})
}

// checkApart checks what hangs on no other section.
func (l *loader) checkApart() {
	l.checkExpect()
	if l.doc.long {
		l.checkCheckpoint()
		l.checkWithin()
	} else if len(l.doc.Record) > 0 {
		l.report("record[0]", true, wrong("only a long run has steps at a time").or("give run.duration, or run.record for ranks"))
	}
}

// dropFollowing drops what was found after the first n mistakes in sections that have
// one of those: it may follow from them.
func (l *loader) dropFollowing(n int) {
	broken := map[string]bool{}
	for _, d := range l.errs[:n] {
		broken[sectionOfKey(d.Key)] = true
	}
	late := slices.DeleteFunc(slices.Clone(l.errs[n:]), func(d Diagnostic) bool { return broken[sectionOfKey(d.Key)] })
	l.errs = append(l.errs[:n], late...)
}

// sectionOfKey returns the section that a key is of.
func sectionOfKey(key string) string {
	if i := strings.IndexAny(key, ".["); i >= 0 {
		return key[:i]
	}
	return key
}
