package cluster

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"trainsim/sim/engine"
)

var symbols = map[string]float64{"GiB": 1 << 30, "GB": 1e9, "MB": 1e6, "TFLOP/s": 1e12, "GB/s": 1e9, "TB/s": 1e12, "us": 1e-6, "W": 1}

// preset reads a preset into out by its tags, with just the units presets use.
func preset(t testing.TB, kind, name string, out any) {
	t.Helper()
	raw := map[string]any{}
	if _, err := toml.DecodeFile(filepath.Join("..", "scenario", "presets", kind, name+".toml"), &raw); err != nil {
		t.Fatal(err)
	}
	v := reflect.ValueOf(out).Elem()
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		value, given := raw[tag.Get("toml")]
		if !given {
			value, given = tag.Lookup("default")
		}
		if !given || tag.Get("toml") == "" {
			continue
		}
		switch f := v.Field(i); {
		case f.Kind() == reflect.String:
			f.SetString(value.(string))
		case f.Type() == reflect.TypeFor[engine.Duration]():
			f.SetInt(int64(engine.FromSeconds(quantity(t, value))))
		case f.CanInt():
			f.SetInt(int64(quantity(t, value)))
		default:
			f.SetFloat(quantity(t, value))
		}
	}
}

func quantity(t testing.TB, value any) float64 {
	t.Helper()
	number, unit, _ := strings.Cut(fmt.Sprint(value), " ")
	x, err := strconv.ParseFloat(number, 64)
	if err != nil {
		t.Fatalf("%v is not a quantity", value)
	}
	if unit == "" || unit == "s" || unit == "B" {
		return x
	}
	if symbols[unit] == 0 {
		t.Fatalf("unit %q is not one of presets", unit)
	}
	return x * symbols[unit]
}

func gpu(t testing.TB, name string) *GPU {
	t.Helper()
	g := &GPU{}
	preset(t, "gpu", name, g)
	return g
}

// names lists the presets of a kind.
func names(t testing.TB, kind string) (out []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join("..", "scenario", "presets", kind))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		out = append(out, strings.TrimSuffix(e.Name(), ".toml"))
	}
	return out
}

func TestPresetsOfGPUs(t *testing.T) {
	for _, name := range names(t, "gpu") {
		g := gpu(t, name)
		large := product(8192, 8192, 8192)
		d := g.Time(large)
		if share := large.FLOP / d.Seconds() / g.PeakHalf; share < 0.45 || share > 0.85 {
			t.Errorf("%s: a large product reaches %.2f of peak", name, share)
		}
		if w := g.IdlePower() + g.Power(large, d); float64(w) < 0.85*float64(g.LimitPower()) {
			t.Errorf("%s: a large product draws %d of %d mW", name, w, g.LimitPower())
		}
		if ridge := g.PeakHalf / g.HBMBandwidth; ridge < 140 || ridge > 300 {
			t.Errorf("%s: %.0f FLOP per byte at the ridge", name, ridge)
		}
		for phase, above := range map[string]int64{"wait": g.WaitPower(), "transfer": g.TransferPower()} {
			if share := float64(above+g.IdlePower()) / float64(g.LimitPower()); share < 0.3 || share > 0.5 {
				t.Errorf("%s: %s power is %.2f of the limit", name, phase, share)
			}
		}
	}
}

func TestPresetsOfHosts(t *testing.T) {
	rated := map[string]float64{"dgx-a100": 6500, "dgx-h100": 10200, "hgx-h100": 10200, "dgx-h200": 10200, "dgx-b200": 14300}
	for _, name := range names(t, "host") {
		h := &Host{}
		preset(t, "host", name, h)
		raw := map[string]any{}
		if _, err := toml.DecodeFile(filepath.Join("..", "scenario", "presets", "host", name+".toml"), &raw); err != nil {
			t.Fatal(err)
		}
		peak := h.PeakLoad(gpu(t, raw["gpu"].(string)))
		if carried := h.Capacity(h.Supplies - h.SuppliesSpare); peak > carried {
			t.Errorf("%s: %d mW at peak, %d carried without the spares", name, peak, carried)
		}
		// GPUs at their limit and the rest at 0.82 of its rating stay below the rating.
		if share := float64(peak) / 1000 / rated[name]; share < 0.85 || share > 1 {
			t.Errorf("%s: peak is %.2f of the rating", name, share)
		}
	}
}

// An HGX H100 in training was measured at 8.4 kW (arXiv 2412.08602). With its
// GPUs at 575 W, 82 % of their limit as the host is, the load is the same:
// 8 × 575 + 3522 + 250 = 8372 W.
func TestHostMeasured(t *testing.T) {
	h := &Host{}
	preset(t, "host", "hgx-h100", h)
	load := h.BasePower() + h.NICPower() + 8*575_000
	if load != 8_372_000 {
		t.Errorf("load %d mW", load)
	}
}
