package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"trainsim/sim/results"
	"trainsim/sim/scenario"
	"trainsim/sim/study"
)

func TestCode(t *testing.T) {
	broken := errors.New("broken")
	tests := []struct {
		err  error
		want int
	}{
		{nil, 0},
		{failed(broken), 1},
		{failed(results.ErrExists), 1},
		{broken, 2}, // cobra's own
		{misused(broken), 2},
		{&failure{exitIncomplete, broken}, 3},
		{&failure{exitBound, broken}, 4},
		{interrupted{os.Interrupt}, 130},
		{interrupted{syscall.SIGTERM}, 143},
		{failed(fmt.Errorf("writing: %w", errors.Join(broken, interrupted{os.Interrupt}))), 130},
	}
	for _, test := range tests {
		if got := code(test.err); got != test.want {
			t.Errorf("code(%v) = %d, want %d", test.err, got, test.want)
		}
	}
}

func TestMessage(t *testing.T) {
	tests := []struct {
		err  error
		want string
	}{
		{failed(errors.New("rank 3 is blocked\n")), "simulate: rank 3 is blocked\n"},
		{
			misused(scenario.Errors{{File: "a.toml", Line: 2, Column: 1, Key: "x", Message: "unknown"}}),
			"a.toml:2:1: x: unknown\nsimulate: 1 mistake\n",
		},
		{
			misused(study.TableErrors{{File: "a.csv", Line: 1, Column: 1, Message: "m"}, {File: "a.csv", Line: 2, Column: 3, Message: "n"}}),
			"a.csv:1:1: m\na.csv:2:3: n\nsimulate: 2 mistakes\n",
		},
	}
	for _, test := range tests {
		if got := message(test.err); got != test.want {
			t.Errorf("got  %q\nwant %q", got, test.want)
		}
	}
}

// The first signal ends the context with its cause, the second exits.
func TestCancelOn(t *testing.T) {
	signals := make(chan os.Signal)
	exits := make(chan int, 1)
	ctx, stop := cancelOn(signals, func(code int) { exits <- code })
	defer stop()
	signals <- os.Interrupt
	<-ctx.Done()
	if got := code(context.Cause(ctx)); got != exitInterrupt {
		t.Errorf("after the first signal: code %d, want %d", got, exitInterrupt)
	}
	signals <- syscall.SIGTERM
	if got := <-exits; got != exitTerminate {
		t.Errorf("after the second signal: exit %d, want %d", got, exitTerminate)
	}
}

func TestAwait(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	if v, err := await(ctx, func() (int, error) { return 7, io.EOF }); v != 7 || err != io.EOF {
		t.Errorf("await gave %v, %v; want 7, EOF", v, err)
	}
	_, err := await(ctx, func() (int, error) { panic("index out of range") })
	if code(err) != exitSimulation || !strings.Contains(message(err), "please report it with your scenario: index out of range") {
		t.Errorf("a panic gave %v", err)
	}
	block := make(chan struct{})
	defer close(block)
	time.AfterFunc(time.Millisecond, func() { cancel(interrupted{os.Interrupt}) })
	_, err = await(ctx, func() (int, error) { <-block; return 0, nil })
	if code(err) != exitInterrupt {
		t.Errorf("await gave %v, want an interruption", err)
	}
}
