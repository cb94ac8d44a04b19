package results

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"trainsim/sim/engine"
	"trainsim/sim/trace"
)

var update = flag.Bool("update", false, "rewrite golden files")

// golden compares got with testdata/name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; run with -update and read the diff\ngot:\n%s\nwant:\n%s", name, got, want)
	}
}

// sampleSummary sets every key.
func sampleSummary() Summary {
	buckets := map[string]float64{"compute": 22.53, "bubble": 2.31, "exposed_tensor": 4.62, "exposed_data": 0.71,
		"exposed_pipeline": 0.32, "straggler_wait": 0.11, "optimizer": 0.92, "data": 0.03, "idle": 0}
	return Summary{
		Scenario: "gpt3-175b-1024xa100", Title: "GPT-3 175B on 1,024 A100",
		StepTimeS: 32.1234, FirstStepTimeS: 32.55, Steps: 2,
		TokensPerStep: 3145728, TokensPerS: 97926.7, TokensPerSPerGPU: 95.63,
		ModelTFLOPSPerGPU: 138.2, HardwareTFLOPSPerGPU: 181.9, MFU: 0.4429, HFU: 0.583,
		ClosedFormStepTimeS: 30.96, BubbleFraction: 0.0719, MemoryGiBPerGPU: 62.13, MemoryCapacityGiB: 79.15,
		EnergyPerStepJ: 16.4e6, MeanPowerW: 510533, PeakPowerW: 602111,
		GPUUtilization: 0.912, SMUtilization: 0.591,
		LinkUtilization: map[string]float64{"nvlink": 0.301, "nic": 0.124, "leaf": 0.118},
		TimeBucketsS:    buckets, EnergyBucketsJ: map[string]float64{"compute": 13e6, "bubble": 3.4e6},
		EnergyComponentsJ: map[string]float64{"gpu": 11.6e6, "host": 3.3e6, "nic": 0.2e6, "switch": 0.3e6, "supply_loss": 1e6},
		GPUTimeByStateS:   map[string]float64{"compute_bound": 20.1, "memory_bound": 4.2, "launch_gaps": 0.1, "transfer": 5.3, "collective_wait": 2.4},
		GPUEnergyByStateJ: map[string]float64{"compute_bound": 7.9e6, "memory_bound": 1.2e6, "launch_gaps": 0.1e6, "beside_transfer": 0.1e6,
			"transfer": 1.5e6, "collective_wait": 0.8e6},
		GPUIdleW: 58, CollectiveWaitLowJ: 0.7e6, CollectiveWaitHighJ: 1.2e6,
		StageBucketsS: []map[string]float64{maps.Clone(buckets), maps.Clone(buckets)},
		Memory: []StageMemory{
			{Stage: 0, WeightsGiB: 3.1, GradientsGiB: 6.2, OptimizerGiB: 18.6, ActivationsGiB: 30.1, BuffersGiB: 1.5, OverheadGiB: 2.63, TotalGiB: 62.13},
			{Stage: 1, WeightsGiB: 3.1, GradientsGiB: 6.2, OptimizerGiB: 18.6, ActivationsGiB: 28.1, BuffersGiB: 1.5, OverheadGiB: 2.63, TotalGiB: 60.13},
		},
		HottestLinks: []LinkLoad{{Name: "nvlink_up[0]", Tier: "nvlink", Links: 64, BytesPerStep: 2.9e12, Utilization: 0.306, CapacityGBPS: 300}},
		Collectives: []Collective{{Name: "attention reduce", Communicator: "tensor", Collective: "all_reduce", Ranks: 8, Hosts: 1, Bytes: 50_331_648,
			CountPerStep: 2304, MeanUS: 410, MaxUS: 432, BusGBPS: 215, IdealBusGBPS: 232}},
		LinkUse:         []LinkUse{{Tier: "nvlink", Links: 8, Quantiles: []float64{0.3, 0.301, 0.306}}},
		Waterfall:       []Share{{Name: "peak", Share: 1}, {Name: "kernel efficiency", Share: 0.3}},
		SupplyOverloads: 3, SupplyLimitW: 2.5e6,
		EnergyBoundariesJ: map[string]float64{"chip": 11.6e6, "host": 16.4e6, "facility": 18.04e6}, CappedTimeS: 0.5, LostToCapsS: 0.1,
		Feeds: &Feeds{
			Levels:      []FeedLevel{{Name: "rack", Feeds: 32, PeakW: 5.9e5, EnergyJ: 16.1e6, LossJ: 1e5}, {Name: "site", Feeds: 1, LimitW: 8e5, PeakW: 6.7e5, EnergyJ: 18.04e6, LossJ: 1e4, OtherJ: 1.6e6, Acted: 2}},
			Supplies:    []SupplyUse{{Hosts: 127, Live: 6, Load: 0.42, PeakLoad: 0.5, Efficiency: 0.955}, {Hosts: 1, Live: 3, Load: 0.85, PeakLoad: 1.03, Efficiency: 0.925}},
			SupplyCurve: []SupplyPoint{{0.1, 0.9}, {0.2, 0.94}, {0.5, 0.96}, {1, 0.91}},
			Overload:    "the supplies of host 7", OverloadS: 16.25, OverloadWaits: true,
		},
		Facility: &Facility{PUE: 1.1, Load: 0.75, RatedPowerW: 8e5, OutsideC: 15, EnergyComponentsJ: map[string]float64{"computers": 16.4e6, "feeds": 1.1e5, "cooling": 1.53e6}},
		Cooling:  &Cooling{MeanC: 71.23, RiseK: 0.5, MaxC: 87.61, HottestGPU: 24, ThrottleC: 87, ThrottledTimeS: 2.1, ThrottledGPUs: 8, LowestClock: 0.85},
		Mains:    sampleMains(),
		ManagedMains: &ManagedMains{Mains: *sampleMains(), MoreEnergy: 0.012, BurntJ: 2e5, ShortJ: 1e3, StoredJ: 4e4, LimitedShare: 0.8,
			StopS: 3.5, StopBurntJ: 9e5, StartS: 3.5, StartShortJ: 9e5},
		HostsPerMW: &Room{Rating: 64.9, Peak: 91.1, P999: 95.2, P99: 97.5, Mean: 103.4}, HostsPerMWPassed: []RoomPassed{{0.0001, 91.4}, {0.001, 95.2}, {0.01, 97.5}},
		HostsUnderLimit: (&Room{Rating: 64.9, Peak: 91.1, P999: 95.2, P99: 97.5, Mean: 103.4}).Below(8e5),
		Tokens:          300e9, TrainDays: 35.457, GPUHours: 871400, EnergyMWh: 434.2,
		StepCost: sampleCost(), MillionTokensCost: sampleCost().Times(1. / 3.145728), RunCost: sampleCost().Times(95367.4),
		OrderToEndDays: 175.457,
		Ranks:          4, Classes: 16, Operations: 50331648, Events: 1234567, Digest: "a1b2c3d4e5f60718", SimWallS: 0.4213,
	}
}

// sampleCost is that of a step.
func sampleCost() *Cost {
	return &Cost{GPUHours: 9.137, SiteKWh: 5.011, ElectricityUSD: 0.4139, RentUSD: 11.878, OwnUSD: 8.116, OwnHardwareUSD: 6.2, OwnNetworkUSD: 1.5, OperationalKg: 2.41, EmbodiedKg: 0.0663}
}

func sampleMains() *Mains {
	return &Mains{PeakW: 601e3, LeastW: 402e3, MeanW: 510e3, P99W: 590e3, P999W: 600e3, DynamicRangeW: 199e3, RampUpWPerS: 160e3, RampDownWPerS: 170e3, RampWindowS: 1,
		BandLowHz: 0.1, BandHighHz: 20, BandRMSW: 26e3, BandShare: 0.34, BandLimit: 0.2}
}

// sampleData is a 1F1B step of two stages and three microbatches on ranks 0 and
// 2, with sends beside the compute stream, a wait, and every kind of record.
func sampleData() Data {
	const ms = engine.Time(engine.Millisecond)
	d := Data{
		End:      100 * ms,
		Streams:  []string{"compute", "tensor", "send_forward"},
		Phases:   []string{"forward", "recompute", "backward"},
		Labels:   []trace.Label{{Name: "layers", Kind: "gemm"}, {Name: "layers", Kind: "gemm_backward"}, {Name: "send", Kind: "send"}, {Name: "recv", Kind: "wait"}},
		Dropped:  7,
		Spectrum: []SpectrumLine{{0.5, 14e3, 7e3}, {1, 200.5, 1.5}},
		Ramps:    []RampStep{{-170e3, 0, 0.5, 0.25}, {0, 170e3, 0.5, 0.75}},
		Events: []trace.Event{
			{At: 5*ms + 1, Kind: "supply_overload", Name: "host 3", Text: "9,100 W on 8,400 W, \"hot\"\nsecond line"},
			{At: 70 * ms, Kind: "restore", Name: "gpu 2", Text: ""},
		},
		Memory: [][]trace.Point{{{At: 0, Value: 1 << 30}, {At: 10*ms + 3, Value: 5 << 30}, {At: 90 * ms, Value: 1 << 30}}, {{At: 2, Value: 77}}},
		Series: []SeriesData{
			{Name: "power", Part: "gpu", Unit: "mW", Width: 30 * engine.Millisecond, Values: []float64{400e3, 1.0 / 3, 500e3, 500e3}, Peak: 600e3, PeakAt: 31 * ms},
			{Name: "busy", Part: "stage 0", Unit: "gpu", Width: 30 * engine.Millisecond, Values: []float64{2, 1.5, 0.25, 0}, Peak: 2, PeakAt: 0},
			{Name: "traffic", Part: "nic", Unit: "B/s", Width: 15 * engine.Millisecond, Values: []float64{0, 1e9, 1e9, 0, 5, 6, 7}, Peak: 25e9, PeakAt: 15 * ms},
			{Name: "nothing", Part: "", Unit: "W", Width: 1},
		},
	}
	add := func(rank int32, stream uint8, label, micro int32, phase uint8, start, end engine.Time) {
		d.Spans = append(d.Spans, trace.Span{Start: start, End: end, Rank: rank, Label: label, Microbatch: micro, Layer: -1, Chunk: 0, Step: 1, Stream: stream, Phase: phase})
	}
	for i := range int32(3) {
		t := engine.Time(i) * 20 * ms
		add(0, 0, 0, i, 0, t, t+10*ms)
		add(0, 2, 2, i, 0, t+10*ms, t+11*ms)
		add(2, 0, 3, i, 0, t, t+11*ms)
		add(2, 0, 1, i, 2, t+11*ms, t+20*ms)
	}
	return d
}

func sampleRun() *Run {
	return &Run{
		Summary: sampleSummary(),
		Manifest: Manifest{
			Program: Program{Version: "v0.1.0", Go: "go1.26", OS: "linux", Arch: "amd64"}, Seed: 42, Host: "node1", Cores: 2,
			Start: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), End: time.Date(2026, 1, 2, 3, 4, 6, 0, time.UTC),
		},
		Scenario: []byte("title = \"GPT-3\"\n"),
		Data:     sampleData(),
	}
}
