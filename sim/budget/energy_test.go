package budget

import (
	"encoding/csv"
	"errors"
	"io/fs"
	"math"
	"os"
	"strconv"
	"testing"
)

// within fails unless got is want up to a share of it.
func within(t *testing.T, what string, got, want, share float64) {
	t.Helper()
	if math.Abs(got-want) > share*math.Abs(want) {
		t.Errorf("%s: %.6g, want %.6g within %g %%", what, got, want, 100*share)
	}
}

func TestEnergy(t *testing.T) {
	// 2,000 h at 1 kW and a PUE of 1.2: 2.4 MWh; at 0.4 kg/kWh 960 kg.
	near(t, "energy", MWh(Energy(2000, 1000, 1.2)), 2.4)
	near(t, "carbon", Carbon(Energy(2000, 1000, 1.2), 0.4), 960)
	near(t, "intensity", Intensity(Energy(2000, 1000, 1.2), 960), 0.4)
}

// What papers and model cards print, counted as they count: hours at the limit of
// the board. LLaMA 65B and OPT-175B (arXiv 2302.13971, table 15), Llama 3.1 405B
// (model card).
func TestPublishedEnergy(t *testing.T) {
	llama, opt, llama3 := Energy(1_022_362, 400, 1.1), Energy(809_472, 400, 1.1), Energy(30.84e6, 700, 1)
	digits(t, "LLaMA 65B, MWh", MWh(llama), "449.84")
	digits(t, "LLaMA 65B, t", Carbon(llama, 0.385)/1000, "173.19")
	digits(t, "OPT, MWh", MWh(opt), "356.17")
	digits(t, "OPT, t", Carbon(opt, 0.385)/1000, "137.12")
	digits(t, "Llama 3.1 405B, MWh", MWh(llama3), "21588")
	digits(t, "Llama 3.1 405B, g/kWh", 1000*Intensity(llama3, 8_930_000), "413.7")
	// GPT-3: 1,287 MWh and 552 t (Patterson et al., arXiv 2104.10350).
	gpt3 := Energy(3.55e6, 330, 1.10)
	within(t, "GPT-3, MWh", MWh(gpt3), 1287, 0.005)
	within(t, "GPT-3, t", Carbon(gpt3, 0.429)/1000, 552, 0.005)
}

// Every published total with GPU hours, within 1 %.
func TestEnergyTotals(t *testing.T) {
	f, err := os.Open("../../../shared/data/reference/energy_totals.csv")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("no table of published energy")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	energies, emissions := 0, 0
	for _, row := range rows[1:] {
		value := func(column string) float64 {
			for i, name := range rows[0] {
				if name == column {
					v, _ := strconv.ParseFloat(row[i], 64)
					return v
				}
			}
			t.Fatalf("no column %s", column)
			return 0
		}
		hours, watts, pue := value("gpu_hours"), value("gpu_power_w"), max(1, value("pue_ratio"))
		joules := Energy(hours, watts, pue)
		if mwh := value("energy_mwh"); mwh > 0 && hours > 0 {
			within(t, row[0]+", MWh", MWh(joules), mwh, 0.01)
			energies++
		}
		if g, tonnes := value("carbon_intensity_g_per_kwh"), value("emissions_tco2e"); g > 0 && tonnes > 0 && hours > 0 {
			within(t, row[0]+", t", Carbon(joules, g/1000)/1000, tonnes, 0.01)
			emissions++
		}
	}
	if energies != 20 || emissions != 19 {
		t.Errorf("%d rows of energy and %d of emissions; the table has changed", energies, emissions)
	}
}

// The same hours of Llama 3.1 405B within each boundary: 21.6, 29.5 and 32.4 GWh.
func TestDraw(t *testing.T) {
	d := Draw{Limit: 700, Server: 10_200. / 8, Load: ServerLoad, PUE: 1.1}
	near(t, "chip", d.Watts(Chip), 700)
	near(t, "host", d.Watts(Host), 956.25)
	near(t, "facility", d.Watts(Facility), 1051.875)
	digits(t, "chip, GWh", MWh(Energy(30.84e6, d.Watts(Chip), 1))/1000, "21.6")
	digits(t, "host, GWh", MWh(Energy(30.84e6, d.Watts(Host), 1))/1000, "29.5")
	digits(t, "facility, GWh", MWh(Energy(30.84e6, d.Watts(Facility), 1))/1000, "32.4")
}

func TestEmbodied(t *testing.T) {
	// 8,766 h of a GPU of 500 kg that works half of its 5 years: two fifths.
	near(t, "half used", Embodied(8766, 500, 5, 0.5), 200)
	// An HGX H100 board of 1,312 kg over 5 years, and a DGX H100 of 4 t, the middle
	// of 3 to 5, against operation at 700 W, PUE 1.1 on the grid of the USA.
	digits(t, "board, g/h", 1000*Embodied(1, 1312./8, 5, 1), "3.7")
	digits(t, "server, g/h", 1000*Embodied(1, 4000./8, 5, 1), "11.4")
	digits(t, "operation, g/h", 1000*Carbon(Energy(1, 700, 1.1), 0.3695), "285")
}
