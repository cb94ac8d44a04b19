package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// point is one measured limit.
type point struct{ limit, seconds, watts float64 }

// joules returns the energy of the epoch.
func (p point) joules() float64 { return p.seconds * p.watts }

// readSweep reads the rows of the V100. The seconds stand in the name of the item.
func readSweep(dir string) (sweep []point, err error) {
	f, err := os.Open(filepath.Join(dir, "power.csv"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, err
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	for _, r := range rows[1:] {
		if !strings.HasPrefix(r[column["id"]], "zeus_v100_r50_") {
			continue
		}
		var p point
		item := strings.SplitN(r[column["item"]], ", ", 2)
		if _, err := fmt.Sscanf(item[len(item)-1]+" "+r[column["power_w"]]+" "+r[column["limit_w"]], "%f s per epoch %f %f", &p.seconds, &p.watts, &p.limit); err != nil {
			return nil, fmt.Errorf("power.csv, row %s: %w", r[column["id"]], err)
		}
		sweep = append(sweep, p)
	}
	return sweep, nil
}
