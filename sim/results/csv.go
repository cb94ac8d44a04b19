package results

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"trainsim/sim/engine"
	"trainsim/sim/trace"
)

var (
	memoryHeader = []string{"stage", "time_s", "memory_bytes"}
	eventsHeader = []string{"time_s", "kind", "name", "text"}
)

// writeSeriesCSV writes one row per bin and one column per series, for
// spreadsheets. Where series differ in the width of their bins, a row is the
// start of a bin of any, and the cell of a series that has none is empty.
func writeSeriesCSV(w io.Writer, d *Data) error {
	c := csv.NewWriter(w)
	row := []string{"time_s"}
	for i := range d.Series {
		row = append(row, seriesColumn(&d.Series[i]))
	}
	c.Write(row)
	for _, at := range binStarts(d.Series) {
		row = append(row[:0], formatSeconds(at))
		for i := range d.Series {
			row = append(row, cell(&d.Series[i], at))
		}
		c.Write(row)
	}
	c.Flush()
	return c.Error()
}

// seriesColumn names a series with its unit: "power gpu [mW]".
func seriesColumn(s *SeriesData) string {
	name := s.Name
	if s.Part != "" {
		name += " " + s.Part
	}
	return name + " [" + s.Unit + "]"
}

// binStarts returns where a bin of any series starts, in order.
func binStarts(series []SeriesData) []int64 {
	var starts []int64
	var seen []engine.Duration // widths whose longest series is in starts
	for i := range series {
		s := &series[i]
		longest := slices.ContainsFunc(series[:i], func(t SeriesData) bool {
			return t.Width == s.Width && len(t.Values) >= len(s.Values)
		})
		if longest && slices.Contains(seen, s.Width) {
			continue
		}
		seen = append(seen, s.Width)
		for b := range s.Values {
			starts = append(starts, int64(b)*int64(s.Width))
		}
	}
	slices.Sort(starts)
	return slices.Compact(starts)
}

// cell is the mean in the bin of s that starts at a time, if there is one.
func cell(s *SeriesData, at int64) string {
	width := int64(s.Width)
	if width <= 0 {
		if at != 0 || len(s.Values) == 0 {
			return ""
		}
		return formatFloat(s.Values[0])
	}
	if b := at / width; at%width == 0 && b < int64(len(s.Values)) {
		return formatFloat(s.Values[b])
	}
	return ""
}

func writeMemory(w io.Writer, memory [][]trace.Point) error {
	c := csv.NewWriter(w)
	c.Write(memoryHeader)
	for stage, points := range memory {
		for _, p := range points {
			c.Write([]string{strconv.Itoa(stage), formatSeconds(int64(p.At)), strconv.FormatInt(p.Value, 10)})
		}
	}
	c.Flush()
	return c.Error()
}

func readMemory(r io.Reader) ([][]trace.Point, error) {
	const maxStages = 1 << 16
	var memory [][]trace.Point
	err := readRows(r, memoryHeader, func(row []string) error {
		stage, err := strconv.Atoi(row[0])
		if err != nil || stage < 0 || stage >= maxStages {
			return fmt.Errorf("stage %q: want 0 … %d", row[0], maxStages-1)
		}
		at, err := parseSeconds(row[1])
		if err != nil {
			return err
		}
		value, err := strconv.ParseInt(row[2], 10, 64)
		if err != nil {
			return fmt.Errorf("memory_bytes %q: want an integer", row[2])
		}
		for len(memory) <= stage {
			memory = append(memory, nil)
		}
		memory[stage] = append(memory[stage], trace.Point{At: engine.Time(at), Value: value})
		return nil
	})
	return memory, err
}

func writeEvents(w io.Writer, events []trace.Event) error {
	c := csv.NewWriter(w)
	c.Write(eventsHeader)
	for _, e := range events {
		c.Write([]string{formatSeconds(int64(e.At)), e.Kind, e.Name, e.Text})
	}
	c.Flush()
	return c.Error()
}

func readEvents(r io.Reader) ([]trace.Event, error) {
	var events []trace.Event
	err := readRows(r, eventsHeader, func(row []string) error {
		at, err := parseSeconds(row[0])
		events = append(events, trace.Event{At: engine.Time(at), Kind: row[1], Name: row[2], Text: row[3]})
		return err
	})
	return events, err
}

// readRows reads a table with the header wanted and gives each row to f. Errors
// tell the line.
func readRows(r io.Reader, header []string, f func(row []string) error) error {
	c := csv.NewReader(r)
	c.FieldsPerRecord = len(header)
	c.ReuseRecord = true
	got, err := c.Read()
	if err == io.EOF {
		err = errors.New("no header")
	}
	if err != nil {
		return err
	}
	if !slices.Equal(got, header) {
		return fmt.Errorf("line 1: header is %q, want %q", strings.Join(got, ","), strings.Join(header, ","))
	}
	for {
		row, err := c.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := f(row); err != nil {
			line, _ := c.FieldPos(0)
			return fmt.Errorf("line %d: %w", line, err)
		}
	}
}

func formatFloat(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
