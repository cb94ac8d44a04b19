package network

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"trainsim/sim/engine"
)

var presetUnits = map[string]float64{"GB/s": 1e9, "TB/s": 1e12, "Gb/s": 1e9 / 8, "us": 1e3, "s": 1e9, "W": 1}

// preset reads a preset of this section, which holds every key.
func preset(t testing.TB, name string) *Fabric {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../scenario/presets/network", name+".toml"))
	if err != nil {
		t.Fatal(err)
	}
	var keys map[string]any
	if err := toml.Unmarshal(text, &keys); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	f := new(Fabric)
	v := reflect.ValueOf(f).Elem()
	for i := range v.NumField() {
		key := v.Type().Field(i).Tag.Get("toml")
		value, ok := keys[key]
		if !ok {
			if value, ok = fallback(v.Type().Field(i)); !ok {
				t.Errorf("%s: no %s", name, key)
				continue
			}
		}
		delete(keys, key)
		switch x := value.(type) {
		case int64:
			v.Field(i).Set(reflect.ValueOf(x).Convert(v.Field(i).Type()))
		case float64:
			v.Field(i).SetFloat(x)
		case []map[string]any:
			for _, l := range x {
				rate, _ := strconv.ParseFloat(strings.TrimSuffix(l["bandwidth"].(string), " GB/s"), 64)
				f.Link = append(f.Link, Link{From: l["from"].(string), To: l["to"].(string), Bandwidth: rate * 1e9})
			}
		case []any:
			for _, n := range x {
				v.Field(i).Set(reflect.Append(v.Field(i), reflect.ValueOf(n).Convert(v.Field(i).Type().Elem())))
			}
		case string:
			number, unit, _ := strings.Cut(x, " ")
			if n, err := strconv.ParseFloat(number, 64); err != nil {
				v.Field(i).SetString(x)
			} else if v.Field(i).CanInt() {
				v.Field(i).SetInt(int64(math.Round(n * presetUnits[unit])))
			} else {
				v.Field(i).SetFloat(n * presetUnits[unit])
			}
		}
	}
	for key := range keys {
		t.Errorf("%s: unknown key %s", name, key)
	}
	return f
}

// fallback returns the default of a key, as a preset would give it.
func fallback(f reflect.StructField) (any, bool) {
	text, ok := f.Tag.Lookup("default")
	if f.Type.Kind() == reflect.Slice {
		return nil, true
	}
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		if f.Type.Kind() == reflect.Int || f.Type.Kind() == reflect.Int64 {
			return int64(n), ok
		}
		return n, ok
	}
	return text, ok
}

// Every preset is complete, gives each number a source, and prices every
// collective of every shape within reason: more bytes never take less time, and
// no collective beats the wire by more than in-switch reduction can.
func TestPresets(t *testing.T) {
	files, err := filepath.Glob("../scenario/presets/network/*.toml")
	if err != nil || len(files) < 4 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".toml")
		f := preset(t, name)
		if err := f.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		text, _ := os.ReadFile(file)
		for _, line := range strings.Split(string(text), "\n") {
			if strings.Contains(line, " = ") && !regexp.MustCompile("^(name|topology|from|to) ").MatchString(line) && !strings.Contains(line, " # ") {
				t.Errorf("%s: no source: %s", name, line)
			}
		}
		for c := AllReduce; c <= SendRecv; c++ {
			for _, g := range [][2]int{{2, 1}, {8, 1}, {2, 2}, {16, 2}, {64, 64}, {1024, 128}} {
				if c == SendRecv && g[0] > 2 {
					continue
				}
				onRails := *f
				onRails.Topology, onRails.NICsPerHost, onRails.Rails = railTopology, 0, 0
				s := onRails.Regular(c, g[0], g[1])
				last := engine.Duration(0)
				for bytes := int64(1); bytes <= 1<<36; bytes *= 8 {
					cost, d := f.Cost(c, s, bytes), f.Time(c, s, bytes)
					if d < last || cost.Latency < 0 || cost.Wire < 1 || cost.Algorithm == "" {
						t.Errorf("%s: %v %v of %d B: %d ns after %d, %+v", name, c, s, bytes, d, last, cost)
					}
					last = d
				}
			}
		}
	}
}

// Messages of at least 1 MiB within a host are predicted to 10 % in the median,
// on each part.
func TestPublishedCollectives(t *testing.T) {
	file, err := os.Open("../../../shared/data/published/nccl.csv")
	if err != nil {
		t.Skip("published data is not here")
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, name := range records[0] {
		column[name] = i
	}
	for part, name := range map[string]string{"A100": "nvlink3-hdr200", "H100": "nvlink4-ndr400", "B200": "nvlink5-ndr400"} {
		f := preset(t, name)
		var errs []float64
		for _, r := range records[1:] {
			get := func(name string) string { return r[column[name]] }
			bytes, _ := strconv.ParseInt(get("message_bytes"), 10, 64)
			ranks, _ := strconv.Atoi(get("gpus"))
			busbw, _ := strconv.ParseFloat(get("busbw_gb_per_s"), 64)
			if !strings.HasPrefix(get("gpu"), part) || get("nodes") != "1" || get("collective") != "all_reduce" || bytes < 1<<20 || busbw == 0 {
				continue
			}
			g := *f
			if strings.HasPrefix(get("algorithm"), "ring") {
				g.InSwitchEfficiency = 0
			}
			predicted := BusBandwidth(AllReduce, ranks, bytes, g.Time(AllReduce, g.Regular(AllReduce, ranks, 1), bytes))
			errs = append(errs, math.Abs(busbw*1e9/predicted-1))
		}
		slices.Sort(errs)
		if len(errs) < 10 {
			t.Fatalf("%s: %d rows", part, len(errs))
		}
		median := errs[len(errs)/2]
		t.Logf("%s: %d rows, median %.1f %%, worst %.1f %%", part, len(errs), 100*median, 100*errs[len(errs)-1])
		if median > 0.10 {
			t.Errorf("%s: median error %.1f %%", part, 100*median)
		}
	}
}

// Asymptotes that NVIDIA shows (GTC24 S62129, GTC25 S72583), bus GB/s of large
// all-reduces: 4 DGX A100 192; 4 DGX H100 480 with NVLS, 380 with rings; 8 GPUs
// 232, 480 and 850.
func TestAsymptotes(t *testing.T) {
	for _, c := range []struct {
		preset       string
		ranks, hosts int
		nvls         bool
		want         float64
	}{
		{"nvlink3-hdr200", 8, 1, true, 232},
		{"nvlink3-hdr200", 32, 4, true, 192},
		{"nvlink4-ndr400", 8, 1, true, 480},
		{"nvlink4-ndr400", 8, 1, false, 370},
		{"nvlink4-ndr400", 32, 4, true, 480},
		{"nvlink4-ndr400", 32, 4, false, 380},
		{"nvlink5-ndr400", 8, 1, true, 850},
		{"nvlink5-ndr400", 8, 1, false, 700},
	} {
		f := preset(t, c.preset)
		if !c.nvls {
			f.InSwitchEfficiency = 0
		}
		const bytes = 16 << 30
		got := BusBandwidth(AllReduce, c.ranks, bytes, f.Time(AllReduce, f.Regular(AllReduce, c.ranks, c.hosts), bytes)) / 1e9
		if math.Abs(got/c.want-1) > 0.06 {
			t.Errorf("%s, %d ranks in %d hosts, nvls %v: %.0f GB/s, published %.0f", c.preset, c.ranks, c.hosts, c.nvls, got, c.want)
		}
	}
}
