package results

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
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

// HasKey tells whether summary.json of a step, or of a whole training, may have a
// number at a path. Some keys hang on the run: those of tables by name, all of which
// it takes, and those that are left out where there is nothing to say.
func HasKey(path string, training bool) bool {
	at := reflect.TypeFor[Summary]()
	for key := range strings.SplitSeq(path, ".") {
		switch at.Kind() {
		case reflect.Struct:
			if at = typeAt(at, key, training); at == nil {
				return false
			}
		case reflect.Map:
			at = at.Elem()
		default:
			return false
		}
		if at.Kind() == reflect.Pointer {
			at = at.Elem()
		}
	}
	return at.Kind() >= reflect.Int && at.Kind() <= reflect.Float64
}

// Keys returns the keys of summary.json of a step, or of a whole training.
func Keys(training bool) (keys []string) {
	eachField(reflect.TypeFor[Summary](), training, func(key string, _ reflect.Type) { keys = append(keys, key) })
	return keys
}

// typeAt returns the type of what a struct writes under a key, or nil.
func typeAt(t reflect.Type, key string, training bool) (at reflect.Type) {
	eachField(t, training, func(k string, t reflect.Type) {
		if k == key {
			at = t
		}
	})
	return at
}

// eachField calls f with the key and type of each field that a struct writes.
func eachField(t reflect.Type, training bool, f func(key string, t reflect.Type)) {
	for i := range t.NumField() {
		field := t.Field(i)
		key, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case field.Anonymous && key == "" && field.Type.Kind() == reflect.Struct:
			eachField(field.Type, training, f)
		case field.Anonymous && key == "": // what a training has beside a step
			if training {
				eachField(field.Type.Elem(), training, f)
			}
		case key != "" && key != "-":
			f(key, field.Type)
		}
	}
}
