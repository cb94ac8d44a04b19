package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"trainsim/sim/scenario"
	"trainsim/sim/study"
)

// verdict is what check says of one file.
type verdict struct {
	File     string    `json:"file"`
	OK       bool      `json:"ok"`
	Mistakes []mistake `json:"mistakes,omitempty"`
}

// mistake is a scenario.Diagnostic for editors.
type mistake struct {
	File    string `json:"file"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Key     string `json:"key,omitempty"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

func newCheck() *cobra.Command {
	var set []string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check SCENARIO...",
		Short: "Read scenarios and tell every mistake in them",
		Long: `Read scenarios and tell every mistake in them, as file:line:column: key: message.
At most 100 are printed, all with --json. Nothing is simulated. The exit code is 2
if any file has a mistake.`,
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: tomlFiles,
		RunE: func(cmd *cobra.Command, files []string) error {
			if err := checkSet(set); err != nil {
				return err
			}
			return check(cmd.OutOrStdout(), files, set, asJSON)
		},
	}
	cmd.Flags().StringArrayVar(&set, "set", nil, "override one `key=value` of each scenario, in TOML; may be repeated")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	return cmd
}

// check reads every file, good or bad, before it fails.
func check(stdout io.Writer, files, set []string, asJSON bool) error {
	verdicts := make([]verdict, len(files))
	var all scenario.Errors
	var others []error
	for i, file := range files {
		cfg, err := loadScenario(file, set, study.CheckExpect)
		v := verdict{File: file, OK: err == nil}
		var wrong scenario.Errors
		switch {
		case errors.As(err, &wrong):
			for _, d := range wrong {
				v.Mistakes = append(v.Mistakes, mistake(d))
			}
			all = append(all, wrong...)
		case err != nil:
			v.Mistakes = []mistake{{File: file, Message: err.Error()}}
			others = append(others, err)
		case !asJSON:
			fmt.Fprintf(stdout, "%s: ok, %s\n", file, gist(cfg))
		}
		verdicts[i] = v
	}
	if asJSON {
		if err := printJSON(stdout, map[string]any{"files": verdicts}); err != nil {
			return err
		}
	}
	switch {
	case len(all) > 0:
		return misused(errors.Join(append(others, all)...))
	case len(others) > 0:
		return misused(errors.Join(others...))
	}
	return nil
}

// gist tells in a few words what a scenario is about.
func gist(c *scenario.Config) string {
	l := &c.Layout
	more := ""
	if l.Context > 1 {
		more = fmt.Sprintf(", context %d", l.Context)
	}
	if c.Model.Experts > 0 {
		more += fmt.Sprintf(", expert %d", l.Expert)
	}
	text := fmt.Sprintf("%s on %s (tensor %d, pipeline %d, data %d%s)",
		cmp.Or(c.Model.Name, "a model"), count(l.Ranks(), c.GPU.Name+" GPU"), l.Tensor, l.Pipeline, l.Data, more)
	switch {
	case !c.Long():
		return text
	case c.Run.Duration > 0:
		return fmt.Sprintf("%s for %.4g days", text, c.Run.Duration.Seconds()/86400)
	}
	return fmt.Sprintf("%s for %s steps", text, scenario.Grouped(float64(c.RunSteps())))
}
