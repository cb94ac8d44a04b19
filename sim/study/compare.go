package study

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"trainsim/sim/results"
)

// Comparison is two or more results side by side; the first is what the others
// are compared with.
type Comparison struct {
	Names   []string         `json:"results"`
	Paired  int              `json:"paired_replicas"` // of every result and the first, with the same draws; 0: no replicas
	Figures []ComparedFigure `json:"figures"`
}

// ComparedFigure is one figure in every result.
type ComparedFigure struct {
	Name        string       `json:"name"`
	Unit        string       `json:"unit"`
	Values      []float64    `json:"values"`
	Differences []Difference `json:"differences"` // of each result but the first
}

// Difference is by how much a figure is more than in the first result: the mean
// over pairs of replicas, with the 95 % confidence interval of that mean. Without
// pairs the bounds are the difference itself.
type Difference struct {
	Mean float64 `json:"mean"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Clear tells whether the interval leaves no doubt about the sign.
func (d Difference) Clear() bool { return d.Low > 0 || d.High < 0 }

// Compare sets results side by side. Those of whole trainings are paired replica
// by replica: replicas of one seed see the same failures, so that chance cancels
// out of the difference (common random numbers).
func Compare(runs []*results.Run, names []string) (*Comparison, error) {
	c := &Comparison{Names: names}
	long := 0
	for _, r := range runs {
		if r.Months != nil && len(r.Months.Replicas) > 0 {
			long++
		}
	}
	switch long {
	case 0:
		c.compareSteps(runs)
		return c, nil
	case len(runs):
	default:
		return nil, errors.New("some of the results are of whole trainings and some only of steps; compare results of one kind")
	}
	pairs := pairsOf(runs)
	if len(pairs[0]) == 0 {
		return nil, fmt.Errorf("no replica of %s has the draws of one in every other result; give both scenarios the same run.seed", names[0])
	}
	c.Paired = len(pairs[0])
	c.compareMonths(pairs)
	c.compareSteps(runs)
	return c, nil
}

// pairsOf returns, of each result, the replicas whose seed is in all of them, in
// the order of the first.
func pairsOf(runs []*results.Run) [][]*results.Replica {
	out := make([][]*results.Replica, len(runs))
	bySeed := make([]map[uint64]*results.Replica, len(runs))
	for i, r := range runs {
		bySeed[i] = map[uint64]*results.Replica{}
		for k := range r.Months.Replicas {
			bySeed[i][r.Months.Replicas[k].Seed] = &r.Months.Replicas[k]
		}
	}
	for k := range runs[0].Months.Replicas {
		seed := runs[0].Months.Replicas[k].Seed
		if !slices.ContainsFunc(bySeed, func(m map[uint64]*results.Replica) bool { return m[seed] == nil }) {
			for i := range runs {
				out[i] = append(out[i], bySeed[i][seed])
			}
		}
	}
	return out
}

// figureOfReplica is what is compared of a replica.
type figureOfReplica struct {
	name, unit string
	of         func(r *results.Replica) float64
}

// monthFigures lists what is compared of whole trainings; buckets are those that
// any result spends time in.
func monthFigures(pairs [][]*results.Replica) []figureOfReplica {
	list := []figureOfReplica{
		{"goodput", "ratio", func(r *results.Replica) float64 { return r.Goodput }},
		{"ettr", "ratio", func(r *results.Replica) float64 { return r.ETTR }},
		{"completion_time_s", "s", func(r *results.Replica) float64 { return r.EndS }},
		{"steps", "", func(r *results.Replica) float64 { return float64(r.Steps) }},
		{"interruptions", "", func(r *results.Replica) float64 { return float64(r.Interruptions) }},
		{"energy_mwh", "MWh", func(r *results.Replica) float64 { return total(r.EnergyMWh) }},
	}
	spent := map[string]float64{}
	for _, replicas := range pairs {
		for _, r := range replicas {
			for _, name := range slices.Sorted(maps.Keys(r.TimeS)) {
				spent[name] += r.TimeS[name]
			}
		}
	}
	delete(spent, "productive")
	maps.DeleteFunc(spent, func(_ string, t float64) bool { return t == 0 })
	names := slices.Sorted(maps.Keys(spent))
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(spent[b], spent[a]) })
	for _, name := range names {
		list = append(list, figureOfReplica{"lost_time_s." + name, "s", func(r *results.Replica) float64 { return r.TimeS[name] }})
	}
	return list
}

// total returns the sum of a map, added in the order of its keys.
func total(m map[string]float64) (sum float64) {
	for _, k := range slices.Sorted(maps.Keys(m)) {
		sum += m[k]
	}
	return sum
}

func (c *Comparison) compareMonths(pairs [][]*results.Replica) {
	for _, f := range monthFigures(pairs) {
		row := ComparedFigure{Name: f.name, Unit: f.unit}
		base := sampleOf(pairs[0], f.of)
		for i, replicas := range pairs {
			values := sampleOf(replicas, f.of)
			mean, _, _ := MeanInterval(values)
			row.Values = append(row.Values, mean)
			if i == 0 {
				continue
			}
			for k := range values {
				values[k] -= base[k]
			}
			var d Difference
			d.Mean, d.Low, d.High = MeanInterval(values)
			row.Differences = append(row.Differences, d)
		}
		c.Figures = append(c.Figures, row)
	}
}

func sampleOf(replicas []*results.Replica, of func(*results.Replica) float64) []float64 {
	values := make([]float64, len(replicas))
	for i, r := range replicas {
		values[i] = of(r)
	}
	return values
}

// ofTokens returns an amount of what a million tokens cost, 0 where that is not known.
func ofTokens(amount func(c *results.Cost) float64) func(s *results.Summary) float64 {
	return func(s *results.Summary) float64 {
		if s.MillionTokensCost == nil {
			return 0
		}
		return amount(s.MillionTokensCost)
	}
}

// compareSteps adds the figures of the healthy step, which have no chance in them, and
// what tokens cost where that is known.
func (c *Comparison) compareSteps(runs []*results.Run) {
	for _, f := range []struct {
		name, unit string
		of         func(s *results.Summary) float64
	}{
		{"step_time_s", "s", func(s *results.Summary) float64 { return s.StepTimeS }},
		{"tokens_per_s", "1/s", func(s *results.Summary) float64 { return s.TokensPerS }},
		{"mfu", "ratio", func(s *results.Summary) float64 { return s.MFU }},
		{"energy_per_step_j", "J", func(s *results.Summary) float64 { return s.EnergyPerStepJ }},
		{"mean_power_w", "W", func(s *results.Summary) float64 { return s.MeanPowerW }},
		{"memory_gib_per_gpu", "GiB", func(s *results.Summary) float64 { return s.MemoryGiBPerGPU }},
		{"million_tokens_cost.site_kwh", "kWh", ofTokens(func(c *results.Cost) float64 { return c.SiteKWh })},
		{"million_tokens_cost.rent_usd", "$", ofTokens(func(c *results.Cost) float64 { return c.RentUSD })},
		{"million_tokens_cost.own_usd", "$", ofTokens(func(c *results.Cost) float64 { return c.OwnUSD })},
		{"million_tokens_cost.operational_kgco2e", "kg", ofTokens(func(c *results.Cost) float64 { return c.OperationalKg })},
	} {
		row := ComparedFigure{Name: f.name, Unit: f.unit}
		for i, r := range runs {
			v := f.of(&r.Summary)
			row.Values = append(row.Values, v)
			if i > 0 {
				d := v - row.Values[0]
				row.Differences = append(row.Differences, Difference{d, d, d})
			}
		}
		if strings.HasPrefix(f.name, "million_tokens_cost.") && !slices.ContainsFunc(row.Values, func(v float64) bool { return v > 0 }) {
			continue
		}
		c.Figures = append(c.Figures, row)
	}
}

// Text returns the table for the terminal: a block for each result that is
// compared with the first.
func (c *Comparison) Text() string {
	var b strings.Builder
	for i := 1; i < len(c.Names); i++ {
		fmt.Fprintf(&b, "%s against %s", c.Names[i], c.Names[0])
		switch {
		case c.Paired > 1:
			fmt.Fprintf(&b, ", %d replicas with the same draws, 95 %% confidence intervals of the difference", c.Paired)
		case c.Paired == 1:
			b.WriteString(", one replica with the same draws: no interval")
		}
		b.WriteString("\n\n")
		lines := [][]string{{"", c.Names[0], c.Names[i], "difference", "interval", "relative"}}
		for _, f := range c.Figures {
			lines = append(lines, f.line(i, c.Paired))
		}
		align(&b, lines)
		if i < len(c.Names)-1 {
			b.WriteString("\n")
		}
	}
	return b.String()
}

// line is the row of a figure in the block of result i.
func (f *ComparedFigure) line(i, paired int) []string {
	d := f.Differences[i-1]
	interval := ""
	if paired > 1 && d.Low != d.High {
		interval = signed(d.Low) + " to " + signed(d.High)
		if !d.Clear() {
			interval += " (unclear)"
		}
	}
	relative := ""
	if f.Values[0] != 0 {
		relative = signedPercent(d.Mean / f.Values[0])
	}
	return []string{f.Name, figures(f.Values[0], 4), figures(f.Values[i], 4), signed(d.Mean), interval, relative}
}

// signed writes a difference with its sign and four digits.
func signed(v float64) string {
	switch {
	case v == 0:
		return "0"
	case v < 0:
		return "-" + figures(-v, 4)
	}
	return "+" + figures(v, 4)
}

func signedPercent(share float64) string {
	if math.Abs(share) < 5e-6 {
		return "0 %"
	}
	return fmt.Sprintf("%+.3g %%", 100*share)
}

// WriteCSV writes a row for each figure and compared result.
func (c *Comparison) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"figure", "unit", "baseline", "result", "baseline_value", "value", "difference", "low", "high", "paired_replicas"}}
	for _, f := range c.Figures {
		for i, d := range f.Differences {
			g := func(v float64) string { return strconv.FormatFloat(v, 'g', 9, 64) }
			rows = append(rows, []string{f.Name, f.Unit, c.Names[0], c.Names[i+1], g(f.Values[0]), g(f.Values[i+1]),
				g(d.Mean), g(d.Low), g(d.High), strconv.Itoa(c.Paired)})
		}
	}
	return out.WriteAll(rows)
}
