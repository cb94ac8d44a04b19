package results

import (
	"bytes"
	"encoding/csv"
	"io"
	"math"
	"strconv"
)

var (
	sweepsHeader = []string{"sweep", "figure", "x", "mean", "low", "high", "closed_form"}
	causesHeader = []string{"cause", "step_without_s", "step_alone_s", "removed_share", "added_share", "slowdown_alone"}
	ranksHeader  = []string{"data", "pipeline", "compute_s", "wait_s", "slowdown"}
)

// A table is a file of a whole training that is written where it has rows.
type table struct {
	name  string
	rows  int
	write func(io.Writer) error
}

// tables are those of m.
func (m *Months) tables() []table {
	return []table{
		{SweepsFile, len(m.Sweeps), func(w io.Writer) error { return writeSweeps(w, m.Sweeps) }},
		{AttributionFile, len(m.Causes), func(w io.Writer) error { return WriteCauses(w, m.Causes) }},
		{RanksFile, len(m.Ranks), func(w io.Writer) error { return WriteRanks(w, m.Ranks) }},
		{HoursFile, len(m.Hours), func(w io.Writer) error { return writeHours(w, m.Hours) }},
	}
}

// tableFiles are those of them that a manifest names.
func tableFiles(m *Months, sums map[string]string) []parser {
	var list []parser
	for _, p := range []parser{
		{SweepsFile, func(data []byte) (err error) { m.Sweeps, err = readSweeps(bytes.NewReader(data)); return }},
		{AttributionFile, func(data []byte) (err error) { m.Causes, err = readCauses(bytes.NewReader(data)); return }},
		{RanksFile, func(data []byte) (err error) { m.Ranks, err = readRanks(bytes.NewReader(data)); return }},
		{HoursFile, func(data []byte) (err error) { m.Hours, err = readHours(bytes.NewReader(data)); return }},
	} {
		if sums[p.name] != "" {
			list = append(list, p)
		}
	}
	return list
}

func writeSweeps(w io.Writer, points []SweepPoint) error {
	c := csv.NewWriter(w)
	c.Write(sweepsHeader)
	for _, p := range points {
		c.Write([]string{p.Sweep, p.Figure, formatFloat(p.X), known(p.Mean), known(p.Low), known(p.High), known(p.ClosedForm)})
	}
	c.Flush()
	return c.Error()
}

func readSweeps(r io.Reader) ([]SweepPoint, error) {
	var points []SweepPoint
	err := readRows(r, sweepsHeader, func(row []string) error {
		c := cells{row: row}
		points = append(points, SweepPoint{Sweep: c.text(), Figure: c.text(), X: c.float("x"), Mean: c.known("mean"), Low: c.known("low"),
			High: c.known("high"), ClosedForm: c.known("closed_form")})
		return c.err
	})
	return points, err
}

// known writes a number, and nothing for one that is not known.
func known(v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	return formatFloat(v)
}

// known reads what known writes.
func (c *cells) known(name string) float64 {
	if c.row[0] == "" {
		c.next()
		return math.NaN()
	}
	return c.float(name)
}

// WriteCauses writes attribution.csv.
func WriteCauses(w io.Writer, causes []Cause) error {
	c := csv.NewWriter(w)
	c.Write(causesHeader)
	for _, k := range causes {
		c.Write([]string{k.Name, decimal(k.StepS), decimal(k.AloneS), formatFloat(k.Removed), formatFloat(k.Added), formatFloat(k.Slowdown)})
	}
	c.Flush()
	return c.Error()
}

func readCauses(r io.Reader) ([]Cause, error) {
	var causes []Cause
	err := readRows(r, causesHeader, func(row []string) error {
		c := cells{row: row}
		causes = append(causes, Cause{Name: c.text(), StepS: c.float("step_without_s"), AloneS: c.float("step_alone_s"),
			Removed: c.float("removed_share"), Added: c.float("added_share"), Slowdown: c.float("slowdown_alone")})
		return c.err
	})
	return causes, err
}

// WriteRanks writes ranks.csv.
func WriteRanks(w io.Writer, ranks []RankCell) error {
	c := csv.NewWriter(w)
	c.Write(ranksHeader)
	for _, k := range ranks {
		c.Write([]string{strconv.Itoa(int(k.Data)), strconv.Itoa(int(k.Pipeline)), decimal(k.ComputeS), decimal(k.WaitS), formatFloat(k.Slowdown)})
	}
	c.Flush()
	return c.Error()
}

func readRanks(r io.Reader) ([]RankCell, error) {
	var ranks []RankCell
	err := readRows(r, ranksHeader, func(row []string) error {
		c := cells{row: row}
		ranks = append(ranks, RankCell{Data: int32(c.integer("data")), Pipeline: int32(c.integer("pipeline")),
			ComputeS: c.float("compute_s"), WaitS: c.float("wait_s"), Slowdown: c.float("slowdown")})
		return c.err
	})
	return ranks, err
}
