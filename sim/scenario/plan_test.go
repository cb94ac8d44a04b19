package scenario

import (
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"trainsim/sim/engine"
	"trainsim/sim/run"
)

// planOf returns the plan of a long run with steps of a second.
func planOf(t *testing.T, more string, set ...string) (*Config, *Plan) {
	t.Helper()
	c := parseLong(t, "[run]\nduration = \"54 d\"\n"+more, set...)
	_, healthy := steady(1)
	return c, c.Plan(healthy)
}

// near checks a figure to a share of it.
func near(t *testing.T, what string, got, want, share float64) {
	t.Helper()
	if !(math.Abs(got-want) <= share*math.Abs(want)) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// TestCheckpointTimes: bytes over bandwidths, or as they are given.
func TestCheckpointTimes(t *testing.T) {
	c, p := planOf(t, "[checkpoint]\n")
	bytes := 14 * float64(c.Model.Params())
	near(t, "size", p.Bytes, bytes, 0)
	near(t, "blocking save", p.Save.Seconds(), bytes/200e9, 1e-8)
	near(t, "restore", p.Restore.Seconds(), bytes/200e9, 1e-8)
	if p.Write != 0 {
		t.Errorf("%v is written after a blocking save", p.Write)
	}
	_, p = planOf(t, `[checkpoint]
mode = "async"
bytes_per_parameter = 10
bandwidth = "2 TB/s"
read_bandwidth = "500 GB/s"
copy_bandwidth = "50 GB/s"
`)
	bytes *= 10.0 / 14
	near(t, "size", p.Bytes, bytes, 1e-12)
	near(t, "copy of a rank's share", p.Save.Seconds(), bytes/128/50e9, 1e-6)
	near(t, "write in the background", p.Write.Seconds(), bytes/2e12, 1e-7)
	near(t, "restore", p.Restore.Seconds(), bytes/500e9, 1e-8)
	_, p = planOf(t, "[checkpoint]\nmode = \"async\"\nsave = \"0 s\"\nwrite = \"3 min\"\nrestore = \"0 s\"\n")
	if p.Save != 0 || p.Write != 180*engine.Second || p.Restore != 0 {
		t.Errorf("save %d, write %d, restore %d ns", p.Save, p.Write, p.Restore)
	}
}

// TestIntervals: the exact optimum of checkpointing (C = 5 min, M = 24 h:
// 116.690 min, as Daly has it, 120 min as Young), and what bounds it.
func TestIntervals(t *testing.T) {
	const job = "[[failures.component]]\nname = \"job\"\nper = \"job\"\nmtbf = \"24 h\"\n[checkpoint]\nsave = \"5 min\"\n"
	for more, want := range map[string]int64{
		"interval = \"exact\"\n":                                  7001,
		"interval = \"auto\"\n":                                   7001,
		"interval = \"daly\"\n":                                   7001,
		"interval = \"young\"\n":                                  7200,
		"interval = \"none\"\n":                                   0,
		"interval = \"30 min\"\n":                                 1800,
		"interval = \"1 ms\"\n":                                   1,
		"steps = 77\n":                                            77,
		"mode = \"async\"\nwrite = \"10800.1 s\"\n":               3*3600 + 1,
		"mode = \"async\"\nwrite = \"3 h\"\n":                     3 * 3600,
		"mode = \"async\"\nwrite = \"3 h\"\ninterval=\"exact\"\n": 7001,
	} {
		if _, p := planOf(t, job+more); p.Every != want || p.Interval != float64(want) {
			t.Errorf("%q: every %d steps (%v s), want %d", more, p.Every, p.Interval, want)
		}
	}
	if _, p := planOf(t, job, "failures.scale=0"); p.Every != rareSteps || p.Interval != 0 || !math.IsInf(p.Terms.MTBF, 1) {
		t.Errorf("nothing fails: every %d steps", p.Every)
	}
}

// TestIntervalOfRareFailures: where most failures are recovered from memory, the
// others decide how often the store is written to.
func TestIntervalOfRareFailures(t *testing.T) {
	const text = "[[failures.component]]\nname = \"host\"\nper = \"host\"\nmtbf = \"1 d\"\n" +
		"[[failures.component]]\nname = \"rack\"\nper = \"rack\"\ntakes = \"rack\"\nmtbf = \"4 d\"\n[checkpoint]\nsave = \"5 min\"\n"
	for strategy, mtbf := range map[string]float64{"restart": 86400 / 17.0, "memory": 86400, "per-replica": 86400, "just-in-time": 86400} {
		c, p := planOf(t, text, "recovery.strategy="+strategy)
		near(t, strategy+": MTBF of the job", p.Terms.MTBF, 86400/17.0, 1e-12)
		terms := p.Terms
		terms.MTBF = mtbf
		if want := int64(math.Round(terms.OptimalInterval())); p.Every != want {
			t.Errorf("%s: every %d steps, want %d", strategy, p.Every, want)
		}
		s := specOf(t, c, 1)
		if memory := map[bool]int64{true: 1}[strategy == "memory"]; s.Checkpoint.Memory != memory {
			t.Errorf("%s: a copy in memory every %d steps, want %d", strategy, s.Checkpoint.Memory, memory)
		}
	}
}

// TestRestartTime: the phases of a recovery add up, detection weighed by what fails.
func TestRestartTime(t *testing.T) {
	_, p := planOf(t, "[recovery]\n[checkpoint]\nrestore = \"20 s\"\n")
	near(t, "restart", p.Terms.Repair+p.Terms.Restart, 30+120+90+30+128*0.005+60+20, 1e-12)
	_, p = planOf(t, `[recovery]
strategy = "hot-spare"
init_per_rank = "0 s"
timeout = "5 min"
[checkpoint]
restore = "20 s"
[[failures.component]]
name = "gpu" # 8 a day
per = "gpu"
mtbf = "16 d"
[[failures.component]]
name = "host" # 4 a day
per = "host"
mtbf = "4 d"
detection = "exponential 2 min"
[[failures.component]]
name = "link" # 32 a day, of which 1/e² last beyond the timeout
per = "nic"
mtbf = "4 d"
effect = "flap"
outage = "exponential 150 s"
[[failures.component]]
name = "upgrade"
per = "job"
mtbf = "1 d"
effect = "planned"
`)
	flaps := 32 * math.Exp(-2)
	near(t, "MTBF", p.Terms.MTBF, 86400/(12+flaps), 1e-12)
	near(t, "restart", p.Terms.Repair+p.Terms.Restart, (8*30+4*120+flaps*300)/(12+flaps)+10+0+30+60+20, 1e-12)
}

// TestLemonRate: a tenth of the hosts that fail six times as often make half as
// many failures again.
func TestLemonRate(t *testing.T) {
	_, p := planOf(t, "[lemons]\nshare = \"10 %\"\nfactor = 6\n[[failures.component]]\nname = \"host\"\nper = \"host\"\nmtbf = \"24 h\"\n")
	near(t, "MTBF", p.Terms.MTBF, 86400/16.0/1.5, 1e-12)
}

// TestClosedForm: the plan describes the run that is wired: its ETTR is the mean of
// replicas.
func TestClosedForm(t *testing.T) {
	c, p := planOf(t, `[[failures.component]]
name = "job"
per = "job"
mtbf = "3 h"
takes = "nothing"
[recovery]
detection = "0 s"
reschedule = "0 s"
init_per_rank = "0 s"
[checkpoint]
save = "2 min"
restore = "2 min"
`)
	s := specOf(t, c, 1)
	const replicas = 100
	sum, squares := 0.0, 0.0
	for seed := range uint64(replicas) {
		out, err := run.Simulate(s, seed)
		if err != nil {
			t.Fatal(err)
		}
		ettr := out.Time.ETTR()
		sum += ettr
		squares += ettr * ettr
	}
	mean := sum / replicas
	deviation := math.Sqrt((squares/replicas - mean*mean) / (replicas - 1))
	if want := p.Terms.ETTR(p.Interval); math.Abs(mean-want) > 3*deviation {
		t.Errorf("ETTR %.5f ± %.5f, the closed form says %.5f", mean, deviation, want)
	}
}

// TestRunPower: 8.4 kW on six Titanium supplies of 3.3 kW
// draw 8,796.3 W. With a program loaded, at 100 W a GPU, it is 9.2 kW at 46.46 % of the rating
// and so an efficiency of 94 + 2·(46.46−20)/30 = 95.764 %; polling at 150 W, 9.6 kW at
// 48.48 % and 95.899 %.
func TestRunPower(t *testing.T) {
	c, _ := planOf(t, "[gpu]\npreset = \"a100-80gb-sxm\"\npower_idle = \"0 W\"\npower_loaded = \"100 W\"\npower_wait = \"150 W\"\n[network]\nswitch_power = \"1 kW\"\n",
		"host.power_base=8400 W", "host.power_nic=0 W", "host.supplies=6", "host.supply_rating=3300 W", "host.supply_tier=titanium")
	w := specOf(t, c, 1).Power
	switches := c.Fabric.Switches(16, 8) * 1e6
	near(t, "a spare", float64(w.Spare), 8_796_300, 1e-5)
	near(t, "idle", float64(w.Idle), 16*float64(w.Spare)+switches, 1e-8)
	near(t, "loaded", float64(w.Loaded), 16*9_200_000/0.95764+switches, 1e-5)
	near(t, "polling", float64(w.Polling), 16*9_600_000/0.95899+switches, 1e-5)
}

// TestStrategies: each has a default for all that happens, which the scenario
// keeps when it is written in full, and every one can be given. The table of
// docs/models.md is theirs.
func TestStrategies(t *testing.T) {
	docs, err := os.ReadFile("../../docs/models.md")
	if err != nil {
		t.Fatal(err)
	}
	for i := range strategies {
		s := &strategies[i]
		row := fmt.Sprintf("| `%s` | %v | %v | %v | %v | %v | %v | %v | %s | %s |\n", s.word, s.detection, s.reschedule, s.startup, s.init,
			s.perRank, s.data, s.rejoin, sources[s.source], map[bool]string{true: shrink, false: waitForSpare}[s.shrink])
		if !strings.Contains(string(docs), row) {
			t.Errorf("docs/models.md lacks %s", row)
		}
		c := parseLong(t, "[run]\nduration = \"54 d\"\n[recovery]\nstrategy = \""+s.word+"\"\nstartup = \"77 s\"\n")
		r := specOf(t, c, 1).Recovery
		if r.Detection.Mean != s.detection || r.Startup.Mean != 77 || r.Source != s.source || r.Shrink != s.shrink || r.Timeout != 600*engine.Second {
			t.Errorf("%s: %+v", s.word, r)
		}
		if !strings.Contains(string(c.TOML()), fmt.Sprintf("source = %q\n", sources[s.source])) {
			t.Errorf("%s: the source of the state is not written", s.word)
		}
	}
	c := parseLong(t, "[run]\nduration = \"54 d\"\n[recovery]\nstrategy = \"elastic\"\nno_spare = \"wait\"\nsource = \"survivors\"\n")
	if r := specOf(t, c, 1).Recovery; r.Shrink || r.Source != run.FromSurvivors {
		t.Errorf("%+v", r)
	}
}
