package main

import (
	"errors"
	"io"

	"github.com/spf13/cobra"

	"trainsim/sim/report"
	"trainsim/sim/results"
	"trainsim/sim/study"
)

// whatIfOptions are the flags of whatif.
type whatIfOptions struct {
	at               string
	set              []string
	csv, ranks, plot string
	json             bool
}

func newWhatIf(talk *talkOptions) *cobra.Command {
	var o whatIfOptions
	cmd := &cobra.Command{
		Use:   "whatif SCENARIO",
		Short: "Tell what makes a step slow, by simulating it without each cause",
		Long: `Simulate the step of a scenario as it is, with each cause of slowness removed,
with each alone, and with none, and tell which share of the slowdown each takes
(what-if analysis, arXiv 2505.05713). Causes are each [[degrade]], the kinds of
[[straggler]] that are slow at the time, each part of [noise], unequal pipeline
stages and missing replicas. The compute time of each replica and stage beside
the median of its stage tells bad workers from unequal stages.

Of a long run it is the step at --at in the first replica, at its first [[record]],
or else the one in which most is wrong.`,
		Example: `  simulate whatif scenarios/straggler-gpu.toml
  simulate whatif scenarios/90-days-100k-gpus.toml --at "12 d" --plot whatif.png`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: tomlFiles,
		RunE:              func(cmd *cobra.Command, files []string) error { return o.run(cmd, talk, files[0]) },
	}
	f := cmd.Flags()
	f.StringVar(&o.at, "at", "", "`time` of a long run, such as \"12 d\"")
	f.StringArrayVar(&o.set, "set", nil, "override one `key=value` of the scenario, in TOML; may be repeated")
	f.StringVar(&o.csv, "csv", "", "also write the causes to a `file`")
	f.StringVar(&o.ranks, "ranks", "", "also write what ranks do, by replica and stage, to a `file`")
	f.StringVar(&o.plot, "plot", "", "also draw causes and ranks into a PNG `file`")
	f.BoolVar(&o.json, "json", false, "print one JSON document")
	return cmd
}

func (o *whatIfOptions) run(cmd *cobra.Command, talk *talkOptions, file string) error {
	if err := checkSet(o.set); err != nil {
		return err
	}
	set := o.set
	if o.at != "" {
		set = append(set, "record[0].at="+o.at)
	}
	cfg, err := loadScenario(file, set)
	if err != nil {
		return misused(err)
	}
	if err := errors.Join(tryFile("--csv", o.csv, file), tryFile("--ranks", o.ranks, file), tryFile("--plot", o.plot, file)); err != nil {
		return misused(err)
	}
	t, err := talk.open(cmd.ErrOrStderr(), 1)
	if err != nil {
		return err
	}
	defer t.close()
	t.now("simulate " + cfg.Name)
	x, err := await(cmd.Context(), func() (*study.WhatIf, error) { return study.NewWhatIf(cmd.Context(), cfg) })
	if err != nil {
		return failed(err)
	}
	t.close()
	if err := o.write(x); err != nil {
		return failed(err)
	}
	return printResult(cmd.OutOrStdout(), o.json, x)
}

// write writes the files that are asked for.
func (o *whatIfOptions) write(x *study.WhatIf) error {
	return errors.Join(writeAsked(o.csv, func(w io.Writer) error { return results.WriteCauses(w, x.Causes) }),
		writeAsked(o.ranks, func(w io.Writer) error { return results.WriteRanks(w, x.Ranks) }),
		writeAsked(o.plot, func(w io.Writer) error { return report.WriteAttribution(w, x.Result()) }))
}
