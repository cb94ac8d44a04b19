package fold

// Counts returns the number of members of each of n classes.
func Counts(class []int32, n int) []int64 {
	counts := make([]int64, n)
	for _, c := range class {
		counts[c]++
	}
	return counts
}

// Representatives returns the first member of each of n classes, -1 for an
// empty class.
func Representatives(class []int32, n int) []int32 {
	first := make([]int32, n)
	for c := range first {
		first[c] = -1
	}
	for v, c := range class {
		if first[c] < 0 {
			first[c] = int32(v)
		}
	}
	return first
}
