package cluster

import (
	"math"

	"trainsim/sim/engine"
)

// Temperature is in millionths of a degree Celsius: whole, since it decides when
// a clock is lowered.
type Temperature int64

// Degree is one degree.
const Degree Temperature = 1_000_000

// Celsius returns the temperature of so many degrees.
func Celsius(degrees float64) Temperature {
	return Temperature(math.Round(degrees * float64(Degree)))
}

// Celsius returns the temperature in degrees.
func (t Temperature) Celsius() float64 { return float64(t) / float64(Degree) }

// Coolant is what carries the heat of a GPU away.
type Coolant struct {
	Inlet      Temperature // of the air or liquid that arrives
	Resistance int64       // from there to the sensor of the GPU, in µK/W, above 0
}

// Settles returns the temperature that a GPU with a power of so many mW goes to:
//
//	T∞ = inlet + resistance·P
func (c Coolant) Settles(mW int64) Temperature {
	return c.Inlet + Temperature(mW*c.Resistance/1000)
}

// Carries returns the power, in mW, that keeps a GPU at a temperature.
func (c Coolant) Carries(t Temperature) int64 { return int64(t-c.Inlet) * 1000 / c.Resistance }

// Worse returns what is the hotter of both in each respect.
func (c Coolant) Worse(o Coolant) Coolant {
	return Coolant{max(c.Inlet, o.Inlet), max(c.Resistance, o.Resistance)}
}

// Left returns which share of the way to where it settles a GPU of so much heat
// capacity, in J/K, still has before it after d, as a body behind one resistance does:
//
//	T(t+d) = T∞ + (T(t) − T∞)·exp(−d/(resistance·capacity))
func (c Coolant) Left(capacity float64, d engine.Duration) float64 {
	return math.Exp(-d.Seconds() / (float64(c.Resistance) / 1e6 * capacity))
}

// Toward returns the temperature where so much of the way to another is left.
func (t Temperature) Toward(settles Temperature, left float64) Temperature {
	return settles + Temperature(math.Round(float64(t-settles)*left))
}

// Throttle is when the clock of a GPU is lowered for heat.
type Throttle struct {
	Above      Temperature
	Hysteresis Temperature // it is raised so far below, above 0
}

// Middle returns where throttling holds a GPU in the mean.
func (h *Throttle) Middle() Temperature { return h.Above - h.Hysteresis/2 }

// Step returns by how many steps the clock is lowered next, of at most so many. A GPU
// that is too hot goes one down unless the power that it drew takes it below by itself,
// and one up in the same way: a step shows in its power at once, in its temperature late.
func (h *Throttle) Step(now int, t, settles Temperature, most int) int {
	below := h.Above - h.Hysteresis
	switch {
	case t > h.Above && settles > h.Above:
		return min(now+1, most)
	case t < below && settles < below:
		return max(now-1, 0)
	}
	return now
}

// The steps by which heat lowers a clock, as shares of that at which the efficiencies
// were measured: of the upper half, and of the lower, where only failures lead. Drivers
// go by 15 MHz, less than 1 %; here programs are compiled for every step.
const (
	clockStep    = Nominal / 40
	lowClockStep = Nominal / 10
)

// ThrottledClocks returns the clocks that heat lowers a GPU to, step after step.
func (g *GPU) ThrottledClocks() (clocks []Speed) {
	least := SpeedOf(g.ClockMin)
	for f, step := Nominal-clockStep, clockStep; f > least; f -= step {
		clocks = append(clocks, f)
		if f <= Nominal/2 {
			step = lowClockStep
		}
	}
	return append(clocks, least)
}
