package study

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"trainsim/sim/scenario"
)

// search finds the values of a lever's keys that lower its figure most.
type search struct {
	*puller
	lever *scenario.Lever
	c     *scenario.Config // before
	at    position         // with the overrides that the lever sets
	best  measured
	where position
	took  []string
	tried int
	why   error // of the last combination that was refused
}

// search pulls a lever that tries values.
func (p *puller) search(v *scenario.Lever, c *scenario.Config, from, before position) (position, measured, error) {
	x := &search{puller: p, lever: v, c: c, at: from}
	if _, err := x.try(nil, v.Search); err != nil {
		return before, measured{}, err
	}
	if x.tried == 0 {
		return before, measured{}, x.why
	}
	got, err := p.load(x.where.set)
	if err != nil {
		return before, measured{}, err
	}
	if string(got.TOML()) == string(c.TOML()) && before.sync == x.where.sync {
		return before, measured{}, refusal(bestOf(x.tried))
	}
	x.best.changes = x.differing(append(slices.Clone(v.Set), x.took...))
	return x.where, x.best, nil
}

// bestOf says why a lever with so many settings changes nothing.
func bestOf(settings int) string {
	if settings == 1 {
		return "the scenario has its only setting already"
	}
	return fmt.Sprintf("of %d settings the scenario has the best already", settings)
}

// try tries all values of the choices left, and tells whether any could be taken.
func (x *search) try(set []string, left []scenario.Choice) (bool, error) {
	if len(left) == 0 {
		return x.take(set)
	}
	taken := false
	for _, value := range left[0].Values {
		ok, err := x.try(append(slices.Clone(set), left[0].Key+"="+value), left[1:])
		if err != nil {
			return false, err
		}
		taken = taken || ok
		if ok && left[0].First {
			break
		}
	}
	return taken, nil
}

// take measures one combination, and keeps it if it is the best.
func (x *search) take(set []string) (bool, error) {
	set, ok := x.complete(set)
	if !ok {
		return false, nil
	}
	at := x.at
	at.set = append(slices.Clone(at.set), set...)
	got, err := x.measure(at)
	var no refusal
	switch {
	case errors.As(err, &no):
		x.why = err
		return false, nil
	case err != nil:
		return false, err
	case x.ctx.Err() != nil:
		return false, context.Cause(x.ctx)
	}
	if x.tried == 0 || got.figure(x.objective()) < x.best.figure(x.objective()) {
		x.best, x.where, x.took = got, at, set
	}
	x.tried++
	return true, nil
}

// objective is what a search minimises: the time, unless the lever is for energy or
// emissions.
func (x *search) objective() string {
	if x.lever.Lowers == "mwh" || x.lever.Lowers == "tco2e" {
		return x.lever.Lowers
	}
	return "days"
}

// complete adds what follows from a layout of as many GPUs: the replicas, and the
// layers of stages or their chunks where they are not even. ok is false where it does not divide.
func (x *search) complete(set []string) (all []string, ok bool) {
	y := &x.c.Layout
	tensor, givenTensor := chosen(set, "layout.tensor", y.Tensor)
	pipeline, givenPipeline := chosen(set, "layout.pipeline", y.Pipeline)
	virtual, givenVirtual := chosen(set, "layout.virtual_pipeline", y.VirtualPipeline)
	if !givenTensor && !givenPipeline && !givenVirtual {
		return set, true
	}
	if tensor < 1 || pipeline < 1 || y.Ranks()/y.Context%(tensor*pipeline) != 0 {
		x.why = refusal(fmt.Sprintf("%d GPUs do not divide over tensor %d and pipeline %d", y.Ranks(), tensor, pipeline))
		return nil, false
	}
	set = append(set, "layout.data="+strconv.Itoa(y.Ranks()/y.Context/tensor/pipeline))
	layers, chunks := x.c.Model.Layers, pipeline*virtual
	switch {
	case virtual < 1 || layers%chunks != 0 && ((layers+2)%chunks != 0 || pipeline < 2):
		x.why = refusal(fmt.Sprintf("%d layers do not divide over %d chunks", layers, chunks))
		return nil, false
	case layers%chunks != 0 || y.StageLayers != nil:
		set = append(set, "layout.stage_layers="+spread(layers, chunks))
	}
	return set, true
}

// chosen returns the whole number that a combination gives a key, or else n.
func chosen(set []string, key string, n int) (int, bool) {
	for _, s := range set {
		if value, found := strings.CutPrefix(s, key+"="); found {
			n, _ := strconv.Atoi(value) // 0 does not divide anything
			return n, true
		}
	}
	return n, false
}

// spread writes the layers of each chunk of all stages: even, or one fewer in the
// first and the last, where the embedding and the loss are.
func spread(layers, chunks int) string {
	ends, n := 0, layers/chunks
	if layers%chunks != 0 {
		ends, n = 1, (layers+2)/chunks
	}
	list := make([]string, chunks)
	for i := range list {
		list[i] = strconv.Itoa(n)
		if i == 0 || i == chunks-1 {
			list[i] = strconv.Itoa(n - ends)
		}
	}
	return "[" + strings.Join(list, ", ") + "]"
}

// differing drops overrides that say what the scenario says already.
func (x *search) differing(set []string) []string {
	before := string(x.c.TOML())
	return slices.DeleteFunc(set, func(s string) bool {
		c, err := x.load(append(slices.Clone(x.at.set), s))
		return err == nil && string(c.TOML()) == before
	})
}
