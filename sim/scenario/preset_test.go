package scenario

import (
	"reflect"
	"regexp"
	"strings"
	"testing"

	"trainsim/sim/budget"
)

// TestPresets reads every preset through the strict decoder, with nothing
// missing: a preset describes its part in full.
func TestPresets(t *testing.T) {
	for _, kind := range Kinds() {
		s := sectionOf(kind)
		if len(Presets(kind)) == 0 {
			t.Errorf("no %s presets", kind)
		}
		for _, name := range Presets(kind) {
			doc := reflect.New(reflect.TypeFor[Sections]()).Elem()
			l := newLoader("test", "", map[string]any{})
			setDefaults(doc.Field(s.index), s.table)
			l.preset(s, doc.Field(s.index), name)
			l.require(s.table, kind)
			for _, e := range l.errs {
				t.Errorf("%s/%s: %v", kind, name, e)
			}
			if doc.Field(s.index).FieldByName("Name").Len() == 0 {
				t.Errorf("%s/%s has no name", kind, name)
			}
		}
	}
}

// TestHostPresetsImply: the GPU and the network that a host preset names exist.
func TestHostPresetsImply(t *testing.T) {
	for _, host := range Presets("host") {
		data, _ := Preset("host", host)
		table, bad := decodeTOML(host, data)
		if bad != nil {
			t.Fatal(bad)
		}
		for _, key := range implied {
			name, ok := table[key].(string)
			if !ok {
				t.Errorf("host %s names no %s", host, key)
			} else if _, ok := Preset(key, name); !ok {
				t.Errorf("host %s names %s %q, which does not exist; there are %v", host, key, name, Presets(key))
			}
		}
	}
}

func TestReadPreset(t *testing.T) {
	site, ok := ReadPreset[budget.Site]("site", "fr")
	want := budget.Site{Name: "France", Carbon: budget.Hourly{0.056}, Electricity: budget.Hourly{0.0826}, PUE: 1.1, Free: 18, Outside: budget.Hourly{15}}
	if !ok || !reflect.DeepEqual(site, want) {
		t.Errorf("France: %+v", site)
	}
	prices, ok := ReadPreset[budget.Prices]("prices", "nothing")
	if want := (budget.Prices{Network: 0.19, WriteOff: 0.3224, Use: 1, Load: 0.75, Life: 1826.25 * 86400}); ok || prices != want {
		t.Errorf("no prices: %+v", prices)
	}
}

// TestPricesImplied: prices named as a GPU preset are of that GPU.
func TestPricesImplied(t *testing.T) {
	for _, name := range Presets("prices") {
		gpu, ok := Preset("gpu", name)
		prices, _ := Preset("prices", name)
		if first := strings.SplitN(string(prices), "\n", 2)[0]; !ok || !strings.HasPrefix(string(gpu), first+"\n") {
			t.Errorf("prices %s are of %s, which is no GPU of that name", name, first)
		}
	}
}

var numberLine = regexp.MustCompile(`^[a-z_0-9]+ *= *("[-+]?[0-9.]+ |[-+]?[0-9])`)

// TestPresetsHaveSources: every number of a part has a comment on its line.
func TestPresetsHaveSources(t *testing.T) {
	for _, kind := range Kinds() {
		for _, name := range Presets(kind) {
			data, _ := Preset(kind, name)
			for i, line := range strings.Split(string(data), "\n") {
				if numberLine.MatchString(line) && !strings.Contains(line, "#") {
					t.Errorf("%s/%s.toml:%d: no source: %s", kind, name, i+1, line)
				}
			}
		}
	}
}

func TestPresetUnknown(t *testing.T) {
	for _, c := range [][2]string{{"gpu", "nothing"}, {"nothing", "nothing"}, {"gpu", "../../preset"}, {"", ""}} {
		if _, ok := Preset(c[0], c[1]); ok {
			t.Errorf("there is a preset %v", c)
		}
	}
	if Presets("nothing") != nil {
		t.Error("an unknown kind has presets")
	}
	if got, want := strings.Join(Kinds(), " "), "model host gpu network prices site cooling failures"; got != want {
		t.Errorf("kinds %q, want %q", got, want)
	}
}

// TestPresetLayers: the scenario's values win over those of the preset, its own
// GPU over the one that the host stands for.
func TestPresetLayers(t *testing.T) {
	if len(Presets("host")) == 0 {
		t.Skip("no host presets")
	}
	text := "[model]\npreset = \"gpt-1.7b\"\nlayers = 12\n[layout]\nglobal_batch = 8\n[host]\npreset = \"dgx-a100\"\n"
	c, err := Parse("x.toml", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Model.Layers != 12 || c.Model.Hidden != 2304 || c.GPU.Name == "" || c.Fabric.Name == "" || c.Host.Name == "" {
		t.Errorf("model %+v, gpu %q, network %q, host %q", c.Model, c.GPU.Name, c.Fabric.Name, c.Host.Name)
	}
	a100 := c.GPU
	if c, err = Parse("x.toml", []byte(text), []string{"gpu.preset=h100-80gb-sxm", "gpu.memory=96 GB"}); err != nil {
		t.Fatal(err)
	}
	if c.GPU.Memory != 96e9 || c.GPU.PeakHalf <= a100.PeakHalf {
		t.Errorf("gpu %+v", c.GPU)
	}
	// The prices are those of the scenario's GPU, not of the host's.
	if c.Prices.Buy != 41_217 || c.Prices.Name != c.GPU.Name || c.Site.Carbon[0] != 0.481 {
		t.Errorf("prices %+v, site %+v", c.Prices, c.Site)
	}
}
