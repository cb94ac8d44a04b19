package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
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
}

// outcome is one run of the JSON document that run --json prints.
type outcome struct {
	File      string           `json:"file"`
	Directory string           `json:"directory"`
	Written   bool             `json:"written"` // false: the directory held this very result already
	Summary   *results.Summary `json:"summary"`
}

func newRun(talk *talkOptions) *cobra.Command {
	o := runOptions{seed: 1}
	cmd := &cobra.Command{
		Use:   "run SCENARIO...",
		Short: "Simulate scenarios and write a result directory for each",
		Long: `Simulate scenarios and write a result directory for each: numbers, series,
spans, a trace for the Perfetto UI, and plots. The directory is
results/<scenario>/<hash of the scenario>; what is there is never overwritten
without --force.`,
		Example: `  simulate run scenarios/gpt3-175b-1024xa100.toml
  simulate run a.toml --set layout.pipeline=8 --set 'network.nic_bandwidth="100 Gb/s"'
  simulate run a.toml --json | jq .runs[0].summary.step_time_s`,
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: tomlFiles,
		RunE: func(cmd *cobra.Command, files []string) error {
			if err := checkSet(o.set); err != nil {
				return err
			}
			if cmd.Flags().Changed("seed") {
				o.set = append(o.set, fmt.Sprintf("run.seed=%d", o.seed))
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
	return cmd
}

// run reads every scenario and looks at where each result goes before the first
// is simulated: a mistake in the last must not cost the night.
func (o *runOptions) run(cmd *cobra.Command, talk *talkOptions, files []string) error {
	configs, err := loadAll(files, o.set)
	if err != nil {
		return err
	}
	for _, cfg := range configs {
		if err := checkPlace(o.directory(cfg, len(files)), cfg.TOML(), o.force); err != nil {
			return misused(err)
		}
	}
	const steps = 2 // simulate, write
	t, err := talk.open(cmd.ErrOrStderr(), steps*len(files))
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
			t.above(func() { printRun(cmd.OutOrStdout(), done) })
		}
	}
	t.close()
	if o.json {
		return printJSON(cmd.OutOrStdout(), map[string]any{"runs": runs})
	}
	return nil
}

// loadAll reads scenarios and returns every mistake in any of them.
func loadAll(files, set []string) ([]*scenario.Config, error) {
	configs := make([]*scenario.Config, len(files))
	var mistakes scenario.Errors
	for i, file := range files {
		cfg, err := loadScenario(file, set)
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

// one simulates a scenario and writes its result.
func (o *runOptions) one(ctx context.Context, t *talk, cfg *scenario.Config, dir string) (*outcome, error) {
	t.now("simulate " + cfg.Name)
	start := time.Now()
	run, err := await(ctx, func() (*results.Run, error) { return study.Run(cfg) })
	if err != nil {
		return nil, failed(err)
	}
	t.step()
	t.Info().Str("scenario", cfg.Name).Float64("sim_s", run.End.Seconds()).
		Float64("wall_s", time.Since(start).Seconds()).Int64("events", run.Summary.Events).Msg("simulated")
	t.now("write " + cfg.Name)
	options := results.WriteOptions{Force: o.force}
	if !o.noPlots {
		options.Also = func(into string) error {
			_, err := report.Plots(run, into)
			return errors.Join(err, context.Cause(ctx))
		}
	}
	err = results.Write(dir, run, options)
	t.step()
	if errors.Is(err, results.ErrSame) {
		t.Info().Str("directory", dir).Msg("identical result is there already")
		return &outcome{Directory: dir, Summary: &run.Summary}, nil
	}
	if errors.Is(err, results.ErrExists) {
		return nil, failed(fmt.Errorf("%w; --force replaces a result, --out writes elsewhere", err))
	}
	if err != nil {
		return nil, failed(tidy(dir, err))
	}
	t.Info().Str("directory", dir).Msg("written")
	return &outcome{Directory: dir, Written: true, Summary: &run.Summary}, nil
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

// printRun prints a result for people.
func printRun(w io.Writer, o *outcome) {
	fmt.Fprint(w, o.Summary.Text())
	if o.Written {
		fmt.Fprintf(w, "results in %s\n", o.Directory)
	} else {
		fmt.Fprintf(w, "results in %s, unchanged: the run gave the identical result\n", o.Directory)
	}
}
