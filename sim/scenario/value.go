package scenario

import (
	"fmt"
	"math"
	"math/big"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

// mistake is what is wrong with a value, before its place is known.
type mistake struct{ message, hint string }

func wrong(format string, args ...any) *mistake {
	return &mistake{message: fmt.Sprintf(format, args...)}
}

func (m *mistake) or(hint string) *mistake {
	if m != nil && m.hint == "" {
		m.hint = hint
	}
	return m
}

// set stores a decoded TOML value (string, int64, float64, bool or []any) into
// v, or says what is wrong with it.
func (f *field) set(v reflect.Value, raw any) *mistake {
	switch v.Type() {
	case distributionType:
		return f.setDistribution(v, raw)
	case cadenceType:
		return f.setCadence(v, raw)
	case hostListType:
		return f.setHosts(v, raw)
	}
	switch v.Kind() {
	case reflect.Bool:
		b, ok := raw.(bool)
		if !ok {
			return f.mismatch(raw)
		}
		v.SetBool(b)
		return nil
	case reflect.String:
		s, ok := raw.(string)
		if !ok {
			return f.mismatch(raw)
		}
		if f.needed && s == "" {
			return wrong("is empty").or(f.help)
		}
		if !f.allowed.has(s) {
			if m := f.unsupported(raw); m != nil {
				return m
			}
			return wrong("%q is not allowed", s).or(didYouMean(s, f.allowed.words))
		}
		v.SetString(s)
		return nil
	case reflect.Slice:
		return f.setList(v, raw)
	}
	return f.setNumber(v, raw)
}

// setList stores an array, element by element. Of quantities one stands for a list
// of itself.
func (f *field) setList(v reflect.Value, raw any) *mistake {
	list, ok := raw.([]any)
	if !ok && f.typ.Elem().Kind() != reflect.Float64 {
		return f.mismatch(raw)
	}
	if !ok {
		list = []any{raw}
	}
	if most := maxHours; f.typ == hourlyType && (len(list) == 0 || len(list) > most) {
		return wrong("%d values", len(list)).or(fmt.Sprintf("write one for each hour, at most %d; a shorter series repeats", most))
	}
	element := *f
	element.typ = f.typ.Elem()
	out := reflect.MakeSlice(v.Type(), len(list), len(list))
	for i, r := range list {
		if m := element.set(out.Index(i), r); m != nil {
			m.message = fmt.Sprintf("element %d: %s", i+1, m.message)
			return m
		}
	}
	v.Set(out)
	return nil
}

// setNumber stores a number, with or without a unit.
func (f *field) setNumber(v reflect.Value, raw any) *mistake {
	exact, m := f.number(raw)
	if m != nil {
		return m
	}
	value, _ := exact.Float64()
	if !f.allowed.contains(value) {
		if m := f.unsupported(raw); m != nil {
			return m
		}
		if exact.Sign() < 0 && f.allowed.low == 0 {
			return wrong("%s is negative", written(raw)).or("must be " + f.allowed.describe(f.unit))
		}
		return wrong("%s is out of range", written(raw)).or("must be " + f.allowed.describe(f.unit))
	}
	if v.Kind() == reflect.Float64 {
		v.SetFloat(value)
		return nil
	}
	if v.Type() == durationType || v.Type() == timeType {
		exact.Mul(exact, big.NewRat(1e9, 1))
	}
	switch {
	case f.counts() && value > maxCount:
		return wrong("%v is too large", raw).or(fmt.Sprintf("must be at most %d", maxCount))
	case !exact.IsInt() && f.unit.kind == "":
		return wrong("%v is not a whole number", raw)
	case !exact.IsInt():
		return wrong("%v is not a whole number of %s", raw, smallest(f))
	case !exact.Num().IsInt64() || v.OverflowInt(exact.Num().Int64()):
		return wrong("%v is too large", raw)
	}
	v.SetInt(exact.Num().Int64())
	return nil
}

// maxCount bounds counts, so that products of a few of them stay within int64.
const maxCount = 1 << 24

// counts tells whether f is a count of something: a plain int without an end of
// its own.
func (f *field) counts() bool {
	return f.unit.kind == "" && elementOf(f.typ).Kind() == reflect.Int && math.IsInf(f.allowed.high, 1)
}

// smallest names what an integer field counts.
func smallest(f *field) string {
	if f.typ == durationType || f.typ == timeType {
		return "nanoseconds"
	}
	return f.unit.base()
}

// number returns the exact value of raw in base units.
func (f *field) number(raw any) (*big.Rat, *mistake) {
	text := ""
	switch r := raw.(type) {
	case string:
		if f.unit.kind == "" {
			m := f.mismatch(raw)
			if n := numberLen(r); n > 0 && n == len(r) {
				m.hint = "write it without quotes: " + r
			}
			return nil, m
		}
		if n := numberLen(r); n > 0 && n == len(r) && !f.unit.bare {
			return nil, wrong("%q has no unit", r).or("write " + f.withUnit(r))
		}
		value, err := f.unit.parse(r)
		if err != nil {
			return nil, wrong("%s", err)
		}
		return value, nil
	case int64:
		text = strconv.FormatInt(r, 10)
	case float64:
		if math.IsNaN(r) || math.IsInf(r, 0) {
			return nil, wrong("%v is not a finite number", r).or("must be " + f.allowed.describe(f.unit))
		}
		text = plain(r)
		if whole := elementOf(f.typ).Kind() != reflect.Float64; whole && f.unit.kind == "" {
			m := wrong("%s is not a whole number", text)
			if r == math.Trunc(r) && math.Abs(r) < 1<<53 {
				m = wrong("expected a whole number, found the decimal number %s", text).or("write " + strconv.FormatInt(int64(r), 10))
			}
			return nil, m
		}
	default:
		return nil, f.mismatch(raw)
	}
	if !f.unit.bare {
		return nil, wrong("%s has no unit", text).or("write " + f.withUnit(text))
	}
	value, err := exactNumber(text)
	if err != nil {
		return nil, wrong("%s", err)
	}
	return value, nil
}

// withUnit completes a number that lacks its unit. Most times are in the unit of
// the default; those without are latencies.
func (f *field) withUnit(number string) string {
	switch _, unit, ok := strings.Cut(f.fallback, " "); {
	case f.usual != "":
		return strconv.Quote(number+" "+f.usual) + " or another unit"
	case ok && (f.typ == durationType || f.typ == timeType):
		return strconv.Quote(number+" "+unit) + " or another unit"
	case isText(f.typ):
		return strconv.Quote(number+" min") + " or another unit"
	}
	return f.unit.withUnit(number)
}

// mismatch says that raw is of the wrong type.
func (f *field) mismatch(raw any) *mistake {
	m := wrong("expected %s, found %s", f.article(), describe(raw))
	switch {
	case len(f.allowed.words) > 0:
		m.hint = "must be " + f.allowed.describe(f.unit)
	case f.unit.kind != "":
		m.hint = "write " + f.unit.example
	case f.typ.Kind() == reflect.Bool:
		m.hint = "write true or false, without quotes"
	}
	return m
}

// plain writes a number without an exponent where that is no longer than people
// can read.
func plain(x float64) string {
	if a := math.Abs(x); a >= 1 && a < 1e15 {
		return strconv.FormatFloat(x, 'f', -1, 64)
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}

// written returns a value as a person would write it.
func written(raw any) string {
	if x, ok := raw.(float64); ok {
		return plain(x)
	}
	return fmt.Sprint(raw)
}

// describe names a decoded TOML value.
func describe(raw any) string {
	switch r := raw.(type) {
	case string:
		return fmt.Sprintf("the text %q", r)
	case int64, float64:
		return "the number " + written(r)
	case bool:
		return fmt.Sprint(r)
	case time.Time:
		return "a date"
	case []any:
		return "a list"
	}
	return "a table"
}

// literal reads the text of a value as a scenario would write it, or as plain
// text where it is not TOML: 8, true, [1, 2], "400 Gb/s", 400 Gb/s, bf16.
func literal(text string) any {
	var doc map[string]any
	if _, err := toml.Decode("v = "+text, &doc); err != nil || len(doc) != 1 || doc["v"] == nil {
		return text
	}
	return normalize(doc["v"])
}

// normalize makes arrays of tables and arrays of inline tables alike.
func normalize(raw any) any {
	switch r := raw.(type) {
	case map[string]any:
		for k, v := range r {
			r[k] = normalize(v)
		}
	case []any:
		for i, v := range r {
			r[i] = normalize(v)
		}
	case []map[string]any:
		out := make([]any, len(r))
		for i, v := range r {
			out[i] = normalize(v)
		}
		return out
	}
	return raw
}

// setDefaults stores the defaults of fields into struct v.
func setDefaults(v reflect.Value, fields []field) {
	for i := range fields {
		f := &fields[i]
		switch {
		case f.isTable():
			setDefaults(v.Field(f.index), f.table)
		case f.hasFall:
			if m := f.setFallback(v.Field(f.index)); m != nil {
				panic(fmt.Sprintf("scenario: default of %s: %s", f.key, m.message))
			}
		}
	}
}

// setFallback stores the default of f, which may lie outside its range to mean
// "not set".
func (f *field) setFallback(v reflect.Value) *mistake {
	open := *f
	open.allowed = interval{low: math.Inf(-1), high: math.Inf(1)}
	if v.Kind() == reflect.String || isText(v.Type()) {
		return open.set(v, f.fallback)
	}
	return open.set(v, literal(f.fallback))
}
