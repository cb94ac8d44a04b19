package study

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"trainsim/sim/engine"
	"trainsim/sim/network"
	"trainsim/sim/scenario"
)

// MeasuredCollective is one row of a table of measured collectives.
type MeasuredCollective struct {
	Line                        int
	ID, GPU, Collective         string
	Algorithm, Intra, Inter     string
	Note                        string
	GPUs, Nodes                 int   // Nodes 0: not stated
	Bytes                       int64 // 0: not stated
	Asymptote                   bool  // "large" messages, taken at 16 GiB
	TimeUS, BusBW               float64
	preset, system, host, force string // see resolve
	nic                         float64
}

// measuredColumns are the columns of the format that are read.
var measuredColumns = []string{"id", "gpu", "gpus", "nodes", "collective", "message_bytes", "time_us", "busbw_gb_per_s",
	"algorithm", "intra_node_link", "inter_node_link_per_gpu_gbit_s", "note"}

// ReadMeasuredCollectives reads a table of measured collectives. Errors name
// the place.
func ReadMeasuredCollectives(file string, r io.Reader) ([]MeasuredCollective, error) {
	in := csv.NewReader(r)
	header, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("%s: no table: %w", file, err)
	}
	at := map[string]int{}
	for i, name := range header {
		at[strings.TrimPrefix(name, "\ufeff")] = i
	}
	var missing []string
	for _, name := range measuredColumns {
		if _, ok := at[name]; !ok {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return nil, TableErrors{{File: file, Line: 1, Column: 1, Message: "missing columns: " + strings.Join(missing, ", ")}}
	}
	var rows []MeasuredCollective
	var wrong TableErrors
	for {
		record, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		line, _ := in.FieldPos(0)
		m := MeasuredCollective{Line: line}
		get := func(name string) string { return record[at[name]] }
		number := func(name string, to *float64) {
			text := get(name)
			if text == "" {
				return
			}
			v, err := strconv.ParseFloat(text, 64)
			if err != nil || !(v >= 0) {
				l, c := in.FieldPos(at[name])
				wrong = append(wrong, TableError{File: file, Line: l, Column: c, Message: fmt.Sprintf("%s is %q; allowed: a number from 0", name, text)})
			}
			*to = v
		}
		var gpus, nodes, bytes float64
		m.ID, m.GPU, m.Collective, m.Algorithm = get("id"), get("gpu"), get("collective"), get("algorithm")
		m.Intra, m.Inter, m.Note = get("intra_node_link"), get("inter_node_link_per_gpu_gbit_s"), get("note")
		number("gpus", &gpus)
		number("nodes", &nodes)
		number("time_us", &m.TimeUS)
		number("busbw_gb_per_s", &m.BusBW)
		if m.Asymptote = get("message_bytes") == "large"; m.Asymptote {
			bytes = 1 << 34
		} else {
			number("message_bytes", &bytes)
		}
		m.GPUs, m.Nodes, m.Bytes = int(gpus), int(nodes), int64(bytes)
		rows = append(rows, m)
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	return rows, nil
}

var (
	adapters = regexp.MustCompile(`^(one|\d+x) (\d+) Gb/s NIC`) // "2x 200 Gb/s NICs per node"
	rate     = regexp.MustCompile(`^\d+(\.\d+)?`)               // "50 (EFA; 400 Gb/s per node)"
)

// resolve finds the preset, the algorithm and the NICs that a row names, or
// says why the row is skipped.
func (m *MeasuredCollective) resolve() error {
	if _, ok := network.CollectiveByName(m.Collective); !ok {
		return fmt.Errorf("%q is not a collective that is simulated", m.Collective)
	}
	switch {
	case m.GPUs < 2:
		return errors.New("the number of GPUs is not stated")
	case m.Bytes == 0:
		return errors.New("no message size")
	case m.TimeUS == 0 && m.BusBW == 0:
		return errors.New("neither time nor bus bandwidth")
	case strings.Contains(m.Inter, "OPA"):
		return errors.New("Omni-Path: there is no preset of this fabric")
	}
	m.host = "8"
	if err := m.part(); err != nil {
		return err
	}
	if m.Nodes == 0 {
		m.Nodes = max(1, m.GPUs/8)
	}
	if m.Inter == "NVLink domain" {
		m.Nodes, m.host = 1, "72"
	}
	if m.Nodes > 1 && m.GPUs%m.Nodes != 0 {
		return fmt.Errorf("%d GPUs do not share out among %d hosts", m.GPUs, m.Nodes)
	}
	algorithm := strings.ToLower(m.Algorithm)
	switch {
	case strings.HasPrefix(algorithm, "ring"):
		m.force = "ring"
	case strings.HasPrefix(algorithm, "nvls tree"), strings.HasPrefix(algorithm, "nvlstree"), algorithm == "nvls", strings.Contains(algorithm, "sharp"):
		m.force = "nvls"
	}
	m.system = m.preset
	if m.nic > 0 {
		m.system += fmt.Sprintf(" at %g Gb/s per GPU", m.nic*8/1e9)
	}
	m.system += ", " + count(m.Nodes, "host")
	return nil
}

// part finds the preset of the part and NICs, and the rate of NICs that are not
// those of the preset.
func (m *MeasuredCollective) part() error {
	all := m.GPU + " " + m.Intra + " " + m.Inter
	has := func(text string) bool { return strings.Contains(all, text) }
	switch {
	case adapters.MatchString(m.GPU):
		match := adapters.FindStringSubmatch(m.GPU)
		n := 1.0
		if match[1] != "one" {
			n, _ = strconv.ParseFloat(strings.TrimSuffix(match[1], "x"), 64)
		}
		gbps, _ := strconv.ParseFloat(match[2], 64)
		m.preset = map[bool]string{true: "nvlink3-hdr200", false: "nvlink4-ndr400"}[gbps <= 200]
		m.nic = n * gbps * 1e9 / 8 / 8 // of eight GPUs a host
		return nil
	case has("PCIe gen5"), has("PCIe5"):
		m.preset = "pcie5-hdr200"
	case has("A100-PCIe"):
		m.preset = "pcie4-2socket-hdr200"
	case has("PCIe gen4"), has("PCIe4"):
		m.preset = "pcie4-hdr200"
	case has("V100"):
		m.preset = "nvlink2-edr100"
	case has("A100") && has("EFA"):
		m.preset = "nvlink3-efa400"
	case has("A100"):
		m.preset = "nvlink3-hdr200"
	case has("H100") && has("EFA"):
		m.preset = "nvlink4-efa3200"
	case has("H100") && has("RoCE"):
		m.preset = "nvlink4-roce400"
	case has("H100"):
		m.preset = "nvlink4-ndr400"
	case has("NVL72"):
		m.preset = "nvlink5-nvl72"
	case has("B200"):
		m.preset = "nvlink5-ndr400"
	case has("MI300X"):
		m.preset = "xgmi-ndr400"
	default:
		return fmt.Errorf("there is no preset of %q", m.GPU)
	}
	return nil
}

// measured returns the time that was measured.
func (m *MeasuredCollective) measured(op network.Collective) engine.Duration {
	if m.TimeUS > 0 {
		return engine.FromSeconds(m.TimeUS / 1e6)
	}
	return engine.FromSeconds(network.BusBandwidth(op, m.GPUs, m.Bytes, engine.Second) / (m.BusBW * 1e9))
}

// config returns the machine of a row: a scenario whose model is never run.
func (m *MeasuredCollective) config() (*scenario.Config, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "model.preset = \"gpt-1.7b\"\nlayout.global_batch = 1\nlayout.data = 1\nhost.preset = \"dgx-a100\"\nhost.gpus = %s\nmachine.hosts = %d\n", m.host, m.Nodes)
	fmt.Fprintf(&b, "[network]\npreset = %q\n", m.preset)
	if m.force != "" {
		fmt.Fprintf(&b, "algorithm = %q\n", m.force)
	}
	if text := rate.FindString(m.Inter); m.nic == 0 && text != "" {
		gbps, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, err
		}
		m.nic = gbps * 1e9 / 8
	}
	if m.nic > 0 {
		fmt.Fprintf(&b, "nics_per_host = %s\nnic_bandwidth = \"%g Gb/s\"\n", m.host, m.nic*8/1e9)
	}
	return scenario.Parse(m.ID, []byte(b.String()), nil)
}

// simulate runs a row.
func (m *MeasuredCollective) simulate(ctx context.Context) (engine.Duration, error) {
	op, _ := network.CollectiveByName(m.Collective)
	c, err := m.config()
	if err != nil {
		return 0, err
	}
	s := CollectiveSweep{Op: op, Ranks: m.GPUs, PerHost: m.GPUs / m.Nodes, Min: m.Bytes, Max: m.Bytes, Factor: 2}
	t, err := Collective(ctx, c, s, func() {})
	if err != nil {
		return 0, err
	}
	return engine.FromSeconds(t.Points[0].TimeUS / 1e6), nil
}
