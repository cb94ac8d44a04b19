package results

import (
	"math"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSummaryText(t *testing.T) {
	s := sampleSummary()
	s.Ranks = 1024
	golden(t, "summary.txt", s.Text())
}

// A collective is named when its slowest transfer is more than a fifth below the
// ideal, and only then: 20 GB/s in the mean, 15 at the worst.
func TestTextNamesASlowCollective(t *testing.T) {
	reduce := Collective{Name: "grad reduce", Communicator: "data", Ranks: 1024, MeanUS: 300, MaxUS: 400, BusGBPS: 20, IdealBusGBPS: 25}
	fine := Collective{Name: "fc2 reduce", Communicator: "tensor", Ranks: 8, MeanUS: 100, MaxUS: 110, BusGBPS: 220, IdealBusGBPS: 230}
	none := Collective{Name: "nothing", Communicator: "tensor", Ranks: 8}
	for _, c := range []struct {
		list []Collective
		want string
	}{
		{nil, ""},
		{[]Collective{fine, none}, ""},
		{[]Collective{fine, reduce, none}, "slowest collective grad reduce of 1,024 ranks: 15.0 of 25.0 GB/s\n"},
	} {
		text := (&Summary{Collectives: c.list}).Text()
		if c.want == "" && strings.Contains(text, "collective") || !strings.Contains(text, c.want) {
			t.Errorf("got\n%s\nwant %q", text, c.want)
		}
	}
}

// A small run says only what it knows.
func TestSummaryTextOfOneGPU(t *testing.T) {
	s := Summary{
		Scenario: "one-gpu", StepTimeS: 0.0123, FirstStepTimeS: 0.0123, Steps: 1, TokensPerS: 166504, TokensPerSPerGPU: 166504,
		ModelTFLOPSPerGPU: 120.4, HardwareTFLOPSPerGPU: 120.4, MFU: 0.3859, HFU: 0.3859, MemoryGiBPerGPU: 9.2, MeanPowerW: 388, PeakPowerW: 400,
		EnergyPerStepJ: 4.77, GPUUtilization: 1, SMUtilization: 0.3859, TimeBucketsS: map[string]float64{"compute": 0.0123, "idle": 0},
		Ranks: 1, Classes: 1, Operations: 999, Events: 98, Digest: "0123", SimWallS: 0.00042,
	}
	golden(t, "summary_one.txt", s.Text())
}

// A link is named once it is used for more than a fifth of the time. What bounds
// the traffic of others is no link.
func TestSummaryTextNamesTheHottestLink(t *testing.T) {
	for _, c := range []struct {
		links []LinkLoad
		want  string
	}{
		{nil, ""},
		{[]LinkLoad{{Name: "nic_up[17]", Tier: "nic", Utilization: 0.2}}, ""},
		{[]LinkLoad{{Name: "nic_up[17]", Tier: "nic", Utilization: 0.61}, {Name: "nic_up[3]", Tier: "nic", Utilization: 0.4}}, "hottest nic_up[17] 61.0 %\n"},
		{[]LinkLoad{{Name: "background[0]", Tier: "background", Utilization: 1}, {Name: "leaf_up[3]", Tier: "leaf", Utilization: 0.4}}, "hottest leaf_up[3] 40.0 %\n"},
		{[]LinkLoad{{Name: "background[0]", Tier: "background", Utilization: 1}}, ""},
	} {
		s := sampleSummary()
		s.HottestLinks = c.links
		text := s.Text()
		if c.want == "" && strings.Contains(text, "hottest") || !strings.Contains(text, c.want) {
			t.Errorf("%+v: want %q in\n%s", c.links, c.want, text)
		}
	}
}

func TestSummaryTextFitsTheTerminal(t *testing.T) {
	s := sampleSummary()
	for _, key := range []string{"restart", "checkpoint", "lost_work", "a_bucket_with_a_long_name"} {
		s.TimeBucketsS[key] = 0.5
	}
	text := s.Text()
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) > 35 {
		t.Errorf("%d lines, want at most 35", len(lines))
	}
	for _, line := range lines {
		if utf8.RuneCountInString(line) > 100 || strings.TrimRight(line, " ") != line {
			t.Errorf("too wide or ends in spaces: %q", line)
		}
	}
	if !strings.Contains(text, "other") {
		t.Error("what does not fit is not summed up")
	}
}

// The bars show every second once: the shares add up to 100 %.
func TestBarsAddUp(t *testing.T) {
	m := map[string]float64{"a": 30, "b": 9, "c": 5, "d": 2.5, "e": 1.25, "f": 1, "g": 0.75, "h": 0.3125, "i": 0.125, "j": 0.0625}
	var table textTable
	table.bars("title", m)
	if got := table.b.String(); !strings.Contains(got, "60.0 %") || !strings.Contains(got, "  g ") || strings.Contains(got, "  h ") {
		t.Errorf("got\n%s", got) // a is 30 of 50; h, i and j are the eighth to tenth
	}
	if got := table.b.String(); !strings.Contains(got, "1.0 %  500 ms") { // h + i + j is 0.3125 + 0.125 + 0.0625
		t.Errorf("got\n%s", got)
	}
}

// What is folded never exceeds what is shown, is more than one entry, and hides
// no straggler above 0.5 %.
func TestFolded(t *testing.T) {
	for _, c := range []struct {
		values string // letters, one per entry: a is 10, b is 20, …
		want   int    // entries left
		other  bool
	}{
		{"hgfedcba", 8, false},      // as many as there is room for
		{"zhgfedcaa", 8, true},      // a + a is b, less than the seventh, c
		{"zhgfedbbb", 9, false},     // b + b exceeds b, and one alone keeps its name
		{"zzzzzzzzzzzz", 12, false}, // equal ones are all shown
	} {
		var list []entry
		total := 0.0
		for _, r := range c.values {
			list = append(list, entry{string(r), float64(r-'a'+1) * 10})
			total += list[len(list)-1].value
		}
		got := folded(list, total)
		if other := got[len(got)-1].key == "other"; len(got) != c.want || other != c.other {
			t.Errorf("%s: got %v", c.values, got)
		}
	}
	for share, want := range map[float64]int{0.4: 8, 0.6: 9} { // of 100
		list := []entry{{"a", 50}, {"b", 20}, {"c", 10}, {"d", 6}, {"e", 5}, {"f", 4}, {"g", 5 - share - 0.2}, {"straggler", share}, {"h", 0.1}, {"i", 0.1}}
		if got := folded(list, 100); len(got) != want {
			t.Errorf("a straggler of %v %%: got %v", share, got)
		}
	}
}

// The number of GPUs is that of the run, whatever the title says.
func TestTitleSaysHowManyGPUs(t *testing.T) {
	for _, c := range []struct{ title, scenario, want string }{
		{"GPT on 1,024 A100", "gpt", "GPT on 1,024 A100 (gpt, 100,352 GPUs)\n\n"},
		{"", "gpt", "gpt (100,352 GPUs)\n\n"},
		{"GPT", "", "GPT (100,352 GPUs)\n\n"},
	} {
		var table textTable
		if table.title(c.title, c.scenario, 100352); table.b.String() != c.want {
			t.Errorf("got %q, want %q", table.b.String(), c.want)
		}
	}
}

func TestBar(t *testing.T) {
	for share, want := range map[float64]string{1: strings.Repeat("█", 24), 0.5: strings.Repeat("█", 12), 0.0001: "▏", 1.5 / 24: "█▌", 0.9 / 24: "▉"} {
		if got := bar(share); got != want {
			t.Errorf("%v is %q, want %q", share, got, want)
		}
	}
}

func TestHumanNumbers(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{ThreeDigits(32.1234), "32.1"},
		{ThreeDigits(9.996), "10.0"},
		{ThreeDigits(0.09996), "0.100"},
		{ThreeDigits(99.96), "100"},
		{ThreeDigits(97926.7), "97,900"},
		{ThreeDigits(1234567), "1,230,000"},
		{ThreeDigits(-1234), "-1,230"},
		{ThreeDigits(0), "0"},
		{ThreeDigits(1), "1.00"},
		{ThreeDigits(0.001), "0.00100"},
		{ThreeDigits(math.Inf(1)), "+Inf"},
		{WithPrefix(4.2e6, "W"), "4.20 MW"},
		{WithPrefix(999.6, "W"), "1.00 kW"},
		{WithPrefix(999.4, "W"), "999 W"},
		{WithPrefix(0.00029, "s"), "290 µs"},
		{WithPrefix(0, "J"), "0 J"},
		{WithPrefix(434.2e6, "Wh"), "434 MWh"},
		{WithPrefix(-0.5, "W"), "-500 mW"},
		{HumanTime(32.1234), "32.1 s"},
		{HumanTime(119), "119 s"},
		{HumanTime(2700), "45.0 min"},
		{HumanTime(36000), "10.0 h"},
		{HumanTime(35.2 * 86400), "35.2 days"},
		{HumanTime(3650 * 86400), "3,650 days"},
		{HumanCount(999), "999"},
		{HumanCount(12345), "12,345"},
		{HumanCount(50331648), "50.3 million"},
		{HumanCount(300e9), "300 billion"},
		{HumanCount(15e12), "15.0 trillion"},
		{HumanCount(999600), "1.00 million"},
		{Percent(0.0719), "7.2 %"},
		{commas(-1234567), "-1,234,567"},
		{groupDigits("1234.5678"), "1,234.5678"},
		{Words("exposed_tensor"), "exposed tensor"},
		{plural(1, "class", "classes"), "1 class"},
		{plural(1600, "class", "classes"), "1,600 classes"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
