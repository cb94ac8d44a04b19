package scenario

import "strings"

// Nearest returns the one of names that word was most likely meant to be, or "":
// the same name in another case, else the first with the least edit distance, if
// that is at most 2 or a third of the length of word.
func Nearest(word string, names []string) string {
	best, least := "", max(2, len(word)/3)+1
	for _, n := range names {
		if strings.EqualFold(n, word) {
			return n
		}
		if d := distance(word, n); d < least && d < len(n) {
			best, least = n, d
		}
	}
	return best
}

// Suggest says which of names word was probably meant to be, as a question: the
// nearest, else those that contain it, if they are few. It is "" where no name
// comes near.
func Suggest(word string, names []string) string {
	if n := Nearest(word, names); n != "" {
		return "did you mean " + n + "?"
	}
	var near []string
	for _, n := range names {
		if len(word) >= 3 && strings.Contains(strings.ToLower(n), strings.ToLower(word)) {
			near = append(near, n)
		}
	}
	if len(near) == 0 || len(near) > 3 {
		return ""
	}
	return "did you mean " + strings.Join(near, " or ") + "?"
}

// distance returns the Levenshtein distance of a and b in bytes: how many
// insertions, deletions and substitutions turn one into the other.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := diagonal
			if a[i-1] != b[j-1] {
				change++
			}
			diagonal = row[j]
			row[j] = min(change, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}

// didYouMean returns a hint naming the nearest of names, or the names themselves
// where they are few, or "".
func didYouMean(word string, names []string) string {
	if s := Suggest(word, names); s != "" {
		return s
	}
	if 0 < len(names) && len(names) <= 12 {
		return "known here: " + strings.Join(names, ", ")
	}
	return ""
}
