package scenario

import (
	"fmt"
	"reflect"
	"strings"

	"trainsim/sim/engine"
	"trainsim/sim/run"
	"trainsim/sim/workload"
)

// field is one key of a section, read from the tags of a struct field:
//
//	HBMBandwidth float64 `toml:"hbm_bandwidth" unit:"bandwidth" range:"(0,)" default:"2 TB/s" help:"HBM peak"`
//
// toml is the key; a field without it is not settable. unit is one of the kinds
// of units. range is an interval in base units ("(0,)", "[1,8]") or a list of
// words ("a|b|c"); without it numbers are ≥ 0 and ratios in [0, 1]. default is
// the text a scenario would write. A key without default whose zero value lies
// outside its range is required. A default outside the range means "not set".
// required:"yes" asks for a key whatever its zero value. law is the law of a
// distribution that names none. usual is the unit that most people write it in, where
// the default does not show it.
type field struct {
	key      string
	index    int // of the struct field
	typ      reflect.Type
	unit     *unit
	allowed  interval
	fallback string // default
	hasFall  bool
	help     string
	needed   bool    // required, whatever the zero value
	law      run.Law // of a distribution that names none
	usual    string  // unit
	table    []field // keys of a nested table, or of the elements of an array of tables
}

var (
	durationType = reflect.TypeFor[engine.Duration]()
	timeType     = reflect.TypeFor[engine.Time]()
)

// wordsOf are the values of the named text types.
var wordsOf = map[reflect.Type][]string{
	reflect.TypeFor[workload.Schedule]():        {string(workload.GPipe), string(workload.OneFOneB), string(workload.Interleaved), string(workload.ZBH1), string(workload.ZBH2)},
	reflect.TypeFor[workload.Precision]():       {string(workload.FP32), string(workload.BF16), string(workload.FP16), string(workload.FP8)},
	reflect.TypeFor[workload.RecomputeMode]():   {string(workload.RecomputeNone), string(workload.RecomputeSelective), string(workload.RecomputeFull)},
	reflect.TypeFor[workload.AttentionKernel](): {string(workload.LibraryKernel), string(workload.TritonKernel)},
	reflect.TypeFor[workload.ContextComm]():     {string(workload.ContextP2P), string(workload.ContextAllGather)},
}

// fieldsOf returns the settable fields of struct type t in order. Tags are part
// of the program: a bad one panics, and a test reads them all.
func fieldsOf(t reflect.Type) []field {
	var out []field
	for i := range t.NumField() {
		sf := t.Field(i)
		key := sf.Tag.Get("toml")
		if key == "" {
			continue
		}
		f := field{key: key, index: i, typ: sf.Type, unit: unitOf(sf.Tag.Get("unit")), help: sf.Tag.Get("help")}
		if f.unit == nil {
			panic(fmt.Sprintf("scenario: %s.%s: unknown unit tag", t, sf.Name))
		}
		f.fallback, f.hasFall = sf.Tag.Lookup("default")
		text := sf.Tag.Get("range")
		if text == "" && f.unit.kind == "ratio" {
			text = "[0,1]"
		}
		var err error
		if f.allowed, err = parseInterval(text); err != nil {
			panic(fmt.Sprintf("scenario: %s.%s: %v", t, sf.Name, err))
		}
		if words := wordsOf[elementOf(sf.Type)]; words != nil {
			f.allowed.words = words
		}
		f.needed = sf.Tag.Get("required") != ""
		if f.usual = sf.Tag.Get("usual"); f.usual != "" && f.unit.find(f.usual) == nil {
			panic(fmt.Sprintf("scenario: %s.%s: no unit %s", t, sf.Name, f.usual))
		}
		if law, ok := lawOf(sf.Tag.Get("law")); ok {
			f.law = law
		}
		if nested := elementOf(sf.Type); nested.Kind() == reflect.Struct && !isText(nested) {
			f.table = fieldsOf(nested)
		}
		out = append(out, f)
	}
	return out
}

// isText tells whether values of struct type t are written as one text.
func isText(t reflect.Type) bool { return t == distributionType || t == cadenceType }

// elementOf returns the element type of a slice, or t itself.
func elementOf(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Slice {
		return t.Elem()
	}
	return t
}

// isTable tells whether f is a nested table, not a value or an array of tables.
func (f *field) isTable() bool { return f.table != nil && f.typ.Kind() == reflect.Struct }

// isArrayOfTables tells whether f is written [[key]].
func (f *field) isArrayOfTables() bool { return f.table != nil && f.typ.Kind() == reflect.Slice }

// required tells whether a scenario or a preset must give the key: it has no
// default, and its zero value is not allowed.
func (f *field) required() bool {
	if f.hasFall || f.table != nil {
		return false
	}
	switch {
	case f.needed:
		return true
	case f.typ == cadenceType:
		return false
	case f.typ == distributionType:
		return !f.allowed.contains(0)
	}
	switch f.typ.Kind() {
	case reflect.String:
		return len(f.allowed.words) > 0 && !f.allowed.has("")
	case reflect.Bool, reflect.Slice:
		return false
	}
	return !f.allowed.contains(0)
}

// keysOf returns the names of fields.
func keysOf(fields []field) []string {
	out := make([]string, len(fields))
	for i := range fields {
		out[i] = fields[i].key
	}
	return out
}

// find returns the field named key, or nil.
func find(fields []field, key string) *field {
	for i := range fields {
		if fields[i].key == key {
			return &fields[i]
		}
	}
	return nil
}

// typeName says in words what a value of f is.
func (f *field) typeName() string {
	switch {
	case f.isTable():
		return "table"
	case f.isArrayOfTables():
		return "array of tables"
	case f.typ == hostListType:
		return "list of hosts"
	}
	name := map[string]string{"bytes": "size", "bandwidth": "bandwidth", "flops": "FLOP rate", "duration": "duration",
		"time": "time", "power": "power", "ratio": "ratio", "tokens": "number of tokens", "distribution": "distribution", "cadence": "duration or rule",
		"money": "price", "money per hour": "price per hour", "money per energy": "price per kWh", "carbon intensity": "carbon intensity", "mass": "mass",
		"power per time": "power per time", "energy": "energy", "frequency": "frequency", "temperature": "temperature", "temperature difference": "temperature difference",
		"thermal resistance": "thermal resistance", "heat capacity": "heat capacity"}[f.unit.kind]
	if name == "" {
		name = kindName(elementOf(f.typ).Kind())
	}
	if f.typ == hourlyType {
		return name + ", list or CSV file of them by the hour"
	}
	if f.typ.Kind() == reflect.Slice {
		return "list of " + name + "s"
	}
	return name
}

func kindName(k reflect.Kind) string {
	switch k {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "text"
	case reflect.Float64, reflect.Float32:
		return "number"
	}
	return "whole number"
}

// article returns the type's name for use in a sentence.
func (f *field) article() string {
	name := f.typeName()
	switch {
	case strings.HasPrefix(name, "true"), name == "text":
		return name
	case strings.HasPrefix(name, "array"):
		return "an " + name
	}
	return "a " + name
}
