package main

import (
	"os"
	"testing"
	"time"
)

// Ten of forty replicas took 20 s, so that thirty take a minute more. It is told
// every ten seconds, and not when all are done.
func TestPace(t *testing.T) {
	began := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	p := pace{began: began, told: began}
	for _, c := range []struct {
		after    time.Duration
		done, of int
		left     time.Duration
		tell     bool
	}{
		{5 * time.Second, 2, 40, 0, false}, {20 * time.Second, 10, 40, time.Minute, true}, {25 * time.Second, 13, 40, 0, false},
		{30 * time.Second, 20, 40, 30 * time.Second, true}, {60 * time.Second, 40, 40, 0, false},
	} {
		if left, tell := p.left(began.Add(c.after), c.done, c.of); left != c.left || tell != c.tell {
			t.Errorf("after %v: %v left, told %v; want %v, %v", c.after, left, tell, c.left, c.tell)
		}
	}
}

func TestKeptIsAnInterruption(t *testing.T) {
	k := kept{interrupted{os.Interrupt}, 12, "results/a/.replicas-0123"}
	if got := code(failed(k)); got != exitInterrupt {
		t.Errorf("exit code %d, want %d", got, exitInterrupt)
	}
	want := "simulate: interrupted; nothing half done was left behind; 12 finished replicas kept in results/a/.replicas-0123: the same command goes on from there\n"
	if got := message(failed(k)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	k.replicas = 0
	if got, want := message(failed(k)), "simulate: interrupted; nothing half done was left behind\n"; got != want {
		t.Errorf("got %s", got)
	}
}
