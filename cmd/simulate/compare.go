package main

import (
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"trainsim/sim/report"
	"trainsim/sim/results"
	"trainsim/sim/study"
)

// compareOptions are the flags of compare.
type compareOptions struct {
	csv, plot string
	json      bool
}

func newCompare() *cobra.Command {
	var o compareOptions
	cmd := &cobra.Command{
		Use:   "compare BASELINE RESULT...",
		Short: "Set results side by side, with the difference and its certainty",
		Long: `Set result directories side by side. The first is the baseline. Whole trainings
are compared replica by replica: replicas of one seed see the same failures at
the same times, so that the difference is far more certain than either value.`,
		Example: `  simulate compare results/restart results/hot-spare
  simulate compare results/a results/b results/c --plot compare.png`,
		Args: cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			dirs, err := resultDirectories(args)
			if err != nil {
				return misused(err)
			}
			if err := errors.Join(tryFile("--csv", o.csv), tryFile("--plot", o.plot)); err != nil {
				return misused(err)
			}
			runs := make([]*results.Run, len(dirs))
			for i, dir := range dirs {
				if runs[i], err = results.Read(dir); err != nil {
					return failed(tidy(dir, err))
				}
			}
			c, err := study.Compare(runs, namesOf(runs, args))
			if err != nil {
				return misused(err)
			}
			return o.write(cmd, c)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.csv, "csv", "", "also write the table to a `file`")
	f.StringVar(&o.plot, "plot", "", "also draw the relative differences into a PNG `file`")
	f.BoolVar(&o.json, "json", false, "print one JSON document")
	return cmd
}

// namesOf returns the scenarios of results; where two have one name, with what --set
// changed in them; and where that is the same, what the user called them.
func namesOf(runs []*results.Run, args []string) []string {
	names, changed := make([]string, len(runs)), make([]string, len(runs))
	for i, r := range runs {
		names[i] = r.Summary.Scenario
		changed[i] = strings.TrimSuffix(names[i]+", "+strings.Join(r.Summary.Set, ", "), ", ")
	}
	for _, list := range [][]string{names, changed} {
		if sorted := slices.Sorted(slices.Values(list)); sorted[0] != "" && len(slices.Compact(sorted)) == len(list) {
			return list
		}
	}
	return args
}

func (o *compareOptions) write(cmd *cobra.Command, c *study.Comparison) error {
	if err := writeAsked(o.csv, c.WriteCSV); err != nil {
		return failed(err)
	}
	if err := writeAsked(o.plot, func(w io.Writer) error { return report.WriteContrasts(w, contrasts(c)) }); err != nil {
		return failed(err)
	}
	return printResult(cmd.OutOrStdout(), o.json, c)
}

// contrasts is what is drawn of a comparison: figures that the baseline has, as
// shares of it.
func contrasts(c *study.Comparison) []report.Contrasts {
	var all []report.Contrasts
	for i := 1; i < len(c.Names); i++ {
		one := report.Contrasts{Result: c.Names[i], Baseline: c.Names[0], Paired: c.Paired}
		for _, f := range c.Figures {
			if base := f.Values[0]; base != 0 {
				d := f.Differences[i-1]
				one.List = append(one.List, report.Contrast{Name: inWords(f.Name), Mean: d.Mean / base, Low: d.Low / base, High: d.High / base})
			}
		}
		all = append(all, one)
	}
	return all
}

// inWords writes the key of a figure for people: lost_time_s.wasted_progress is
// time lost to wasted progress.
func inWords(key string) string {
	name := strings.ReplaceAll(key, "lost_time_s.", "lost to ")
	for _, unit := range []string{"_s", "_mwh", "_j", "_w"} {
		if cut, found := strings.CutSuffix(name, unit); found && !strings.HasSuffix(name, "per_s") {
			name = cut
			break
		}
	}
	return results.Words(name)
}
