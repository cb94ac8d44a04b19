package report

import (
	"cmp"
	"slices"
)

// entry is one key of a map of the summary.
type entry struct {
	name  string
	value float64
}

// sorted returns the entries of a map that are not 0, the largest first and
// equal ones by name.
func sorted(m map[string]float64) []entry {
	var list []entry
	for name, v := range m { // sorted below: the order of the map does not show
		if v != 0 {
			list = append(list, entry{name, v})
		}
	}
	slices.SortFunc(list, func(a, b entry) int {
		return cmp.Or(cmp.Compare(b.value, a.value), cmp.Compare(a.name, b.name))
	})
	return list
}
