package study

import (
	"math"
	"slices"
	"strings"
	"testing"

	"trainsim/sim/budget"
	"trainsim/sim/scenario"
)

// pull pulls levers on 64 GPUs.
func pull(t *testing.T, pay budget.Way, levers string) *Levers {
	t.Helper()
	list, err := scenario.ParseLevers("levers", []byte(levers))
	if err != nil {
		t.Fatal(err)
	}
	l, err := NewLevers(t.Context(), LeverStudy{Load: load64, Levers: list, Pay: pay})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func load64(set []string) (*scenario.Config, error) {
	return scenario.Parse("test", []byte(cluster64+"[run]\ntokens = \"1B\"\n"), set)
}

// step64 returns the time and energy per GPU of a step of 64 GPUs with overrides.
func step64(t *testing.T, set ...string) (seconds, joules float64) {
	t.Helper()
	c, err := load64(set)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Run(c)
	if err != nil {
		t.Fatal(err)
	}
	return r.Summary.StepTimeS, r.Summary.EnergyPerStepJ / float64(r.Summary.Ranks)
}

func lever(name, rest string) string {
	return "[[lever]]\nname = \"" + name + "\"\nroadmap = \"data formats\"\nsource = \"a test\"\n" + rest + "\n"
}

func close64(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9*math.Abs(want) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// The baseline is the step at its tokens, and declared levers multiply: half of the
// work after a quarter of it is an eighth, in every figure.
func TestDeclaredLevers(t *testing.T) {
	l := pull(t, budget.Rent, lever("quarter", "k = 4")+lever("half", "work = 0.5\nwork_range = [0.4, 0.6]")+lever("more", "work = 1.5"))
	seconds, joules := step64(t)
	steps := 1e9 / (64 * 256)
	close64(t, "days", l.Baseline.Days, seconds*steps/86400)
	close64(t, "GPU hours", l.Baseline.GPUHours, 64*seconds*steps/3600)
	close64(t, "MWh", l.Baseline.EnergyMWh, 64*joules*steps*1.1/3.6e9)
	close64(t, "rent", l.Baseline.USD, 1.30*l.Baseline.GPUHours)
	for name, f := range map[string]float64{"hours": l.Baseline.GPUHours / l.Together.GPUHours, "usd": l.Baseline.USD / l.Together.USD,
		"mwh": l.Baseline.EnergyMWh / l.Together.EnergyMWh, "t": l.Baseline.TCO2e / l.Together.TCO2e, "alone": 4 * l.Rows[1].Factors.USD} {
		close64(t, name, f, 8)
	}
	if simulated, declared := l.Shares(l.Main); simulated != 1 || math.Abs(declared-8) > 1e-12 {
		t.Errorf("simulated levers give %g, declared ones %g", simulated, declared)
	}
	if text := l.Text(); !strings.Contains(text, "of the factor of 8, levers that are simulated give 1, and declared ones, which are inputs, 8") {
		t.Error(text)
	}
	if r := l.Rows[2]; r.Taken || r.NotTaken != "does not lower the cost after the others" || len(l.Steps()) != 2 || l.Rows[1].WorkHigh != 0.6 {
		t.Errorf("%+v", l.Rows)
	}
}

// A lever that changes the scenario gives what the changed scenario takes.
func TestSimulatedLevers(t *testing.T) {
	l := pull(t, budget.Rent, lever("zero", `set = ["layout.zero=1"]`)+lever("again", `set = ["layout.zero=1"]`)+
		lever("too much", `set = ["layout.tensor=16"]`)+lever("other", "gpu = \"NVIDIA H100\"\nwork = 0.1"))
	seconds, _ := step64(t, "layout.zero=1")
	base, _ := step64(t)
	close64(t, "factor", l.Rows[0].Factors.Days, base/seconds)
	if r := l.Rows[1]; l.Rows[0].Taken && r.NotTaken != "the scenario has it already" {
		t.Errorf("%+v", r)
	}
	if l.Rows[2].Alone != nil || l.Rows[2].Refused == "" {
		t.Errorf("%+v", l.Rows[2])
	}
	if r := l.Rows[3]; r.Alone != nil || r.Refused != "is for NVIDIA H100, not NVIDIA A100 80 GB SXM" {
		t.Errorf("%+v", r)
	}
}

// A model of experts gains nothing by declaring some.
func TestExpertsAlready(t *testing.T) {
	list, err := scenario.ParseLevers("levers", []byte(lever("experts", "k = 5")))
	if err != nil {
		t.Fatal(err)
	}
	load := func(set []string) (*scenario.Config, error) {
		return load64(append([]string{"model.experts=4", "model.bias=false", "layout.expert=4", "layout.sequence_parallel=true"}, set...))
	}
	l, err := NewLevers(t.Context(), LeverStudy{Load: load, Levers: list, Pay: budget.Rent})
	if err != nil {
		t.Fatal(err)
	}
	if r := l.Rows[0]; r.Alone != nil || r.Refused != "the model has experts already" {
		t.Errorf("%+v", r)
	}
}

// Of four steps with one reduction three are those of a replica alone.
func TestLocalSGD(t *testing.T) {
	l := pull(t, budget.Rent, lever("local", "sync_period = 4"))
	both, joules := step64(t)
	one, less := step64(t, "layout.data=1", "layout.global_batch=4")
	r := l.Rows[0]
	close64(t, "time", r.Alone.Days/l.Baseline.Days, (3*one+both)/4/both)
	close64(t, "energy", r.Alone.EnergyMWh/l.Baseline.EnergyMWh, (3*less+joules)/4/joules)
	if one >= both || !r.Taken {
		t.Errorf("a replica alone takes %v s, all %v s; %+v", one, both, r)
	}
}

// A search finds the layout that trying them one by one does.
func TestLeverSearch(t *testing.T) {
	l := pull(t, budget.Rent, lever("layout", `[[lever.search]]
key = "layout.tensor"
values = ["1", "2", "3", "8"]
[[lever.search]]
key = "layout.pipeline"
values = ["1", "2", "4"]
[[lever.search]]
key = "layout.recompute"
values = ["none", "full"]
first = true`))
	best, where := math.Inf(1), ""
	for _, y := range [][3]string{{"1", "1", "64"}, {"1", "2", "32"}, {"1", "4", "16"}, {"2", "1", "32"}, {"2", "2", "16"}, {"2", "4", "8"}, {"8", "1", "8"}, {"8", "2", "4"}, {"8", "4", "2"}} {
		s, _ := step64(t, "layout.tensor="+y[0], "layout.pipeline="+y[1], "layout.data="+y[2])
		if s < best {
			best, where = s, "layout.tensor="+y[0]+", layout.pipeline="+y[1]+", layout.data="+y[2]
		}
	}
	base, _ := step64(t)
	close64(t, "the best", l.Rows[0].Factors.Days, base/best)
	for _, c := range l.Rows[0].Changes {
		if !strings.Contains(where, c) {
			t.Errorf("changes %q, want those of %s", l.Rows[0].Changes, where)
		}
	}
}

func TestSpread(t *testing.T) {
	if c := changed([]string{"layout.data=2", "layout.stage_layers=" + spread(126, 64)}); c != "layout.data=2, layout.stage_layers=[1, 62 × 2, 1]" {
		t.Error(c)
	}
	if a, b := spread(8, 4), spread(6, 4); a != "[2, 2, 2, 2]" || b != "[1, 2, 2, 1]" {
		t.Errorf("%s and %s", a, b)
	}
}

// A chip in place of the GPU is as fast as products say, what-if models are never
// taken, and after a chip nothing can be simulated.
func TestDeclaredMachines(t *testing.T) {
	l := pull(t, budget.Own, lever("chip", "lowers = \"days\"\n[lever.chip]\npeak = \"1000 TFLOP/s\"\nshare = \"50 %\"\npower = \"800 W\"")+
		lever("zero", `set = ["layout.zero=1"]`)+
		strings.ReplaceAll(lever("arrays", "[lever.analog]\nmac = \"1e-14 J\"")+lever("settling", "[lever.energy_based]\nfree = 20\nnudged = 4"), "data formats", "what-if"))
	c, _ := load64(nil)
	close64(t, "speed", l.Rows[0].Factors.Days, 500e12/reached(&c.GPU, 2))
	if l.Rows[1].NotTaken != "cannot be simulated: the accelerator is declared" {
		t.Errorf("%+v", l.Rows[1])
	}
	if a := l.Rows[2]; a.Taken || a.Factors.Days != 1 || a.Factors.EnergyMWh <= 1 || a.How != "declared what-if" {
		t.Errorf("%+v", a)
	}
	close64(t, "settling", l.Rows[3].Factors.Days, 3./25)
}

// A cluster that is bought is in proportion to the hours, since it ends with the
// baseline.
func TestLeversBuy(t *testing.T) {
	l := pull(t, budget.Buy, lever("half", "work = 0.5"))
	close64(t, "cluster", l.Baseline.USD, 64*18548.75/0.81)
	close64(t, "half of it", l.Together.USD, l.Baseline.USD/2)
	var csv strings.Builder
	if err := l.WriteCSV(&csv); err != nil || strings.Count(csv.String(), "\n") != 4 {
		t.Errorf("error %v:\n%s", err, csv.String())
	}
	if text := l.Text(); !strings.Contains(text, "buy the cluster") || !strings.Contains(text, "half (data formats, declared): a test") {
		t.Error(text)
	}
}

// Another machine in the same layout is faster by no more than its peak, and by no less
// than what grows least of peak, HBM and NICs: of H100s over A100s HBM, 3,350 over
// 2,039 GB/s; of B200s over H100s the NICs, which are the same.
func TestMachinesWithinTheirRatios(t *testing.T) {
	roadmap, err := scenario.ParseLevers("levers", scenario.Roadmap)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, file  string
		least, most float64
	}{
		{"H100 instead of A100", "levers-70b.toml", 3350. / 2039, 989. / 312},
		{"B200 instead of H100", "levers-405b.toml", 1, 2250. / 989},
	} {
		load := func(set []string) (*scenario.Config, error) { return scenario.Load("../../scenarios/"+c.file, set) }
		i := slices.IndexFunc(roadmap, func(v scenario.Lever) bool { return v.Name == c.name })
		v := roadmap[i]
		v.Search = nil
		l, err := NewLevers(t.Context(), LeverStudy{Load: load, Levers: []scenario.Lever{v}, Pay: budget.Rent})
		if err != nil {
			t.Fatal(err)
		}
		if f := l.Rows[0].Factors; f == nil || f.Days < c.least || f.Days > c.most {
			t.Errorf("%s: %+v, %s; want %.2f to %.2f times as fast", c.name, f, l.Rows[0].Refused, c.least, c.most)
		}
	}
}

// A lever that the machine cannot take is tried again after the others: FP8 has no place
// on A100s, and has one on the H100s that come in theirs.
func TestLeversAgain(t *testing.T) {
	list, err := scenario.ParseLevers("levers", []byte(lever("fp8", `set = ["layout.precision=fp8"]`)+lever("half", "work = 0.5")+
		lever("h100", `lowers = "days"
set = ["host.preset=dgx-h100", "gpu.preset=h100-80gb-sxm", "network.preset=nvlink4-ndr400", "prices.preset=h100-80gb-sxm", "gpu.issue_time=0 s"]`)))
	if err != nil {
		t.Fatal(err)
	}
	wide := func(set []string) (*scenario.Config, error) {
		return load64(append([]string{"model.hidden=8192", "model.heads=64", "layout.micro_batch=4"}, set...))
	}
	l, err := NewLevers(t.Context(), LeverStudy{Load: wide, Levers: list, Pay: budget.Rent})
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, r := range l.Steps() {
		order = append(order, r.Name)
	}
	if r := l.Rows[0]; !slices.Equal(order, []string{"half", "h100", "fp8"}) || r.Refused == "" || r.NotTaken != "" || l.Together != *r.After {
		t.Errorf("taken %q; %+v", order, r)
	}
}
