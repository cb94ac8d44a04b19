package results

import (
	"encoding/csv"
	"io"
)

// Mains is what a utility sees of the steady step, over and over: means over bins
// of a series, whose peak may lie below that of an instant.
type Mains struct {
	PeakW         float64 `json:"peak_w"`
	LeastW        float64 `json:"least_w"`
	MeanW         float64 `json:"mean_w"`
	P99W          float64 `json:"p99_w"`             // exceeded for 1 % of the time at most
	P999W         float64 `json:"p999_w"`            // for 0.1 % of it
	DynamicRangeW float64 `json:"dynamic_range_w"`   // peak − least
	RampUpWPerS   float64 `json:"ramp_up_w_per_s"`   // fastest rise over the window
	RampDownWPerS float64 `json:"ramp_down_w_per_s"` // fastest fall
	RampWindowS   float64 `json:"ramp_window_s"`
	BandLowHz     float64 `json:"band_low_hz"`
	BandHighHz    float64 `json:"band_high_hz"` // the last line of it, no higher than bins can tell
	BandRMSW      float64 `json:"band_rms_w"`   // root mean square of the swings in the band
	BandShare     float64 `json:"band_share"`   // of the energy of all swings of the load without power management
	BandLimit     float64 `json:"band_limit"`   // most that the utility allows of that
}

// swings tells how far the power of a step swings, where that is known.
func (s *Summary) swings() string {
	switch {
	case s.Mains == nil:
		return ""
	case s.ManagedMains == nil:
		return ", swings by " + WithPrefix(s.Mains.DynamicRangeW, "W")
	}
	return ", swings by " + WithPrefix(s.Mains.DynamicRangeW, "W") + " (managed: " + WithPrefix(s.ManagedMains.DynamicRangeW, "W") + ")"
}

// ManagedMains is the same with power management, and what that takes.
type ManagedMains struct {
	Mains
	MoreEnergy   float64 `json:"more_energy"`   // than without, as a share of it
	BurntJ       float64 `json:"burnt_j"`       // by GPUs for nothing, per step
	ShortJ       float64 `json:"short_j"`       // asked for and not given, per step
	StoredJ      float64 `json:"stored_j"`      // into storage, and out of it, per step
	LimitedShare float64 `json:"limited_share"` // of the time the mains see something else than the load
	StopS        float64 `json:"stop_s"`        // from the mean power to idle, as the ramp limit allows
	StopBurntJ   float64 `json:"stop_burnt_j"`  // meanwhile
	StartS       float64 `json:"start_s"`       // from idle to the mean power, with nothing stored
	StartShortJ  float64 `json:"start_short_j"` // meanwhile
}

// SpectrumLine is one row of spectrum.csv: an amplitude of the power at the mains in
// the steady step. Managed is that with power management, or that without again
// where there is none.
type SpectrumLine struct {
	Hertz, Watts, ManagedWatts float64
}

// RampStep is one row of ramps.csv: for which share of the time the power changes
// by so much within a window from then.
type RampStep struct {
	FromWPerS, ToWPerS  float64
	Share, ManagedShare float64
}

var (
	spectrumHeader = []string{"frequency_hz", "amplitude_w", "managed_amplitude_w"}
	rampsHeader    = []string{"from_w_per_s", "to_w_per_s", "share", "managed_share"}
)

func writeSpectrum(w io.Writer, lines []SpectrumLine) error {
	c := csv.NewWriter(w)
	c.Write(spectrumHeader)
	for _, l := range lines {
		c.Write([]string{formatFloat(l.Hertz), formatFloat(l.Watts), formatFloat(l.ManagedWatts)})
	}
	c.Flush()
	return c.Error()
}

func readSpectrum(r io.Reader) ([]SpectrumLine, error) {
	var lines []SpectrumLine
	err := readRows(r, spectrumHeader, func(row []string) error {
		c := cells{row: row}
		lines = append(lines, SpectrumLine{c.float("frequency_hz"), c.float("amplitude_w"), c.float("managed_amplitude_w")})
		return c.err
	})
	return lines, err
}

func writeRamps(w io.Writer, steps []RampStep) error {
	c := csv.NewWriter(w)
	c.Write(rampsHeader)
	for _, s := range steps {
		c.Write([]string{formatFloat(s.FromWPerS), formatFloat(s.ToWPerS), formatFloat(s.Share), formatFloat(s.ManagedShare)})
	}
	c.Flush()
	return c.Error()
}

func readRamps(r io.Reader) ([]RampStep, error) {
	var steps []RampStep
	err := readRows(r, rampsHeader, func(row []string) error {
		c := cells{row: row}
		steps = append(steps, RampStep{c.float("from_w_per_s"), c.float("to_w_per_s"), c.float("share"), c.float("managed_share")})
		return c.err
	})
	return steps, err
}
