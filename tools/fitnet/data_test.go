package main

import (
	"os"
	"path/filepath"
	"testing"

	"trainsim/sim/network"
)

func write(t *testing.T, text string) string {
	path := filepath.Join(t.TempDir(), "data.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A time is taken as it is, a bus bandwidth turned back into one: 1.75·16 GiB
// at 350 GB/s is 85.9 ms. Rows without either go.
func TestReadMeasured(t *testing.T) {
	rows, err := readMeasured(write(t, `id,gpu,gpus,nodes,collective,message_bytes,time_us,busbw_gb_per_s,algorithm,intra_node_link,inter_node_link_per_gpu_gbit_s
a,A100,8,1,all_reduce,1024,50,0.1,ring,,
b,H100,8,1,all_reduce,large,,350,,,400
c,H100,8,1,all_reduce,1024,,,,,
d,H100,8,1,all_to_all,1024,5,,,,
`))
	if err != nil || len(rows) != 3 {
		t.Fatal(rows, err)
	}
	if r := rows[0]; r.seconds != 50e-6 || !r.ring() || !r.small() {
		t.Errorf("%+v", r)
	}
	if r := rows[1]; r.seconds < 0.0858 || r.seconds > 0.0860 || r.ring() || r.small() || r.inter != "400" {
		t.Errorf("%+v", r)
	}
}

// 20 µs + 7·5 µs + 1 MiB·7/8/(100 GB/s·0.5) = 73.35 µs.
func TestReadFits(t *testing.T) {
	rows, err := readFits(write(t, `id,system,link,collective,group_size,peak_gb_per_s,efficiency,latency_us_per_step,fixed_latency_us
f,B200,high_intra_node,all_gather,8,100,0.5,5,20
g,B200,high_intra_node,all2all,2-8,100,0.5,5,"{2: 51, 4: 19, 8: 0.0}"
h,B200,high_intra_node,p2p,8,100,0.5,5,
`))
	if err != nil || len(rows) != 4*11 {
		t.Fatal(rows, err)
	}
	if r := rows[0]; r.kind != network.AllGather || r.seconds < 73.34e-6 || r.seconds > 73.36e-6 {
		t.Errorf("%+v", r)
	}
	// 51 µs + 5 µs + 1 MiB/2/(50 GB/s) = 66.49 µs.
	if r := rows[11]; r.kind != network.AllToAll || r.ranks != 2 || r.seconds < 66.48e-6 || r.seconds > 66.50e-6 {
		t.Errorf("%+v", r)
	}
}

// The fit finds parameters that made the data.
func TestFitRecovers(t *testing.T) {
	truth := nvlink3
	truth.NVLinkEfficiency, truth.FixedLatency, truth.NVLinkLatency = 0.8, 20_000, 3000
	var data []row
	for n := 2; n <= 8; n += 3 {
		for bytes := int64(1 << 20); bytes <= 1<<30; bytes *= 8 {
			r := row{kind: network.AllReduce, ranks: n, hosts: 1, bytes: bytes}
			r.seconds = truth.Time(r.kind, truth.Regular(r.kind, n, 1), bytes).Seconds()
			data = append(data, r)
		}
	}
	f := system{name: "test", base: nvlink3, free: []parameter{nvlinkEfficiency, fixed, nvlinkLatency}}.fit(data)
	for _, r := range data {
		if e := r.error(on(f)); e > 0.01 || e < -0.01 {
			t.Errorf("%d ranks, %d B: error %.3f", r.ranks, r.bytes, e)
		}
	}
}
