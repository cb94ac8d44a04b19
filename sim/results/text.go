package results

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of the lists in Text.
const (
	maxBars   = 8
	maxShares = 5
	barCells  = 24

	hotLink    = 0.2 // utilisation from which a link is named
	slowFactor = 0.8 // of its ideal bus bandwidth, below which a collective is named
)

// Text returns the summary for a terminal: the headline numbers first, where
// the time goes as bars, and last what it cost to find out. Of a whole training it
// tells more of the run than of a step. At most 35 lines, each ending in a newline.
func (s *Summary) Text() string {
	var t textTable
	t.title(s.Title, s.Scenario, s.Ranks)
	s.textHeadline(&t)
	if s.Training != nil {
		s.Training.text(&t)
		s.textCost(&t)
		t.bars("where the time of the run goes", s.RunTimeS)
	} else {
		s.textHardware(&t)
		s.textProjection(&t)
		s.textCost(&t)
		t.bars("where the time of a GPU goes, per step", s.TimeBucketsS)
	}
	t.b.WriteByte('\n')
	t.line("simulated", "%s operations on %s (%s) in %s",
		HumanCount(float64(s.Operations)), plural(s.Ranks, "GPU", "GPUs"), plural(s.Classes, "class", "classes"), HumanTime(s.SimWallS))
	t.line("", "%s events, digest %s%s", HumanCount(float64(s.Events)), s.Digest, s.Training.states())
	return t.b.String()
}

func (s *Summary) textHeadline(t *textTable) {
	step := HumanTime(s.StepTimeS)
	var notes []string
	if s.ClosedFormStepTimeS > 0 {
		notes = append(notes, "closed form, healthy: "+HumanTime(s.ClosedFormStepTimeS))
	}
	switch first := HumanTime(s.FirstStepTimeS); {
	case s.StepTimeP99S > 0:
		notes = append(notes, "half within "+HumanTime(s.StepTimeP50S), "99 % within "+HumanTime(s.StepTimeP99S))
	case s.FirstStepTimeS > 0 && first != step:
		notes = append(notes, "first step "+first)
	}
	t.line("step time", "%s%s", step, inBrackets(notes))
	t.line("throughput", "%s tokens/s (%s per GPU)", ThreeDigits(s.TokensPerS), ThreeDigits(s.TokensPerSPerGPU))
	t.line("efficiency", "MFU %s (%s TFLOP/s per GPU), HFU %s (%s)", Percent(s.MFU), ThreeDigits(s.ModelTFLOPSPerGPU),
		Percent(s.HFU), ThreeDigits(s.HardwareTFLOPSPerGPU))
	t.line("bubble", "%s of the step", Percent(s.BubbleFraction))
}

func (s *Summary) textHardware(t *textTable) {
	s.textNotReached(t)
	t.line("utilisation", "GPU %s, SM %s", Percent(s.GPUUtilization), Percent(s.SMUtilization))
	if used := largest(s.LinkUtilization, 1); len(used) > 0 {
		t.line("links", "%s", strings.Join(used, ", "))
	}
	if l := s.hottestLink(); l != nil && l.Utilization > hotLink {
		t.line("", "hottest %s %s", l.Name, Percent(l.Utilization))
	}
	if c := s.slowestCollective(); c != nil && c.slowest() < slowFactor {
		t.line("", "slowest collective %s of %s ranks: %s of %s GB/s", c.Name, commas(int64(c.Ranks)),
			ThreeDigits(c.slowest()*c.IdealBusGBPS), ThreeDigits(c.IdealBusGBPS))
	}
	if hosts := s.GroupHosts["tensor"]; hosts > 1 {
		t.line("", "tensor groups cross %d hosts", hosts)
	}
	if s.UplinksShared > 0 {
		t.line("", "%s shared by hashed routes, up to %d flows on one", plural(int64(s.UplinksShared), "uplink", "uplinks"), s.UplinkFlows)
	}
	s.textOthers(t)
	memory := ThreeDigits(s.MemoryGiBPerGPU) + " GiB per GPU"
	if s.MemoryCapacityGiB > 0 {
		memory = ThreeDigits(s.MemoryGiBPerGPU) + " of " + ThreeDigits(s.MemoryCapacityGiB) + " GiB per GPU"
	}
	t.line("memory", "%s%s", memory, s.fullestStage())
	t.line("power", "%s mean, %s peak%s", WithPrefix(s.MeanPowerW, "W"), WithPrefix(s.PeakPowerW, "W"), s.swings())
	s.textFeeds(t)
	s.textCooling(t)
	t.line("energy", "%s per step%s", WithPrefix(s.EnergyPerStepJ, "J"), s.facility())
	if total := sum(s.EnergyComponentsJ); total > 0 {
		t.line("", "%s", strings.Join(largest(s.EnergyComponentsJ, total), ", "))
	}
}

// hottestLink returns the link that is used most, or nil. What bounds the traffic
// of others is no link of the machine.
func (s *Summary) hottestLink() *LinkLoad {
	for i := range s.HottestLinks {
		if s.HottestLinks[i].Tier != "background" {
			return &s.HottestLinks[i]
		}
	}
	return nil
}

// slowest returns the bus bandwidth of the slowest transfer as a share of the ideal.
func (c *Collective) slowest() float64 {
	if c.MaxUS <= 0 || c.IdealBusGBPS <= 0 {
		return 1
	}
	return c.BusGBPS * c.MeanUS / c.MaxUS / c.IdealBusGBPS
}

// slowestCollective returns the one that is furthest below its ideal, or nil.
func (s *Summary) slowestCollective() *Collective {
	var worst *Collective
	for i := range s.Collectives {
		if c := &s.Collectives[i]; worst == nil || c.slowest() < worst.slowest() {
			worst = c
		}
	}
	return worst
}

// fullestStage names the stage of the fullest GPU where there are several.
func (s *Summary) fullestStage() string {
	if len(s.Memory) < 2 {
		return ""
	}
	most := slices.MaxFunc(s.Memory, func(a, b StageMemory) int { return cmp.Compare(a.TotalGiB, b.TotalGiB) })
	return fmt.Sprintf(" (fullest: stage %d of %d)", most.Stage, len(s.Memory))
}

func (s *Summary) textProjection(t *textTable) {
	if s.Tokens <= 0 {
		return
	}
	ordered := ""
	if s.OrderToEndDays > 0 {
		ordered = " (" + HumanTime(s.OrderToEndDays*86400) + " from the order)"
	}
	t.line("training", "%s tokens: %s%s, %s GPU hours, %s", HumanCount(s.Tokens), HumanTime(s.TrainDays*86400), ordered,
		HumanCount(s.GPUHours), WithPrefix(s.EnergyMWh*1e6, "Wh"))
}

// textTable is text with a column of names.
type textTable struct{ b strings.Builder }

// title says what ran on how many GPUs: the title may name another number.
func (t *textTable) title(title, scenario string, ranks int64) {
	gpus := plural(ranks, "GPU", "GPUs")
	switch {
	case title == "":
		title = scenario
	case scenario != "":
		gpus = scenario + ", " + gpus
	}
	t.b.WriteString(title + " (" + gpus + ")\n\n")
}

func (t *textTable) line(name, format string, args ...any) {
	fmt.Fprintf(&t.b, "  %-12s %s\n", name, fmt.Sprintf(format, args...))
}

// bars lists entries, each with a bar, the largest first.
func (t *textTable) bars(title string, seconds map[string]float64) {
	total := sum(seconds)
	if total <= 0 {
		return
	}
	list := folded(descending(seconds), total)
	width := 0
	for _, e := range list {
		width = max(width, utf8.RuneCountInString(Words(e.key)))
	}
	fmt.Fprintf(&t.b, "\n  %s\n", title)
	longest := slices.MaxFunc(list, func(a, b entry) int { return cmp.Compare(a.value, b.value) })
	for _, e := range list {
		fmt.Fprintf(&t.b, "  %-*s  %-*s %7s  %s\n", width, Words(e.key), barCells, bar(e.value/longest.value),
			Percent(e.value/total), HumanTime(e.value))
	}
}

// folded turns the smallest entries of a descending list into one, "other", so
// that about maxBars are left. It never exceeds an entry that is shown, stands
// for more than one, and hides no stragglers that matter: more are shown then.
func folded(list []entry, total float64) []entry {
	if len(list) <= maxBars {
		return list
	}
	for n := maxBars - 1; n < len(list)-1; n++ {
		rest := entry{key: "other"}
		hides := false
		for _, e := range list[n:] {
			rest.value += e.value
			hides = hides || e.key == "straggler" && e.value > 0.005*total
		}
		if rest.value <= list[n-1].value && !hides {
			return append(list[:n:n], rest)
		}
	}
	return list
}

// bar draws a share of barCells, to an eighth of a cell.
func bar(share float64) string {
	eighths := max(1, int(share*barCells*8+0.5))
	s := strings.Repeat("█", eighths/8)
	if part := eighths % 8; part > 0 {
		s += string([]rune("▏▎▍▌▋▊▉")[part-1])
	}
	return s
}

type entry struct {
	key   string
	value float64
}

// descending lists the positive entries of m, the largest first.
func descending(m map[string]float64) []entry {
	var list []entry
	for key, value := range m { // sorted below, by value and then by key
		if value > 0 {
			list = append(list, entry{key, value})
		}
	}
	slices.SortFunc(list, func(a, b entry) int {
		return cmp.Or(cmp.Compare(b.value, a.value), cmp.Compare(a.key, b.key))
	})
	return list
}

// largest names the largest entries of m as shares of total.
func largest(m map[string]float64, total float64) []string {
	list := descending(m)
	var out []string
	for _, e := range list[:min(len(list), maxShares)] {
		out = append(out, Words(e.key)+" "+Percent(e.value/total))
	}
	return out
}

// sum adds the positive entries, the largest first, so that the order is fixed.
func sum(m map[string]float64) float64 {
	var total float64
	for _, e := range descending(m) {
		total += e.value
	}
	return total
}

func inBrackets(notes []string) string {
	if len(notes) == 0 {
		return ""
	}
	return " (" + strings.Join(notes, "; ") + ")"
}

func plural(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return commas(n) + " " + many
}
