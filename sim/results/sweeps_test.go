package results

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// withTables adds sweeps, causes and ranks to what was seen of a training.
func withTables(m *Months) *Months {
	m.Sweeps = []SweepPoint{{"interval", "ettr", 120.5, 0.91, 0.905, 0.915, 0.912}, {"severity", "slowdown", 0.1, 1.09, 1.09, 1.09, 1 / 0.9}}
	m.Causes = []Cause{{"GPU 17", 9.8, 10.4, 0.75, 0.5, 1.061}, {"a \"link\", slow", 10.1, 9.9, 0.25, 0, 1}}
	m.Ranks = []RankCell{{0, 0, 4.25, 0.5, 1}, {0, 1, 4.5, 0.25, 1.0625}}
	m.Hours = []HourOfRun{{0, 1800, 1.0 / 3, 0.4, 31.5, 200, -3.5}, {1800, 3600, 0.5, 0.6, 60, 150, 21}}
	return m
}

// Tables that have rows come back with the result, and the manifest names them;
// others are no files.
func TestOptionalTables(t *testing.T) {
	for _, m := range []*Months{withTables(sampleMonths()), sampleMonths()} {
		dir := filepath.Join(t.TempDir(), "r")
		want := sampleRun()
		want.Summary.Training, want.Months = sampleTraining(), m
		if err := Write(dir, want, WriteOptions{}); err != nil {
			t.Fatal(err)
		}
		got, err := Read(dir)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got\n%+v\nwant\n%+v", got.Months, want.Months)
		}
		for _, name := range []string{SweepsFile, AttributionFile, RanksFile, HoursFile} {
			_, err := os.Stat(filepath.Join(dir, name))
			if there := err == nil; there != (m.Sweeps != nil) || there != (got.Manifest.Files[name] != "") {
				t.Errorf("%s is there: %v", name, there)
			}
		}
	}
}

func TestOptionalTablesText(t *testing.T) {
	m := withTables(new(Months))
	m.Sweeps = append(m.Sweeps, SweepPoint{"bandwidth", "required_gb_per_s", 16384, math.NaN(), math.NaN(), math.NaN(), 187.25})
	var b bytes.Buffer
	for _, f := range m.tables() {
		if err := f.write(&b); err != nil {
			t.Fatal(err)
		}
		b.WriteString("--\n")
	}
	golden(t, "optional.csv.txt", b.String())
}

// Every table gives back what it was given, to the last bit; what is not known is
// still not known.
func TestOptionalTablesRoundTrip(t *testing.T) {
	word := rapid.SampledFrom([]string{"gpu", "a,b", `"q"`, "µ", ""})
	value := rapid.Float64Range(-1e12, 1e12)
	rapid.Check(t, func(t *rapid.T) {
		want, got := new(Months), new(Months)
		unknown := rapid.Bool().Draw(t, "closed form only")
		for range rapid.IntRange(0, 4).Draw(t, "rows") {
			want.Sweeps = append(want.Sweeps, SweepPoint{word.Draw(t, "sweep"), word.Draw(t, "figure"), value.Draw(t, "x"), value.Draw(t, "mean"),
				value.Draw(t, "low"), value.Draw(t, "high"), value.Draw(t, "closed")})
			want.Causes = append(want.Causes, Cause{word.Draw(t, "cause"), value.Draw(t, "without"), value.Draw(t, "alone"), value.Draw(t, "removed"),
				value.Draw(t, "added"), value.Draw(t, "slowdown")})
			want.Ranks = append(want.Ranks, RankCell{rapid.Int32().Draw(t, "data"), rapid.Int32().Draw(t, "stage"), value.Draw(t, "compute"),
				value.Draw(t, "wait"), value.Draw(t, "slower")})
			want.Hours = append(want.Hours, HourOfRun{value.Draw(t, "at"), value.Draw(t, "s"), value.Draw(t, "mains"), value.Draw(t, "site"),
				value.Draw(t, "usd"), value.Draw(t, "kg"), value.Draw(t, "celsius")})
		}
		files, sums := map[string][]byte{}, map[string]string{}
		write := func() {
			for _, f := range want.tables() {
				var b bytes.Buffer
				if err := f.write(&b); err != nil {
					t.Fatal(err)
				}
				files[f.name], sums[f.name] = b.Bytes(), "there"
			}
		}
		read := func() {
			for _, f := range tableFiles(got, sums) {
				if err := f.parse(files[f.name]); err != nil {
					t.Fatal(err)
				}
			}
		}
		write()
		read()
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got\n%+v\nwant\n%+v", got, want)
		}
		if unknown && len(want.Sweeps) > 0 {
			want.Sweeps[0].Mean = math.NaN()
			write()
			read()
			if !math.IsNaN(got.Sweeps[0].Mean) {
				t.Fatalf("what is not known comes back as %v", got.Sweeps[0].Mean)
			}
		}
	})
}

func TestReadSweepsTellsTheLine(t *testing.T) {
	var b bytes.Buffer
	if err := writeSweeps(&b, withTables(new(Months)).Sweeps); err != nil {
		t.Fatal(err)
	}
	for old, want := range map[string]string{"0.912": `line 2: closed_form "x": want a number`, "120.5": `line 2: x "x": want a number`} {
		_, err := readSweeps(strings.NewReader(strings.Replace(b.String(), old, "x", 1)))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
