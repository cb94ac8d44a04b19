package study

import (
	"cmp"
	"fmt"
	"strings"

	"trainsim/sim/results"
	"trainsim/sim/scenario"
)

// Expectation is a bound that a scenario states, beside what came out.
type Expectation struct {
	Metric string   `json:"metric"`
	Of     string   `json:"of,omitempty"` // the value is metric over this
	Value  float64  `json:"value"`
	Min    *float64 `json:"min,omitempty"`
	Max    *float64 `json:"max,omitempty"`
	Source string   `json:"source"`
	Met    bool     `json:"met"`
}

// CheckExpect reports bounds on what the summary of a scenario does not have. It is a
// scenario.Check.
func CheckExpect(c *scenario.Config, report func(path, message, hint string)) {
	for i, e := range c.Expect {
		for _, k := range []struct{ name, key string }{{"metric", e.Metric}, {"of", e.Of}} {
			if k.key == "" || results.HasKey(k.key, c.Long()) {
				continue
			}
			hint := cmp.Or(scenario.Suggest(k.key, results.Keys(c.Long())), "docs/results.md lists them")
			report(fmt.Sprintf("expect[%d].%s", i, k.name), fmt.Sprintf("summary.json of %s has no number %s", simulated(c), k.key), hint)
		}
	}
}

// simulated says what a scenario simulates.
func simulated(c *scenario.Config) string {
	if c.Long() {
		return "a long run"
	}
	return "single steps"
}

// Expectations holds a summary against the bounds that its scenario states.
func Expectations(c *scenario.Config, s *results.Summary) ([]Expectation, error) {
	list := []Expectation{}
	for i := range c.Expect {
		e := &c.Expect[i]
		v, err := expected(e, s)
		if err != nil {
			return nil, fmt.Errorf("%s: expect[%d].%w", c.Name, i, err)
		}
		x := Expectation{Metric: e.Metric, Of: e.Of, Value: v, Source: e.Source, Met: true}
		if e.Min >= 0 {
			x.Min, x.Met = &e.Min, v >= e.Min
		}
		if e.Max >= 0 {
			x.Max, x.Met = &e.Max, x.Met && v <= e.Max
		}
		list = append(list, x)
	}
	return list, nil
}

// expected returns the figure that an expectation bounds.
func expected(e *scenario.Expect, s *results.Summary) (float64, error) {
	v, err := s.Figure(e.Metric)
	if err != nil {
		return 0, fmt.Errorf("metric: %w", err)
	}
	if e.Of == "" {
		return v, nil
	}
	of, err := s.Figure(e.Of)
	switch {
	case err != nil:
		return 0, fmt.Errorf("of: %w", err)
	case of == 0:
		return 0, fmt.Errorf("of: %s is 0, and nothing is a multiple of it", e.Of)
	}
	return v / of, nil
}

// Missed counts the expectations that are not met.
func Missed(list []Expectation) (n int) {
	for i := range list {
		if !list[i].Met {
			n++
		}
	}
	return n
}

// ExpectationsText returns a line for each: whether it is met, the value, the
// bounds, and where they come from.
func ExpectationsText(list []Expectation) string {
	if len(list) == 0 {
		return "\n  nothing is expected: the scenario has no [[expect]]\n"
	}
	var b strings.Builder
	b.WriteString("\n  expected\n")
	for _, e := range list {
		verdict := "met   "
		if !e.Met {
			verdict = "MISSED"
		}
		of := ""
		if e.Of != "" {
			of = " of " + e.Of
		}
		fmt.Fprintf(&b, "  %s  %s is %s%s, %s (%s)\n", verdict, e.Metric, figures(e.Value, 5), of, e.bounds(), e.Source)
	}
	return b.String()
}

func (e *Expectation) bounds() string {
	switch {
	case e.Max == nil:
		return "at least " + figures(*e.Min, 5)
	case e.Min == nil:
		return "at most " + figures(*e.Max, 5)
	}
	return "from " + figures(*e.Min, 5) + " to " + figures(*e.Max, 5)
}
