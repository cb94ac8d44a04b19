package scenario

import (
	"reflect"
	"sort"
	"strconv"
	"strings"
)

// decoder stores decoded TOML into structs and collects what is wrong.
type decoder struct {
	file       string
	index      *index          // nil: no text
	overridden map[string]bool // paths that --set gave
	given      map[string]bool // paths that some layer gave, right or wrong
	errs       Errors
}

// report adds a mistake about the value at path, or about its key.
func (d *decoder) report(path string, atKey bool, m *mistake) {
	e := Diagnostic{File: d.file, Key: path, Message: m.message, Hint: m.hint}
	e.File, e.Line, e.Column = d.place(path, atKey)
	d.errs = append(d.errs, e)
}

// place returns where path stands: in the text, else in an override, else where
// the nearest table around it stands.
func (d *decoder) place(path string, atKey bool) (file string, line, column int) {
	for p := path; p != ""; p = parent(p) {
		if d.overridden[p] {
			return overrideFile(p), 0, 0
		}
		if d.index == nil {
			continue
		}
		if at, ok := d.index.places[p]; ok {
			offset := at.value
			if atKey || p != path {
				offset = at.key
			}
			line, column = d.index.position(offset)
			return d.file, line, column
		}
		if inside := d.overrideInside(p); inside != "" {
			return overrideFile(inside), 0, 0
		}
	}
	return d.file, 1, 1
}

// overrideInside returns the first override of a key inside the table at path,
// or "".
func (d *decoder) overrideInside(path string) string {
	first := ""
	for key := range d.overridden {
		if inside, ok := strings.CutPrefix(key, path); ok && inside != "" && strings.ContainsRune(".[", rune(inside[0])) && (first == "" || key < first) {
			first = key
		}
	}
	return first
}

// parent returns the path of the table or array that holds path. Quoted keys
// that contain dots are unknown keys, for which any ancestor will do.
func parent(path string) string {
	return path[:max(0, strings.LastIndexAny(path, ".["))]
}

// table stores raw into the struct v. Keys of skip are allowed and left alone.
func (d *decoder) table(v reflect.Value, fields []field, raw map[string]any, path string, skip ...string) {
	keys := make([]string, 0, len(raw))
	for k := range raw {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, key := range keys {
		at := join(path, key)
		f := find(fields, key)
		switch {
		case contains(skip, key):
		case f == nil:
			d.report(at, true, d.unknown(key, path, append(keysOf(fields), skip...)))
		default:
			d.given[at] = true
			d.value(v.Field(f.index), f, raw[key], at)
		}
	}
}

// value stores raw into v, whatever v is.
func (d *decoder) value(v reflect.Value, f *field, raw any, path string) {
	switch {
	case f.isTable():
		m, ok := raw.(map[string]any)
		if !ok {
			d.report(path, false, f.mismatch(raw).or("write a section ["+path+"]"))
			return
		}
		d.table(v, f.table, m, path)
	case f.isArrayOfTables():
		list, ok := raw.([]any)
		if !ok {
			d.report(path, false, f.mismatch(raw).or("write sections [["+path+"]]"))
			return
		}
		d.elements(v, f, list, path)
	default:
		if name, ok := seriesFile(f, raw); ok {
			d.series(v, f, name, path)
		} else if m := f.set(v, raw); m != nil {
			if f.typ == hourlyType {
				m = m.or("or name a .csv file with a value for each hour")
			}
			d.report(path, false, m)
		}
	}
}

// elements stores an array of tables. Each starts from the defaults, or from the
// element of the preset that has its name.
func (d *decoder) elements(v reflect.Value, f *field, list []any, path string) {
	all := reflect.AppendSlice(reflect.MakeSlice(v.Type(), 0, v.Len()+len(list)), v)
	preset := v.Len()
	for i, raw := range list {
		at := path + "[" + strconv.Itoa(i) + "]"
		m, ok := raw.(map[string]any)
		if !ok {
			d.report(at, false, wrong("expected a table, found %s", describe(raw)))
			continue
		}
		if known := named(all.Slice(0, preset), f, m["name"]); known >= 0 {
			d.table(all.Index(known), f.table, m, at)
			continue
		}
		element := reflect.New(v.Type().Elem()).Elem()
		setDefaults(element, f.table)
		d.table(element, f.table, m, at)
		d.require(f.table, at)
		all = reflect.Append(all, element)
	}
	v.Set(all)
}

// named returns which element of v has a name, −1 if none.
func named(v reflect.Value, f *field, name any) int {
	key := find(f.table, "name")
	for i := range v.Len() {
		if key != nil && v.Index(i).Field(key.index).Interface() == name {
			return i
		}
	}
	return -1
}

// require reports the required keys of a table that no layer gave.
func (d *decoder) require(fields []field, path string) {
	d.eachMissing(fields, path, func(at string, f *field) {
		hint := f.help
		if len(f.allowed.words) > 0 {
			hint = "must be " + f.allowed.describe(f.unit)
		}
		d.report(at, true, wrong("missing").or(hint))
	})
}

// eachMissing calls f for each required key that no layer gave.
func (d *decoder) eachMissing(fields []field, path string, f func(at string, f *field)) {
	for i := range fields {
		switch at := join(path, fields[i].key); {
		case fields[i].isTable():
			d.eachMissing(fields[i].table, at, f)
		case fields[i].required() && !d.given[at]:
			f(at, &fields[i])
		}
	}
}

// unknown says that key is not one of the keys of the table at path, which one
// may be meant, or in which section it is at home.
func (d *decoder) unknown(key, path string, siblings []string) *mistake {
	m := wrong("unknown key")
	if same := synonyms[strings.ToLower(key)]; same != "" {
		if contains(siblings, same) {
			return m.or("did you mean " + same + "?")
		}
		key = same
	}
	if n := Nearest(key, siblings); n != "" {
		if strings.EqualFold(n, key) {
			return m.or("did you mean " + n + "? Case matters")
		}
		return m.or("did you mean " + n + "?")
	}
	for i := range sections {
		if s := &sections[i]; s.table != nil && s.key != path && find(s.table, key) != nil {
			hint := key + " belongs in [" + s.key + "]"
			if strings.Contains(path, "[") { // one of a list, which is short and has words of its own
				hint += "; known here: " + strings.Join(siblings, ", ")
			}
			return m.or(hint)
		}
	}
	return m.or(didYouMean(key, siblings))
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
