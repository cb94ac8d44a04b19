package study

import (
	"context"
	"errors"
	"fmt"
	"math"

	"trainsim/sim/network"
	"trainsim/sim/scenario"
	"trainsim/sim/training"
	"trainsim/sim/workload"
)

// CollectiveSweep says which collective runs over which ranks, and at which
// sizes: from Min, each Factor times the one before, up to Max bytes.
type CollectiveSweep struct {
	Op       network.Collective
	Ranks    int // members; 0: all ranks of the scenario
	PerHost  int // members in each host, the first GPUs of it; 0: all
	Min, Max int64
	Factor   float64
	Skew     float64   // of an all-to-all: what the first member gets in multiples of the mean; 0: all get alike
	Counts   []float64 // of an all-to-all, instead: see network.Topology.RouteV
}

// CollectivePoint is one size. Bandwidths are in GB/s, by nccl-tests.
type CollectivePoint struct {
	Bytes     int64   `json:"bytes"`
	TimeUS    float64 `json:"time_us"`
	AlgBW     float64 `json:"algbw_gb_per_s"` // bytes over time
	BusBW     float64 `json:"busbw_gb_per_s"` // see network.BusBandwidth
	IdealPct  float64 `json:"ideal_pct"`      // of the ideal bus bandwidth
	Algorithm string  `json:"algorithm"`
}

// CollectiveTable is one collective at many sizes, nccl-tests style.
type CollectiveTable struct {
	Scenario string            `json:"scenario"`
	Network  string            `json:"network"`
	Op       string            `json:"op"`
	Ranks    int               `json:"ranks"`
	Hosts    int               `json:"hosts"`
	Skew     float64           `json:"skew"`                 // largest load of a member, in multiples of the mean
	Classes  int64             `json:"classes"`              // of ranks, which were simulated
	IdealBus float64           `json:"ideal_busbw_gb_per_s"` // what the wires alone would allow
	Points   []CollectivePoint `json:"points"`
}

// CollectiveNames lists the collectives.
func CollectiveNames() []string { return network.Collectives() }

// CollectiveByName returns the collective of a name; ok is false when there is
// none.
func CollectiveByName(name string) (op network.Collective, ok bool) {
	return network.CollectiveByName(name)
}

// sizes lists the sizes of a sweep, or says why there are none.
func (s *CollectiveSweep) sizes() ([]int64, error) {
	switch {
	case s.Min < 1 || s.Max < s.Min:
		return nil, fmt.Errorf("sizes go from %d to %d B; they need to go up, from 1 B on", s.Min, s.Max)
	case s.Max > 1<<50:
		return nil, fmt.Errorf("a size of %d B is too large; 1 PiB is the most", s.Max)
	case !(s.Factor > 1) || math.IsInf(s.Factor, 0):
		return nil, fmt.Errorf("a factor of %v gives no next size; it needs to be above 1", s.Factor)
	}
	var sizes []int64
	for size := s.Min; size <= s.Max; size = max(size+1, int64(float64(size)*s.Factor)) {
		if sizes = append(sizes, size); len(sizes) > 10_000 {
			return nil, fmt.Errorf("more than 10,000 sizes; a larger factor gives fewer")
		}
	}
	return sizes, nil
}

// Check says what cannot be simulated on the machine of a scenario, and else
// how many sizes there are.
func (s *CollectiveSweep) Check(c *scenario.Config) (sizes int, err error) {
	list, err := s.sizes()
	if err != nil {
		return 0, err
	}
	members, err := s.members(c)
	if err != nil {
		return 0, err
	}
	_, err = s.counts(len(members))
	return len(list), err
}

// Collective simulates a collective on the machine of a scenario, alone, one
// size after another. done is called after each. When ctx ends its cause is
// returned.
func Collective(ctx context.Context, c *scenario.Config, s CollectiveSweep, done func()) (*CollectiveTable, error) {
	sizes, err := s.sizes()
	if err != nil {
		return nil, err
	}
	members, err := s.members(c)
	if err != nil {
		return nil, err
	}
	counts, err := s.counts(len(members))
	if err != nil {
		return nil, err
	}
	j, err := c.Bare(int(members[len(members)-1]) + 1)
	if err != nil {
		return nil, err
	}
	j.Role = roles(members)
	groups := collectiveGroups(s.Op, members, counts)
	shape := slowest(j.Topology, s.Op, groups)
	ideal := c.Fabric.IdealBus(shape)
	t := &CollectiveTable{Scenario: c.Name, Network: c.Fabric.Name, Op: s.Op.String(), Ranks: len(members),
		Hosts: hostsOf(members, c.Host.GPUs), Skew: 1, IdealBus: ideal / 1e9}
	if counts != nil {
		t.Skew = network.Skew(len(members), counts)
	}
	for _, size := range sizes {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		j.Programs, j.Groups = collectivePrograms(s.Op, size), groups // a run uses them up
		res, err := training.Run(j)
		if err != nil {
			return nil, fmt.Errorf("%s: %v of %d B: %w", c.Name, s.Op, size, err)
		}
		took := max(res.End.Sub(0), 1) // no message at all still has a time
		t.Classes = res.Classes
		bus := network.BusBandwidth(s.Op, len(members), size, took)
		t.Points = append(t.Points, CollectivePoint{Bytes: size, TimeUS: float64(took) / 1e3, AlgBW: float64(size) / took.Seconds() / 1e9,
			BusBW: bus / 1e9, IdealPct: 100 * bus / ideal, Algorithm: c.Fabric.Cost(s.Op, shape, size).Algorithm})
		done()
	}
	return t, nil
}

// members lists the GPUs that take part: the first ones, or the first ones of
// each host.
func (s *CollectiveSweep) members(c *scenario.Config) ([]int32, error) {
	per := s.PerHost
	if per == 0 {
		per = c.Host.GPUs
	}
	if per < 0 || per > c.Host.GPUs {
		return nil, fmt.Errorf("%d members per host, but a host has %d GPUs", s.PerHost, c.Host.GPUs)
	}
	ranks := s.Ranks
	if ranks == 0 {
		ranks = c.Layout.Ranks()
		if s.PerHost > 0 {
			ranks = (ranks + c.Host.GPUs - 1) / c.Host.GPUs * per
		}
	}
	if ranks < 2 || ranks > 10_000_000 {
		return nil, fmt.Errorf("%d ranks; a collective needs 2 to 10,000,000", ranks)
	}
	hosts := (ranks + per - 1) / per
	if c.Hosts > 0 && hosts > c.Hosts {
		return nil, fmt.Errorf("%d ranks need %d hosts, but the machine has %d; --set machine.hosts=%d gives it more", ranks, hosts, c.Hosts, hosts)
	}
	members := make([]int32, ranks)
	for i := range members {
		members[i] = int32(i/per*c.Host.GPUs + i%per)
	}
	return members, nil
}

// counts returns what n members send to each other, nil where that is alike.
func (s *CollectiveSweep) counts(n int) ([]float64, error) {
	if s.Skew == 0 && s.Counts == nil {
		return nil, nil
	}
	counts := s.Counts
	switch {
	case s.Op != network.AllToAll:
		return nil, fmt.Errorf("members of %v have nothing uneven to send; those of all_to_all have", s.Op)
	case s.Skew != 0 && counts != nil:
		return nil, errors.New("a skew and counts; one of them says who gets how much")
	case counts == nil && !(s.Skew >= 1 && s.Skew <= float64(n)):
		return nil, fmt.Errorf("a skew of %v; what the first of %d members gets is 1 to %d times the mean", s.Skew, n, n)
	case counts == nil:
		counts = network.Skewed(n, s.Skew)
	}
	return counts, network.CheckCounts(n, counts)
}

// The two roles of ranks: those that take part, and those between them.
const (
	roleMember int32 = iota
	roleIdle
)

// roles gives every GPU up to the last member its role.
func roles(members []int32) []int32 {
	s := make([]int32, members[len(members)-1]+1)
	for i := range s {
		s[i] = roleIdle
	}
	for _, m := range members {
		s[m] = roleMember
	}
	return s
}

// collectiveGroups returns one communicator, or for sends, as in nccl-tests, a
// channel from each member to the next.
func collectiveGroups(op network.Collective, members []int32, counts []float64) []workload.Group {
	if op != network.SendRecv {
		return []workload.Group{{Comm: workload.CommTensor, Ranks: members, Pairwise: op == network.AllToAll, Counts: counts}}
	}
	gs := make([]workload.Group, len(members))
	for i, m := range members {
		gs[i] = workload.Group{Comm: workload.CommSendForward, Ranks: []int32{m, members[(i+1)%len(members)]}}
	}
	return gs
}

// hostsOf counts the hosts of sorted members.
func hostsOf(members []int32, gpus int) (n int) {
	for i, m := range members {
		if i == 0 || m/int32(gpus) != members[i-1]/int32(gpus) {
			n++
		}
	}
	return n
}

// slowest returns the shape of the group whose route carries the least.
func slowest(t *network.Topology, op network.Collective, groups []workload.Group) network.Shape {
	var worst network.Shape
	for i := range groups {
		_, s := t.Route(op, groups[i].Ranks)
		if counts := groups[i].Counts; counts != nil {
			_, s = t.RouteV(groups[i].Ranks, counts)
		}
		if i == 0 || s.Rate < worst.Rate {
			worst = s
		}
	}
	return worst
}

var kindOf = [...]workload.Kind{network.AllReduce: workload.AllReduce, network.AllGather: workload.AllGather,
	network.ReduceScatter: workload.ReduceScatter, network.AllToAll: workload.AllToAll, network.Broadcast: workload.Broadcast}

// collectivePrograms returns what members and idle ranks do: one operation, or
// a send beside a receive, and nothing.
func collectivePrograms(op network.Collective, size int64) []workload.Program {
	member := workload.Program{Stage: int(roleMember), Tasks: []workload.Task{{Microbatch: -1}}}
	var code []workload.Instr
	if op == network.SendRecv {
		member.Ops = []workload.Op{
			{Name: "send", Kind: workload.Send, Comm: workload.CommSendForward, Size: size},
			{Name: "recv", Kind: workload.Recv, Comm: workload.CommRecvForward, Size: size},
		}
		code = []workload.Instr{
			{Code: workload.Start, Stream: workload.StreamSendForward, Layer: -1, First: 0},
			{Code: workload.Sync, Stream: workload.StreamRecvForward, Layer: -1, First: 1},
			{Code: workload.Wait, Stream: workload.StreamSendForward, Layer: -1},
		}
	} else {
		member.Ops = []workload.Op{{Name: op.String(), Kind: kindOf[op], Comm: workload.CommTensor, Size: size}}
		code = []workload.Instr{{Code: workload.Sync, Stream: workload.StreamTensor, Layer: -1}}
	}
	member.Blocks = []workload.Block{{Name: op.String(), Code: code}}
	idle := workload.Program{Stage: int(roleIdle), Blocks: []workload.Block{{Name: "idle"}}, Tasks: []workload.Task{{Microbatch: -1}}}
	return []workload.Program{member, idle}
}
