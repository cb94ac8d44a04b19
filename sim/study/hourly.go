package study

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"trainsim/sim/budget"
)

// ReadHourly reads a series by the hour: a value a line, the last column where
// there are several, from the hour at which the run begins. The first line may
// name the columns. Values are multiplied by scale. The error is TableErrors.
func ReadHourly(name string, r io.Reader, scale float64) (budget.Hourly, error) {
	var series budget.Hourly
	var wrong TableErrors
	in := bufio.NewScanner(r)
	for line := 1; in.Scan(); line++ {
		text := strings.TrimRight(in.Text(), " \t\r")
		if text == "" {
			continue
		}
		at := strings.LastIndexAny(text, ",;\t") + 1
		v, err := strconv.ParseFloat(strings.TrimSpace(text[at:]), 64)
		switch {
		case err == nil && v >= 0 && v <= 1e9:
			series = append(series, scale*v)
		case line > 1 || err == nil:
			wrong = append(wrong, TableError{name, line, at + 1, fmt.Sprintf("%q is no value of an hour; allowed: a number from 0", text[at:])})
		}
	}
	switch {
	case in.Err() != nil:
		return nil, fmt.Errorf("%s: %w", name, in.Err())
	case len(wrong) > 0:
		return nil, wrong
	case len(series) == 0:
		return nil, TableErrors{{name, 1, 1, "no values; write one for each hour, a line each"}}
	}
	return series, nil
}
