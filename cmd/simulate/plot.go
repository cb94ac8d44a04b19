package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"trainsim/sim/report"
	"trainsim/sim/results"
)

func newPlot(talk *talkOptions) *cobra.Command {
	return &cobra.Command{
		Use:   "plot RESULT...",
		Short: "Draw the plots of result directories again",
		Long: `Draw the plots of result directories again, from their files. The plots that
are there are replaced once all new ones are drawn. A directory that holds one
result stands for it.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dirs, err := resultDirectories(args)
			if err != nil {
				return misused(err)
			}
			t, err := talk.open(cmd.ErrOrStderr(), len(dirs))
			if err != nil {
				return err
			}
			defer t.close()
			for _, dir := range dirs {
				t.now("plot " + dir)
				files, err := plot(cmd.Context(), dir)
				if err != nil {
					return failed(tidy(dir, err))
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

// resultDirectories returns the result directories that the arguments mean, or
// says what the first is that means none.
func resultDirectories(args []string) ([]string, error) {
	dirs := make([]string, len(args))
	for i, arg := range args {
		dir, err := resultDirectory(arg)
		if err != nil {
			return nil, err
		}
		dirs[i] = dir
	}
	return dirs, nil
}

// resultDirectory returns arg if it is a result, or the one result in it.
func resultDirectory(arg string) (string, error) {
	info, err := os.Stat(arg)
	if err != nil {
		return "", fmt.Errorf("%s: %w", arg, reason(err))
	}
	if !info.IsDir() {
		return "", fmt.Errorf("%s is a file; give the directory that simulate run leaves", arg)
	}
	if _, err := os.Stat(filepath.Join(arg, results.ManifestFile)); err == nil {
		return arg, nil
	}
	inside := resultsIn(arg)
	switch len(inside) {
	case 0:
		return "", fmt.Errorf("%s is no result directory: it has no %s", arg, results.ManifestFile)
	case 1:
		return inside[0], nil
	}
	const most = 10
	more := ""
	if n := len(inside) - most; n > 0 {
		inside, more = inside[:most], fmt.Sprintf("\n  … and %d more", n)
	}
	return "", fmt.Errorf("%s holds several results; name those to draw:\n  %s%s", arg, strings.Join(inside, "\n  "), more)
}

// resultsIn returns the results one or two levels below dir, as run leaves them.
func resultsIn(dir string) []string {
	var found []string
	for _, pattern := range []string{"*/", "*/*/"} {
		manifests, _ := fs.Glob(os.DirFS(dir), pattern+results.ManifestFile) // the patterns are good
		for _, m := range manifests {
			if !strings.Contains(m, temporary) {
				found = append(found, filepath.Join(dir, filepath.Dir(m)))
			}
		}
	}
	return found
}

// plot draws into a temporary directory beside the plots and exchanges them, so
// that plots are whole or as they were. It returns the files drawn.
func plot(ctx context.Context, dir string) ([]string, error) {
	run, err := results.Read(dir)
	if err != nil {
		return nil, err
	}
	tmp, err := os.MkdirTemp(dir, temporary+"plots-")
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
