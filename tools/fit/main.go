// Fit finds the operation-model parameters of sim/cluster from measured
// operations and prints them with what they leave unexplained.
//
//	go run ./tools/fit [-data DIR]
//
// DIR holds gemm_shapes.csv, gemm.csv, attention.csv and
// korthikanti22_layer_times.csv (the difference between two rows of one layer,
// which isolates softmax). Training runs stay unseen, for validation.
package main

import (
	"flag"
	"fmt"
	"math"
	"os"
	"sort"
)

func main() {
	dir := flag.String("data", "../shared/data/published", "folder of the published tables")
	flag.Parse()
	if err := run(*dir); err != nil {
		fmt.Fprintln(os.Stderr, "fit:", err)
		os.Exit(1)
	}
}

func run(dir string) error {
	for _, step := range []func(string) error{matrixA100, matrixB200, matrixH100, attentionA100, attentionH100, attentionB200, streamA100} {
		if err := step(dir); err != nil {
			return err
		}
	}
	return nil
}

// spread prints the distribution of relative errors over the rows.
func spread(name string, errors []float64) {
	var sum, bias float64
	size := make([]float64, len(errors))
	for i, e := range errors {
		size[i] = math.Abs(e)
		sum += size[i]
		bias += e
	}
	sort.Float64s(size)
	n := float64(len(size))
	fmt.Printf("  %-34s %4d rows: mean %4.1f %%, median %4.1f %%, 90th percentile %4.1f %%, bias %+4.1f %%\n", name, len(size),
		100*sum/n, 100*size[len(size)/2], 100*size[len(size)*9/10], 100*bias/n)
}
