package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"trainsim/sim/report"
	"trainsim/sim/results"
	"trainsim/sim/scenario"
	"trainsim/sim/study"
)

// runOptions are the flags of run.
type runOptions struct {
	out     string
	seed    seed
	set     []string
	json    bool
	noPlots bool
	force   bool
	expect  bool

	replicas int // 0: as the scenario says
	workers  int
}

// outcome is one run of the JSON document that run --json prints.
type outcome struct {
	File      string           `json:"file"`
	Directory string           `json:"directory"`
	Written   bool             `json:"written"` // false: the directory held this very result already
	Summary   *results.Summary `json:"summary"`

	Records      []string            `json:"records,omitempty"`      // directories of steps in detail
	Expectations []study.Expectation `json:"expectations,omitempty"` // with --expect

	found bool // the result was there already and nothing was simulated
}

func newRun(talk *talkOptions) *cobra.Command {
	o := runOptions{seed: 1}
	cmd := &cobra.Command{
		Use:   "run SCENARIO...",
		Short: "Simulate scenarios and write a result directory for each",
		Long: `Simulate scenarios and write a result directory for each: numbers, series,
spans, a trace for the Perfetto UI, and plots. The directory is
results/<scenario>/<hash of the scenario>; what is there is never overwritten
without --force.

A scenario of a long run is simulated in replicas. Those that are finished are
kept when the command is interrupted or killed, and the same command goes on from
there. The result is the same whatever -j is.`,
		Example: `  simulate run scenarios/gpt3-175b-1024xa100.toml
  simulate run a.toml --set layout.pipeline=8 --set 'network.nic_bandwidth="100 Gb/s"'
  simulate run a.toml --json | jq .runs[0].summary.step_time_s
  simulate run scenarios/llama3-405b-54-days.toml --replicas 400 --expect`,
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: tomlFiles,
		RunE: func(cmd *cobra.Command, files []string) error {
			if err := checkSet(o.set); err != nil {
				return err
			}
			if cmd.Flags().Changed("seed") {
				o.set = append(o.set, fmt.Sprintf("run.seed=%d", o.seed))
			}
			if o.workers < 1 || o.replicas < 0 {
				return misused(errors.New("-j and --replicas need at least 1"))
			}
			return o.run(cmd, talk, files)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.out, "out", "o", "", "result `directory`; with several scenarios, the parent of theirs")
	f.Var(&o.seed, "seed", "seed of random draws")
	f.StringArrayVar(&o.set, "set", nil, "override one `key=value` of the scenario, in TOML; may be repeated")
	f.BoolVar(&o.json, "json", false, "print one JSON document")
	f.BoolVar(&o.noPlots, "no-plots", false, "leave the plots out; simulate plot draws them later")
	f.BoolVar(&o.force, "force", false, "replace a different result")
	f.BoolVar(&o.expect, "expect", false, "hold the results against the bounds that scenarios state; exit code 4 if one is missed")
	f.IntVar(&o.replicas, "replicas", 0, "replicas of long runs; without it, as many as each scenario says")
	f.IntVarP(&o.workers, "jobs", "j", runtime.NumCPU(), "replicas simulated side by side")
	return cmd
}

// run reads every scenario and looks at where each result goes before the first
// is simulated: a mistake in the last must not cost the night.
func (o *runOptions) run(cmd *cobra.Command, talk *talkOptions, files []string) error {
	configs, err := o.load(files)
	if err != nil {
		return err
	}
	steps := 0
	for _, cfg := range configs {
		if err := checkPlace(o.directory(cfg, len(files)), cfg.TOML(), o.force); err != nil {
			return misused(err)
		}
		steps += stepsOf(cfg)
	}
	t, err := talk.open(cmd.ErrOrStderr(), steps)
	if err != nil {
		return err
	}
	defer t.close()
	runs := make([]outcome, 0, len(files))
	for i, cfg := range configs {
		done, err := o.one(cmd.Context(), t, cfg, o.directory(cfg, len(files)))
		if err != nil {
			return err
		}
		done.File = files[i]
		runs = append(runs, *done)
		if !o.json {
			t.above(func() { o.print(cmd.OutOrStdout(), done) })
		}
	}
	t.close()
	if o.json {
		if err := printJSON(cmd.OutOrStdout(), map[string]any{"runs": runs}); err != nil {
			return err
		}
	}
	return missed(runs)
}

// missed is the error of bounds that were missed.
func missed(runs []outcome) error {
	missed, all := 0, 0
	for i := range runs {
		missed += study.Missed(runs[i].Expectations)
		all += len(runs[i].Expectations)
	}
	if missed == 0 {
		return nil
	}
	return &failure{exitBound, fmt.Errorf("%d of %s missed", missed, count(all, "expectation"))}
}

// load reads the scenarios, with the number of replicas that is asked for.
func (o *runOptions) load(files []string) ([]*scenario.Config, error) {
	var also []scenario.Check
	if o.expect {
		also = append(also, study.CheckExpect)
	}
	configs, err := loadAll(files, o.set, also...)
	if err != nil || o.replicas == 0 {
		return configs, err
	}
	for i, cfg := range configs {
		if !cfg.Long() {
			return nil, misused(fmt.Errorf("--replicas is for long runs, but %s is of single steps", files[i]))
		}
	}
	return loadAll(files, append(o.set, fmt.Sprintf("replicas.count=%d", o.replicas), "replicas.width=0"))
}

// loadAll reads scenarios and returns every mistake in any of them.
func loadAll(files, set []string, also ...scenario.Check) ([]*scenario.Config, error) {
	configs := make([]*scenario.Config, len(files))
	var mistakes scenario.Errors
	for i, file := range files {
		cfg, err := loadScenario(file, set, also...)
		var wrong scenario.Errors
		switch {
		case errors.As(err, &wrong):
			mistakes = append(mistakes, wrong...)
		case err != nil:
			return nil, misused(err)
		}
		configs[i] = cfg
	}
	if len(mistakes) > 0 {
		return nil, misused(mistakes)
	}
	return configs, nil
}

// directory returns where the result of a scenario goes. The hash is of the
// scenario with every default written out, so it changes when a default does.
func (o *runOptions) directory(cfg *scenario.Config, scenarios int) string {
	sum := sha256.Sum256(cfg.TOML())
	hash8 := hex.EncodeToString(sum[:4])
	switch {
	case o.out == "":
		return filepath.Join("results", cfg.Name, hash8)
	case scenarios > 1:
		return filepath.Join(o.out, cfg.Name, hash8)
	}
	return o.out
}

// stepsOf returns how many steps of progress a scenario is: simulate, replicas,
// write.
func stepsOf(cfg *scenario.Config) int {
	if cfg.Long() {
		return 2 + study.MostReplicas(cfg)
	}
	return 2
}

// one simulates a scenario and writes its result.
func (o *runOptions) one(ctx context.Context, t *talk, cfg *scenario.Config, dir string) (*outcome, error) {
	if run := o.finished(cfg, dir); run != nil {
		t.advance(stepsOf(cfg))
		t.Info().Str("directory", dir).Msg("the result is there already")
		done, err := o.outcome(cfg, dir, run)
		if err == nil {
			done.found = true
		}
		return done, err
	}
	t.now("simulate " + cfg.Name)
	start := time.Now()
	run, err := await(ctx, func() (*results.Run, error) { return study.Run(cfg) })
	if err != nil {
		return nil, failed(err)
	}
	t.step()
	t.Info().Str("scenario", cfg.Name).Float64("sim_s", run.End.Seconds()).
		Float64("wall_s", time.Since(start).Seconds()).Int64("events", run.Summary.Events).Msg("simulated")
	var records []study.Recorded
	if cfg.Long() {
		if records, err = o.train(ctx, t, cfg, run, dir); err != nil {
			return nil, err
		}
	}
	t.now("write " + cfg.Name)
	err = results.Write(dir, run, o.writeOptions(ctx, run, records))
	t.step()
	if err == nil || errors.Is(err, results.ErrSame) {
		err = errors.Join(err, forget(dir, cfg))
	}
	same := errors.Is(err, results.ErrSame)
	switch {
	case same:
		t.Info().Str("directory", dir).Msg("identical result is there already")
	case errors.Is(err, results.ErrExists):
		return nil, failed(fmt.Errorf("%w; --force replaces a result, --out writes elsewhere", err))
	case err != nil:
		return nil, failed(tidy(dir, err))
	default:
		t.Info().Str("directory", dir).Msg("written")
	}
	done, err := o.outcome(cfg, dir, run)
	if err != nil {
		return nil, err
	}
	done.Written = !same
	return done, nil
}

// writeOptions says what is written beside the files of a result: plots, and a
// directory for each step in detail.
func (o *runOptions) writeOptions(ctx context.Context, run *results.Run, records []study.Recorded) results.WriteOptions {
	also := func(run *results.Run) func(string) error {
		if o.noPlots {
			return nil
		}
		return func(into string) error {
			_, err := report.Plots(run, into)
			return errors.Join(err, context.Cause(ctx))
		}
	}
	plots := also(run)
	return results.WriteOptions{Force: o.force, Also: func(into string) error {
		for i := range records {
			dir := filepath.Join(into, recordsDir, records[i].Name())
			if err := results.Write(dir, records[i].Run, results.WriteOptions{Also: also(records[i].Run)}); err != nil {
				return err
			}
		}
		if plots == nil {
			return nil
		}
		return plots(into)
	}}
}

// outcome returns what is printed of a result that is in dir.
func (o *runOptions) outcome(cfg *scenario.Config, dir string, run *results.Run) (*outcome, error) {
	out := &outcome{Directory: dir, Summary: &run.Summary}
	out.Records, _ = filepath.Glob(filepath.Join(dir, recordsDir, "*")) // the pattern is good
	if !o.expect {
		return out, nil
	}
	var err error
	if out.Expectations, err = study.Expectations(cfg, &run.Summary); err != nil {
		return nil, misused(err)
	}
	return out, nil
}

// await runs f and returns early when ctx ends. f is then left behind: a
// simulation is a pure function, and the process is about to end.
func await[T any](ctx context.Context, f func() (T, error)) (T, error) {
	type pair struct {
		value T
		err   error
	}
	done := make(chan pair, 1)
	go func() {
		var p pair
		defer func() { done <- p }()
		defer catch(&p.err)
		p.value, p.err = f()
	}()
	select {
	case p := <-done:
		return p.value, p.err
	case <-ctx.Done():
		var zero T
		return zero, context.Cause(ctx)
	}
}

// print prints a result for people.
func (o *runOptions) print(w io.Writer, r *outcome) {
	fmt.Fprint(w, r.Summary.Text())
	if o.expect {
		fmt.Fprint(w, study.ExpectationsText(r.Expectations))
	}
	for _, dir := range r.Records {
		fmt.Fprintf(w, "step in detail in %s\n", dir)
	}
	switch {
	case r.Written:
		fmt.Fprintf(w, "results in %s\n", r.Directory)
	case r.found:
		fmt.Fprintf(w, "results in %s, which was there already; --force simulates again\n", r.Directory)
	default:
		fmt.Fprintf(w, "results in %s, unchanged: the run gave the identical result\n", r.Directory)
	}
}
