package results

// Cooling is the part of summary.json about how warm GPUs are.
type Cooling struct {
	MeanC          float64 `json:"mean_c"`           // of all GPUs, in the steady step
	RiseK          float64 `json:"rise_k"`           // from its begin to its end: they are not as warm as they will be
	MaxC           float64 `json:"max_c"`            // of the hottest at any time
	HottestGPU     int32   `json:"hottest_gpu"`      // which was that
	ThrottleC      float64 `json:"throttle_c"`       // above which clocks are lowered
	ThrottledTimeS float64 `json:"throttled_time_s"` // mean per GPU and step on a clock that heat has lowered
	ThrottledGPUs  int64   `json:"throttled_gpus"`   // on such a clock at the end
	LowestClock    float64 `json:"lowest_clock"`     // that heat lowered any to, at any time; 1: none
}

// stillWarming is the rise in a step, in K, from which on it is told: below, they follow the parts of a step.
const stillWarming = 0.2

// textCooling tells how warm GPUs are, and what that costs.
func (s *Summary) textCooling(t *textTable) {
	c := s.Cooling
	if c == nil {
		return
	}
	line := "GPUs at " + ThreeDigits(c.MeanC) + " °C"
	if c.RiseK > stillWarming {
		line += " (+" + ThreeDigits(c.RiseK) + " K a step)"
	}
	line += ", GPU " + commas(int64(c.HottestGPU)) + " up to " + ThreeDigits(c.MaxC) + " °C"
	if c.LowestClock < 1 {
		line += ", " + commas(c.ThrottledGPUs) + " throttled, down to " + Percent(c.LowestClock)
	}
	t.line("cooling", "%s", line)
}

// lostToCaps tells what lowers clocks, and what that adds to kernels.
func (s *Summary) lostToCaps() string {
	if c := s.Cooling; c != nil && c.LowestClock < 1 {
		return "caps and heat cost kernels " + HumanTime(s.LostToCapsS) + " a step"
	}
	return "caps slow kernels by " + HumanTime(s.LostToCapsS) + " a step"
}
