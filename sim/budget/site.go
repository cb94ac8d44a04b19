package budget

// Site is where a machine stands: its electricity, its weather, and what it draws
// beside its computers, either by PUE or by the parts of an Overhead. Values by
// country are in sim/scenario/presets/site.
type Site struct {
	Name string

	Carbon      Hourly  `toml:"carbon" unit:"carbon intensity" default:"481 g/kWh" help:"CO2 equivalent of the grid's electricity; the world in 2023 (Ember)"`
	Electricity Hourly  `toml:"electricity" unit:"money per energy" default:"0.0826 $/kWh" help:"price of electricity; industry in the USA in 2025 (EIA, by way of Epoch AI)"`
	Start       float64 `toml:"start" unit:"time" range:"[0,31622400]" default:"0 h" help:"where in the series by the hour the run begins, from their first value"`
	PUE         float64 `toml:"pue" range:"[1,10]" default:"1.1" help:"power of the whole site over that of the computers; 1.1 of large operators, 1.58 of the industry in 2023 (Uptime Institute). Instead of the keys below"`

	Fixed        float64 `toml:"overhead_fixed" unit:"ratio" range:"(0,9]" default:"0 %" help:"what the site draws whatever its load (transformers, pumps, lights), as a share of rated_power: the PUE rises at partial load (Schneider Electric white paper 113)"`
	Proportional float64 `toml:"overhead_proportional" unit:"ratio" range:"(0,9]" default:"0 %" help:"what it draws beside for its computers (conversion, fans), as a share of what these take"`
	PerDegree    float64 `toml:"overhead_per_degree" unit:"ratio" range:"(0,1]" default:"0 %" help:"added to that for each degree that it is hotter outside than free_cooling_below"`
	Rated        float64 `toml:"rated_power" unit:"power" range:"(0,1e12]" default:"0 W" help:"what the computers of the whole site may take; without it, what all hosts of this machine take with every GPU at its limit"`
	Free         float64 `toml:"free_cooling_below" unit:"temperature" range:"[-90,60]" default:"18 °C" help:"outside temperature up to which outside air cools (assumed: the coolest air that ASHRAE TC 9.9 recommends for servers)"`
	Outside      Hourly  `toml:"outside_temperature" unit:"temperature" range:"[-90,60]" default:"15 °C" help:"of the air; the mean at sea level (ISO 2533, standard atmosphere)"`
}

// Overhead returns what the site draws beside its computers: that of PUE, or
// where that is 0 that of its parts.
func (s *Site) Overhead() Overhead {
	if s.PUE > 0 {
		return OverheadOf(s.PUE, 0)
	}
	return Overhead{Fixed: s.Fixed, Proportional: s.Proportional, PerDegree: s.PerDegree, Free: s.Free}
}

// Changes tells whether anything that power costs, emits or takes along at the
// site changes by the hour.
func (s *Site) Changes() bool {
	return len(s.Carbon) > 1 || len(s.Electricity) > 1 || s.PerDegree > 0 && len(s.Outside) > 1
}

// Draw returns what the site draws, in W, whatever its computers do, and for each
// W of them, at an outside temperature in °C: together power × PUE.
func (s *Site) Draw(celsius float64) (fixed, per float64) {
	o := s.Overhead()
	return o.Fixed * s.Rated, 1 + o.Follows(celsius)
}
