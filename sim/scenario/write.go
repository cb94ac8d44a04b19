package scenario

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"

	"trainsim/sim/engine"
	"trainsim/sim/run"
)

// TOML writes the scenario with every value in full: no presets, no defaults, so
// that it means the same in later versions. Parse reads it back to an equal
// Config. Keys that are not set are left out.
func (c *Config) TOML() []byte {
	var b bytes.Buffer
	v := reflect.ValueOf(&c.Sections).Elem()
	for i := range topLevel {
		if f := &topLevel[i]; f.table == nil {
			f.write(&b, v.Field(f.index))
		}
	}
	c.writeMeta(&b)
	for i := range sections {
		s := &sections[i]
		if s.long && !c.Long() {
			continue
		}
		if field := v.Field(s.index); s.isTable() {
			fmt.Fprintf(&b, "\n[%s]\n", s.key)
			if s.named {
				fmt.Fprintf(&b, "name = %s\n", quote(field.FieldByName("Name").String()))
			}
			writeTable(&b, s.table, field, s.key)
		} else {
			writeTables(&b, &s.field, field, s.key)
		}
	}
	return bytes.TrimPrefix(b.Bytes(), []byte("\n"))
}

// writeMeta writes the author's notes, with the keys in alphabetical order.
func (c *Config) writeMeta(b *bytes.Buffer) {
	if len(c.Meta) == 0 {
		return
	}
	var notes bytes.Buffer
	e := toml.NewEncoder(&notes)
	e.Indent = ""
	if err := e.Encode(map[string]any{meta: c.Meta}); err == nil {
		b.WriteByte('\n')
		b.Write(notes.Bytes())
	}
}

// writeTable writes the values of a table, then the tables inside it.
func writeTable(b *bytes.Buffer, fields []field, v reflect.Value, path string) {
	for i := range fields {
		if f := &fields[i]; f.table == nil {
			f.write(b, v.Field(f.index))
		}
	}
	for i := range fields {
		if f := &fields[i]; f.isTable() {
			at := join(path, f.key)
			fmt.Fprintf(b, "\n[%s]\n", at)
			writeTable(b, f.table, v.Field(f.index), at)
		} else if f.isArrayOfTables() {
			writeTables(b, f, v.Field(f.index), join(path, f.key))
		}
	}
}

// writeTables writes the tables of an array.
func writeTables(b *bytes.Buffer, f *field, v reflect.Value, path string) {
	for i := range v.Len() {
		fmt.Fprintf(b, "\n[[%s]]\n", path)
		writeTable(b, f.table, v.Index(i), path)
	}
}

// write writes one line, or none if the key is not set.
func (f *field) write(b *bytes.Buffer, v reflect.Value) {
	if text := f.text(v); text != "" {
		fmt.Fprintf(b, "%s = %s\n", f.key, text)
	}
}

// text returns the value as a scenario writes it, or "" if it is not set: an
// empty text or list, or a value outside the range.
func (f *field) text(v reflect.Value) string {
	switch x := v.Interface().(type) {
	case run.Distribution:
		return f.distributionText(x)
	case Cadence:
		return x.text()
	case HostList:
		if len(x) == 0 {
			return ""
		}
		return quote(x.String())
	}
	switch v.Kind() {
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case reflect.String:
		if v.Len() == 0 || !f.allowed.has(v.String()) {
			return ""
		}
		return quote(v.String())
	case reflect.Slice:
		parts := make([]string, v.Len())
		for i := range parts {
			parts[i] = f.text(v.Index(i))
		}
		if v.IsNil() {
			return ""
		}
		if len(parts) == 1 && f.typ == hourlyType {
			return parts[0]
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case reflect.Float64:
		return f.floatText(v.Float())
	}
	return f.intText(v.Int(), v.Type() == durationType || v.Type() == timeType)
}

// floatText writes a float64 in base units.
func (f *field) floatText(x float64) string {
	switch {
	case !f.allowed.contains(x):
		return ""
	case !f.unit.bare:
		return quote(f.unit.write(x))
	case f.unit.kind == "tokens" && x == math.Trunc(x):
		return strconv.FormatFloat(x, 'f', 1, 64)
	}
	text := strconv.FormatFloat(x, 'g', -1, 64)
	if !strings.ContainsAny(text, ".e") {
		text += ".0"
	}
	return text
}

// intText writes an int64; nanoseconds if it is a time.
func (f *field) intText(n int64, isTime bool) string {
	base := float64(n)
	if isTime {
		base = engine.Duration(n).Seconds()
	}
	switch {
	case !f.allowed.contains(base):
		return ""
	case f.unit.bare:
		return strconv.FormatInt(n, 10)
	case isTime:
		return quote(timeText(n))
	case int64(base) != n || math.Abs(base) >= 1<<53:
		return quote(strconv.FormatInt(n, 10) + " " + f.unit.base())
	}
	return quote(f.unit.write(base))
}

// timeText writes n nanoseconds in the largest unit that divides it.
func timeText(n int64) string {
	if n == 0 {
		return "0 s"
	}
	units := []struct {
		name string
		size int64
	}{{"d", 86400e9}, {"h", 3600e9}, {"min", 60e9}, {"s", 1e9}, {"ms", 1e6}, {"us", 1e3}}
	for _, u := range units {
		if n%u.size == 0 {
			return strconv.FormatInt(n/u.size, 10) + " " + u.name
		}
	}
	return strconv.FormatInt(n, 10) + " ns"
}

// quote writes a TOML basic string.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
