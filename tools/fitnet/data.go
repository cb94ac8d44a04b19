package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"strconv"
	"strings"

	"trainsim/sim/network"
)

// ring tells whether the row was measured without in-switch reduction.
func (r row) ring() bool { return strings.HasPrefix(r.algorithm, "ring") }

// table reads a CSV file with a header into rows by column name.
func table(path string) ([]map[string]string, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var rows []map[string]string
	for _, record := range records[1:] {
		row := make(map[string]string, len(record))
		for i, v := range record {
			row[records[0][i]] = v
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// readMeasured returns the all-reduce rows of nccl.csv with a size and a time
// or bus bandwidth.
func readMeasured(path string) ([]row, error) {
	records, err := table(path)
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, c := range records {
		r := row{
			id: c["id"], gpu: c["gpu"], collective: c["collective"], algorithm: c["algorithm"],
			intra: c["intra_node_link"], inter: c["inter_node_link_per_gpu_gbit_s"],
		}
		r.ranks, _ = strconv.Atoi(c["gpus"])
		r.hosts, _ = strconv.Atoi(c["nodes"])
		r.bytes, _ = strconv.ParseInt(c["message_bytes"], 10, 64)
		if c["message_bytes"] == "large" {
			r.bytes = 1 << 34
		}
		us, _ := strconv.ParseFloat(c["time_us"], 64)
		busbw, _ := strconv.ParseFloat(c["busbw_gb_per_s"], 64)
		r.seconds = us / 1e6
		if us == 0 && busbw > 0 {
			r.seconds = 2 * float64(r.ranks-1) / float64(r.ranks) * float64(r.bytes) / (busbw * 1e9)
		}
		if r.collective == "all_reduce" && r.ranks > 1 && r.hosts > 0 && r.bytes > 0 && r.seconds > 0 {
			rows = append(rows, r)
		}
	}
	return rows, nil
}

// readFits returns times of all-gather and reduce-scatter on eight B200 by the
// published fits, t = fixed + (n−1)·latency + bytes·(1−1/n)/(peak·efficiency),
// at sizes from 1 MiB to 1 GiB.
func readFits(path string) ([]row, error) {
	records, err := table(path)
	if err != nil {
		return nil, err
	}
	kinds := map[string]network.Collective{"all_gather": network.AllGather, "reduce_scatter": network.ReduceScatter}
	var rows []row
	for _, c := range records {
		kind, ok := kinds[c["collective"]]
		if !ok || c["link"] != "high_intra_node" {
			continue
		}
		var v [4]float64
		for i, column := range []string{"peak_gb_per_s", "efficiency", "latency_us_per_step", "fixed_latency_us"} {
			if v[i], err = strconv.ParseFloat(c[column], 64); err != nil {
				return nil, fmt.Errorf("%s: row %s: %w", path, c["id"], err)
			}
		}
		for shift := 20; shift <= 30; shift += 2 {
			bytes, n := int64(1)<<shift, 8
			t := (v[3]+float64(n-1)*v[2])/1e6 + float64(bytes)*float64(n-1)/float64(n)/(v[0]*v[1]*1e9)
			rows = append(rows, row{id: c["id"], gpu: "B200", kind: kind, collective: c["collective"], algorithm: "ring", ranks: n, hosts: 1, bytes: bytes, seconds: t})
		}
	}
	return rows, nil
}
