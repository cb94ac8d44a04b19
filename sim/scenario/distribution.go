package scenario

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"trainsim/sim/engine"
	"trainsim/sim/run"
)

var (
	distributionType = reflect.TypeFor[run.Distribution]()
	cadenceType      = reflect.TypeFor[Cadence]()
)

// laws are the words for the laws of package run, in the order of their numbers.
var laws = []string{run.Fixed: "fixed", run.Exponential: "exponential", run.Uniform: "uniform", run.Weibull: "weibull", run.Lognormal: "lognormal"}

// shape is the second parameter of a law: its word and what is allowed.
type shape struct {
	word      string
	low, high float64
}

// shapes are those of the laws that have one. The ends keep the mean of the drawn
// values near the mean that is asked for.
var shapes = map[run.Law]shape{
	run.Weibull:   {"shape", 0.1, 100},
	run.Lognormal: {"sigma", 0.001, 10},
}

// lawOf returns the law of a word.
func lawOf(word string) (run.Law, bool) {
	i := slices.Index(laws, word)
	return run.Law(max(i, 0)), i >= 0
}

// setDistribution stores a distribution of durations: the word of a law, unless
// it is the usual one of the key, the mean, and the parameter of a law that has
// one.
func (f *field) setDistribution(v reflect.Value, raw any) *mistake {
	text, m := f.textOf(raw)
	if m != nil {
		return m
	}
	d := run.Distribution{Law: f.law}
	words := strings.Fields(text)
	if len(words) > 0 && isLetter(words[0][0]) {
		law, ok := lawOf(words[0])
		if !ok {
			return wrong("there is no law %q", words[0]).or(didYouMean(words[0], laws))
		}
		d.Law, words = law, words[1:]
	}
	if words, m = setShape(&d, words); m != nil {
		return m
	}
	if len(words) == 0 {
		return wrong("%q lacks its mean", text).or("write " + f.unit.example)
	}
	mean, err := unitOf("duration").parse(strings.Join(words, " "))
	if err != nil {
		return wrong("%s", err)
	}
	d.Mean, _ = mean.Float64()
	if !f.allowed.contains(d.Mean) {
		return wrong("%s is out of range", text).or("the mean must be " + f.allowed.describe(f.unit))
	}
	v.Set(reflect.ValueOf(d))
	return nil
}

// textOf returns the text that a distribution or a cadence is written as.
func (f *field) textOf(raw any) (string, *mistake) {
	text, ok := raw.(string)
	switch raw.(type) {
	case int64, float64:
		text = written(raw)
		return "", wrong("%s has no unit", text).or("write " + f.withUnit(text))
	}
	if !ok {
		return "", f.mismatch(raw)
	}
	if n := numberLen(text); n > 0 && n == len(text) {
		return "", wrong("%q has no unit", text).or("write " + f.withUnit(text))
	}
	return text, nil
}

// setShape takes the parameter of the law of d from the end of the words.
func setShape(d *run.Distribution, words []string) ([]string, *mistake) {
	s, needed := shapes[d.Law]
	n := len(words) - 2
	given := n > 0 && (words[n] == "shape" || words[n] == "sigma")
	switch {
	case !needed && given:
		return nil, wrong("%s has no %s", laws[d.Law], words[n]).or("weibull has shape, lognormal has sigma")
	case !needed:
		return words, nil
	case !given || words[n] != s.word:
		return nil, wrong("%s lacks its %s", laws[d.Law], s.word).or(fmt.Sprintf(`write it last: "%s 5 h %s 0.7"`, laws[d.Law], s.word))
	}
	x, err := strconv.ParseFloat(words[n+1], 64)
	if err != nil || !(x >= s.low && x <= s.high) {
		return nil, wrong("%s %s is out of range", s.word, words[n+1]).or(fmt.Sprintf("must be at least %v and at most %v", s.low, s.high))
	}
	d.Shape = x
	return words[:n], nil
}

// distributionText writes d as setDistribution reads it, "" where it is not set.
func (f *field) distributionText(d run.Distribution) string {
	if !f.allowed.contains(d.Mean) {
		return ""
	}
	text := f.unit.write(d.Mean)
	if d.Law != run.Fixed || f.law != run.Fixed {
		text = laws[d.Law] + " " + text
	}
	if s, ok := shapes[d.Law]; ok {
		text += " " + s.word + " " + strconv.FormatFloat(d.Shape, 'g', -1, 64)
	}
	return quote(text)
}

// Cadence says how much work lies between two checkpoints: a duration, or a rule
// that finds it.
type Cadence struct {
	Rule string          // one of rules; "": Work
	Work engine.Duration // of computing
}

// The rules of a Cadence.
const (
	RuleAuto  = "auto"  // exact, but no shorter than a checkpoint takes to become durable
	RuleExact = "exact" // the least exact run time
	RuleYoung = "young"
	RuleDaly  = "daly"
	RuleNone  = "none" // no checkpoint is written
)

var rules = []string{RuleAuto, RuleExact, RuleYoung, RuleDaly, RuleNone}

// setCadence stores a rule or a duration.
func (f *field) setCadence(v reflect.Value, raw any) *mistake {
	text, m := f.textOf(raw)
	if m != nil {
		return m
	}
	if slices.Contains(rules, text) {
		v.Set(reflect.ValueOf(Cadence{Rule: text}))
		return nil
	}
	if text != "" && isLetter(text[0]) {
		return wrong("there is no rule %q", text).or(didYouMean(text, rules))
	}
	var work engine.Duration
	duration := *f
	duration.typ, duration.unit = durationType, unitOf("duration")
	if m := duration.setNumber(reflect.ValueOf(&work).Elem(), raw); m != nil {
		return m
	}
	v.Set(reflect.ValueOf(Cadence{Work: work}))
	return nil
}

// text writes k as setCadence reads it, "" where it is not set.
func (k Cadence) text() string {
	switch {
	case k.Rule != "":
		return quote(k.Rule)
	case k.Work == 0:
		return ""
	}
	return quote(timeText(int64(k.Work)))
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
