package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const about = `simulate answers what a training run on a GPU cluster will take: how long, how
much energy and money, and what stragglers and slow links do to it. Scenarios are TOML
files; every run leaves a directory with numbers, traces and plots.

`

// newRoot returns the command line. stdout gets the product, stderr the talk.
func newRoot(stdout, stderr io.Writer) *cobra.Command {
	root := &cobra.Command{
		Use:           "simulate",
		Short:         "Simulate transformer training on GPU clusters",
		Long:          about + exitHelp,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cmd.Help()
		},
	}
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.SetFlagErrorFunc(flagHint)
	var talk talkOptions
	flags := root.PersistentFlags()
	flags.BoolVarP(&talk.quiet, "quiet", "q", false, "no progress and no log, errors only")
	flags.StringVar(&talk.format, "log-format", "auto", "auto, console or json")
	root.AddCommand(
		newRun(&talk), newCheck(), newPlot(&talk), newPresets(), newValidate(&talk), newExplain(), newCollective(&talk), newCompare(), newBudget(&talk), newWhatIf(&talk), newLevers(&talk), newSweep(&talk),
		newVersion(),
	)
	return root
}

// flagHint adds the nearest flag to the error of a mistyped one.
func flagHint(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) || len(unknown.GetSpecifiedName()) < 2 {
		return fmt.Errorf("%w; see simulate %s --help", err, cmd.Name())
	}
	// Cobra finds the nearest of a command's children: make the flags such.
	flags := cobra.Command{SuggestionsMinimumDistance: 2}
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		flags.AddCommand(&cobra.Command{Use: f.Name, Run: func(*cobra.Command, []string) {}})
	})
	near := flags.SuggestionsFor(unknown.GetSpecifiedName())
	if len(near) == 0 {
		return fmt.Errorf("%w; see simulate %s --help", err, cmd.Name())
	}
	return fmt.Errorf("%w; did you mean --%s?", err, strings.Join(near, " or --"))
}

// tomlFiles completes the names of scenario files.
func tomlFiles(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"toml"}, cobra.ShellCompDirectiveFilterFileExt
}
