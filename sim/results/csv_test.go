package results

import (
	"bytes"
	"math"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"trainsim/sim/engine"
)

func TestCSVFiles(t *testing.T) {
	d := sampleData()
	var b bytes.Buffer
	for _, write := range []func() error{
		func() error { return writeSeriesCSV(&b, &d) },
		func() error { return writeMemory(&b, d.Memory) },
		func() error { return writeEvents(&b, d.Events) },
	} {
		if err := write(); err != nil {
			t.Fatal(err)
		}
		b.WriteString("--\n")
	}
	golden(t, "tables.csv.txt", b.String())
}

// A short series does not hide the bins of a longer one of the same width.
func TestBinStarts(t *testing.T) {
	series := func(width engine.Duration, bins int) SeriesData {
		return SeriesData{Width: width, Values: make([]float64, bins)}
	}
	got := binStarts([]SeriesData{series(10, 2), series(10, 4), series(20, 2), series(5, 3), series(10, 1), {}})
	if want := []int64{0, 5, 10, 20, 30}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestSeconds(t *testing.T) {
	for ns, text := range map[int64]string{
		0: "0.000000000", 1: "0.000000001", 1_500_000_000: "1.500000000", -1: "-0.000000001",
		math.MaxInt64: "9223372036.854775807",
	} {
		if got := formatSeconds(ns); got != text {
			t.Errorf("%d ns is %q, want %q", ns, got, text)
		}
	}
	for text, ns := range map[string]int64{"1": 1e9, "0.5": 5e8, "1.": 1e9, "-2.25": -225e7} {
		if got, err := parseSeconds(text); err != nil || got != ns {
			t.Errorf("%q is %d ns (%v), want %d", text, got, err, ns)
		}
	}
	for _, text := range []string{"", ".5", "-", "1e3", "0.1234567890", "9223372036.854775808", "99999999999", "+1", "1.-5", "1.5 ", "--1", "NaN"} {
		if got, err := parseSeconds(text); err == nil {
			t.Errorf("%q is %d ns, want an error", text, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		ns := rapid.Int64Min(math.MinInt64+1).Draw(t, "ns")
		if got, err := parseSeconds(formatSeconds(ns)); err != nil || got != ns {
			t.Fatalf("%d ns came back as %d (%v)", ns, got, err)
		}
	})
}

func TestReadRowsTellsTheLine(t *testing.T) {
	for text, want := range map[string]string{
		"":                            "no header",
		"stage,time,memory\n":         "line 1: header is",
		"stage,time_s\n":              "line 1",
		"stage,time_s,memory_bytes\n": "",
		"stage,time_s,memory_bytes\n0,1,2\n-1,1,2\n":      "line 3: stage \"-1\"",
		"stage,time_s,memory_bytes\n99999999,1,2\n":       "line 2: stage",
		"stage,time_s,memory_bytes\n0,1,2\n\n0,1,\n":      "line 4: memory_bytes \"\"",
		"stage,time_s,memory_bytes\n0,1\n":                "line 2",
		"stage,time_s,memory_bytes\n0,\"1\n":              "line 2",
		"stage,time_s,memory_bytes\n0,1 s,2\n":            "line 2: time_s \"1 s\"",
		"stage,time_s,memory_bytes\n0,0.5,2\n1,0.5,1e9\n": "line 3: memory_bytes",
	} {
		_, err := readMemory(strings.NewReader(text))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

// Whatever the reader accepts, it can write and read again.
func FuzzReadMemory(f *testing.F) {
	f.Add("stage,time_s,memory_bytes\n0,1.5,2\n3,0.000000001,-7\n")
	f.Add("stage,time_s,memory_bytes\n0,\"1\",2\n")
	f.Fuzz(func(t *testing.T, text string) {
		first, err := readMemory(strings.NewReader(text))
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := writeMemory(&b, first); err != nil {
			t.Fatal(err)
		}
		if again, err := readMemory(&b); err != nil || !reflect.DeepEqual(first, again) {
			t.Fatalf("got %v (%v), want %v", again, err, first)
		}
	})
}

func FuzzReadEvents(f *testing.F) {
	f.Add("time_s,kind,name,text\n1.5,degrade,gpu 3,\"at 90 %,\n\"\"hot\"\"\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		first, err := readEvents(strings.NewReader(text))
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := writeEvents(&b, first); err != nil {
			t.Fatal(err)
		}
		// CSV knows no carriage return before a newline in a field.
		for i := range first {
			first[i].Text = strings.ReplaceAll(first[i].Text, "\r\n", "\n")
			first[i].Name = strings.ReplaceAll(first[i].Name, "\r\n", "\n")
			first[i].Kind = strings.ReplaceAll(first[i].Kind, "\r\n", "\n")
		}
		if again, err := readEvents(&b); err != nil || !reflect.DeepEqual(first, again) {
			t.Fatalf("got %+v (%v), want %+v", again, err, first)
		}
	})
}
