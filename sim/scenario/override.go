package scenario

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// override puts values of the form "key=value" into the decoded text, from
// where they go through the same checks as everything else.
func (l *loader) override(set []string) {
	for _, s := range set {
		key, value, ok := strings.Cut(s, "=")
		key = strings.TrimSpace(key)
		steps, good := splitPath(key)
		if !utf8.ValidString(s) {
			l.errs = append(l.errs, Diagnostic{File: overrideFile(strconv.Quote(s)), Message: "not valid UTF-8"})
			continue
		}
		if tooDeep(s) >= 0 || len(steps) > maxDepth {
			l.errs = append(l.errs, Diagnostic{File: overrideFile(fmt.Sprintf("%.40s…", s)), Message: fmt.Sprintf("nested deeper than %d", maxDepth)})
			continue
		}
		if !ok || !good {
			l.errs = append(l.errs, Diagnostic{File: overrideFile(s), Message: "expected key=value", Hint: "such as --set layout.tensor=4"})
			continue
		}
		if m := put(l.raw, steps, literalFor(key, strings.TrimSpace(value))); m != nil {
			l.errs = append(l.errs, Diagnostic{File: overrideFile(key), Key: key, Message: m.message, Hint: m.hint})
			continue
		}
		l.overridden[key] = true
	}
}

// shown writes overrides as titles have them, with long values cut, and without those
// that change no run: its title, how often it is played, what is kept of it.
func shown(set []string) (list []string) {
	for _, s := range set {
		key, value, ok := strings.Cut(s, "=")
		if key = strings.TrimSpace(key); !ok || key == "title" || strings.HasPrefix(key, "replicas.") || strings.HasPrefix(key, "record[") {
			continue
		}
		value = strings.Trim(strings.TrimSpace(value), `"`)
		if runes := []rune(value); len(runes) > maxShown {
			value = string(runes[:maxShown]) + "…"
		}
		list = append(list, key+" = "+value)
	}
	return list
}

// maxShown is how long the value of an override may be in a title, in characters.
const maxShown = 24

// Heading returns the title, or else the name, with what overrides changed, so that
// runs of one scenario with other values are told apart.
func (c *Config) Heading() string {
	title := cmp.Or(c.Title, c.Name)
	if len(c.Set) == 0 {
		return title
	}
	return title + " (" + strings.Join(c.Set, ", ") + ")"
}

// literalFor reads the value of an override. Where the key is a text, the value
// needs no quotes, whatever it looks like.
func literalFor(key, value string) any {
	raw := literal(value)
	if _, isText := raw.(string); isText {
		return raw
	}
	if f := lookup(key); f != nil && f.typeName() == "text" {
		return value
	}
	return raw
}

// lookup returns the field at a path such as "layout.tensor" or
// "degrade[0].speed", or nil.
func lookup(path string) *field {
	fields := topLevel
	var f *field
	for _, part := range strings.Split(path, ".") {
		if i := strings.IndexByte(part, '['); i > 0 {
			part = part[:i]
		}
		if f = find(fields, part); f == nil {
			return nil
		}
		fields = f.table
	}
	return f
}

// step is one part of a path: a key of a table or an index of an array.
type step struct {
	key   string
	index int // -1: a key
}

// splitPath splits "degrade[0].speed" into its steps.
func splitPath(path string) ([]step, bool) {
	var steps []step
	for _, part := range strings.Split(path, ".") {
		key, rest, indexed := strings.Cut(part, "[")
		for i := 0; i < len(key); i++ {
			if !isBare(key[i]) {
				return nil, false
			}
		}
		if key == "" {
			return nil, false
		}
		steps = append(steps, step{key, -1})
		if indexed {
			digits, ok := strings.CutSuffix(rest, "]")
			n, err := strconv.Atoi(digits)
			if !ok || err != nil || n < 0 {
				return nil, false
			}
			steps = append(steps, step{"", n})
		}
	}
	return steps, true
}

// put stores value at the path in nested tables and arrays, making tables as
// needed. An index one beyond the end of an array appends to it.
func put(table map[string]any, steps []step, value any) *mistake {
	key, rest := steps[0].key, steps[1:]
	if len(rest) == 0 {
		table[key] = value
		return nil
	}
	if rest[0].index < 0 {
		next, ok := table[key].(map[string]any)
		if !ok && table[key] != nil {
			return wrong("%s is not a table", key)
		}
		if next == nil {
			next = map[string]any{}
			table[key] = next
		}
		return put(next, rest, value)
	}
	list, ok := table[key].([]any)
	n := rest[0].index
	if !ok && table[key] != nil {
		return wrong("%s is not a list", key)
	}
	if n > len(list) {
		return wrong("there is no %s[%d]", key, n).or("the next one is " + key + "[" + strconv.Itoa(len(list)) + "]")
	}
	if n == len(list) {
		list = append(list, map[string]any{})
	}
	table[key] = list
	if len(rest) == 1 {
		list[n] = value
		return nil
	}
	next, ok := list[n].(map[string]any)
	if !ok {
		return wrong("%s[%d] is not a table", key, n)
	}
	return put(next, rest[1:], value)
}
