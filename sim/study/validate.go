package study

import (
	"context"
	"fmt"
	"math"
	"runtime/debug"
	"slices"
	"sync"

	"trainsim/sim/results"
	"trainsim/sim/scenario"
)

// The statuses of a row.
const (
	StatusOK      = "ok"
	StatusSkipped = "skipped"
)

// Outcome compares one measured run with its simulation.
type Outcome struct {
	ID              string   `json:"id"`
	Status          string   `json:"status"` // ok or skipped
	PredictedS      float64  `json:"predicted_s,omitempty"`
	MeasuredS       float64  `json:"measured_s,omitempty"`
	ErrorPct        float64  `json:"error_pct"` // (predicted − measured)/measured; 0 where skipped
	PredictedMemGiB float64  `json:"predicted_mem_gib,omitempty"`
	MeasuredMemGiB  float64  `json:"measured_mem_gib,omitempty"`
	Assumed         []string `json:"assumed,omitempty"` // what the table does not say
	Reason          string   `json:"reason,omitempty"`  // why the row was skipped
}

// Validation is a table of measured runs beside their simulations. The errors
// are of the step time, over the simulated rows, in per cent.
type Validation struct {
	Rows              []Outcome `json:"rows"`
	Simulated         int       `json:"simulated"`
	Skipped           int       `json:"skipped"`
	MeanAbsErrorPct   float64   `json:"mean_abs_error_pct"`
	MedianAbsErrorPct float64   `json:"median_abs_error_pct"`
	MaxAbsErrorPct    float64   `json:"max_abs_error_pct"`
	BiasPct           float64   `json:"bias_pct"` // mean signed error: above 0, the simulation is too slow
}

// Validate simulates every measured run that it can and compares step times.
// Rows run on the given number of workers; their order is that of the table.
// done is called after each row, from one goroutine at a time. When ctx ends no
// new row begins and its cause is returned. A panic in a row, which is a mistake
// of the program, ends the validation with an error that names the row.
func Validate(ctx context.Context, rows []Measured, workers int, done func()) (*Validation, error) {
	return validate(ctx, rows, workers, done, simulateRow)
}

// simulateRow runs the scenario of a row.
func simulateRow(name string, text []byte) (*results.Run, error) {
	cfg, err := scenario.Parse(name, text, nil)
	if err != nil {
		return nil, err
	}
	return Run(cfg)
}

type simulator func(name string, text []byte) (*results.Run, error)

func validate(ctx context.Context, rows []Measured, workers int, done func(), simulate simulator) (*Validation, error) {
	v := &Validation{Rows: make([]Outcome, len(rows))}
	panics := make([]error, len(rows))
	work, stop := context.WithCancel(ctx)
	defer stop()
	next := make(chan int)
	var wait sync.WaitGroup
	var one sync.Mutex
	for range max(1, workers) {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for i := range next {
				if v.Rows[i], panics[i] = try(&rows[i], simulate); panics[i] != nil {
					stop()
				}
				one.Lock()
				done()
				one.Unlock()
			}
		}()
	}
	for i := 0; i < len(rows) && work.Err() == nil; i++ {
		select {
		case next <- i:
		case <-work.Done():
		}
	}
	close(next)
	wait.Wait()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	for _, err := range panics {
		if err != nil {
			return nil, err
		}
	}
	v.sum()
	return v, nil
}

// try simulates one row and turns a panic into an error.
func try(m *Measured, simulate simulator) (o Outcome, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%s:%d: row %s: a mistake in simulate itself, please report it with this row: %v\n\n%s", m.File, m.Line, m.ID, r, debug.Stack())
		}
	}()
	return compare(m, simulate), nil
}

// compare simulates one row.
func compare(m *Measured, simulate simulator) Outcome {
	o := Outcome{ID: m.ID, Status: StatusSkipped, MeasuredS: m.IterTimeS, MeasuredMemGiB: m.MemoryGiB}
	if m.IterTimeS == 0 {
		o.MeasuredS = m.IterTimeMS / 1e3
	}
	text, assumed, err := m.Scenario()
	if err != nil {
		o.Reason = err.Error()
		return o
	}
	run, err := simulate(m.ID, text)
	if err != nil {
		o.Reason = oneLine(err)
		return o
	}
	o.Status, o.Assumed = StatusOK, assumed
	o.PredictedS = run.Summary.StepTimeS
	o.PredictedMemGiB = run.Summary.MemoryGiBPerGPU
	o.ErrorPct = 100 * (o.PredictedS - o.MeasuredS) / o.MeasuredS
	return o
}

// sum fills in the figures over all rows.
func (v *Validation) sum() {
	var errors []float64
	for _, o := range v.Rows {
		if o.Status != StatusOK {
			v.Skipped++
			continue
		}
		v.Simulated++
		errors = append(errors, math.Abs(o.ErrorPct))
		v.MeanAbsErrorPct += math.Abs(o.ErrorPct)
		v.BiasPct += o.ErrorPct
	}
	if v.Simulated == 0 {
		return
	}
	n := float64(v.Simulated)
	v.MeanAbsErrorPct /= n
	v.BiasPct /= n
	slices.Sort(errors)
	v.MaxAbsErrorPct = errors[len(errors)-1]
	v.MedianAbsErrorPct = (errors[(len(errors)-1)/2] + errors[len(errors)/2]) / 2
}
