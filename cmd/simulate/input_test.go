package main

import (
	"errors"
	"io/fs"
	"testing"
)

func TestSeed(t *testing.T) {
	var s seed
	for text, want := range map[string]seed{"0": 0, "7": 7, "9223372036854775807": 1<<63 - 1} {
		if err := s.Set(text); err != nil || s != want || s.String() != text {
			t.Errorf("--seed %s: %v, %v", text, s, err)
		}
	}
	for _, text := range []string{"-1", "abc", "", "1.5", "9223372036854775808"} {
		if s.Set(text) == nil {
			t.Errorf("--seed %q is accepted", text)
		}
	}
}

func TestCheckSet(t *testing.T) {
	if err := checkSet([]string{"a=1", "b="}); err != nil {
		t.Error(err)
	}
	if err := checkSet([]string{"a=1", "layout.pipeline"}); code(err) != exitUsage {
		t.Errorf("got %v, want wrong usage", err)
	}
}

func TestLoadScenarioAbsent(t *testing.T) {
	if _, err := loadScenario("nowhere.toml", nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want that it does not exist", err)
	}
}
