package results

import (
	"encoding/csv"
	"io"
)

// Facility is what the site draws for the steady step, which happens in the hour in
// which the run begins.
type Facility struct {
	PUE         float64 `json:"pue"`                     // the site over hosts and switches, losses of simulated feeds among them
	Load        float64 `json:"load,omitempty"`          // hosts and switches over the rated power of the site, where the PUE depends on it
	RatedPowerW float64 `json:"rated_power_w,omitempty"` // the same
	OutsideC    float64 `json:"outside_c"`
	// Computers (hosts and switches), feeds (losses of levels that are simulated) and
	// cooling (with all else that the site draws beside): together the energy of the
	// boundary "facility".
	EnergyComponentsJ map[string]float64 `json:"energy_components_j"`
}

// HourOfRun is one row of hours.csv: an hour of the series of the site, or the part
// of it that the first replica has.
type HourOfRun struct {
	AtS, Seconds   float64
	MainsMWh       float64 // of hosts, switches and spares
	SiteMWh        float64
	ElectricityUSD float64
	OperationalKg  float64
	OutsideC       float64
}

var hoursHeader = []string{"time_s", "seconds", "mains_mwh", "site_mwh", "electricity_usd", "operational_kgco2e", "outside_c"}

func writeHours(w io.Writer, hours []HourOfRun) error {
	c := csv.NewWriter(w)
	c.Write(hoursHeader)
	for _, h := range hours {
		c.Write([]string{decimal(h.AtS), decimal(h.Seconds), formatFloat(h.MainsMWh), formatFloat(h.SiteMWh), formatFloat(h.ElectricityUSD),
			formatFloat(h.OperationalKg), formatFloat(h.OutsideC)})
	}
	c.Flush()
	return c.Error()
}

func readHours(r io.Reader) ([]HourOfRun, error) {
	var hours []HourOfRun
	err := readRows(r, hoursHeader, func(row []string) error {
		c := cells{row: row}
		hours = append(hours, HourOfRun{AtS: c.float("time_s"), Seconds: c.float("seconds"), MainsMWh: c.float("mains_mwh"), SiteMWh: c.float("site_mwh"),
			ElectricityUSD: c.float("electricity_usd"), OperationalKg: c.float("operational_kgco2e"), OutsideC: c.float("outside_c")})
		return c.err
	})
	return hours, err
}
