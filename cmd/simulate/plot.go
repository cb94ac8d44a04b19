package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"trainsim/sim/report"
	"trainsim/sim/results"
)

func newPlot(talk *talkOptions) *cobra.Command {
	return &cobra.Command{
		Use:   "plot RESULT...",
		Short: "Draw the plots of result directories again",
		Long: `Draw the plots of result directories again, from their files. The plots that
are there are replaced once all new ones are drawn.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, dirs []string) error {
			t, err := talk.open(cmd.ErrOrStderr(), len(dirs))
			if err != nil {
				return err
			}
			defer t.close()
			for _, dir := range dirs {
				t.now("plot " + dir)
				files, err := plot(cmd.Context(), dir)
				if err != nil {
					return failed(err)
				}
				t.step()
				t.above(func() {
					for _, f := range files {
						fmt.Fprintln(cmd.OutOrStdout(), f)
					}
				})
			}
			return nil
		},
	}
}

// plot draws into a temporary directory beside the plots and exchanges them, so
// that plots are whole or as they were. It returns the files drawn.
func plot(ctx context.Context, dir string) ([]string, error) {
	run, err := results.Read(dir)
	if err != nil {
		return nil, err
	}
	tmp, err := os.MkdirTemp(dir, ".incomplete-plots-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	files, err := report.Plots(run, tmp)
	if err != nil {
		return nil, err
	}
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	drawn, plots := filepath.Join(tmp, results.PlotsDir), filepath.Join(dir, results.PlotsDir)
	if err := os.RemoveAll(plots); err != nil {
		return nil, err
	}
	if err := os.Rename(drawn, plots); err != nil {
		return nil, err
	}
	for i, f := range files {
		files[i] = filepath.Join(plots, filepath.Base(f))
	}
	return files, nil
}
