package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"trainsim/sim/report"
	"trainsim/sim/scenario"
	"trainsim/sim/study"
)

// sweepOptions are the flags of sweep.
type sweepOptions struct {
	over, set []string
	csv, plot string
	x, y      string
	json      bool
	workers   int
}

func newSweep(talk *talkOptions) *cobra.Command {
	var o sweepOptions
	cmd := &cobra.Command{
		Use:   "sweep SCENARIO --over KEY=VALUES",
		Short: "Simulate a scenario over values of one or two keys: time, energy, $ and CO2 of each",
		Long: `Simulate a scenario with one key at each of several values, or two keys at each
pair, and set the results side by side: time, power, energy, and what a million
tokens cost and emit. A star marks the frontier, the points of which none is both
slower and takes more energy than another.

Values are parted by commas. Numbers may be ranges: 400W..700W:50W adds 50 W up to
700 W, 1..64:x2 doubles, 1..8 takes every whole number.

What the scenario cannot be, such as a layout that does not fit, is told with its
reason; the other points are simulated, and the exit code is 3. [[expect]] is not
looked at. Nothing is written but what --csv and --plot ask for: simulate run --set
gives any point in full. The result is the same whatever -j is.`,
		Example: `  simulate sweep scenarios/h100-cap-700w.toml --over gpu.power_cap=400W..700W:50W --plot caps.png
  simulate sweep a.toml --over layout.tensor=1,2,4,8 --over layout.micro_batch=1..4:x2
  simulate sweep months.toml --over checkpoint.interval=10min..2h:x2 --csv interval.csv`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: tomlFiles,
		RunE:              func(cmd *cobra.Command, files []string) error { return o.run(cmd, talk, files[0]) },
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.over, "over", nil, "`key=values` to simulate; once or twice")
	f.StringArrayVar(&o.set, "set", nil, "override one `key=value` of the scenario, in TOML; may be repeated")
	f.StringVar(&o.csv, "csv", "", "also write the table to a `file`")
	f.StringVar(&o.plot, "plot", "", "also draw the frontier, and cost and energy against the key, into a PNG `file`")
	f.StringVar(&o.x, "x", "", "`key` of summary.json to draw from left to right in place of the time")
	f.StringVar(&o.y, "y", "", "`key` of summary.json to draw upwards in place of the energy")
	f.BoolVar(&o.json, "json", false, "print one JSON document")
	f.IntVarP(&o.workers, "jobs", "j", runtime.NumCPU(), "points simulated side by side, each in memory of its own")
	return cmd
}

func (o *sweepOptions) run(cmd *cobra.Command, talk *talkOptions, file string) error {
	s, err := o.lay(file)
	if err != nil {
		return err
	}
	t, err := talk.open(cmd.ErrOrStderr(), len(s.Points))
	if err != nil {
		return err
	}
	defer t.close()
	t.now("sweep " + file)
	interrupted := s.Simulate(cmd.Context(), o.workers, t.step)
	t.close()
	err = o.write(cmd, s)
	switch {
	case interrupted != nil:
		return failed(interrupted)
	case err != nil:
		return failed(err)
	case s.Missing() > 0:
		return &failure{exitIncomplete, fmt.Errorf("%d of %s not simulated", s.Missing(), count(len(s.Points), "point"))}
	}
	return nil
}

// lay reads what is asked for, and tries the files that are to be written, before
// anything is simulated.
func (o *sweepOptions) lay(file string) (*study.Scan, error) {
	switch {
	case len(o.over) < 1 || len(o.over) > 2:
		return nil, misused(errors.New("give --over once or twice, such as --over gpu.power_cap=400W..700W:50W"))
	case o.workers < 1:
		return nil, misused(errors.New("-j needs at least 1"))
	}
	axes, err := scenario.ParseAxes(o.over)
	if err := errors.Join(checkSet(o.set), err); err != nil {
		return nil, misused(err)
	}
	if err := o.checkKeys(axes); err != nil {
		return nil, misused(err)
	}
	load := func(set []string) (*scenario.Config, error) {
		return loadScenario(file, append(slices.Clone(o.set), set...))
	}
	s, err := study.NewScan(axes, o.metrics(), load)
	if err != nil {
		return nil, misused(err)
	}
	if err := errors.Join(tryFile("--csv", o.csv, file), tryFile("--plot", o.plot, file)); err != nil {
		return nil, misused(err)
	}
	return s, nil
}

// checkKeys says which key has its values twice.
func (o *sweepOptions) checkKeys(axes []scenario.Axis) error {
	if len(axes) == 2 && axes[0].Key == axes[1].Key {
		return fmt.Errorf("--over %s is there twice; give all its values in one", axes[0].Key)
	}
	for _, s := range o.set {
		key, _, _ := strings.Cut(s, "=")
		for _, a := range axes {
			if strings.TrimSpace(key) == a.Key {
				return fmt.Errorf("--set and --over both give %s; leave one out", a.Key)
			}
		}
	}
	return nil
}

// metrics are the keys of summary.json that are asked for.
func (o *sweepOptions) metrics() (list []string) {
	for _, m := range []string{o.x, o.y} {
		if m != "" && !slices.Contains(list, m) {
			list = append(list, m)
		}
	}
	return list
}

// write prints the result and writes the files that are asked for.
func (o *sweepOptions) write(cmd *cobra.Command, s *study.Scan) error {
	errs := []error{writeAsked(o.csv, s.WriteCSV)}
	if s.Missing() < len(s.Points) {
		errs = append(errs, writeAsked(o.plot, func(w io.Writer) error { return report.WriteFrontier(w, o.drawn(s)) }))
	}
	return errors.Join(append(errs, printResult(cmd.OutOrStdout(), o.json, s))...)
}

// drawn is what is drawn of a sweep: a line for each value of the second key.
func (o *sweepOptions) drawn(s *study.Scan) report.Frontier {
	first := &s.Axes[0]
	r := report.Frontier{Title: cmp.Or(s.Title, s.Scenario), Key: first.Key, Unit: first.Unit, Words: first.Numbers == nil, Judged: o.x == "" && o.y == "",
		XLabel: cmp.Or(o.x, "time of a million tokens (s)"), YLabel: cmp.Or(o.y, "energy of a million tokens (kWh)")}
	if found := s.Finding(); found != "" {
		r.Title += ": " + found
	}
	steps := s.StepsAlike()
	if steps && o.x == "" {
		r.XLabel = "time of a step (s)"
	}
	for at := 0; at < len(s.Points); at += len(first.Values) {
		line := report.FrontierLine{}
		if len(s.Axes) > 1 {
			r.Second, line.Name = s.Axes[1].Key, s.Points[at].Values[1]
		}
		for k := range first.Values {
			p := &s.Points[at+k]
			if p.Figures == nil {
				continue
			}
			q := report.FrontierPoint{Name: p.Values[0], Value: float64(k), X: p.Seconds, Y: p.SiteKWh, On: p.Frontier,
				KWh: p.SiteKWh, RentUSD: p.RentUSD, OwnUSD: p.OwnUSD}
			if first.Numbers != nil {
				q.Value = first.Numbers[k]
			}
			if steps {
				q.X = p.StepTimeS
			}
			if o.place(&q, p) {
				line.Points = append(line.Points, q)
			}
		}
		slices.SortStableFunc(line.Points, func(a, b report.FrontierPoint) int { return cmp.Compare(a.Value, b.Value) })
		r.Lines = append(r.Lines, line)
	}
	return r
}

// place puts the figures that are asked for in place of time and energy, and tells
// whether the point has them.
func (o *sweepOptions) place(q *report.FrontierPoint, p *study.Point) bool {
	ok := true
	for _, m := range []struct {
		key string
		to  *float64
	}{{o.x, &q.X}, {o.y, &q.Y}} {
		if v, known := p.Metrics[m.key]; m.key != "" {
			*m.to, ok = v, ok && known
		}
	}
	return ok
}
