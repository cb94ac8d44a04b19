package scenario

import (
	"embed"
	"path"
	"reflect"
	"strings"
)

//go:embed presets
var presetFiles embed.FS

// Kinds returns the sections that have presets.
func Kinds() []string {
	var out []string
	for i := range sections {
		if sections[i].presets {
			out = append(out, sections[i].key)
		}
	}
	return out
}

// Presets returns the names of the presets of a kind, in alphabetical order.
func Presets(kind string) []string {
	entries, err := presetFiles.ReadDir(path.Join("presets", kind))
	if err != nil {
		return nil // no such kind
	}
	var out []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".toml"); ok {
			out = append(out, name)
		}
	}
	return out
}

// Preset returns the text of a preset: the keys of its section in TOML, with
// the source of each number in a comment.
func Preset(kind, name string) ([]byte, bool) {
	if strings.ContainsAny(name, "/\\") {
		return nil, false
	}
	data, err := presetFiles.ReadFile(path.Join("presets", kind, name+".toml"))
	return data, err == nil
}

// ReadPreset decodes a preset into the struct of its section, such as a
// budget.Site. Where there is none of that name, it returns the defaults and
// false.
func ReadPreset[T any](kind, name string) (T, bool) {
	var part T
	s, v := sectionOf(kind), reflect.ValueOf(&part).Elem()
	setDefaults(v, s.table)
	if _, ok := Preset(kind, name); !ok {
		return part, false
	}
	l := newLoader(name, "", map[string]any{})
	l.preset(s, v, name) // all of them read without a mistake, see the tests
	return part, true
}
