package cluster

import (
	"fmt"
	"slices"

	"trainsim/sim/engine"
	"trainsim/sim/trace"
)

// Supplies is the power supply set of each host: its load follows the GPUs of
// the host, its loss the efficiency at that load.
type Supplies struct {
	curve    Curve
	load     []int64 // mW, delivered
	input    []int64 // mW, drawn from the mains as of the last Settle
	loss     []int64 // mW, input − load as of the last Settle
	capacity []int64 // mW, of the supplies that work
	live     []int32 // supplies that work
	count    []int64 // identical hosts
	over     []bool  // load above capacity as of the last Settle
	marked   []bool  // in dirty
	dirty    []int32 // hosts that changed since the last Settle
	overload []int32 // hosts that exceed their capacity since this instant
	total    int64   // mW, input of all hosts
	rating   int64   // mW, of one supply
	fitted   int32   // supplies per host

	names  func(host int) string
	rec    *trace.Recorder
	series *trace.Series // loss of all hosts
}

// NewSupplies returns the supply sets of len(counts) hosts (or host classes of
// counts[i] identical hosts) of kind h. The load of each is the base and NIC
// power of the host plus idle[i] mW, the idle power of its GPUs. It opens the
// series "power" of parts "host", "nic" and "supply loss", in mW. A tier that
// does not exist panics: the scenario reader admits none.
func NewSupplies(h *Host, counts []int64, idle []int64, names func(host int) string, rec *trace.Recorder) *Supplies {
	curve, err := CurveOf(h.SupplyTier)
	if err != nil {
		panic("cluster: " + err.Error())
	}
	n := len(counts)
	s := &Supplies{
		curve: curve, rating: h.Capacity(1), fitted: int32(h.Supplies), names: names, rec: rec,
		load: make([]int64, n), input: make([]int64, n), loss: make([]int64, n), capacity: make([]int64, n), live: make([]int32, n),
		count: slices.Clone(counts), over: make([]bool, n), marked: make([]bool, n),
		dirty: make([]int32, 0, n), overload: make([]int32, 0, n),
	}
	hosts := int64(0)
	for i := range n {
		s.load[i] = h.BasePower() + h.NICPower() + idle[i]
		s.live[i] = int32(h.Supplies)
		s.capacity[i] = h.Capacity(h.Supplies)
		s.mark(int32(i))
		hosts += counts[i]
	}
	rec.NewSeries("power", "host", "mW").Add(0, hosts*h.BasePower())
	rec.NewSeries("power", "nic", "mW").Add(0, hosts*h.NICPower())
	s.series = rec.NewSeries("power", "supply loss", "mW")
	s.Settle(0)
	return s
}

// Change changes the load of one host by delta mW in the present instant. In a
// class of hosts each of them changes by delta.
func (s *Supplies) Change(host int32, delta int64) {
	s.load[host] += delta
	s.mark(host)
}

// Fail takes n supplies of one host out of service, or brings −n back: the load
// moves to the rest. Whoever fails the last one must stop the host too.
func (s *Supplies) Fail(host int32, n int) {
	s.live[host] = min(s.fitted, max(0, s.live[host]-int32(n)))
	s.capacity[host] = int64(s.live[host]) * s.rating
	s.mark(host)
}

func (s *Supplies) mark(host int32) {
	if !s.marked[host] {
		s.marked[host] = true
		s.dirty = append(s.dirty, host)
	}
}

// Dirty tells whether a load changed since the last Settle.
func (s *Supplies) Dirty() bool { return len(s.dirty) > 0 }

// Settle turns the loads of the present instant into losses; called once per
// instant, after every change. A load that comes to exceed what the working
// supplies are rated for is recorded as an event "supply_overload", once until
// it falls back.
func (s *Supplies) Settle(now engine.Time) {
	var input, loss int64 // changes, all hosts
	for _, h := range s.dirty {
		s.marked[h] = false
		load := s.load[h]
		drawn := s.curve.Input(load, s.capacity[h])
		input += (drawn - s.input[h]) * s.count[h]
		loss += (drawn - load - s.loss[h]) * s.count[h]
		s.input[h], s.loss[h] = drawn, drawn-load
		if over := load > s.capacity[h]; over != s.over[h] {
			s.over[h] = over
			if over {
				s.overload = append(s.overload, h)
			}
		}
	}
	s.dirty = s.dirty[:0]
	s.total += input
	s.series.Add(now, loss)
	if len(s.overload) > 0 {
		s.report(now)
	}
}

// TotalInput returns what all hosts draw from the mains as of the last Settle, in mW.
func (s *Supplies) TotalInput() int64 { return s.total }

// Input returns what one host draws from the mains as of the last Settle, in mW.
func (s *Supplies) Input(host int32) int64 { return s.input[host] }

// Load returns the present load of one host, in mW.
func (s *Supplies) Load(host int32) int64 { return s.load[host] }

// report records the hosts whose supplies are overloaded from now on, in their
// order, whatever the order of changes was.
func (s *Supplies) report(now engine.Time) {
	slices.Sort(s.overload)
	for _, h := range s.overload {
		s.rec.Note(trace.Event{At: now, Kind: "supply_overload", Name: s.names(int(h)),
			Text: fmt.Sprintf("%.1f W on %d supplies rated %.1f W together", float64(s.load[h])/1000, s.live[h], float64(s.capacity[h])/1000)})
	}
	s.overload = s.overload[:0]
}
