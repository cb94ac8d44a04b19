package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"trainsim/sim/scenario"
)

func newPresets() *cobra.Command {
	return &cobra.Command{
		Use:   "presets [KIND [NAME]]",
		Short: "List the presets of a section, or print one",
		Long: `List the presets of a section of a scenario, or print one: its values with the
source of each. Kinds: ` + strings.Join(scenario.Kinds(), ", ") + `.`,
		Example: `  simulate presets gpu
  simulate presets gpu h100-80gb-sxm`,
		Args: cobra.MaximumNArgs(2),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 0 {
				return scenario.Kinds(), cobra.ShellCompDirectiveNoFileComp
			}
			return scenario.Presets(args[0]), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			out := cmd.OutOrStdout()
			if len(args) > 0 && !slices.Contains(scenario.Kinds(), args[0]) {
				return misused(fmt.Errorf("no presets of kind %q; there are %s", args[0], strings.Join(scenario.Kinds(), ", ")))
			}
			switch len(args) {
			case 0:
				for _, kind := range scenario.Kinds() {
					for _, name := range scenario.Presets(kind) {
						fmt.Fprintf(out, "%-8s %s\n", kind, name)
					}
				}
			case 1:
				for _, name := range scenario.Presets(args[0]) {
					fmt.Fprintln(out, name)
				}
			case 2:
				text, ok := scenario.Preset(args[0], args[1])
				if !ok {
					return misused(unknownPreset(args[0], args[1]))
				}
				fmt.Fprint(out, string(text))
			}
			return nil
		},
	}
}

// unknownPreset says that a kind has no preset of that name, and what it has.
func unknownPreset(kind, name string) error {
	names := scenario.Presets(kind)
	hint := scenario.Suggest(name, names)
	if hint == "" {
		hint = "there are " + strings.Join(names, ", ")
	}
	return fmt.Errorf("no %s preset %q; %s", kind, name, hint)
}
