package scenario

import (
	_ "embed"
	"fmt"
	"reflect"
	"strings"
)

// Lever is one way to make a training run cheaper. Either it changes the scenario,
// and a simulation tells what that gains, or it declares a gain for which nothing is
// simulated.
type Lever struct {
	Name    string `toml:"name" required:"yes" help:"its row in tables and plots"`
	Roadmap string `toml:"roadmap" range:"supercomputing optimisations|data reduction|model partitioning|training algorithms|data formats|efficient hardware|competitive accelerators|what-if" help:"step of the roadmap of arXiv 2404.08811 it belongs to; what-if: a declared model beyond it, never part of what all levers give together"`
	Source  string `toml:"source" required:"yes" help:"where the mechanism, or the declared gain, comes from"`
	GPU     string `toml:"gpu" default:"" help:"name of GPUs begins so, of those it is for; without it, for all"`
	Lowers  string `toml:"lowers" range:"usd|days|mwh|tco2e" default:"usd" help:"figure that it must lower to be taken together with the others"`

	Set    []string `toml:"set" help:"overrides of the scenario, key=value each, as --set takes them"`
	Search []Choice `toml:"search" help:"values to try; the fastest that the scenario can take is kept"`
	Sync   int      `toml:"sync_period" range:"[1,)" default:"1" help:"steps from one reduction of gradients to the next (local SGD): the others are simulated on one replica"`

	Work      float64   `toml:"work" range:"(0,)" default:"1" help:"share of the GPU hours that is left"`
	WorkRange []float64 `toml:"work_range" range:"(0,)" help:"least and most that work is published to be"`
	K         float64   `toml:"k" range:"[1,)" default:"1" help:"parameters in all over those active in one token: 120·P²/K FLOP"`
	Chip      Chip      `toml:"chip" help:"an accelerator in place of the GPU"`
	Analog    Analog    `toml:"analog" help:"matrix products in arrays of analog memory"`
	Settling  Settling  `toml:"energy_based" help:"an energy-based model trained by equilibrium propagation"`
}

// Choice is one key of a search.
type Choice struct {
	Key    string   `toml:"key" required:"yes" help:"key of the scenario; with layout.tensor or layout.pipeline, layout.data follows, so that the GPUs stay"`
	Values []string `toml:"values" help:"what to try"`
	First  bool     `toml:"first" default:"false" help:"of these values only the first that the scenario can take"`
}

// Chip is an accelerator that is known by its data sheet alone.
type Chip struct {
	Peak  float64 `toml:"peak" unit:"flops" default:"0 FLOP/s" help:"dense matrix peak"`
	Share float64 `toml:"share" unit:"ratio" range:"(0,1]" default:"100 %" help:"share of it that large matrix products reach"`
	Power float64 `toml:"power" unit:"power" default:"0 W" help:"power limit"`
	Rent  float64 `toml:"rent" unit:"money per hour" default:"0 $/h" help:"rent; 0: that of the GPU in whose place it comes"`
}

// Analog is what takes the place of the energy of GPU kernels. All of it is declared.
type Analog struct {
	MAC      float64 `toml:"mac" unit:"energy" default:"0 J" help:"energy of a multiplication with addition in an array"`
	Rows     float64 `toml:"rows" range:"[1,)" default:"1" help:"products that one conversion to digital adds up"`
	ADC      float64 `toml:"adc" unit:"energy" default:"0 J" help:"energy of a conversion to digital"`
	Write    float64 `toml:"write" unit:"energy" default:"0 J" help:"energy to write a weight"`
	Resident float64 `toml:"resident" unit:"ratio" default:"100 %" help:"share of the weights that stay in their arrays; the others are written again for every microbatch, forward and backward"`
}

// Settling counts passes over the model for one sample.
type Settling struct {
	Free   float64 `toml:"free" range:"[0,)" default:"0" help:"steps in which the free phase settles"`
	Nudged float64 `toml:"nudged" range:"[0,)" default:"0" help:"steps in which the nudged phase settles"`
	Update float64 `toml:"update" range:"[0,)" default:"1" help:"local update, in forward passes"`
}

// Simulated tells whether the lever changes the scenario, rather than declare a gain.
func (v *Lever) Simulated() bool { return len(v.Set) > 0 || len(v.Search) > 0 || v.Sync > 1 }

// WhatIf tells whether the lever is a declared model beyond the roadmap.
func (v *Lever) WhatIf() bool { return v.Roadmap == "what-if" }

// declares tells whether the lever declares a gain.
func (v *Lever) declares() bool {
	return v.Work != 1 || v.K > 1 || v.Chip.Peak > 0 || v.Analog.MAC > 0 || v.Settling.Free > 0
}

// Roadmap is the text of the levers of arXiv 2404.08811, in its order.
//
//go:embed levers.toml
var Roadmap []byte

// LoadLevers reads the levers in a file. The error is Errors unless the file cannot
// be read.
func LoadLevers(path string) ([]Lever, error) {
	data, err := readText(path, "file of levers")
	if err != nil {
		return nil, err
	}
	return ParseLevers(path, data)
}

// ParseLevers reads levers from a text, a section [[lever]] for each. All mistakes
// are reported at once, as Errors.
func ParseLevers(name string, data []byte) ([]Lever, error) {
	raw, bad := decodeTOML(name, data)
	if bad != nil {
		return nil, Errors{*bad}
	}
	var file struct {
		Lever []Lever `toml:"lever" help:"a way to make training cheaper; one section [[lever]] for each"`
	}
	v := reflect.ValueOf(&file).Elem()
	d := decoder{file: name, index: newIndex(string(data)), overridden: map[string]bool{}, given: map[string]bool{}}
	d.table(v, fieldsOf(v.Type()), raw, "")
	if len(d.errs) == 0 && len(file.Lever) == 0 {
		d.report("", true, wrong("no lever").or("write a section [[lever]] for each; simulate levers --print shows those of the roadmap"))
	}
	for i := range file.Lever {
		d.checkLever(&file.Lever[i], fmt.Sprintf("lever[%d]", i))
	}
	if len(d.errs) > 0 {
		return nil, d.errs.sorted()
	}
	return file.Lever, nil
}

// checkLever checks what single keys of a lever cannot show.
func (d *decoder) checkLever(v *Lever, path string) {
	switch {
	case v.Simulated() && v.declares():
		d.report(path, true, wrong("changes the scenario and declares a gain").or("make two levers of it: what is simulated must not be declared too"))
	case !v.Simulated() && !v.declares():
		d.report(path, true, wrong("does nothing").or("give set, search or sync_period, which are simulated, or declare work, k, chip, analog or energy_based"))
	case v.WhatIf() && v.Simulated():
		d.report(path+".roadmap", false, wrong("what-if is for what is declared").or("give the step of the roadmap"))
	}
	if r := v.WorkRange; r != nil && (len(r) != 2 || r[0] > r[1]) {
		d.report(path+".work_range", false, wrong("must be the least and the most, such as [0.8, 1.1]"))
	}
	for k, s := range v.Set {
		key, _, ok := strings.Cut(s, "=")
		at := fmt.Sprintf("%s.set[%d]", path, k)
		if !ok {
			d.report(at, false, wrong("%q lacks a value", s).or("such as layout.tensor=4"))
			continue
		}
		d.checkKey(strings.TrimSpace(key), at)
	}
	combinations := 1
	for k, c := range v.Search {
		at := fmt.Sprintf("%s.search[%d]", path, k)
		d.checkKey(c.Key, at+".key")
		combinations *= max(1, len(c.Values))
		if len(c.Values) == 0 {
			d.report(at+".values", false, wrong("nothing to try").or(`such as ["1", "2", "4"]`))
		}
		if c.First && k < len(v.Search)-1 {
			d.report(at+".first", false, wrong("only the last key of a search may have it"))
		}
	}
	if combinations > maxCombinations {
		d.report(path+".search", true, wrong("%d combinations; at most %d", combinations, maxCombinations))
	}
}

// maxCombinations bounds a search.
const maxCombinations = 2000

// checkKey reports a key that no scenario has.
func (d *decoder) checkKey(key, path string) {
	section, rest, _ := strings.Cut(key, ".")
	if s := sectionOf(section); s != nil && s.presets && rest == "preset" {
		return
	}
	if _, ok := splitPath(key); !ok || lookup(key) == nil {
		d.report(path, false, wrong("a scenario has no key %s", key).or("docs/scenarios.md lists them"))
	}
}
