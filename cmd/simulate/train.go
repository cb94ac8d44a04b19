package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"trainsim/sim/results"
	"trainsim/sim/scenario"
	"trainsim/sim/study"
)

// recordsDir holds, in a result, those of steps in detail.
const recordsDir = "records"

// train simulates the replicas of a long run and adds them to the result of its
// step.
func (o *runOptions) train(ctx context.Context, t *talk, cfg *scenario.Config, run *results.Run, dir string) ([]study.Recorded, error) {
	t.now("replicas of " + cfg.Name)
	began, most := time.Now(), study.MostReplicas(cfg)
	var done atomic.Int64
	pace := pace{began: began, told: began}
	seldom := seldom{told: began}
	r := study.Replication{Workers: o.workers, Keep: keepIn(dir, cfg), Done: func(n, of int) {
		done.Store(int64(n))
		t.step()
		t.now("replicas of " + cfg.Name)
		if left, tell := pace.left(time.Now(), n, of); tell {
			t.Info().Str("scenario", cfg.Name).Int("replicas", n).Int("of", of).Float64("remaining_s", left.Seconds()).Msg("running")
		}
	}, Stage: func(what string) {
		t.now(what + " of " + cfg.Name)
		t.Info().Str("scenario", cfg.Name).Float64("wall_s", time.Since(began).Seconds()).Msg("replicas are done; " + what)
	}, Doing: func(what string) {
		t.now(what + " of " + cfg.Name)
		if seldom.due(time.Now()) {
			t.Info().Str("scenario", cfg.Name).Msg(what)
		}
	}}
	records, err := await(ctx, func() ([]study.Recorded, error) { return study.Train(ctx, cfg, run, r) })
	if signal := (interrupted{}); errors.As(err, &signal) {
		return nil, failed(kept{signal, int(done.Load()), r.Keep})
	}
	if err != nil {
		return nil, failed(err)
	}
	t.advance(most - int(done.Load()))
	t.Info().Str("scenario", cfg.Name).Int("replicas", run.Summary.Replicas).Int("health_states", run.Summary.HealthStates).
		Float64("wall_s", time.Since(began).Seconds()).Msg("simulated")
	if n := len(cfg.Record) - len(records); n > 0 {
		t.Warn().Str("scenario", cfg.Name).Int("records", n).Msg("the first replica had ended before, or times are the same")
	}
	return records, nil
}

// kept is an interruption after some replicas.
type kept struct {
	interrupted
	replicas int
	dir      string
}

func (k kept) Error() string {
	if k.replicas == 0 {
		return k.interrupted.Error()
	}
	return fmt.Sprintf("%v; %s kept in %s: the same command goes on from there", k.interrupted, count(k.replicas, "finished replica"), k.dir)
}

func (k kept) Unwrap() error { return k.interrupted }

// often is how long nothing is said, at least.
const often = 10 * time.Second

// pace tells from time to time how long something will take yet.
type pace struct {
	began, told time.Time
}

// left returns the time for what is left of a number of things, and whether it is
// time to tell.
func (p *pace) left(now time.Time, done, of int) (time.Duration, bool) {
	if now.Sub(p.told) < often || done >= of {
		return 0, false
	}
	p.told = now
	return time.Duration(float64(now.Sub(p.began)) / float64(done) * float64(of-done)), true
}

// seldom tells when it is time to say again what many goroutines do.
type seldom struct {
	mu   sync.Mutex
	told time.Time
}

// due tells whether it is, at most once in a while.
func (s *seldom) due(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.told) < often {
		return false
	}
	s.told = now
	return true
}

// keepIn returns the directory beside dir for the finished replicas of a scenario.
func keepIn(dir string, cfg *scenario.Config) string {
	sum := sha256.Sum256(cfg.TOML())
	return filepath.Join(filepath.Dir(filepath.Clean(dir)), ".replicas-"+hex.EncodeToString(sum[:8]))
}

// forget removes the replicas that were kept of a scenario.
func forget(dir string, cfg *scenario.Config) error {
	return (&study.Replication{Keep: keepIn(dir, cfg)}).Forget()
}

// finished returns the result of a long run that this very program has written
// already: simulating it again would take hours and change nothing. A program that
// does not know what it was built from simulates again.
func (o *runOptions) finished(cfg *scenario.Config, dir string) *results.Run {
	program := results.ThisProgram()
	if !cfg.Long() || o.force || program.Revision == "" || program.Modified {
		return nil
	}
	run, err := results.Read(dir)
	sum := sha256.Sum256(cfg.TOML())
	if err != nil || run.Manifest.Program != program || run.Manifest.ScenarioSHA256 != hex.EncodeToString(sum[:]) {
		return nil
	}
	return run
}
