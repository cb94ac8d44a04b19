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
	reported []bool  // has been over before
	overs    int64   // times that a load came to exceed its supplies, all hosts
	marked   []bool  // in dirty
	dirty    []int32 // hosts that changed since the last Settle
	changed  []int32 // hosts that the last Settle looked at
	overload []int32 // hosts that exceed their capacity since this instant
	total    int64   // mW, input of all hosts
	rating   int64   // mW, of one supply
	fitted   int32   // supplies per host

	hosts  func(class int32) []int32
	rec    *trace.Recorder
	series *trace.Series // loss of all hosts
}

// NewSupplies returns the supply sets of len(counts) hosts (or host classes of
// counts[i] identical hosts) of kind h; hosts lists those of a class. The load of
// each is the base and NIC power of the host plus idle[i] mW, the idle power of
// its GPUs. It opens the series "power" of part "supply loss", in mW. A tier that
// does not exist panics: the scenario reader admits none.
func NewSupplies(h *Host, counts []int64, idle []int64, hosts func(class int32) []int32, rec *trace.Recorder) *Supplies {
	curve, err := CurveOf(h.SupplyTier)
	if err != nil {
		panic("cluster: " + err.Error())
	}
	n := len(counts)
	s := &Supplies{
		curve: curve, rating: h.Capacity(1), fitted: int32(h.Supplies), hosts: hosts, rec: rec,
		load: make([]int64, n), input: make([]int64, n), loss: make([]int64, n), capacity: make([]int64, n), live: make([]int32, n),
		count: slices.Clone(counts), over: make([]bool, n), reported: make([]bool, n), marked: make([]bool, n),
		dirty: make([]int32, 0, n), overload: make([]int32, 0, n),
	}
	for i := range n {
		s.load[i] = h.BasePower() + h.NICPower() + idle[i]
		s.live[i] = int32(h.Supplies)
		s.capacity[i] = h.Capacity(h.Supplies)
		s.mark(int32(i))
	}
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
// supplies are rated for is counted; the first time, it is recorded as an event
// "supply_overload" of each host.
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
				s.overs += s.count[h]
				if !s.reported[h] {
					s.reported[h] = true
					s.overload = append(s.overload, h)
				}
			}
		}
	}
	s.dirty, s.changed = s.changed[:0], s.dirty
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

// Changed returns the hosts that the last Settle looked at. It is valid until the next.
func (s *Supplies) Changed() []int32 { return s.changed }

// Capacity returns what the working supplies of one host can deliver, in mW.
func (s *Supplies) Capacity(host int32) int64 { return s.capacity[host] }

// Load returns the present load of one host, in mW.
func (s *Supplies) Load(host int32) int64 { return s.load[host] }

// Overloads returns how often the load of a host came to exceed its supplies.
func (s *Supplies) Overloads() int64 { return s.overs }

// report records the hosts whose supplies are overloaded for the first time, in
// their order, whatever the order of changes and the classes were.
func (s *Supplies) report(now engine.Time) {
	type overload struct{ host, class int32 }
	var list []overload
	for _, c := range s.overload {
		for _, h := range s.hosts(c) {
			list = append(list, overload{h, c})
		}
	}
	slices.SortFunc(list, func(a, b overload) int { return int(a.host - b.host) })
	for _, o := range list {
		s.rec.Note(trace.Event{At: now, Kind: "supply_overload", Name: fmt.Sprintf("host %d", o.host),
			Text: fmt.Sprintf("%.1f W on %d supplies rated %.1f W together",
				float64(s.load[o.class])/1000, s.live[o.class], float64(s.capacity[o.class])/1000)})
	}
	s.overload = s.overload[:0]
}
