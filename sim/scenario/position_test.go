package scenario

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"pgregory.net/rapid"
)

// at returns "line:column" of the key and of the value at path.
func at(x *index, path string) string {
	p, ok := x.places[path]
	if !ok {
		return "nowhere"
	}
	l, c := x.position(p.key)
	m, d := x.position(p.value)
	return fmt.Sprintf("%d:%d %d:%d", l, c, m, d)
}

func TestPositions(t *testing.T) {
	text := "\ufefftitle = \"x\" # not [a] = table\r\n" +
		"[layout]\r\n" +
		"  tensor=8\n" +
		"stages = [1,\n  2, # two, [3]\n 3]\n" +
		"[[degrade]]\ngpu = 1\n" +
		"[[degrade]]\n  'gpu' = 2\nspeed = 0.5\n" +
		"[degrade.more]\nk = 1\n" +
		"[host]\ninner.deep = { a = 1, b = [ {c = 2}, {c = 3} ] }\n" +
		"text = \"\"\"\n[no]\nkey = 1 \\\"\"\" \"\"\"\"\n" +
		"raw = '''\nx = ''\n'''\n" +
		"\"odd.key\" = \"é\" \n" +
		"last = true"
	for path, want := range map[string]string{
		"title":                  "1:1 1:9",
		"layout":                 "2:2 2:2",
		"layout.tensor":          "3:3 3:10",
		"layout.stages":          "4:1 4:10",
		"layout.stages[0]":       "4:11 4:11",
		"layout.stages[1]":       "5:3 5:3",
		"layout.stages[2]":       "6:2 6:2",
		"degrade":                "7:3 7:3",
		"degrade[0].gpu":         "8:1 8:7",
		"degrade[1]":             "9:3 9:3",
		"degrade[1].gpu":         "10:3 10:11",
		"degrade[1].speed":       "11:1 11:9",
		"degrade[1].more.k":      "13:1 13:5",
		"host.inner":             "15:1 15:1",
		"host.inner.deep":        "15:1 15:14",
		"host.inner.deep.a":      "15:16 15:20",
		"host.text":              "16:1 16:8",
		"host.raw":               "19:1 19:7",
		`host."odd.key"`:         "22:1 22:13",
		"host.last":              "23:1 23:8",
		"host.key":               "nowhere",
		"no":                     "nowhere",
		"degrade[2]":             "nowhere",
		"layout.stages[3]":       "nowhere",
		"host.inner.deep.b":      "15:23 15:27",
		"host.inner.deep.d":      "nowhere",
		"host.inner.deep.b[1].c": "15:39 15:43",
	} {
		if got := at(newIndex(text), path); got != want {
			t.Errorf("%s is at %s, want %s", path, got, want)
		}
	}
	var doc map[string]any
	if _, err := toml.Decode(text, &doc); err != nil {
		t.Errorf("the text is not TOML: %v", err)
	}
}

// refusal is a value that the library asks to decode itself and that refuses, so
// that the library's error names the place.
type refusal struct{}

func (refusal) UnmarshalTOML(any) error { return errors.New("refused") }

// TestPositionsAgainstLibrary: on texts without arrays of tables, where the
// library's positions can be trusted, every key of ours is on the library's line.
func TestPositionsAgainstLibrary(t *testing.T) {
	value := rapid.SampledFrom([]string{
		"1", "-2.5e3", "true", `"a # b"`, "'lit [x]'", "[1, 2]", "[\n 1, # one\n 2,\n]", "{x = 1, y = 'z'}", "\"\"\"\nmulti\nline\"\"\"",
		"'''\na = 1\n'''", "2020-01-02T03:04:05Z", `"é"`, "[]", "{}", `"\\"`, "[[1], [2]]", "[{}, {a = '}'}]",
	})
	filler := rapid.SampledFrom([]string{"", "\n", "# c = 1\n", "  ", "\t# [t]\n", "\r\n"})
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		var paths []string
		for s := range rapid.IntRange(1, 3).Draw(t, "sections") {
			prefix := ""
			if s > 0 {
				prefix = fmt.Sprintf("s%d.", s)
				b.WriteString(filler.Draw(t, "f") + fmt.Sprintf("[ s%d ] # header\n", s))
			}
			for k := range rapid.IntRange(0, 4).Draw(t, "keys") {
				b.WriteString(filler.Draw(t, "f"))
				key := fmt.Sprintf("k%d", k)
				path := prefix + key
				if rapid.Bool().Draw(t, "dotted") {
					key, path = key+" . 'q'", path+".q"
				}
				paths = append(paths, path)
				b.WriteString(key + " = " + value.Draw(t, "v") + "\n")
			}
		}
		x := newIndex(b.String())
		for _, path := range paths {
			compareWithLibrary(t, b.String(), x, path)
		}
	})
}

// compareWithLibrary decodes text so that the library refuses the value at path.
func compareWithLibrary(t *rapid.T, text string, x *index, path string) {
	var doc map[string]any
	md, err := toml.Decode(text, &doc)
	if err != nil {
		t.Fatalf("not TOML: %v\n%s", err, text)
	}
	if !md.IsDefined(strings.Split(path, ".")...) {
		t.Fatalf("%s is not defined", path)
	}
	target := refusing(strings.Split(path, "."))
	_, err = toml.Decode(text, target)
	var pe toml.ParseError
	if !errors.As(err, &pe) {
		t.Fatalf("%s: no place in %v", path, err)
	}
	p, ok := x.places[path]
	if !ok {
		t.Fatalf("%s is not in the index of\n%s", path, text)
	}
	line, _ := x.position(p.value)
	first, _ := x.position(p.key)
	library := pe.Position.Line
	for _, quotes := range []string{`"""`, "'''"} { // the library places these by their end
		if value, ok := strings.CutPrefix(text[p.value:], quotes); ok {
			library -= strings.Count(value[:strings.Index(value, quotes)], "\n")
		}
	}
	if library != line || line != first {
		t.Fatalf("%s is on line %d, the library says %d:\n%s", path, line, library, text)
	}
}

// refusing returns a value to decode into that holds only the given path, whose
// leaf refuses.
func refusing(path []string) any {
	t := reflect.TypeFor[refusal]()
	for i := len(path) - 1; i >= 0; i-- {
		t = reflect.StructOf([]reflect.StructField{{Name: "X", Type: t, Tag: reflect.StructTag(fmt.Sprintf("toml:%q", path[i]))}})
	}
	return reflect.New(t).Interface()
}
