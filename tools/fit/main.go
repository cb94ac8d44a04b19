// Fit finds the operation-model parameters of sim/cluster from measured
// operations and prints them with what they leave unexplained.
//
//	go run ./tools/fit [-data DIR] [-h100 FILE]
//
// DIR holds gemm_shapes.csv, gemm.csv, attention.csv and
// korthikanti22_layer_times.csv (the difference between two rows of one layer,
// which isolates softmax), FILE products of the H100, see matrixH100. Training
// runs stay unseen, for validation.
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
	products := flag.String("h100", "", "table of bf16 products on the H100 with columns b, m, n, k and tflops")
	flag.Parse()
	if err := run(*dir, *products); err != nil {
		fmt.Fprintln(os.Stderr, "fit:", err)
		os.Exit(1)
	}
}

func run(dir, products string) error {
	for _, step := range []func(string) error{matrixA100, matrixB200, attentionA100, attentionH100, attentionB200, streamA100} {
		if err := step(dir); err != nil {
			return err
		}
	}
	if products == "" {
		fmt.Println("H100 products: no table, see -h100")
		return nil
	}
	return matrixH100(products)
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
