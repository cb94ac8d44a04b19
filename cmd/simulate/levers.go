package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"trainsim/sim/budget"
	"trainsim/sim/report"
	"trainsim/sim/scenario"
	"trainsim/sim/study"
)

// leversOptions are the flags of levers.
type leversOptions struct {
	file, pay   string
	set         []string
	csv, plot   string
	json, print bool
}

func newLevers(talk *talkOptions) *cobra.Command {
	var o leversOptions
	cmd := &cobra.Command{
		Use:   "levers SCENARIO",
		Short: "Say what each lever that makes training cheaper is worth: time, $, MWh, CO2",
		Long: `Apply the levers of a roadmap to a scenario (arXiv 2404.08811): each alone, and one
after the other in the order of the roadmap, where one is kept if it lowers what it
is for. A lever that changes the scenario is simulated; where nothing is simulated
its gain is declared, with its source, and its row says so. Analog in-memory
computing and energy-based models are declared what-if models, not predictions.

Of the whole training the healthy step is simulated, at the tokens of the scenario,
or 20 a parameter. --print writes the levers of the roadmap, to change and give
with --levers.`,
		Example: `  simulate levers scenarios/levers-70b.toml
  simulate levers scenarios/levers-70b.toml --pay buy --plot levers.png
  simulate levers --print > mine.toml
  simulate levers scenarios/levers-70b.toml --levers mine.toml --set site.preset=fr`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: tomlFiles,
		RunE: func(cmd *cobra.Command, files []string) error {
			switch {
			case o.print && len(files) == 0:
				_, err := cmd.OutOrStdout().Write(scenario.Roadmap)
				return err
			case o.print:
				return misused(errors.New("--print writes the levers of the roadmap and takes no SCENARIO"))
			case len(files) == 0:
				return misused(errors.New("give a SCENARIO, or --print"))
			}
			return o.run(cmd, talk, files[0])
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.file, "levers", "", "`file` of levers instead of those of the roadmap")
	f.StringVar(&o.pay, "pay", string(budget.Rent), "what the cost is: rent; own, the value lost and electricity; or buy, a cluster as large as ends with the baseline")
	f.StringArrayVar(&o.set, "set", nil, "override one `key=value` of the scenario, in TOML; may be repeated")
	f.StringVar(&o.csv, "csv", "", "also write the table to a `file`")
	f.StringVar(&o.plot, "plot", "", "also draw the waterfalls into a PNG `file`")
	f.BoolVar(&o.json, "json", false, "print one JSON document")
	f.BoolVar(&o.print, "print", false, "print the levers of the roadmap")
	return cmd
}

func (o *leversOptions) run(cmd *cobra.Command, talk *talkOptions, file string) error {
	if !slices.Contains(study.PayWays(), o.pay) {
		return misused(fmt.Errorf("--pay is %q; allowed: %s", o.pay, strings.Join(study.PayWays(), ", ")))
	}
	if err := checkSet(o.set); err != nil {
		return err
	}
	levers, err := o.levers()
	if err != nil {
		return misused(err)
	}
	load := func(set []string) (*scenario.Config, error) {
		return loadScenario(file, append(slices.Clone(o.set), set...))
	}
	if _, err := load(nil); err != nil {
		return misused(err)
	}
	if err := errors.Join(tryFile("--csv", o.csv, file, o.file), tryFile("--plot", o.plot, file, o.file)); err != nil {
		return misused(err)
	}
	t, err := talk.open(cmd.ErrOrStderr(), len(levers))
	if err != nil {
		return err
	}
	defer t.close()
	t.now("levers of " + file)
	y := study.LeverStudy{Load: load, Levers: levers, Pay: budget.Way(o.pay), Done: t.step}
	l, err := await(cmd.Context(), func() (*study.Levers, error) { return study.NewLevers(cmd.Context(), y) })
	if err != nil {
		return failed(err)
	}
	t.close()
	if err := o.write(l); err != nil {
		return failed(err)
	}
	return printResult(cmd.OutOrStdout(), o.json, l)
}

// levers reads those that are asked for.
func (o *leversOptions) levers() ([]scenario.Lever, error) {
	if o.file == "" {
		return scenario.ParseLevers("levers.toml", scenario.Roadmap)
	}
	list, err := scenario.LoadLevers(o.file)
	var path *fs.PathError
	if errors.As(err, &path) && errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", o.file, path.Err)
	}
	return list, err
}

// write writes the files that are asked for.
func (o *leversOptions) write(l *study.Levers) error {
	return errors.Join(writeAsked(o.csv, l.WriteCSV),
		writeAsked(o.plot, func(w io.Writer) error { return report.WriteLevers(w, leverFalls(l)) }))
}

// leverFalls is what is drawn: the levers that are taken, in order.
func leverFalls(l *study.Levers) report.Levers {
	w := report.Levers{Title: l.Title, Pay: string(l.Pay)}
	if w.Title == "" {
		w.Title = l.Scenario
	}
	add := func(name string, declared bool, r *study.LeverRun) {
		w.Steps = append(w.Steps, report.LeverStep{Name: name, Declared: declared, Days: r.Days, USD: r.USD, MWh: r.EnergyMWh, TCO2e: r.TCO2e})
	}
	w.Simulated, w.Declared = l.Shares(l.Main)
	add("baseline", false, &l.Baseline)
	for _, r := range l.Steps() {
		add(r.Name, r.How != "simulated", r.After)
	}
	return w
}
