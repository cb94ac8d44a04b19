package study

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"trainsim/sim/scenario"
)

// Measured is one measured run: a row of a table in the format that
// docs/accuracy.md describes. Zero and "" mean that the source does not say.
type Measured struct {
	File string
	Line int

	ID     string
	Model  string
	Layers int
	Hidden int // elements
	Heads  int
	// KVHeads is the number of key and value heads; FFNMatrices is 2 for a plain
	// MLP, 3 for a gated one.
	KVHeads     int
	FFN         int
	FFNMatrices int
	Vocab       int
	SeqLen      int // tokens
	Experts     int
	TopK        int // experts a token goes through
	MoEFFN      int // width of one

	GPU         string
	GPUs        int
	GPUsPerNode int

	Tensor   int
	Pipeline int
	Virtual  string // chunks per stage, or words
	Context  int
	Expert   int
	Data     int
	Sharding string // of state over data parallel ranks, in the source's words

	MicroBatch   int // sequences
	GlobalBatch  int // sequences
	Microbatches int // per pipeline and step

	Recompute        string
	SequenceParallel string
	Precision        string
	TensorOverlap    string
	DataOverlap      string
	Interconnect     string

	IterTimeS  float64
	IterTimeMS float64
	MemoryGiB  float64 // per GPU
	Complete   string  // yes, minor or no
	Note       string

	short bool // the short form: what it leaves out is the same for every row
}

// column ties a heading to a field of Measured.
type column struct {
	name string
	need need
	at   func(*Measured) any // *string, *int or *float64
}

// need says in which form of the table a heading is required.
type need uint8

const (
	optional need = iota
	always        // in both forms
	full          // unless the table is in the short form
)

var columns = []column{
	{"id", always, func(m *Measured) any { return &m.ID }},
	{"model", optional, func(m *Measured) any { return &m.Model }},
	{"layers", always, func(m *Measured) any { return &m.Layers }},
	{"hidden", always, func(m *Measured) any { return &m.Hidden }},
	{"heads", always, func(m *Measured) any { return &m.Heads }},
	{"kv_heads", optional, func(m *Measured) any { return &m.KVHeads }},
	{"ffn", optional, func(m *Measured) any { return &m.FFN }},
	{"ffn_matrices", optional, func(m *Measured) any { return &m.FFNMatrices }},
	{"vocab", always, func(m *Measured) any { return &m.Vocab }},
	{"seq_len", always, func(m *Measured) any { return &m.SeqLen }},
	{"experts", optional, func(m *Measured) any { return &m.Experts }},
	{"top_k", optional, func(m *Measured) any { return &m.TopK }},
	{"moe_ffn", optional, func(m *Measured) any { return &m.MoEFFN }},
	{"gpu", full, func(m *Measured) any { return &m.GPU }},
	{"gpus", always, func(m *Measured) any { return &m.GPUs }},
	{"gpus_per_node", optional, func(m *Measured) any { return &m.GPUsPerNode }},
	{"tp", always, func(m *Measured) any { return &m.Tensor }},
	{"pp", always, func(m *Measured) any { return &m.Pipeline }},
	{"vp", optional, func(m *Measured) any { return &m.Virtual }},
	{"cp", optional, func(m *Measured) any { return &m.Context }},
	{"ep", optional, func(m *Measured) any { return &m.Expert }},
	{"dp", optional, func(m *Measured) any { return &m.Data }},
	{"zero_or_fsdp", optional, func(m *Measured) any { return &m.Sharding }},
	{"mbs", always, func(m *Measured) any { return &m.MicroBatch }},
	{"gbs", always, func(m *Measured) any { return &m.GlobalBatch }},
	{"microbatches_per_pipeline", optional, func(m *Measured) any { return &m.Microbatches }},
	{"recompute", full, func(m *Measured) any { return &m.Recompute }},
	{"seq_parallel", optional, func(m *Measured) any { return &m.SequenceParallel }},
	{"precision", full, func(m *Measured) any { return &m.Precision }},
	{"tp_overlap", optional, func(m *Measured) any { return &m.TensorOverlap }},
	{"dp_overlap", optional, func(m *Measured) any { return &m.DataOverlap }},
	{"interconnect", optional, func(m *Measured) any { return &m.Interconnect }},
	{"iter_time_s", full, func(m *Measured) any { return &m.IterTimeS }},
	{"iter_time_ms", optional, func(m *Measured) any { return &m.IterTimeMS }},
	{"mem_gib_per_gpu", optional, func(m *Measured) any { return &m.MemoryGiB }},
	{"complete", optional, func(m *Measured) any { return &m.Complete }},
	{"note", optional, func(m *Measured) any { return &m.Note }},
}

// notCompared are headings of the format that simulating does not need.
var notCompared = []string{
	"params_b", "tokens_per_s_per_gpu", "tflops_per_gpu", "tflops_kind",
	"mfu_pct", "hfu_pct", "derived_fields", "source", "status",
}

// TableError is one thing wrong with a table, with its place.
type TableError struct {
	File         string
	Line, Column int
	Message      string
}

func (e TableError) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Message)
}

// TableErrors is everything wrong with a table, in the order of its lines.
type TableErrors []TableError

func (es TableErrors) Error() string {
	lines := make([]string, len(es))
	for i, e := range es {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// ReadMeasured reads a table of measured runs. name stands for the file in
// messages. The error is TableErrors; all that is wrong is told at once.
func ReadMeasured(name string, r io.Reader) ([]Measured, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if why := notCSV(data); why != "" {
		return nil, TableErrors{{name, 1, 1, why}}
	}
	t := table{name: name, csv: csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))}
	header, err := t.csv.Read()
	if errors.Is(err, io.EOF) {
		return nil, TableErrors{{name, 1, 1, "the table is empty; its first line must name the columns"}}
	}
	if err != nil {
		return nil, TableErrors{t.syntax(err)}
	}
	t.header(header)
	if len(t.errors) > 0 {
		return nil, t.errors
	}
	t.rows()
	if len(t.errors) > 0 {
		return nil, t.errors
	}
	return t.measured, nil
}

// notCSV says why data cannot be a table with commas, or "".
func notCSV(data []byte) string {
	const remedy = "; write a CSV table, with commas, in UTF-8"
	if !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 {
		return "the file is not text in UTF-8" + remedy
	}
	line, _, _ := bytes.Cut(data, []byte("\n"))
	for _, separator := range []struct{ mark, name string }{{";", "semicolons"}, {"\t", "tabs"}, {"|", "bars"}} {
		if !bytes.Contains(line, []byte(",")) && bytes.Contains(line, []byte(separator.mark)) {
			return "the columns are separated by " + separator.name + remedy
		}
	}
	return ""
}

// table is the state of reading one file.
type table struct {
	name     string
	csv      *csv.Reader
	fields   []*column // by position; nil where the column is not compared
	short    bool
	measured []Measured
	errors   TableErrors
}

func (t *table) fail(line, col int, format string, args ...any) {
	t.errors = append(t.errors, TableError{t.name, line, col, fmt.Sprintf(format, args...)})
}

// syntax turns an error of the CSV reader into one of ours.
func (t *table) syntax(err error) TableError {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return TableError{t.name, parse.Line, parse.Column, parse.Err.Error()}
	}
	return TableError{t.name, 1, 1, err.Error()}
}

// header matches the headings with the columns, and lists all that are missing.
func (t *table) header(names []string) {
	t.fields = make([]*column, len(names))
	found := map[string]bool{}
	for i, n := range names {
		line, col := t.csv.FieldPos(i)
		if found[n] {
			t.fail(line, col, "column %q is there twice", n)
		}
		found[n] = true
		for c := range columns {
			if columns[c].name == n {
				t.fields[i] = &columns[c]
			}
		}
	}
	t.short = found["iter_time_ms"] && !found["iter_time_s"] && !found["gpu"]
	if !slices.ContainsFunc(t.fields, func(c *column) bool { return c != nil }) {
		t.fail(1, 1, "the first line names none of the columns of a table of measured runs, such as id, layers, gpus, iter_time_s; docs/accuracy.md lists them")
		return
	}
	var missing []string
	for _, c := range columns {
		if !found[c.name] && (c.need == always || c.need == full && !t.short) {
			missing = append(missing, c.name)
		}
	}
	missing = t.misspelt(names, found, missing)
	if len(missing) > 0 {
		t.fail(1, 1, "missing columns: %s", strings.Join(missing, ", "))
	}
	slices.SortStableFunc(t.errors, func(a, b TableError) int { return a.Column - b.Column })
}

// misspelt refuses a heading that is nearly one of ours: it would silently
// leave a default where the user gave a value. A heading that comes near a
// missing column is taken for it. It returns the columns that are still missing.
func (t *table) misspelt(names []string, found map[string]bool, missing []string) []string {
	plain := func(s string) string {
		return strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.ToLower(s))
	}
	for i, n := range names {
		if t.fields[i] != nil || slices.Contains(notCompared, n) {
			continue
		}
		meant := scenario.Nearest(n, missing)
		for _, c := range columns {
			if !found[c.name] && plain(c.name) == plain(n) {
				meant = c.name
			}
		}
		if meant == "" {
			continue
		}
		line, col := t.csv.FieldPos(i)
		t.fail(line, col, "column %q is not known; write %q", n, meant)
		missing = slices.DeleteFunc(missing, func(s string) bool { return s == meant })
	}
	return missing
}

// rows reads the lines after the first.
func (t *table) rows() {
	seen := map[string]int{}
	for {
		record, err := t.csv.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.errors = append(t.errors, t.syntax(err))
			if !errors.Is(err, csv.ErrFieldCount) {
				return
			}
			continue
		}
		m := Measured{File: t.name, short: t.short}
		m.Line, _ = t.csv.FieldPos(0)
		for i, c := range t.fields {
			if c != nil {
				t.cell(&m, i, c, strings.TrimSpace(record[i]))
			}
		}
		if m.IterTimeS == 0 {
			m.IterTimeS = m.IterTimeMS / 1e3
		}
		if first, twice := seen[m.ID]; twice {
			t.fail(m.Line, 1, "id %q is also on line %d", m.ID, first)
		}
		seen[m.ID] = m.Line
		t.measured = append(t.measured, m)
	}
	if len(t.measured) == 0 && len(t.errors) == 0 {
		t.fail(1, 1, "the table has no rows")
	}
}

// cell reads one value into its field.
func (t *table) cell(m *Measured, i int, c *column, text string) {
	line, col := t.csv.FieldPos(i)
	switch at := c.at(m).(type) {
	case *string:
		*at = text
		if c.name == "id" && text == "" {
			t.fail(line, col, "id is empty; every run needs a name")
		}
		if c.name == "complete" && !slices.Contains([]string{"", "yes", "minor", "no"}, text) {
			t.fail(line, col, "complete is %q; allowed: yes, minor, no", text)
		}
	case *int:
		if text == "" {
			return
		}
		v, err := strconv.ParseInt(text, 10, 32)
		if err != nil || v < 1 {
			t.fail(line, col, "%s is %q; allowed: a whole number from 1, or nothing where it is not known", c.name, text)
			return
		}
		*at = int(v)
	case *float64:
		if text == "" {
			return
		}
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || v <= 0 || math.IsInf(v, 0) || math.IsNaN(v) {
			t.fail(line, col, "%s is %q; allowed: a number above 0, or nothing where it is not known", c.name, text)
			return
		}
		*at = v
	}
}
