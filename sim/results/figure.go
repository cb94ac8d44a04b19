package results

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Figure returns the number that a path of keys of summary.json means: "goodput",
// or "lost_time_s.checkpoint_save". The error says what there is instead.
func (s *Summary) Figure(path string) (float64, error) {
	text, err := json.Marshal(s)
	if err != nil {
		return 0, err
	}
	var at any
	if err := json.Unmarshal(text, &at); err != nil {
		return 0, err
	}
	seen := "summary.json"
	for key := range strings.SplitSeq(path, ".") {
		object, ok := at.(map[string]any)
		if !ok {
			return 0, fmt.Errorf("%s has no parts", seen)
		}
		if at, ok = object[key]; !ok {
			return 0, fmt.Errorf("%s has no key %s; it has %s", seen, key, strings.Join(slices.Sorted(maps.Keys(object)), ", "))
		}
		seen = key
	}
	v, ok := at.(float64)
	if !ok {
		return 0, fmt.Errorf("%s is no number", path)
	}
	return v, nil
}

// HasKey tells whether summary.json of a step, or of a whole training, has a key
// that a path begins with.
func HasKey(path string, training bool) bool {
	s := Summary{}
	if training {
		s.Training = &Training{}
	}
	text, err := json.Marshal(s)
	if err != nil {
		return false
	}
	var keys map[string]any
	if json.Unmarshal(text, &keys) != nil {
		return false
	}
	first, _, _ := strings.Cut(path, ".")
	_, ok := keys[first]
	return ok || slices.Contains(optionalKeys, first)
}

// optionalKeys are those left out where they are 0.
var optionalKeys = []string{"tokens", "train_days", "gpu_hours", "energy_mwh", "usd_per_failure", "mains", "mains_managed",
	"hosts_per_mw", "hosts_per_mw_passed", "hosts_under_limit",
	"step_cost", "million_tokens_cost", "run_cost", "stop_ramps_mwh", "attribution", "order_to_end_days"}
