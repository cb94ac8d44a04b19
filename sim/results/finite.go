package results

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
)

// notFinite returns the JSON path of a number in s that JSON cannot hold (NaN
// or infinite), or "".
func notFinite(s *Summary) string { return findNotFinite(reflect.ValueOf(s).Elem()) }

func findNotFinite(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Float64:
		if f := v.Float(); math.IsNaN(f) || math.IsInf(f, 0) {
			return "."
		}
	case reflect.Pointer:
		if !v.IsNil() {
			return findNotFinite(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if in := findNotFinite(v.Field(i)); in != "" {
				key, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
				return joinKey(key, in)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			if in := findNotFinite(v.Index(i)); in != "" {
				return joinKey(fmt.Sprintf("[%d]", i), in)
			}
		}
	case reflect.Map:
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, k := range keys {
			if in := findNotFinite(v.MapIndex(k)); in != "" {
				return joinKey(k.String(), in)
			}
		}
	}
	return ""
}

// joinKey puts a key before the path inside it, which is "." at the number itself.
func joinKey(key, in string) string {
	if in == "." {
		return key
	}
	if key == "" || strings.HasPrefix(in, "[") { // an embedded struct has no key
		return key + in
	}
	return key + "." + in
}
