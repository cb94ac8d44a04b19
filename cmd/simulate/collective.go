package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"trainsim/sim/report"
	"trainsim/sim/scenario"
	"trainsim/sim/study"
)

// collectiveOptions are the flags of collective.
type collectiveOptions struct {
	op, csv, plot, measured string
	counts                  string
	min, max                bytesFlag
	sweep                   study.CollectiveSweep
	set                     []string
	json                    bool
}

func newCollective(talk *talkOptions) *cobra.Command {
	o := collectiveOptions{min: 8, max: 8 << 30}
	cmd := &cobra.Command{
		Use:   "collective [SCENARIO]",
		Short: "Time one collective on a scenario's machine, by message size",
		Long: `Simulate one collective on the machine of a scenario, alone, at one message size
after another, and print a table as nccl-tests do: time, bandwidth of the
algorithm, bus bandwidth, and the algorithm and protocol that the tuner picked.

The ranks of an all_to_all may get unlike amounts (all-to-all-v), as the experts
of a mixture do: --skew 1.5 gives the first rank 1.5 times the mean and the others
the rest, --counts takes the ratios from a file: a number for each rank, what it
gets, or as many lines of as many numbers, what each rank sends to each. The size
is then the mean of what ranks send.

With --measured, collectives that were measured are simulated instead, each on
the preset that its part and NICs name; no scenario is needed. Rows that cannot be
are skipped with the reason. The exit code is 0 however large the errors.`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: tomlFiles,
		RunE: func(cmd *cobra.Command, files []string) error {
			if (len(files) == 0) == (o.measured == "") {
				return misused(errors.New("give a SCENARIO, or --measured FILE"))
			}
			if err := checkSet(o.set); err != nil {
				return err
			}
			if err := errors.Join(tryFile("--csv", o.csv, o.read(files)...), tryFile("--plot", o.plot, o.read(files)...)); err != nil {
				return misused(err)
			}
			if o.measured != "" {
				return o.compare(cmd, talk)
			}
			return o.run(cmd, talk, files[0])
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.op, "op", "all_reduce", strings.Join(study.CollectiveNames(), ", "))
	flags.Var(&o.min, "min", "smallest message")
	flags.Var(&o.max, "max", "largest message")
	flags.Float64Var(&o.sweep.Factor, "factor", 2, "from one size to the next")
	flags.IntVar(&o.sweep.Ranks, "ranks", 0, "members; without it, the ranks of the scenario")
	flags.IntVar(&o.sweep.PerHost, "ranks-per-host", 0, "members in each host; without it, all its GPUs")
	flags.Float64Var(&o.sweep.Skew, "skew", 0, "what the first rank of an all_to_all gets, in multiples of the mean")
	flags.StringVar(&o.counts, "counts", "", "what ranks of an all_to_all get or send each other, from a `file`")
	flags.StringArrayVar(&o.set, "set", nil, "override one `key=value` of the scenario, in TOML; may be repeated")
	flags.BoolVar(&o.json, "json", false, "print one JSON document")
	flags.StringVar(&o.csv, "csv", "", "also write the table to a `file`")
	flags.StringVar(&o.plot, "plot", "", "also draw bus bandwidth against size into a PNG `file`")
	flags.StringVar(&o.measured, "measured", "", "compare with the measured collectives in a CSV `file`")
	return cmd
}

func (o *collectiveOptions) run(cmd *cobra.Command, talk *talkOptions, file string) error {
	op, ok := study.CollectiveByName(o.op)
	if !ok {
		return misused(fmt.Errorf("--op is %q; allowed: %s", o.op, strings.Join(study.CollectiveNames(), ", ")))
	}
	cfg, err := loadScenario(file, o.set)
	if err != nil {
		return misused(err)
	}
	o.sweep.Op, o.sweep.Min, o.sweep.Max = op, int64(o.min), int64(o.max)
	if cmd.Flags().Changed("skew") && o.sweep.Skew == 0 {
		return misused(errors.New("--skew is 0; allowed: a number from 1"))
	}
	if err := o.readCounts(); err != nil {
		return misused(err)
	}
	sizes, err := o.sweep.Check(cfg)
	if err != nil {
		return misused(err)
	}
	t, err := talk.open(cmd.ErrOrStderr(), sizes)
	if err != nil {
		return err
	}
	defer t.close()
	t.now("simulate " + cfg.Name)
	table, err := await(cmd.Context(), func() (*study.CollectiveTable, error) {
		return study.Collective(cmd.Context(), cfg, o.sweep, t.step)
	})
	if err != nil {
		return failed(err)
	}
	t.close()
	if err := writeAsked(o.csv, table.WriteCSV); err != nil {
		return failed(err)
	}
	if err := writeAsked(o.plot, func(w io.Writer) error { return report.WriteBusBandwidth(w, curve(table, cfg)) }); err != nil {
		return failed(err)
	}
	return printResult(cmd.OutOrStdout(), o.json, table)
}

// read lists the files that the command reads.
func (o *collectiveOptions) read(files []string) []string {
	return append([]string{o.measured, o.counts}, files...)
}

// readCounts reads the file of --counts.
func (o *collectiveOptions) readCounts() error {
	if o.counts == "" {
		return nil
	}
	f, err := os.Open(o.counts)
	if err != nil {
		return err
	}
	defer f.Close()
	o.sweep.Counts, err = study.ReadCounts(o.counts, f)
	return err
}

// curve is what is drawn of a table.
func curve(t *study.CollectiveTable, c *scenario.Config) report.BusCurve {
	b := report.BusCurve{Title: fmt.Sprintf("%s over %s, %s", t.Op, count(t.Ranks, "rank"), c.Fabric.Name), Ideal: t.IdealBus}
	if t.Skew > 1 {
		b.Title += fmt.Sprintf(", skew %.4g", t.Skew)
	}
	for _, p := range t.Points {
		b.Points = append(b.Points, report.BusPoint{Bytes: p.Bytes, BusBW: p.BusBW, Algorithm: p.Algorithm})
	}
	return b
}

// compare simulates the rows of a table of measured collectives.
func (o *collectiveOptions) compare(cmd *cobra.Command, talk *talkOptions) error {
	for _, name := range []string{"op", "min", "max", "factor", "ranks", "ranks-per-host", "skew", "counts", "set", "plot"} {
		if cmd.Flags().Changed(name) {
			return misused(fmt.Errorf("--%s does not go with --measured, whose rows say what is simulated", name))
		}
	}
	f, err := os.Open(o.measured)
	if err != nil {
		return misused(err)
	}
	defer f.Close()
	rows, err := study.ReadMeasuredCollectives(o.measured, f)
	if err != nil {
		return misused(err)
	}
	t, err := talk.open(cmd.ErrOrStderr(), len(rows))
	if err != nil {
		return err
	}
	defer t.close()
	t.now("collectives")
	c, err := await(cmd.Context(), func() (*study.CollectiveComparison, error) {
		return study.CompareCollectives(cmd.Context(), rows, t.step)
	})
	if err != nil {
		return failed(err)
	}
	t.close()
	if err := writeAsked(o.csv, c.WriteCSV); err != nil {
		return failed(err)
	}
	return printResult(cmd.OutOrStdout(), o.json, c)
}

// bytesFlag is a size: 8, "64 KiB", "8GiB", "1 GB", or as in nccl-tests 128M.
type bytesFlag int64

var byteUnits = map[string]float64{"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "kib": 1 << 10, "mib": 1 << 20,
	"gib": 1 << 30, "tib": 1 << 40, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12}

func (b *bytesFlag) Set(text string) error {
	i := strings.LastIndexAny(text, "0123456789.") + 1
	v, err := strconv.ParseFloat(text[:i], 64)
	unit, ok := byteUnits[strings.ToLower(strings.TrimSpace(text[i:]))]
	if v *= unit; err != nil || !ok || v != math.Trunc(v) || v < 1 || v > 1<<50 {
		return errors.New(`allowed: a size from 1 to 1 PiB, such as 8, "64 KiB" or 8GiB`)
	}
	*b = bytesFlag(v)
	return nil
}

func (b *bytesFlag) String() string { return strconv.FormatInt(int64(*b), 10) }
func (b *bytesFlag) Type() string   { return "size" }
