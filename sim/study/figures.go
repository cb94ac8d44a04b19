package study

import (
	"strconv"

	"trainsim/sim/results"
)

// Figures are those of one simulation by which points of a scan are told apart. What
// is by tokens is of the step, or of a whole training with all that it loses.
type Figures struct {
	Ranks           int64   `json:"ranks"`
	TokensPerStep   int64   `json:"tokens_per_step"`
	StepTimeS       float64 `json:"step_time_s"`
	TokensPerS      float64 `json:"tokens_per_s"`
	MFU             float64 `json:"mfu"`
	MeanPowerW      float64 `json:"mean_power_w"`
	PeakPowerW      float64 `json:"peak_power_w"`
	EnergyPerStepJ  float64 `json:"energy_per_step_j"`
	CompletionTimeS float64 `json:"completion_time_s,omitempty"`
	Goodput         float64 `json:"goodput,omitempty"`
	ETTR            float64 `json:"ettr,omitempty"`

	// Of a million tokens; energy and carbon with the facility, 0: no price is known.
	Seconds   float64 `json:"s_per_million_tokens"`
	SiteKWh   float64 `json:"kwh_per_million_tokens"`
	RentUSD   float64 `json:"rent_usd_per_million_tokens,omitempty"`
	OwnUSD    float64 `json:"own_usd_per_million_tokens,omitempty"`
	Kilograms float64 `json:"kgco2e_per_million_tokens"`

	Frontier bool               `json:"on_frontier"` // no other point is as good in time and in energy, and better in one
	Metrics  map[string]float64 `json:"metrics,omitempty"`
}

// figuresOf takes the figures out of a summary, and the metrics that it has.
func figuresOf(s *results.Summary, metrics []string) *Figures {
	f := &Figures{Ranks: s.Ranks, TokensPerStep: s.TokensPerStep, StepTimeS: s.StepTimeS, TokensPerS: s.TokensPerS, MFU: s.MFU,
		MeanPowerW: s.MeanPowerW, PeakPowerW: s.PeakPowerW, EnergyPerStepJ: s.EnergyPerStepJ, Seconds: 1e6 / s.TokensPerS}
	if t := s.Training; t != nil {
		f.CompletionTimeS, f.Goodput, f.ETTR = t.CompletionTimeS, t.Goodput, t.ETTR
		f.Seconds = 0
		if t.TokensDone > 0 {
			f.Seconds = t.CompletionTimeS * 1e6 / t.TokensDone
		}
	}
	if c := s.MillionTokensCost; c != nil {
		f.SiteKWh, f.RentUSD, f.OwnUSD, f.Kilograms = c.SiteKWh, c.RentUSD, c.OwnUSD, c.OperationalKg+c.EmbodiedKg
	}
	for _, m := range metrics {
		if v, err := s.Figure(m); err == nil { // one that this point does not have is left out
			if f.Metrics == nil {
				f.Metrics = map[string]float64{}
			}
			f.Metrics[m] = v
		}
	}
	return f
}

// figureColumn is a figure in tables.
type figureColumn struct {
	key, head string
	of        func(*Figures) float64
	text      func(float64) string
	differing bool // told only where it is not the same everywhere
}

// figureColumns are the figures in the order of tables. One that is 0 at every point
// is not known, and is left out.
var figureColumns = []figureColumn{
	{"ranks", "GPUs", func(f *Figures) float64 { return float64(f.Ranks) }, results.HumanCount, true},
	{"tokens_per_step", "tokens/step", func(f *Figures) float64 { return float64(f.TokensPerStep) }, results.HumanCount, true},
	{"step_time_s", "step time", func(f *Figures) float64 { return f.StepTimeS }, results.HumanTime, false},
	{"tokens_per_s", "tokens/s", func(f *Figures) float64 { return f.TokensPerS }, results.ThreeDigits, false},
	{"mfu", "MFU", func(f *Figures) float64 { return f.MFU }, results.Percent, false},
	{"completion_time_s", "completion", func(f *Figures) float64 { return f.CompletionTimeS }, results.HumanTime, false},
	{"goodput", "goodput", func(f *Figures) float64 { return f.Goodput }, results.Percent, false},
	{"ettr", "ETTR", func(f *Figures) float64 { return f.ETTR }, results.Percent, false},
	{"mean_power_w", "mean power", func(f *Figures) float64 { return f.MeanPowerW }, prefixed("W"), false},
	{"peak_power_w", "peak power", func(f *Figures) float64 { return f.PeakPowerW }, prefixed("W"), false},
	{"energy_per_step_j", "step energy", func(f *Figures) float64 { return f.EnergyPerStepJ }, prefixed("J"), false},
	{"s_per_million_tokens", "s/Mtok", func(f *Figures) float64 { return f.Seconds }, results.ThreeDigits, true},
	{"kwh_per_million_tokens", "kWh/Mtok", func(f *Figures) float64 { return f.SiteKWh }, results.ThreeDigits, false},
	{"rent_usd_per_million_tokens", "rent $/Mtok", func(f *Figures) float64 { return f.RentUSD }, results.ThreeDigits, false},
	{"own_usd_per_million_tokens", "own $/Mtok", func(f *Figures) float64 { return f.OwnUSD }, results.ThreeDigits, false},
	{"kgco2e_per_million_tokens", "kg CO2e/Mtok", func(f *Figures) float64 { return f.Kilograms }, results.ThreeDigits, false},
}

func prefixed(unit string) func(float64) string {
	return func(v float64) string { return results.WithPrefix(v, unit) }
}

// digits writes a figure for programs, "" where it is 0: not known.
func digits(v float64) string {
	if v == 0 {
		return ""
	}
	return strconv.FormatFloat(v, 'g', 9, 64)
}
