package scenario

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// equal compares configurations; notes are compared as they are written, and overrides
// are no part of the text.
func equal(a, b *Config) bool {
	x, y := *a, *b
	x.Meta, y.Meta, x.Set, y.Set = nil, nil, nil, nil
	return reflect.DeepEqual(x, y) && bytes.Equal(a.TOML(), b.TOML())
}

// TestWriteAndRead: a scenario written in full reads back to the same
// configuration, and is written the same again.
func TestWriteAndRead(t *testing.T) {
	short := workText + machineText()
	rapid.Check(t, func(t *rapid.T) {
		text, set := short, []string(nil)
		long := rapid.Bool().Draw(t, "long")
		if long {
			text += monthsText
		}
		for i := range topLevel {
			if s := sectionOf(topLevel[i].key); s == nil || !s.long || long {
				set = append(set, someValues(t, topLevel[i].table, topLevel[i].key, topLevel[i].isArrayOfTables())...)
			}
		}
		if long {
			set = append(set, "run.tokens=1")
		}
		set = goTogether(set, rapid.Bool().Draw(t, "overhead"))
		set = append(set, "power.enabled=false", "cooling.enabled=false", "host.power_fans=0 W") // most limits drawn are below what idle hosts take
		c, err := Parse("x.toml", []byte(text), set)
		if err != nil {
			t.Skip() // the drawn values do not go together
		}
		written := c.TOML()
		back, err := Parse("x.toml", written, nil)
		if err != nil {
			t.Fatalf("%v in\n%s", err, written)
		}
		if !equal(c, back) {
			t.Fatalf("read back\n%s\nas\n%s\n%+v\n%+v", written, back.TOML(), c, back)
		}
	})
}

// goTogether makes the site one with the parts of its overhead, or none of them:
// most of those that are drawn change nothing without the others.
func goTogether(set []string, overhead bool) []string {
	if overhead {
		return append(set, "site.overhead_fixed=5 %", "site.rated_power=1.5 GW", "site.outside_temperature=[\"12.5 °C\", \"-3 °C\"]")
	}
	return slices.DeleteFunc(set, func(s string) bool {
		return strings.HasPrefix(s, "site.overhead") || strings.HasPrefix(s, "site.rated_power")
	})
}

// someValues draws overrides for a few numbers that carry a unit, where the
// writer has most to lose.
func someValues(t *rapid.T, fields []field, path string, array bool) []string {
	var set []string
	for i := range fields {
		f := &fields[i]
		at := path + "." + f.key
		if f.isTable() {
			set = append(set, someValues(t, f.table, at, false)...)
			continue
		}
		if array || f.unit.kind == "" || !rapid.Bool().Draw(t, at) {
			continue
		}
		text := fmt.Sprint(rapid.IntRange(0, 1000).Draw(t, "value"))
		if f.unit.bare {
			text = fmt.Sprint(rapid.Float64Range(0, 1).Draw(t, "value"))
		} else {
			text += rapid.SampledFrom([]string{"", ".5", ".123"}).Draw(t, "digits") + " " + rapid.SampledFrom(f.unit.names()).Draw(t, "unit")
		}
		if f.set(reflect.New(f.typ).Elem(), literal(text)) == nil {
			set = append(set, at+"="+text)
		}
	}
	return set
}

func TestWriteMeta(t *testing.T) {
	c, err := Parse("x.toml", []byte(workText+machineText()+"[meta]\nb = [1, 2]\na = \"quote \\\" \\u0007\"\n[meta.deep]\nwhen = 2024-05-06T07:08:09Z\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	back, err := Parse("x.toml", c.TOML(), nil)
	if err != nil || !equal(c, back) || back.Meta["a"] != "quote \" \a" {
		t.Errorf("%v\n%s", err, c.TOML())
	}
}

func TestQuote(t *testing.T) {
	if got, want := quote("a\"b\\c\n\x7f é"), `"a\"b\\c\u000A\u007F é"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestTimeText(t *testing.T) {
	for n, want := range map[int64]string{0: "0 s", 1: "1 ns", 1500: "1500 ns", 2000: "2 us", 86400e9: "1 d", 5400e9: "90 min", 3e9: "3 s", 2.5e9: "2500 ms"} {
		if got := timeText(n); got != want {
			t.Errorf("%d ns is written %q, want %q", n, got, want)
		}
	}
}
