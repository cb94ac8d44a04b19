package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"trainsim/sim/scenario"
)

func newExplain() *cobra.Command {
	return &cobra.Command{
		Use:     "explain [KEY]",
		Short:   "Tell what a key of a scenario means: unit, range, default",
		Long:    "Tell what a key of a scenario means: unit, range, default. Without a key, list all sections and keys.",
		Example: "  simulate explain layout.micro_batch",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				fmt.Fprint(cmd.OutOrStdout(), scenario.Overview())
				return nil
			}
			text, ok := scenario.Explain(args[0])
			if !ok {
				if text == "" {
					text = "simulate explain lists every key"
				}
				return misused(fmt.Errorf("no key %q; %s", args[0], strings.TrimSpace(text)))
			}
			fmt.Fprintln(cmd.OutOrStdout(), strings.TrimRight(text, "\n"))
			return nil
		},
	}
}
