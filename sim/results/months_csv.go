package results

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

var (
	replicaColumns = []string{"replica", "seed", "end_s", "steps", "goodput", "ettr", "interruptions", "planned_stops", "checkpoints",
		"restores", "replacements", "straggler_episodes", "evictions", "retired_hosts", "least_spares"}
	timelineHeader  = []string{"time_s", "kind", "cause", "host", "steps"}
	poolHeader      = []string{"time_s", "spares", "in_repair", "lost_replicas"}
	stepTimesHeader = []string{"step_time_s", "count"}
)

// The names of columns that a bucket or cause has are these with its name between.
const (
	timePrefix, timeSuffix     = "time_", "_s"
	energyPrefix, energySuffix = "energy_", "_mwh"
	failuresPrefix             = "failures_"
)

// header returns the columns of replicas.csv.
func (m *Months) header() []string {
	row := slices.Clone(replicaColumns)
	for _, b := range m.Buckets {
		row = append(row, timePrefix+b+timeSuffix)
	}
	for _, b := range append(slices.Clone(m.Buckets), Spare) {
		row = append(row, energyPrefix+b+energySuffix)
	}
	for _, c := range m.Failures {
		row = append(row, failuresPrefix+c)
	}
	return row
}

func writeReplicas(w io.Writer, m *Months) error {
	c := csv.NewWriter(w)
	c.Write(m.header())
	for i := range m.Replicas {
		c.Write(m.row(&m.Replicas[i]))
	}
	c.Flush()
	return c.Error()
}

// row returns the cells of a replica, in the order of the header.
func (m *Months) row(r *Replica) []string {
	row := []string{strconv.Itoa(r.Number), strconv.FormatUint(r.Seed, 10), decimal(r.EndS), integer(r.Steps), formatFloat(r.Goodput),
		formatFloat(r.ETTR), integer(r.Interruptions), integer(r.Planned), integer(r.Checkpoints), integer(r.Restores),
		integer(r.Replacements), integer(r.Episodes), integer(r.Evictions), integer(r.Retired), integer(int64(r.LeastSpares))}
	for _, b := range m.Buckets {
		row = append(row, decimal(r.TimeS[b]))
	}
	for _, b := range m.Buckets {
		row = append(row, formatFloat(r.EnergyMWh[b]))
	}
	row = append(row, formatFloat(r.EnergyMWh[Spare]))
	for _, c := range m.Failures {
		row = append(row, integer(r.Failures[c]))
	}
	return row
}

func integer(n int64) string { return strconv.FormatInt(n, 10) }

// decimal writes seconds without an exponent.
func decimal(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// readReplicas fills buckets, causes and replicas.
func readReplicas(r io.Reader, m *Months) error {
	text := csv.NewReader(r)
	text.ReuseRecord = true
	header, err := text.Read()
	if err != nil {
		return err
	}
	header = slices.Clone(header)
	if len(header) < len(replicaColumns) || !slices.Equal(header[:len(replicaColumns)], replicaColumns) {
		return fmt.Errorf("line 1: header is %q, want it to begin with %q", strings.Join(header, ","), strings.Join(replicaColumns, ","))
	}
	more := header[len(replicaColumns):]
	for _, name := range more {
		if b, ok := between(name, timePrefix, timeSuffix); ok {
			m.Buckets = append(m.Buckets, b)
		} else if c, ok := strings.CutPrefix(name, failuresPrefix); ok {
			m.Failures = append(m.Failures, c)
		}
	}
	for line := 2; ; line++ {
		row, err := text.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		replica, err := parseReplica(row, more)
		if err != nil {
			return fmt.Errorf("line %d: %w", line, err)
		}
		m.Replicas = append(m.Replicas, replica)
	}
}

// parseReplica reads a row whose columns after the fixed ones have the names in
// more.
func parseReplica(row, more []string) (Replica, error) {
	c := cells{row: row}
	r := Replica{Number: int(c.integer("replica")), Seed: c.unsigned("seed"), EndS: c.float("end_s"), Steps: c.integer("steps"),
		Goodput: c.float("goodput"), ETTR: c.float("ettr"), Interruptions: c.integer("interruptions"), Planned: c.integer("planned_stops"),
		Checkpoints: c.integer("checkpoints"), Restores: c.integer("restores"), Replacements: c.integer("replacements"),
		Episodes: c.integer("straggler_episodes"), Evictions: c.integer("evictions"), Retired: c.integer("retired_hosts"),
		LeastSpares: int32(c.integer("least_spares")),
		TimeS:       map[string]float64{}, EnergyMWh: map[string]float64{}, Failures: map[string]int64{}}
	for _, name := range more {
		if b, ok := between(name, timePrefix, timeSuffix); ok {
			r.TimeS[b] = c.float(name)
		} else if b, ok := between(name, energyPrefix, energySuffix); ok {
			r.EnergyMWh[b] = c.float(name)
		} else if cause, ok := strings.CutPrefix(name, failuresPrefix); ok {
			r.Failures[cause] = c.integer(name)
		} else {
			c.next() // a column of a later program
		}
	}
	return r, c.err
}

// between cuts both ends off a name, if they are there.
func between(name, prefix, suffix string) (string, bool) {
	rest, begins := strings.CutPrefix(name, prefix)
	rest, ends := strings.CutSuffix(rest, suffix)
	return rest, begins && ends
}

// cells reads the cells of a row one after another and stops at the first error.
type cells struct {
	row []string
	err error
}

func (c *cells) next() string {
	text := c.row[0]
	c.row = c.row[1:]
	return text
}

func (c *cells) text() string { return strings.Clone(c.next()) } // rows share their memory

func (c *cells) integer(name string) int64 {
	text := c.next()
	n, err := strconv.ParseInt(text, 10, 64)
	c.note(name, text, "an integer", err)
	return n
}

func (c *cells) unsigned(name string) uint64 {
	text := c.next()
	n, err := strconv.ParseUint(text, 10, 64)
	c.note(name, text, "an integer from 0", err)
	return n
}

func (c *cells) float(name string) float64 {
	text := c.next()
	v, err := strconv.ParseFloat(text, 64)
	c.note(name, text, "a number", err)
	return v
}

func (c *cells) note(name, text, want string, err error) {
	if err != nil && c.err == nil {
		c.err = fmt.Errorf("%s %q: want %s", name, text, want)
	}
}

func writeTimeline(w io.Writer, marks []TimelineMark) error {
	c := csv.NewWriter(w)
	c.Write(timelineHeader)
	for _, m := range marks {
		c.Write([]string{decimal(m.AtS), m.Kind, m.Cause, integer(int64(m.Host)), integer(m.Steps)})
	}
	c.Flush()
	return c.Error()
}

func readTimeline(r io.Reader) ([]TimelineMark, error) {
	var marks []TimelineMark
	err := readRows(r, timelineHeader, func(row []string) error {
		c := cells{row: row}
		marks = append(marks, TimelineMark{AtS: c.float("time_s"), Kind: c.text(), Cause: c.text(), Host: int32(c.integer("host")), Steps: c.integer("steps")})
		return c.err
	})
	return marks, err
}

func writePool(w io.Writer, points []PoolPoint) error {
	c := csv.NewWriter(w)
	c.Write(poolHeader)
	for _, p := range points {
		c.Write([]string{decimal(p.AtS), integer(int64(p.Spares)), integer(int64(p.InRepair)), integer(int64(p.LostReplicas))})
	}
	c.Flush()
	return c.Error()
}

func readPool(r io.Reader) ([]PoolPoint, error) {
	var points []PoolPoint
	err := readRows(r, poolHeader, func(row []string) error {
		c := cells{row: row}
		points = append(points, PoolPoint{AtS: c.float("time_s"), Spares: int32(c.integer("spares")),
			InRepair: int32(c.integer("in_repair")), LostReplicas: int32(c.integer("lost_replicas"))})
		return c.err
	})
	return points, err
}

func writeStepTimes(w io.Writer, lengths []StepLength) error {
	c := csv.NewWriter(w)
	c.Write(stepTimesHeader)
	for _, l := range lengths {
		c.Write([]string{decimal(l.Seconds), integer(l.Count)})
	}
	c.Flush()
	return c.Error()
}

func readStepTimes(r io.Reader) ([]StepLength, error) {
	var lengths []StepLength
	err := readRows(r, stepTimesHeader, func(row []string) error {
		c := cells{row: row}
		lengths = append(lengths, StepLength{Seconds: c.float("step_time_s"), Count: c.integer("count")})
		return c.err
	})
	return lengths, err
}
