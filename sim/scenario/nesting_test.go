package scenario

import (
	"strings"
	"testing"
)

func TestTooDeep(t *testing.T) {
	for _, c := range []struct {
		text string
		want int
	}{
		{"a = " + strings.Repeat("[", 64) + strings.Repeat("]", 64), -1},
		{"a = " + strings.Repeat("[", 65), 4 + 64},
		{"a = " + strings.Repeat("{a=", 1000), 4 + 3*64},
		{strings.Repeat("a.", 64) + "a = 1", -1},
		{strings.Repeat("a.", 65) + "a = 1", 2*65 - 1},
		{"a = \"" + strings.Repeat("[", 99) + "\" # " + strings.Repeat("[", 99) + "\nb = [1]", -1},
		{strings.Repeat("x = [1.5, 2.5] # .\n", 99), -1},
		{"a = '''\n" + strings.Repeat("[", 99) + "'''", -1},
	} {
		if got := tooDeep(c.text); got != c.want {
			t.Errorf("%.60q: at %d, want %d", c.text, got, c.want)
		}
	}
}

// TestDeepText: a text made to exhaust the stack is refused with its place.
func TestDeepText(t *testing.T) {
	for _, part := range []string{"[", "{a=", "a."} {
		_, err := Parse("x", []byte("b=1\nx="+strings.Repeat(part, maxBytes/4)), nil)
		if err == nil || !strings.HasPrefix(err.Error(), "x:2:") {
			t.Errorf("%q: %v", part, err)
		}
	}
	_, err := parse(t, workText+machineText(), "meta.x="+strings.Repeat("[", 1<<20), strings.Repeat("a.", 1<<10)+"a=1")
	if err == nil || strings.Count(err.Error(), "nested deeper than 64") != 2 {
		t.Errorf("overrides: %.200v", err)
	}
}
