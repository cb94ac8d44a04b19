package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"strconv"
	"strings"

	"trainsim/sim/engine"
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

// collectives are the names of the two files.
var collectives = map[string]network.Collective{"all_reduce": network.AllReduce, "all_gather": network.AllGather,
	"reduce_scatter": network.ReduceScatter, "all_to_all": network.AllToAll, "all2all": network.AllToAll}

// readMeasured returns the rows of nccl.csv of a collective with a size and a
// time or bus bandwidth. GPUs of one NVLink domain count as one host.
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
		kind, known := collectives[r.collective]
		r.kind = kind
		r.ranks, _ = strconv.Atoi(c["gpus"])
		r.hosts, _ = strconv.Atoi(c["nodes"])
		if r.hosts == 0 && r.ranks > 0 {
			r.hosts = max(r.ranks/8, 1)
		}
		if r.inter == "NVLink domain" {
			r.hosts = 1
		}
		r.bytes, _ = strconv.ParseInt(c["message_bytes"], 10, 64)
		if c["message_bytes"] == "large" {
			r.bytes, r.curve = 1<<34, true
		}
		us, _ := strconv.ParseFloat(c["time_us"], 64)
		busbw, _ := strconv.ParseFloat(c["busbw_gb_per_s"], 64)
		r.seconds = us / 1e6
		if us == 0 && busbw > 0 && known {
			r.seconds = network.BusBandwidth(kind, r.ranks, r.bytes, engine.Second) / (busbw * 1e9)
		}
		if known && r.ranks > 1 && r.bytes > 0 && r.seconds > 0 {
			rows = append(rows, r)
		}
	}
	return rows, nil
}

// readFits returns times of collectives by the published fits but that of sends,
// t = fixed + (n−1)·latency + scale·bytes·(1−1/n)/(peak·efficiency), at sizes from 1
// MiB to 1 GiB. All-reduces on NVLink are measured, so their fit is left out.
func readFits(path string) ([]row, error) {
	records, err := table(path)
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, c := range records {
		kind, ok := collectives[c["collective"]]
		if !ok || kind == network.AllReduce && c["link"] == "high_intra_node" {
			continue
		}
		var v [3]float64
		for i, column := range []string{"peak_gb_per_s", "efficiency", "latency_us_per_step"} {
			if v[i], err = strconv.ParseFloat(c[column], 64); err != nil {
				return nil, fmt.Errorf("%s: row %s: %w", path, c["id"], err)
			}
		}
		for _, n := range groupSizes(c["group_size"]) {
			fixed, err := fixedLatency(c["fixed_latency_us"], n)
			if err != nil {
				return nil, fmt.Errorf("%s: row %s: %w", path, c["id"], err)
			}
			for shift := 20; shift <= 30; shift++ {
				bytes := int64(1) << shift
				scale := float64(n-1) / float64(n)
				if kind == network.AllReduce {
					scale *= 2
				}
				t := (fixed+float64(n-1)*v[2])/1e6 + float64(bytes)*scale/(v[0]*v[1]*1e9)
				rows = append(rows, row{id: c["id"], gpu: c["system"], kind: kind, collective: c["collective"], algorithm: "ring",
					ranks: n, hosts: 1, bytes: bytes, seconds: t})
			}
		}
	}
	return rows, nil
}

// groupSizes reads "8", or "2-8", which was fitted at powers of two.
func groupSizes(text string) (sizes []int) {
	from, to, isRange := strings.Cut(text, "-")
	first, _ := strconv.Atoi(from)
	last := first
	if isRange {
		last, _ = strconv.Atoi(to)
	}
	for n := first; n > 1 && n <= last; n *= 2 {
		sizes = append(sizes, n)
	}
	return sizes
}

// fixedLatency reads a number, nothing, or one number for each group size.
func fixedLatency(text string, n int) (float64, error) {
	if text == "" {
		return 0, nil
	}
	list, isList := strings.CutPrefix(text, "{")
	if !isList {
		return strconv.ParseFloat(text, 64)
	}
	for _, entry := range strings.Split(strings.TrimSuffix(list, "}"), ",") {
		size, us, _ := strings.Cut(entry, ":")
		if strings.TrimSpace(size) == strconv.Itoa(n) {
			return strconv.ParseFloat(strings.TrimSpace(us), 64)
		}
	}
	return 0, fmt.Errorf("no fixed latency of %d ranks in %s", n, text)
}
