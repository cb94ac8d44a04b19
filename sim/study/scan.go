package study

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"trainsim/sim/results"
	"trainsim/sim/scenario"
)

// Scan is a scenario at every point of one or two axes, of which each is a
// simulation of its own.
type Scan struct {
	Scenario string          `json:"scenario"`
	Title    string          `json:"title,omitempty"`
	Axes     []scenario.Axis `json:"over"`
	Points   []Point         `json:"points"` // the values of the first axis change fastest
	Least    []Least         `json:"least"`

	configs []*scenario.Config // of the points; nil: refused
	metrics []string           // of the summary, that are asked for too
}

// Point is one simulation.
type Point struct {
	Values  []string `json:"values"`            // one of each axis
	Missing string   `json:"missing,omitempty"` // why there are no figures
	*Figures
}

// mostPoints bounds a scan.
const mostPoints = 1000

// NewScan lays out the points of axes, of which there are one or two. What a
// scenario refuses is a point that is missing; where it refuses all of them, that is
// the error. Metrics are keys of the summary to read beside the figures.
func NewScan(axes []scenario.Axis, metrics []string, load func(set []string) (*scenario.Config, error)) (*Scan, error) {
	s := &Scan{Axes: axes, metrics: metrics}
	n := 1
	for _, a := range axes {
		n *= len(a.Values)
	}
	if n > mostPoints {
		return nil, fmt.Errorf("%d points are too many; at most %d", n, mostPoints)
	}
	var mistakes scenario.Errors
	for i := range n {
		var set []string
		p := Point{Values: make([]string, len(axes))}
		for k, at := 0, i; k < len(axes); k++ {
			p.Values[k] = axes[k].Values[at%len(axes[k].Values)]
			set = append(set, axes[k].Key+"="+p.Values[k])
			at /= len(axes[k].Values)
		}
		c, err := load(set)
		var wrong scenario.Errors
		switch {
		case errors.As(err, &wrong):
			c, p.Missing = nil, why("", err)
			for _, m := range wrong {
				if !slices.Contains(mistakes, m) {
					mistakes = append(mistakes, m)
				}
			}
		case err != nil:
			return nil, err
		case s.Scenario == "":
			s.Scenario, s.Title = c.Name, c.Title
			if err := s.checkMetrics(c); err != nil {
				return nil, err
			}
		}
		s.Points, s.configs = append(s.Points, p), append(s.configs, c)
	}
	if s.Scenario == "" {
		return nil, mistakes
	}
	return s, nil
}

// checkMetrics says which metrics the summary of a scenario does not have.
func (s *Scan) checkMetrics(c *scenario.Config) error {
	var errs []error
	for _, m := range s.metrics {
		if !results.HasKey(m, c.Long()) {
			errs = append(errs, fmt.Errorf("summary.json of %s has no key %q; docs/results.md lists them", simulated(c), m))
		}
	}
	return errors.Join(errs...)
}

// why returns a reason of one line: of mistakes in a scenario the first.
func why(name string, err error) string {
	var wrong scenario.Errors
	if errors.As(err, &wrong) && len(wrong) > 0 {
		return strings.TrimPrefix(wrong[0].Key+": "+wrong[0].Message, ": ")
	}
	first, _, _ := strings.Cut(strings.TrimSpace(err.Error()), "\n")
	return strings.TrimPrefix(first, name+": ")
}

// Simulate simulates the points, so many side by side: each holds the memory of its
// job meanwhile, and keeps no more than its figures. A point that fails is missing.
// Done is called after each. When ctx ends, the points that are not there yet are
// missing, and its cause is the error.
func (s *Scan) Simulate(ctx context.Context, workers int, done func()) error {
	type ended struct {
		at      int
		figures *Figures
		err     error
	}
	n := len(s.Points)
	all := make(chan ended, n) // nobody waits to send, even if nobody reads any more
	go func() {
		_ = parallel(ctx, workers, n, func(i int) error {
			e := ended{at: i}
			if s.configs[i] != nil {
				e.err = guarded(func() (err error) { e.figures, err = simulate(ctx, s.configs[i], s.metrics); return err })
			}
			all <- e
			return nil
		})
	}()
	for range n {
		select {
		case e := <-all:
			if s.Points[e.at].Figures = e.figures; e.err != nil && ctx.Err() == nil {
				s.Points[e.at].Missing = why(s.configs[e.at].Name, e.err)
			}
			done()
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			break
		}
	}
	s.cut()
	s.judge()
	return context.Cause(ctx)
}

// cut gives the points that are not there yet their reason.
func (s *Scan) cut() {
	for i := range s.Points {
		if p := &s.Points[i]; p.Figures == nil && p.Missing == "" {
			p.Missing = "interrupted"
		}
	}
}

// simulate returns the figures of one point. No operation of it is kept.
func simulate(ctx context.Context, c *scenario.Config, metrics []string) (*Figures, error) {
	bare := *c
	bare.Run.MaxSpans = 0
	out, err := Run(&bare)
	if err != nil {
		return nil, err
	}
	if c.Long() {
		if _, err := replicate(ctx, &bare, out, Replication{Workers: 1, Done: func(int, int) {}}); err != nil {
			return nil, err
		}
	}
	return figuresOf(&out.Summary, metrics), nil
}

// Missing counts the points without figures.
func (s *Scan) Missing() (n int) {
	for i := range s.Points {
		if s.Points[i].Figures == nil {
			n++
		}
	}
	return n
}

// there returns the indices of the points with figures.
func (s *Scan) there() (list []int) {
	for i := range s.Points {
		if s.Points[i].Figures != nil {
			list = append(list, i)
		}
	}
	return list
}

// varies tells whether a figure is not the same at all points.
func (s *Scan) varies(of func(*Figures) float64) bool {
	list := s.there()
	return slices.ContainsFunc(list, func(i int) bool { return of(s.Points[i].Figures) != of(s.Points[list[0]].Figures) })
}
