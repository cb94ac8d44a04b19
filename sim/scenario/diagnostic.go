package scenario

import (
	"fmt"
	"sort"
	"strings"
)

// Diagnostic is one mistake in a scenario: where it is, which key it concerns,
// what is wrong, and what to write instead.
type Diagnostic struct {
	File    string // file name, or "--set key" for an override
	Line    int    // from 1; 0 where there is no text, as in an override
	Column  int    // in characters, from 1
	Key     string // path such as "layout.tensor" or "degrade[2].speed"; may be empty
	Message string
	Hint    string // may be empty
}

// String returns "file:line:column: key: message; hint", without the parts that
// are empty.
func (d Diagnostic) String() string {
	var b strings.Builder
	b.WriteString(d.File)
	if d.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", d.Line, d.Column)
	}
	b.WriteString(": ")
	if d.Key != "" && d.File != overrideFile(d.Key) {
		b.WriteString(d.Key + ": ")
	}
	b.WriteString(d.Message)
	if d.Hint != "" {
		b.WriteString("; " + d.Hint)
	}
	return b.String()
}

// overrideFile names the place of an override, as the user wrote it.
func overrideFile(key string) string { return "--set " + key }

// Errors is everything that is wrong with a scenario, sorted by line.
type Errors []Diagnostic

// maxPrinted bounds the message of Errors: whoever has more than that many
// mistakes mends the first ones first.
const maxPrinted = 100

// Error returns one diagnostic per line, at most 100, and how many more there are.
func (e Errors) Error() string {
	var b strings.Builder
	for i, d := range e {
		if i == maxPrinted {
			fmt.Fprintf(&b, "\n… and %d more", len(e)-maxPrinted)
			break
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(d.String())
	}
	return b.String()
}

// sorted orders e by place, keeping the order in which mistakes of one place
// were found, and drops repetitions.
func (e Errors) sorted() Errors {
	sort.SliceStable(e, func(i, j int) bool {
		a, b := e[i], e[j]
		if (a.Line == 0) != (b.Line == 0) {
			return b.Line == 0 // overrides come last
		}
		if a.Line != b.Line {
			return a.Line < b.Line
		}
		return a.Column < b.Column
	})
	out := e[:0]
	for i, d := range e {
		if i == 0 || d != e[i-1] {
			out = append(out, d)
		}
	}
	return out
}
