package scenario

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"trainsim/sim/engine"
)

// maxEvents bounds the failures that are replayed: written out in full, a scenario
// with more of them would be longer than one may be.
const maxEvents = 10_000

// maxSeconds bounds the times of a run: 100 years of 365 days.
const maxSeconds = 3153600000

// replayTrace reads the failures of failures.trace into failures.event: written in
// full, a scenario needs no second file.
func (l *loader) replayTrace() {
	f := &l.doc.Failures
	if f.Trace == "" {
		return
	}
	file := f.Trace
	if !filepath.IsAbs(file) {
		file = filepath.Join(filepath.Dir(l.file), file)
	}
	data, err := readTrace(file)
	switch {
	case errors.Is(err, os.ErrNotExist):
		l.report("failures.trace", false, wrong("there is no file %s", f.Trace).or("its path is relative to the folder of the scenario"))
		return
	case err != nil:
		l.report("failures.trace", false, wrong("%s", err))
		return
	}
	t := failureLog{loader: l, file: file, rows: csv.NewReader(bytes.NewReader(trimMark(data)))}
	t.read()
	f.Trace = ""
}

// readTrace reads a file that is no longer than a scenario may be.
func readTrace(file string) ([]byte, error) {
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a plain file", file)
	case info.Size() > maxBytes:
		return nil, fmt.Errorf("%s has %d bytes; a trace has at most %d", file, info.Size(), maxBytes)
	}
	return os.ReadFile(file)
}

// failureLog is a CSV file of failures as it is read.
type failureLog struct {
	*loader
	file string
	rows *csv.Reader
	at   int // columns; −1: not there
	unit *unit
	name int
	host int
}

// read reads all rows.
func (t *failureLog) read() {
	t.rows.TrimLeadingSpace = true
	for n := 0; ; n++ {
		row, err := t.rows.Read()
		var bad *csv.ParseError
		switch {
		case errors.As(err, &bad):
			t.add(bad.Line, bad.Column, wrong("%s", bad.Err))
			return
		case n == 0 && !t.columns(row):
			t.add(1, 1, wrong("a trace begins with the names of its columns").or("at_s (or at, with a unit), component and host"))
			return
		case err != nil: // the end
			return
		case n > maxEvents:
			t.wrong(0, wrong("more than %d failures", maxEvents))
			return
		case n > 0:
			t.row(row)
		}
	}
}

// columns finds the columns and tells whether all are there.
func (t *failureLog) columns(header []string) bool {
	t.name, t.host = slices.Index(header, "component"), slices.Index(header, "host")
	t.at, t.unit = slices.Index(header, "at_s"), unitOf("")
	if t.at < 0 {
		t.at, t.unit = slices.Index(header, "at"), unitOf("time")
	}
	return t.at >= 0 && t.name >= 0 && t.host >= 0
}

// row adds one failure.
func (t *failureLog) row(row []string) {
	at, err := t.unit.parse(row[t.at])
	if err != nil {
		t.wrong(t.at, wrong("%s", err))
		return
	}
	seconds, _ := at.Float64()
	if seconds < 0 || seconds > maxSeconds {
		t.wrong(t.at, wrong("%s is out of range", row[t.at]).or("must be at least 0 and at most 36500 d"))
		return
	}
	host, err := strconv.ParseInt(row[t.host], 10, 32)
	if err != nil || host < 0 {
		t.wrong(t.host, wrong("%q is not the number of a host", row[t.host]))
		return
	}
	e := FailureEvent{At: engine.Time(engine.FromSeconds(seconds)), Component: row[t.name], Host: int32(host)}
	if key, m := t.eventMistake(&e); m != nil {
		t.wrong(map[string]int{"component": t.name, "host": t.host}[key], m)
		return
	}
	t.doc.Failures.Event = append(t.doc.Failures.Event, e)
}

// wrong reports a mistake in a column of the present row.
func (t *failureLog) wrong(column int, m *mistake) {
	line, at := t.rows.FieldPos(column)
	t.add(line, at, m)
}

func (t *failureLog) add(line, column int, m *mistake) {
	t.errs = append(t.errs, Diagnostic{File: t.file, Line: line, Column: column, Message: m.message, Hint: m.hint})
}
