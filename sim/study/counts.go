package study

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// ReadCounts reads what the members of an all-to-all send to each other, by their
// ratios: n numbers in one line or one column, what each gets; or n lines of n, what
// each sends to each. Commas, spaces or tabs part them. Errors name the place.
func ReadCounts(file string, r io.Reader) ([]float64, error) {
	var counts []float64
	var wrong TableErrors
	columns, rows, line := 0, 0, 0
	in := bufio.NewScanner(r)
	in.Buffer(nil, 1<<24)
	for in.Scan() {
		line++
		was := len(counts)
		for at, text := 0, in.Text(); ; {
			from := at + strings.IndexFunc(text[at:]+"0", notParting)
			if from == len(text) {
				break
			}
			end := from + strings.IndexFunc(text[from:]+" ", parting)
			v, err := strconv.ParseFloat(text[from:end], 64)
			if err != nil || !(v >= 0) {
				wrong = append(wrong, TableError{File: file, Line: line, Column: from + 1, Message: fmt.Sprintf("%q is no count; allowed: a number from 0", text[from:end])})
			}
			counts = append(counts, v)
			at = end
		}
		n := len(counts) - was
		if n == 0 {
			continue
		}
		if rows++; rows > 1 && n != columns {
			wrong = append(wrong, TableError{File: file, Line: line, Column: 1, Message: fmt.Sprintf("%d numbers, but %d in the lines before", n, columns)})
		}
		columns = n
	}
	switch {
	case in.Err() != nil:
		return nil, fmt.Errorf("%s: %w", file, in.Err())
	case len(wrong) > 0:
		return nil, wrong
	case rows > 1 && columns > 1 && rows != columns:
		return nil, TableErrors{{File: file, Line: line, Column: 1, Message: fmt.Sprintf("%d lines of %d numbers; allowed: one line, one column, or as many lines as columns", rows, columns)}}
	}
	return counts, nil
}

func parting(r rune) bool    { return strings.ContainsRune(", \t\r", r) }
func notParting(r rune) bool { return !parting(r) }
