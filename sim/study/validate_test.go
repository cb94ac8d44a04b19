package study

import (
	"context"
	"errors"
	"math"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"trainsim/sim/results"
)

// pretend answers each row with the time of the function, without simulating.
func pretend(f func(id string) (float64, error)) simulator {
	return func(name string, _ []byte) (*results.Run, error) {
		s, err := f(name)
		if err != nil {
			return nil, err
		}
		return &results.Run{Summary: results.Summary{StepTimeS: s, MemoryGiBPerGPU: 10}}, nil
	}
}

func runs(t *testing.T, ids string, time string) []Measured {
	t.Helper()
	lines := []string{header}
	for _, id := range ids {
		cells := strings.Split(row, ",")
		cells[0], cells[len(cells)-1] = string(id), time
		lines = append(lines, strings.Join(cells, ","))
	}
	rows := read(t, lines...)
	for i := range rows {
		rows[i].Interconnect = "NVLink3; 8x 200 Gb/s"
	}
	return rows
}

// Predicted 11, 9, 12 and 10.5 s where 10 s were measured: errors of 10, −10, 20
// and 5 %. Mean absolute (10+10+20+5)/4 = 11.25, median (10+10)/2 = 10, bias
// (10−10+20+5)/4 = 6.25.
func TestValidateFigures(t *testing.T) {
	times := map[string]float64{"a": 11, "b": 9, "c": 12, "d": 10.5}
	rows := runs(t, "abcde", "10")
	rows[4].Complete = "no"
	v, err := validate(t.Context(), rows, 2, func() {}, pretend(func(id string) (float64, error) { return times[id], nil }))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []struct {
		name      string
		got, want float64
	}{
		{"mean", v.MeanAbsErrorPct, 11.25}, {"median", v.MedianAbsErrorPct, 10}, {"largest", v.MaxAbsErrorPct, 20},
		{"bias", v.BiasPct, 6.25}, {"simulated", float64(v.Simulated), 4}, {"skipped", float64(v.Skipped), 1},
		{"error of b", v.Rows[1].ErrorPct, -10}, {"memory", v.Rows[0].PredictedMemGiB, 10},
	} {
		if math.Abs(f.got-f.want) > 1e-9 {
			t.Errorf("%s = %v, want %v", f.name, f.got, f.want)
		}
	}
	if o := v.Rows[4]; o.Status != StatusSkipped || o.Reason != "the source is not complete" || o.PredictedS != 0 {
		t.Errorf("row e: %+v", o)
	}
	golden(t, "validation.txt", v.Text())
	var table strings.Builder
	if err := v.WriteCSV(&table); err != nil {
		t.Fatal(err)
	}
	golden(t, "validation.csv", table.String())
}

// Rows come back in the order of the table, however long each takes, and with
// any number of workers.
func TestValidateOrder(t *testing.T) {
	rows := runs(t, "abcdefgh", "1")
	var texts []string
	for _, workers := range []int{0, 1, 2, 8} {
		var done atomic.Int32
		v, err := validate(t.Context(), rows, workers, func() { done.Add(1) }, pretend(func(id string) (float64, error) {
			time.Sleep(time.Duration('h'-id[0]) * time.Millisecond)
			return 1 + float64(id[0]-'a')/100, nil
		}))
		if err != nil {
			t.Fatal(err)
		}
		if done.Load() != 8 {
			t.Errorf("done was called %d times, want 8", done.Load())
		}
		texts = append(texts, v.Text())
		if texts[0] != v.Text() {
			t.Errorf("%d workers changed the result:\n%s\n%s", workers, texts[0], v.Text())
		}
	}
}

func TestValidateFailedRow(t *testing.T) {
	v, err := validate(t.Context(), runs(t, "ab", "1"), 2, func() {}, pretend(func(id string) (float64, error) {
		if id == "a" {
			return 0, errors.New("rank 3 is blocked\nwaits for rank 4")
		}
		return 1, nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	if o := v.Rows[0]; o.Status != StatusSkipped || o.Reason != "rank 3 is blocked; waits for rank 4" {
		t.Errorf("row a: %+v", o)
	}
	if v.Simulated != 1 || v.MeanAbsErrorPct != 0 {
		t.Errorf("%d simulated with mean error %v", v.Simulated, v.MeanAbsErrorPct)
	}
}

func TestFigures(t *testing.T) {
	for _, c := range []struct {
		v      float64
		digits int
		want   string
	}{{3.5284, 4, "3.528"}, {9999, 4, "9999"}, {9999.7, 4, "10,000"}, {12_800_000, 4, "12,800,000"}, {12345.6, 4, "12,346"}, {1234, 3, "1,234"}, {32.14, 3, "32.1"}} {
		if got := figures(c.v, c.digits); got != c.want {
			t.Errorf("%v with %d digits is %s, want %s", c.v, c.digits, got, c.want)
		}
	}
}

// A panic names its row, the first one of the table, and begins no more rows.
func TestValidatePanic(t *testing.T) {
	for _, workers := range []int{1, 3} {
		var begun atomic.Int32
		_, err := validate(t.Context(), runs(t, "abcdefgh", "1"), workers, func() {}, pretend(func(id string) (float64, error) {
			begun.Add(1)
			if id == "b" {
				time.Sleep(5 * time.Millisecond)
			}
			if id != "a" {
				panic("index out of range")
			}
			return 1, nil
		}))
		want := "runs.csv:3: row b: a mistake in simulate itself, please report it with this row: index out of range\n"
		if err == nil || !strings.HasPrefix(err.Error(), want) || !strings.Contains(err.Error(), "validate_test.go") {
			t.Errorf("%d workers: got %v, want %s and where", workers, err, want)
		}
		if n := begun.Load(); n == 8 {
			t.Errorf("%d workers: all rows were begun", workers)
		}
	}
}

// A context that ends hands out no more rows; the cause is told.
func TestValidateStops(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	var begun atomic.Int32
	_, err := validate(ctx, runs(t, "abcdefgh", "1"), 2, func() {}, pretend(func(string) (float64, error) {
		if begun.Add(1) == 3 {
			cancel(stopped)
		}
		return 1, nil
	}))
	if !errors.Is(err, stopped) {
		t.Errorf("error %v, want %v", err, stopped)
	}
	// Two workers hold a row each when the third row ends the context, and a
	// fourth may have been handed over at that moment.
	if n := begun.Load(); n > 5 {
		t.Errorf("%d rows were begun after the end", n)
	}
}

// Nothing simulated leaves no figure that is not a number.
func TestValidateNothing(t *testing.T) {
	rows := runs(t, "a", "1")
	rows[0].Complete = "no"
	v, err := validate(t.Context(), rows, 1, func() {}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if v.MeanAbsErrorPct != 0 || v.BiasPct != 0 || strings.Contains(v.Text(), "NaN") ||
		!strings.Contains(v.Text(), "No row could be simulated, so nothing was compared; the reasons stand above.\n") {
		t.Errorf("%+v\n%s", v, v.Text())
	}
}
