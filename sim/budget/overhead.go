package budget

// Overhead is what a site draws beside its computers. Part of it is there
// whatever the load (transformers, pumps, lights), part follows the load
// (conversion, fans), and chillers add to that above the outside temperature up
// to which outside air cools. So the power usage effectiveness rises at partial
// load and on hot days.
//
// Source of the split into no-load and proportional losses: Rasmussen,
// "Electrical efficiency modeling for data centers", Schneider Electric white
// paper 113; its square-law part, small, is left out. That chillers grow linearly
// with the temperature is an assumption.
type Overhead struct {
	Fixed        float64 // share of the rated load of the computers
	Proportional float64 // share of their present load
	PerDegree    float64 // added to Proportional for each °C above Free
	Free         float64 // °C
}

// OverheadOf returns the overhead of a site whose effectiveness is pue at full
// load and in the cold, of which a share is fixed.
func OverheadOf(pue, fixed float64) Overhead {
	return Overhead{Fixed: (pue - 1) * fixed, Proportional: (pue - 1) * (1 - fixed)}
}

// PUE returns site over computers at a load (a share of the rating above 0) and
// an outside temperature in °C: 1 + proportional + per degree·(T − free) +
// fixed/load.
func (o Overhead) PUE(load, celsius float64) float64 { return 1 + o.Follows(celsius) + o.Fixed/load }

// Follows returns the share of the load that the overhead adds to it at an outside
// temperature in °C.
func (o Overhead) Follows(celsius float64) float64 {
	return o.Proportional + o.PerDegree*max(0, celsius-o.Free)
}

// MeanPUE returns the effectiveness over a time of steady load, from an hour of
// the series of outside temperatures on.
func (o Overhead) MeanPUE(load float64, outside Hourly, from, hours float64) float64 {
	pue := make(Hourly, len(outside))
	for i, t := range outside {
		pue[i] = o.PUE(load, t)
	}
	return pue.Mean(from, hours)
}
