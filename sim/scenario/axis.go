package scenario

import (
	"fmt"
	"math/big"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Axis is one key of a scenario with the values that it takes in turn.
type Axis struct {
	Key    string   `json:"key"`
	Values []string `json:"values"`         // as --set takes them
	Unit   string   `json:"unit,omitempty"` // of Numbers: that of the first value
	// Numbers are the values, nil where one of them is no number.
	Numbers []float64 `json:"-"`
}

// maxValues bounds an axis: a range that asks for more was not meant so.
const maxValues = 1000

// ParseAxes reads axes, "key=values" each. Values are parted by commas, and each may
// be a range of numbers: "400W..700W:50W" adds 50 W up to 700 W, "1..64:x2" doubles,
// "1..8" takes every whole number. All mistakes are told at once, as Errors.
func ParseAxes(texts []string) ([]Axis, error) {
	var axes []Axis
	var errs Errors
	for _, text := range texts {
		key, list, ok := strings.Cut(text, "=")
		key = strings.TrimSpace(key)
		file := "--over " + key
		switch {
		case !utf8.ValidString(text):
			errs = append(errs, Diagnostic{File: "--over " + strconv.Quote(text), Message: "not valid UTF-8"})
			continue
		case !ok:
			errs = append(errs, Diagnostic{File: file, Message: "lacks values", Hint: "it needs key=values in one word, such as --over gpu.power_cap=400W..700W:50W"})
			continue
		}
		f, m := axisField(key)
		if m != nil {
			errs = append(errs, Diagnostic{File: file, Message: m.message, Hint: m.hint})
			continue
		}
		a := Axis{Key: key}
		for _, m := range a.read(f, list) {
			errs = append(errs, Diagnostic{File: file, Message: m.message, Hint: m.hint})
		}
		axes = append(axes, a)
	}
	if len(errs) > 0 {
		return nil, errs
	}
	return axes, nil
}

// axisField returns what values of a key are; nil: the name of a preset.
func axisField(key string) (*field, *mistake) {
	section, rest, _ := strings.Cut(key, ".")
	if s := sectionOf(section); s != nil && s.presets && rest == "preset" {
		return nil, nil
	}
	steps, ok := splitPath(key)
	f := lookup(key)
	if !ok || f == nil || len(steps) > maxDepth {
		return nil, wrong("a scenario has no key %.80q", key).or(Suggest(key, Keys()))
	}
	if steps[len(steps)-1].index >= 0 { // one element of a list
		element := *f
		element.typ = elementOf(f.typ)
		f = &element
	}
	if f.table != nil {
		return nil, wrong("is a section").or("give one of its keys, such as " + key + "." + f.table[0].key)
	}
	return f, nil
}

// read fills the values of an axis and returns what is wrong with them.
func (a *Axis) read(f *field, list string) (bad []*mistake) {
	seen := map[string]bool{}
	for _, item := range splitValues(list) {
		values, m := []string{item}, (*mistake)(nil)
		if from, rest, ok := strings.Cut(item, ".."); ok && f.counted() {
			values, m = f.span(strings.TrimSpace(from), strings.TrimSpace(rest))
		}
		if m != nil {
			bad = append(bad, wrong("%.80q: %s", item, m.message).or(m.hint))
			continue
		}
		for _, v := range values {
			m := accepts(f, a.Key, v)
			switch v = spaced(f, v); {
			case m != nil:
				bad = append(bad, wrong("%.80q: %s", v, m.message).or(m.hint))
			case seen[v]:
				bad = append(bad, wrong("%.80q is there twice", v))
			}
			seen[v] = true
			a.Values = append(a.Values, v)
		}
		if len(a.Values) > maxValues {
			return append(bad, wrong("more than %d values", maxValues))
		}
	}
	if len(bad) == 0 {
		a.number(f)
	}
	return bad
}

// accepts says what is wrong with one value of a key, whatever the rest of a
// scenario.
func accepts(f *field, key, text string) *mistake {
	switch {
	case text == "":
		return wrong("a value is missing")
	case tooDeep(text) >= 0:
		return wrong("nested deeper than %d", maxDepth)
	case f != nil:
		return f.set(reflect.New(f.typ).Elem(), literalFor(key, text))
	}
	kind, _, _ := strings.Cut(key, ".")
	name, _ := literal(text).(string)
	if _, ok := Preset(kind, name); !ok {
		return wrong("there is no %s preset of that name", kind).or(didYouMean(text, Presets(kind)))
	}
	return nil
}

// counted tells whether values of f are numbers, with a unit or without.
func (f *field) counted() bool {
	if f == nil || f.typ.Kind() == reflect.Slice || f.typ == hostListType {
		return false
	}
	return f.unit.kind != "" || f.typ.Kind() == reflect.Float64 || f.whole()
}

// whole tells whether values of f are whole numbers without a unit.
func (f *field) whole() bool {
	return f.unit.kind == "" && f.typ.Kind() >= reflect.Int && f.typ.Kind() <= reflect.Int64
}

// splitValues cuts a list at its commas, but for those in quotes and brackets.
func splitValues(list string) (items []string) {
	depth, from := 0, 0
	var quote byte
	for i := 0; i < len(list); i++ {
		switch c := list[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			depth--
		case c == ',' && depth <= 0:
			items, from = append(items, strings.TrimSpace(list[from:i])), i+1
		}
	}
	return append(items, strings.TrimSpace(list[from:]))
}

// span returns the values from one to another, the step after a colon behind it.
func (f *field) span(from, rest string) ([]string, *mistake) {
	to, step, given := strings.Cut(rest, ":")
	to, step = strings.TrimSpace(to), strings.TrimSpace(step)
	factor, grows := strings.CutPrefix(step, "x")
	switch {
	case !given && f.whole():
		step = "1"
	case step == "":
		return nil, wrong("a range needs a step").or(f.rangeExample())
	}
	first, unit, m := f.measure(from)
	if m != nil {
		return nil, m
	}
	last, _, m := f.measure(to)
	if m != nil {
		return nil, m
	}
	if last.Cmp(first) < 0 {
		return nil, wrong("ends before it begins").or("write the least first")
	}
	if grows {
		return f.multiples(first, last, factor, unit)
	}
	by, finer, m := f.measure(step)
	if m != nil {
		return nil, m
	}
	if by.Sign() <= 0 {
		return nil, wrong("the step must be above 0")
	}
	next := func(v *big.Rat) { v.Add(v, by) }
	return f.march(first, last, next, unit, finer)
}

// multiples returns the values of a range whose every one is a multiple of the one
// before.
func (f *field) multiples(first, last *big.Rat, factor string, unit *symbol) ([]string, *mistake) {
	by, err := exactNumber(factor)
	if numberLen(factor) != len(factor) || err != nil || by.Cmp(big.NewRat(1, 1)) <= 0 {
		return nil, wrong("the factor must be a number above 1").or(f.rangeExample())
	}
	if first.Sign() <= 0 {
		return nil, wrong("a range that multiplies must begin above 0")
	}
	return f.march(first, last, func(v *big.Rat) { v.Mul(v, by) }, unit, unit)
}

// march writes the values from first to last in the first of units in which they
// have an end: a third of an hour is 20 min.
func (f *field) march(first, last *big.Rat, next func(*big.Rat), units ...*symbol) (values []string, m *mistake) {
	for at := new(big.Rat).Set(first); at.Cmp(last) <= 0; next(at) {
		text := ""
		for _, u := range units {
			v := new(big.Rat).Quo(at, u.size)
			if digits, exact := v.FloatPrec(); exact && digits < maxDigits/2 {
				text = v.FloatString(digits) + u.suffix()
				break
			}
		}
		if text == "" {
			return nil, wrong("%s has too many digits", at.FloatString(3))
		}
		if values = append(values, text); len(values) > maxValues {
			return nil, wrong("has more than %d values", maxValues)
		}
	}
	return values, nil
}

// none is the symbol of numbers without one.
var none = symbol{"", big.NewRat(1, 1)}

func (s *symbol) suffix() string {
	if s.name == "" {
		return ""
	}
	return " " + s.name
}

// measure reads a number with its unit: the value in base units, and the symbol.
func (f *field) measure(text string) (*big.Rat, *symbol, *mistake) {
	v, err := f.unit.parse(text)
	if err != nil {
		return nil, nil, wrong("%s", err)
	}
	s := f.unit.find(unitText(text))
	if s == nil {
		s = &none
	}
	return v, s, nil
}

// unitText returns what follows the number that text begins with.
func unitText(text string) string {
	text = strings.TrimSpace(text)
	return strings.TrimLeft(text[numberLen(text):], " \t\u00a0\u202f")
}

// spaced writes a number and its unit as a scenario has them: 400W is 400 W.
func spaced(f *field, text string) string {
	if n := numberLen(text); f.counted() && n > 0 && n < len(text) && f.unit.find(unitText(text)) != nil {
		return text[:n] + " " + unitText(text)
	}
	return text
}

// rangeExample shows how a range of f is written.
func (f *field) rangeExample() string {
	number := func(n string) string {
		if len(f.unit.symbols) == 0 || f.unit.bare {
			return n
		}
		return n + f.unit.base()
	}
	return fmt.Sprintf("such as %s..%s:%s, or %s..%s:x2 for doubling", number("10"), number("40"), number("10"), number("10"), number("40"))
}

// number fills the numbers of the values, where all are.
func (a *Axis) number(f *field) {
	if !f.counted() {
		return
	}
	var unit *symbol
	for _, text := range a.Values {
		if s, ok := literal(text).(string); ok {
			text = s
		}
		v, s, m := f.measure(text)
		if m != nil {
			a.Numbers = nil
			return
		}
		if unit == nil {
			unit = s
		}
		x, _ := v.Quo(v, unit.size).Float64()
		a.Numbers = append(a.Numbers, x)
	}
	a.Unit = unit.name
}
