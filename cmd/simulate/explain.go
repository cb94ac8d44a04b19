package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"trainsim/sim/scenario"
)

func newExplain() *cobra.Command {
	return &cobra.Command{
		Use:     "explain KEY",
		Short:   "Tell what a key of a scenario means: unit, range, default",
		Example: "  simulate explain layout.micro_batch",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, ok := scenario.Explain(args[0])
			if !ok {
				if text == "" {
					text = "docs/scenarios.md lists every key"
				}
				return misused(fmt.Errorf("no key %q; %s", args[0], strings.TrimSpace(text)))
			}
			fmt.Fprintln(cmd.OutOrStdout(), strings.TrimRight(text, "\n"))
			return nil
		},
	}
}
