package scenario

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// maxBytes bounds the text of a scenario: a file beyond it was not meant to be
// one.
const maxBytes = 1 << 20

// Check finds what is wrong with a scenario that this package does not know, and
// reports it with the path of its value, such as "expect[0].metric".
type Check func(c *Config, report func(path, message, hint string))

// Load reads the scenario in a file. Each of set is an override "key=value",
// such as "layout.tensor=4", which replaces what the file says. The error is
// Errors unless the file cannot be read.
func Load(path string, set []string, also ...Check) (*Config, error) {
	data, err := readText(path, "scenario")
	if err != nil {
		return nil, err
	}
	return Parse(path, data, set, also...)
}

// readText reads a file that a person wrote, whatever it is called in errors.
func readText(path, what string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, fmt.Errorf("%s is a directory, not a %s", path, what)
	case info.Size() > maxBytes:
		return nil, fmt.Errorf("%s has %d bytes; a %s has at most %d", path, info.Size(), what, maxBytes)
	}
	return os.ReadFile(path)
}

// Parse reads a scenario from its text. The name, a file name, stands in errors
// and, without folder and extension, names the configuration. All mistakes are
// reported at once, as Errors.
func Parse(name string, data []byte, set []string, also ...Check) (*Config, error) {
	raw, bad := decodeTOML(name, data)
	if bad != nil {
		return nil, Errors{*bad}
	}
	l := newLoader(name, string(data), raw)
	l.override(set)
	l.sections()
	found := len(l.errs)
	l.stages()
	base := filepath.Base(name)
	c := l.doc.config(strings.TrimSuffix(base, filepath.Ext(base)))
	c.Set = shown(set)
	for _, check := range also {
		check(c, func(path, message, hint string) { l.report(path, false, wrong("%s", message).or(hint)) })
	}
	if l.dropFollowing(found); len(l.errs) > 0 {
		return nil, l.errs.sorted()
	}
	return c, nil
}

// decodeTOML decodes a text into maps, or says where it stops being TOML.
func decodeTOML(name string, data []byte) (map[string]any, *Diagnostic) {
	if len(data) > maxBytes {
		return nil, &Diagnostic{File: name, Message: fmt.Sprintf("%d bytes are too many; a scenario has at most %d", len(data), maxBytes)}
	}
	if at := tooDeep(string(trimMark(data))); at >= 0 {
		d := &Diagnostic{File: name, Message: fmt.Sprintf("nested deeper than %d", maxDepth)}
		d.Line, d.Column = newLines(string(trimMark(data))).position(at)
		return nil, d
	}
	raw := map[string]any{}
	_, err := toml.Decode(string(trimMark(data)), &raw)
	if err == nil {
		normalize(raw)
		return raw, nil
	}
	d := &Diagnostic{File: name, Line: 1, Column: 1, Message: err.Error()}
	var pe toml.ParseError
	if errors.As(err, &pe) {
		// The library's columns are off by what precedes them in some errors; its
		// offsets are right.
		text := string(trimMark(data))
		d.Line, d.Column = newLines(text).position(max(0, min(pe.Position.Start, len(text))))
		d.Message = pe.Message
		if d.Message == "" {
			d.Message = strings.TrimPrefix(err.Error(), "toml: ")
		}
		d.Message = strings.TrimSuffix(d.Message, ".")
		d.Hint = syntaxHint(d.Message)
	}
	return nil, d
}

// trimMark drops the byte-order mark that some editors write.
func trimMark(data []byte) []byte { return bytes.TrimPrefix(data, []byte("\ufeff")) }

// syntaxHint says what to do about common mistakes of syntax.
func syntaxHint(message string) string {
	switch {
	case strings.Contains(message, "already been defined"), strings.Contains(message, "already defined"):
		return "keep one of the two"
	case strings.Contains(message, "out of range"):
		return "whole numbers end at 9223372036854775807"
	case strings.Contains(message, "expected value"), strings.Contains(message, "to end with a newline"):
		return `text and values with a unit stand in quotes: "80 GiB"`
	}
	return ""
}

// loader puts the layers of a scenario on top of each other: defaults, what the
// host preset implies, presets, the text, overrides.
type loader struct {
	decoder
	raw map[string]any
	doc Sections

	noHost bool // the host is not known, and so neither are the parts it stands for
}

func newLoader(name, text string, raw map[string]any) *loader {
	return &loader{
		decoder: decoder{file: name, index: newIndex(text), overridden: map[string]bool{}, given: map[string]bool{}},
		raw:     raw,
	}
}

// sections decodes everything the scenario says.
func (l *loader) sections() {
	if m, ok := l.raw[meta]; ok {
		if l.doc.Meta, ok = m.(map[string]any); !ok {
			l.report(meta, false, wrong("expected a table, found %s", describe(m)))
		}
	}
	l.imply()
	v := reflect.ValueOf(&l.doc).Elem()
	top := map[string]any{}
	for key, r := range l.raw {
		if s := sectionOf(key); s == nil || !s.isTable() {
			top[key] = r // the others are decoded one by one, below
		}
	}
	l.table(v, topLevel, top, "", meta)
	for i := range sections {
		if s := &sections[i]; s.isTable() {
			whole := l.section(s, v.Field(s.index))
			l.noHost = l.noHost || s.key == "host" && !whole
		}
	}
}

// section decodes one section: its defaults, its preset, its keys. It tells
// whether the section is there with the preset it names; where it is not, what
// is missing follows from that one mistake and is not reported.
func (l *loader) section(s *section, v reflect.Value) bool {
	setDefaults(v, s.table)
	given, present := l.raw[s.key]
	table, ok := given.(map[string]any)
	switch {
	case present && !ok:
		l.report(s.key, false, wrong("expected a table, found %s", describe(given)).or("write a section ["+s.key+"]"))
		return false
	case !present && l.misnamed(s.key):
		return false // reported where it stands
	case !present && s.required != "":
		l.report("", true, wrong("section [%s] is missing", s.key).or(s.required))
		return false
	}
	failed := false
	if preset, ok := table["preset"]; ok && s.presets {
		failed = !l.preset(s, v, preset)
	}
	if name, ok := table["name"]; ok && s.named {
		l.name(v, name, s.key+".name")
	}
	l.table(v, s.table, table, s.key, s.reserved()...)
	own := table["preset"] != nil
	if failed || l.noHost && !own && contains(implied, s.key) {
		return !failed
	}
	if !own && s.presets && l.lacksPreset(s, present) {
		return false
	}
	l.require(s.table, s.key)
	return true
}

// lacksPreset reports all that section s lacks at once, where that is more than one
// key: then a preset is what is missing.
func (l *loader) lacksPreset(s *section, present bool) bool {
	var missing []string
	l.eachMissing(s.table, s.key, func(at string, _ *field) { missing = append(missing, strings.TrimPrefix(at, s.key+".")) })
	if len(missing) < 2 {
		return false
	}
	m := wrong("has no preset, and %s are missing", strings.Join(missing, ", "))
	if !present {
		m = wrong("section [%s] is missing, and with it %s", s.key, strings.Join(missing, ", "))
	}
	l.report(s.key, true, m.or(fmt.Sprintf("give all of these keys, or preset = %q; there are %s", Presets(s.key)[0], strings.Join(Presets(s.key), ", "))))
	return true
}

// misnamed tells whether the scenario has a section of no known name that was
// probably meant to be section key.
func (l *loader) misnamed(key string) bool {
	for _, other := range slices.Sorted(maps.Keys(l.raw)) {
		if find(topLevel, other) == nil && other != meta && Nearest(other, append(keysOf(topLevel), meta)) == key {
			return true
		}
	}
	return false
}

// name stores the name of a part.
func (d *decoder) name(v reflect.Value, raw any, path string) {
	if s, ok := raw.(string); ok {
		v.FieldByName("Name").SetString(s)
		return
	}
	d.report(path, false, wrong("expected text, found %s", describe(raw)))
}

// preset decodes a preset into section s and tells whether there is one of that
// name.
func (l *loader) preset(s *section, v reflect.Value, raw any) bool {
	path := s.key + ".preset"
	name, ok := raw.(string)
	if !ok {
		l.report(path, false, wrong("expected the name of a preset, found %s", describe(raw)).or("there are "+strings.Join(Presets(s.key), ", ")))
		return false
	}
	data, ok := Preset(s.key, name)
	if !ok {
		m := wrong("there is no %s preset %q", s.key, name)
		hint := "there are " + strings.Join(Presets(s.key), ", ")
		if meant := Suggest(name, Presets(s.key)); meant != "" {
			hint = meant + " T" + hint[1:]
		}
		l.report(path, false, m.or(hint))
		return false
	}
	file := "preset " + s.key + "/" + name
	table, bad := decodeTOML(file, data)
	if bad != nil {
		l.errs = append(l.errs, *bad)
		return false
	}
	d := decoder{file: file, index: newIndex(string(data)), given: map[string]bool{}}
	skip := s.reserved()
	if s.key == "host" {
		skip = append(skip, implied...)
	}
	d.table(v, s.table, table, "", skip...)
	for key := range d.given {
		l.given[join(s.key, key)] = true
	}
	if name, ok := table["name"]; ok && s.named {
		d.name(v, name, "name")
	}
	if field := v.FieldByName("Name"); field.Len() == 0 {
		field.SetString(name) // a preset without a name of its own is called by that of its file
	}
	l.errs = append(l.errs, d.errs...)
	return true
}

// imply gives sections the presets that others stand for, unless the scenario
// names presets of its own: a host its GPU and network, a GPU its prices.
func (l *loader) imply() {
	host, _ := l.raw["host"].(map[string]any)
	name, _ := host["preset"].(string)
	if data, ok := Preset("host", name); ok {
		preset, _ := decodeTOML(name, data) // what is wrong is reported where the host is decoded
		for _, key := range implied {
			if other, ok := preset[key].(string); ok {
				l.prefer(key, other)
			}
		}
	}
	gpu, _ := l.raw["gpu"].(map[string]any)
	name, _ = gpu["preset"].(string)
	if _, ok := Preset("prices", name); ok {
		l.prefer("prices", name)
	}
}

// prefer gives a section a preset, unless it names one.
func (l *loader) prefer(section, preset string) {
	if l.raw[section] == nil {
		l.raw[section] = map[string]any{}
	}
	if table, ok := l.raw[section].(map[string]any); ok && table["preset"] == nil {
		table["preset"] = preset
	}
}
