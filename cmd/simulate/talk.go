package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// talkOptions are the flags that say how stderr is used.
type talkOptions struct {
	quiet  bool
	format string
}

var logFormats = []string{"auto", "console", "json"}

// talk is stderr: log lines, and on a terminal a progress bar below them. All
// that is written passes one mutex, so that neither tears the other.
type talk struct {
	zerolog.Logger
	mu  sync.Mutex
	out io.Writer
	bar *progressbar.ProgressBar // nil but on a terminal
}

// open starts the talk of a command that has the given number of steps to do.
func (o *talkOptions) open(stderr io.Writer, steps int) (*talk, error) {
	if !slices.Contains(logFormats, o.format) {
		return nil, misused(fmt.Errorf("--log-format is %q; allowed: auto, console, json", o.format))
	}
	t := &talk{out: stderr, Logger: zerolog.Nop()}
	if o.quiet {
		return t, nil
	}
	terminal := isTerminal(stderr)
	var format io.Writer = t
	if o.format == "console" || o.format == "auto" && terminal {
		format = zerolog.ConsoleWriter{Out: t, TimeFormat: time.TimeOnly, NoColor: !terminal || os.Getenv("NO_COLOR") != ""}
	}
	t.Logger = zerolog.New(format).With().Timestamp().Logger()
	if terminal && os.Getenv("CI") == "" {
		t.bar = newBar(stderr, steps)
	}
	return t, nil
}

// isTerminal tells whether w is a terminal that can move its cursor.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb"
}

// newBar returns a bar without a throttle: a throttled one would stay away after
// a log line until its next step, which may take a minute.
func newBar(w io.Writer, steps int) *progressbar.ProgressBar {
	return progressbar.NewOptions(steps,
		progressbar.OptionSetWriter(w),
		progressbar.OptionUseANSICodes(true),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionShowCount(),
		progressbar.OptionSetWidth(30),
	)
}

// Write writes whole lines above the bar.
func (t *talk) Write(line []byte) (int, error) {
	var n int
	var err error
	t.above(func() { n, err = t.out.Write(line) })
	return n, err
}

// above takes the bar away while f writes, to stderr or to stdout.
func (t *talk) above(f func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.bar == nil {
		f()
		return
	}
	_ = t.bar.Clear()
	f()
	_ = t.bar.RenderBlank()
}

// now says what is being done.
func (t *talk) now(what string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.bar != nil {
		t.bar.Describe(what)
	}
}

// step moves the bar on.
func (t *talk) step() { t.advance(1) }

// advance moves the bar on by n steps.
func (t *talk) advance(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.bar != nil {
		_ = t.bar.Add(n)
	}
}

// close takes the bar away for good.
func (t *talk) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.bar != nil {
		_ = t.bar.Clear()
		t.bar = nil
	}
}
