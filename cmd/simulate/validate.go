package main

import (
	"bytes"
	"runtime"

	"github.com/spf13/cobra"

	"trainsim/sim/study"
)

// validateOptions are the flags of validate.
type validateOptions struct {
	csv  string
	json bool
}

func newValidate(talk *talkOptions) *cobra.Command {
	var o validateOptions
	cmd := &cobra.Command{
		Use:   "validate FILE.csv...",
		Short: "Compare simulations with measured runs",
		Long: `Simulate every row of tables of measured runs and compare step times. A row that
cannot be simulated is skipped with the reason; what the table does not say and
was assumed is listed. docs/accuracy.md describes the columns. The exit code is 0
whenever the tables could be read, however large the errors.`,
		Args: cobra.MinimumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return []string{"csv"}, cobra.ShellCompDirectiveFilterFileExt
		},
		RunE: func(cmd *cobra.Command, files []string) error { return o.run(cmd, talk, files) },
	}
	cmd.Flags().StringVar(&o.csv, "csv", "", "also write the comparison to a `file`, one row for each run")
	cmd.Flags().BoolVar(&o.json, "json", false, "print one JSON document")
	return cmd
}

func (o *validateOptions) run(cmd *cobra.Command, talk *talkOptions, files []string) error {
	rows, err := readTables(files)
	if err != nil {
		return misused(err)
	}
	if err := tryFile("--csv", o.csv, files...); err != nil {
		return misused(err)
	}
	t, err := talk.open(cmd.ErrOrStderr(), len(rows))
	if err != nil {
		return err
	}
	defer t.close()
	t.now("validate")
	v, err := study.Validate(cmd.Context(), rows, runtime.GOMAXPROCS(0), t.step)
	if err != nil {
		return failed(err)
	}
	t.close()
	if o.csv != "" {
		if err := writeWhole(o.csv, v.WriteCSV); err != nil {
			return failed(tidy(o.csv, err))
		}
		t.Info().Str("file", o.csv).Msg("written")
	}
	return printResult(cmd.OutOrStdout(), o.json, v)
}

// readTables reads every table, and tells the mistakes of all of them.
func readTables(files []string) ([]study.Measured, error) {
	var rows []study.Measured
	var mistakes study.TableErrors
	for _, file := range files {
		data, err := readTable(file)
		if err != nil {
			return nil, err
		}
		more, err := study.ReadMeasured(file, bytes.NewReader(data))
		if wrong, ok := err.(study.TableErrors); ok {
			mistakes = append(mistakes, wrong...)
		} else if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	if len(mistakes) > 0 {
		return nil, mistakes
	}
	return rows, nil
}
