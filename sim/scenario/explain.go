package scenario

import (
	"fmt"
	"strings"
)

// Explain says what a key is: its type, unit, range, default and meaning. The
// key is a path ("layout.tensor"), a section ("layout"), or the last part of a
// path ("tensor"), which explains all keys of that name. Where there is none, ok
// is false and the text names the nearest.
func Explain(key string) (text string, ok bool) {
	if s := sectionOf(key); s != nil {
		return s.explain(), true
	}
	if f := lookup(key); f != nil {
		return f.explain(key), true
	}
	var found []string
	for i := range sections {
		for _, path := range pathsOf(sections[i].table, sections[i].key) {
			if strings.HasSuffix(path, "."+key) {
				found = append(found, lookup(path).explain(path))
			}
		}
	}
	if len(found) > 0 {
		return strings.Join(found, "\n"), true
	}
	_, last := cutLast(key)
	if same := synonyms[strings.ToLower(last)]; same != "" {
		for _, path := range Keys() {
			if strings.HasSuffix(path, "."+same) {
				return "did you mean " + path + "?", false
			}
		}
	}
	var names []string
	for _, path := range Keys() {
		names = append(names, path, path[strings.LastIndexByte(path, '.')+1:])
	}
	if n := Nearest(key, names); n != "" {
		return "did you mean " + n + "?", false
	}
	return Suggest(key, Keys()), false
}

// Overview lists every section with its keys and what they mean.
func Overview() string {
	var b strings.Builder
	for i := range sections {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(sections[i].explain())
	}
	return b.String()
}

// cutLast splits a path before its last part.
func cutLast(path string) (table, key string) {
	i := strings.LastIndexByte(path, '.')
	return path[:max(0, i)], path[i+1:]
}

// pathsOf returns the paths of all keys of a table and the tables inside it.
func pathsOf(fields []field, path string) []string {
	var out []string
	for i := range fields {
		at := join(path, fields[i].key)
		out = append(out, at)
		out = append(out, pathsOf(fields[i].table, at)...)
	}
	return out
}

// Keys returns the paths of all keys, in the order of the documentation.
func Keys() []string { return pathsOf(topLevel, "") }

// explain describes a key in a few lines, a table by its keys.
func (f *field) explain(path string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", path, f.help)
	if f.table != nil {
		listKeys(&b, f.table, path)
		return b.String()
	}
	fmt.Fprintf(&b, "  type     %s\n", f.typeName())
	if f.unit.example != "" {
		fmt.Fprintf(&b, "  write    %s\n", f.unit.example)
	}
	if allowed := f.allowedText(); allowed != "" {
		fmt.Fprintf(&b, "  allowed  %s\n", allowed)
	}
	fmt.Fprintf(&b, "  default  %s\n", f.defaultText())
	return b.String()
}

// explain lists the keys of a section.
func (s *section) explain() string {
	var b strings.Builder
	fmt.Fprintf(&b, "[%s]: %s\n", s.key, s.help)
	if s.presets {
		fmt.Fprintf(&b, "  presets  %s\n", strings.Join(Presets(s.key), ", "))
	}
	listKeys(&b, s.table, s.key)
	return b.String()
}

// listKeys adds a line for each key of a table, and of the tables inside it.
func listKeys(b *strings.Builder, table []field, path string) {
	width := 0
	keys := pathsOf(table, "")
	for _, k := range keys {
		width = max(width, len(k))
	}
	for _, k := range keys {
		fmt.Fprintf(b, "  %-*s  %s\n", width, k, lookup(path+"."+k).help)
	}
}

// allowedText says which values are allowed, where that is not plain from the
// type.
func (f *field) allowedText() string {
	kind := elementOf(f.typ).Kind().String()
	if f.table != nil || kind == "bool" || kind == "string" && len(f.allowed.words) == 0 {
		return ""
	}
	return f.allowed.describe(f.unit)
}

// defaultText says what holds where the key is not given.
func (f *field) defaultText() string {
	switch {
	case f.required():
		return "required"
	case f.fallback != "" && !f.unset():
		return f.fallback
	case f.typ.Kind().String() == "bool":
		return "false"
	}
	return "not set"
}

// unset tells whether the default lies outside the range, which means "not set".
func (f *field) unset() bool {
	x, err := f.unit.parse(f.fallback)
	if err != nil || len(f.allowed.words) > 0 {
		return false
	}
	v, _ := x.Float64()
	return !f.allowed.contains(v)
}

// Reference returns the documentation of every key in Markdown.
func Reference() []byte {
	var b strings.Builder
	b.WriteString("# Keys of a scenario\n\nWritten by `go test ./sim/scenario -run Reference -update` from the keys themselves.\n\n")
	b.WriteString("A scenario is a TOML file. Values with a unit are text, a number and a unit; case matters (`Mb` is not `MB`):\n\n")
	b.WriteString("| quantity | write | units |\n|---|---|---|\n")
	for _, u := range units {
		if len(u.symbols) > 0 {
			fmt.Fprintf(&b, "| %s | `%s` | %s |\n", u.kind, strings.NewReplacer(`" or "`, "\"` or `\"", `", "`, "\"`, `\"").Replace(u.example), strings.Join(u.names(), " "))
		}
	}
	b.WriteString("\nA distribution without the name of a law is always its number; with one the number is the mean.\n")
	b.WriteString("\n`[meta]` is free: notes for people, kept and never read. `preset = \"NAME\"` in a section takes all its values from a preset;\n" +
		"keys beside it replace single ones. A host preset brings the presets of its GPU and network along.\n\n")
	for i := range topLevel {
		if f := &topLevel[i]; f.table == nil {
			fmt.Fprintf(&b, "`%s`: %s.\n", f.key, f.help)
		}
	}
	for i := range sections {
		sections[i].reference(&b)
	}
	return []byte(b.String())
}

// reference writes the table of a section.
func (s *section) reference(b *strings.Builder) {
	brackets := "[" + s.key + "]"
	if s.isArrayOfTables() {
		brackets = "[" + brackets + "]"
	}
	fmt.Fprintf(b, "\n## %s\n\n%s.\n\n", brackets, upper(s.help))
	if s.presets {
		fmt.Fprintf(b, "Presets: %s.\n\n", strings.Join(Presets(s.key), ", "))
	}
	b.WriteString("| key | value | allowed | default | meaning |\n|---|---|---|---|---|\n")
	for _, p := range pathsOf(s.table, "") {
		f := lookup(s.key + "." + p)
		fmt.Fprintf(b, "| `%s` | %s | %s | %s | %s |\n", p, f.typeName(), f.allowedText(), f.defaultText(), f.help)
	}
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
