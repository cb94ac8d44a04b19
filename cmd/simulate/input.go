package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"trainsim/sim/scenario"
)

// checkSet finds overrides that are cut off: "--set layout.pipeline 8" would
// take 8 for a file.
func checkSet(set []string) error {
	for _, s := range set {
		if !strings.Contains(s, "=") {
			return misused(fmt.Errorf("--set %s lacks a value; it needs key=value in one word, such as --set layout.pipeline=8", s))
		}
	}
	return nil
}

// loadScenario reads a scenario from a file. The error is scenario.Errors, or
// says why the file cannot be read.
func loadScenario(file string, set []string, also ...scenario.Check) (*scenario.Config, error) {
	if file == "-" {
		return nil, errors.New("standard input is not read; give the name of a file")
	}
	cfg, err := scenario.Load(file, set, also...)
	var path *fs.PathError
	if errors.As(err, &path) && errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", file, path.Err)
	}
	return cfg, err
}

// readTable reads a table of measured runs from a file.
func readTable(file string) ([]byte, error) {
	if file == "-" {
		return nil, errors.New("standard input is not read; give the name of a file")
	}
	return os.ReadFile(file)
}

// seed is the value of --seed.
type seed int64

func (s *seed) Set(text string) error {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return errors.New("allowed: a whole number from 0 to 9223372036854775807")
	}
	*s = seed(n)
	return nil
}

func (s *seed) String() string { return strconv.FormatInt(int64(*s), 10) }
func (s *seed) Type() string   { return "int" }
