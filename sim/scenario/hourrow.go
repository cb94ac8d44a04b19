package scenario

import (
	"regexp"
	"strings"

	"trainsim/sim/budget"
)

// hourReader reads the lines of a series by the hour.
type hourReader struct {
	*field
	file   string
	line   int // from 1
	values budget.Hourly
	errs   Errors

	separator string // between columns
	columns   int    // of the first line; 0: none yet
	blank     int    // an empty line since the last value; 0: none
	stamps    hourStamps
}

func (r *hourReader) add(column int, m *mistake) {
	r.errs = append(r.errs, Diagnostic{File: r.file, Line: r.line, Column: column, Message: m.message, Hint: m.hint})
}

// row reads a line. It may be empty where hours are counted, or at the end: else an hour
// would be lost without a trace.
func (r *hourReader) row(row string) {
	if row == "" {
		r.blank = r.line
		return
	}
	first := r.columns == 0
	if first {
		r.separator = separatorOf(row)
		r.columns = strings.Count(row, r.separator) + 1
	}
	at := strings.LastIndex(row, r.separator) + 1
	value, wrongValue := r.ofHour(strings.TrimSpace(row[at:]))
	if first && wrongValue != nil && wrongValue.message == notNumber {
		r.header(row[at:], at+1)
		return
	}
	if n := strings.Count(row, r.separator) + 1; n != r.columns {
		r.add(1, wrong("columns: %d, where the first line has %d", n, r.columns).or("write one value a line, with a point before decimals and nothing between thousands"))
		r.follow(row)
		return
	}
	r.follow(row)
	if wrongValue != nil {
		if strings.Contains(row[at:], ",") {
			wrongValue.hint += ", with a point before decimals"
		}
		r.add(at+1, wrong("%q %s", row[at:], wrongValue.message).or(wrongValue.hint))
		return
	}
	r.values = append(r.values, value)
}

// follow checks that an hour follows the one before, where lines can tell.
func (r *hourReader) follow(row string) {
	stamp, _, several := strings.Cut(row, r.separator)
	if several {
		if m := r.stamps.follow(strings.TrimSpace(stamp)); m != nil {
			r.add(1, m)
		}
	}
	if r.blank > 0 && !r.stamps.counts && len(r.values) > 0 {
		here := r.line
		r.line = r.blank
		r.add(1, wrong("an empty line").or("write a value for every hour"))
		r.line = here
	}
	r.blank = 0
}

// unitInName is a unit in the name of a column, such as EUR/MWh or gCO2eq/kWh.
var unitInName = regexp.MustCompile(`[^\s"()\[\]]+/[kMG]?Wh|°[A-Z]`)

// plainUnit leaves out of a unit what it is of, as units here do.
var plainUnit = strings.NewReplacer("CO₂eq", "", "CO2eq", "", "CO₂e", "", "CO2e", "", "CO₂", "", "CO2", "", "USD", "$")

// header refuses a column whose name has another unit than its values are read in.
func (r *hourReader) header(name string, column int) {
	own := r.unit.symbols[0].name
	if unit := plainUnit.Replace(unitInName.FindString(name)); unit != "" && unit != own {
		r.add(column, wrong("values in %s", unit).or("write them in "+own+", and so in the name of the column"))
	}
}

// separatorOf returns what stands between the columns of a line.
func separatorOf(row string) string {
	for _, s := range []string{";", "\t"} {
		if strings.Contains(row, s) {
			return s
		}
	}
	return ","
}
