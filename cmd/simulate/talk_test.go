package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"
	"testing"
)

// Off a terminal there is no bar, and the log is JSON, a line an event.
func TestTalkOffTerminal(t *testing.T) {
	var b bytes.Buffer
	o := talkOptions{format: "auto"}
	talk, err := o.open(&b, 3)
	if err != nil {
		t.Fatal(err)
	}
	talk.now("working")
	talk.Info().Int("n", 1).Msg("hello")
	talk.step()
	talk.close()
	var line map[string]any
	if err := json.Unmarshal(b.Bytes(), &line); err != nil {
		t.Fatalf("%q: %v", b.String(), err)
	}
	if line["message"] != "hello" || line["n"] != 1.0 || line["level"] != "info" {
		t.Errorf("logged %v", line)
	}
}

func TestTalkConsole(t *testing.T) {
	var b bytes.Buffer
	o := talkOptions{format: "console"}
	talk, err := o.open(&b, 1)
	if err != nil {
		t.Fatal(err)
	}
	talk.Info().Str("a", "b").Msg("hello")
	if s := b.String(); !strings.HasSuffix(s, "INF hello a=b\n") || strings.Contains(s, "\x1b") {
		t.Errorf("logged %q, want plain text", s)
	}
}

func TestTalkQuiet(t *testing.T) {
	var b bytes.Buffer
	o := talkOptions{format: "auto", quiet: true}
	talk, err := o.open(&b, 1)
	if err != nil {
		t.Fatal(err)
	}
	talk.Error().Msg("nobody hears")
	if b.Len() > 0 {
		t.Errorf("wrote %q", b.String())
	}
}

func TestTalkFormat(t *testing.T) {
	o := talkOptions{format: "xml"}
	if _, err := o.open(&bytes.Buffer{}, 1); code(err) != exitUsage {
		t.Errorf("error %v, want wrong usage", err)
	}
}

// Lines of several writers and frames of the bar never tear each other: every
// line stands whole, after the frame that was cleared away.
func TestTalkAboveBar(t *testing.T) {
	var b bytes.Buffer
	talk := &talk{out: &b, bar: newBar(&b, 100)}
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for range 25 {
				_, _ = talk.Write([]byte("a whole line\n"))
				talk.now("work")
				talk.step()
			}
		})
	}
	wait.Wait()
	talk.close()
	if n := strings.Count(b.String(), "a whole line\n"); n != 100 {
		t.Errorf("%d whole lines, want 100", n)
	}
	if !strings.Contains(b.String(), "work") {
		t.Error("the bar was never drawn")
	}
	talk.step() // a closed talk has no bar to move
}
