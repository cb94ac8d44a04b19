package training

import (
	"cmp"
	"slices"

	"trainsim/sim/engine"
	"trainsim/sim/network"
	"trainsim/sim/workload"
)

// Collective is what one communication of the programs took, over the whole run
// and every communicator of as many ranks on as many hosts.
type Collective struct {
	Name         string // of the operation; of the channel where two stages meet
	Comm         workload.Comm
	Kind         network.Collective
	Ranks, Hosts int
	Bytes        int64
	Count        float64 // a step and communicator
	MeanSeconds  float64 // from the arrival of the last member to the end
	MaxSeconds   float64 // of the slowest transfer
	IdealSeconds float64 // on the fabric, healthy and for itself (network.Fabric.Time)
}

// tally counts the transfers of one message on groups of one shape.
type tally struct {
	count int64
	took  engine.Total // ns
	most  engine.Duration
}

// count notes a transfer of communicator g, for each that g stands for.
func (s *simulation) count(g, msg int32, took engine.Duration) {
	t := &s.tallies[int(s.plan.groupShape[g])*len(s.code.messages)+int(msg)]
	n := s.plan.groupCount[g]
	t.count += n
	t.took.AddProduct(uint64(took), uint64(n))
	t.most = max(t.most, took)
}

// collectives adds up the tallies: messages of stages that differ in nothing are
// one. They are in the order of communicators and programs.
func (s *simulation) collectives() []Collective {
	messages := len(s.code.messages)
	var list []Collective
	var total []tally
	number := map[Collective]int32{}
	of := make([]int32, len(s.tallies)) // collective of each tally
	for m := range messages {
		for shape := range s.plan.shapes {
			k := s.collective(int32(m), s.plan.shapes[shape])
			i, known := number[k]
			if !known {
				i = int32(len(list))
				number[k] = i
				list, total = append(list, k), append(total, tally{})
			}
			of[shape*messages+m] = i
			if t := &s.tallies[shape*messages+m]; t.count > 0 {
				total[i].count += t.count
				total[i].took.AddTotal(t.took)
				total[i].most = max(total[i].most, t.most)
				list[i].IdealSeconds += float64(t.count) * s.job.Fabric.Time(k.Kind, s.plan.shapes[shape], k.Bytes).Seconds()
			}
		}
	}
	groups := s.carriers(of, len(list))
	var out []Collective
	for i, k := range list {
		if total[i].count == 0 || k.Ranks < 2 {
			continue
		}
		n := float64(total[i].count)
		k.Count = n / float64(max(groups[i], 1)) / float64(s.job.Steps)
		k.MeanSeconds = total[i].took.Float() / n / 1e9
		k.MaxSeconds = total[i].most.Seconds()
		k.IdealSeconds /= n
		out = append(out, k)
	}
	slices.SortStableFunc(out, func(a, b Collective) int { return cmp.Compare(a.Comm, b.Comm) })
	return out
}

// collective says what message msg is on groups of a shape, without its times.
// What a receiver posts is the message of its sender.
func (s *simulation) collective(msg int32, shape network.Shape) Collective {
	m := &s.code.messages[msg]
	k := Collective{Name: s.code.ops[m.op].Name, Comm: m.comm, Kind: collective(m.kind), Ranks: shape.Ranks, Hosts: shape.Hosts, Bytes: m.size}
	if m.comm.IsPipeline() {
		k.Comm = senderOf(m.comm)
		k.Name = k.Comm.String()
	}
	return k
}

// senderOf is the inverse of receiverOf.
func senderOf(c workload.Comm) workload.Comm {
	switch c {
	case workload.CommRecvForward:
		return workload.CommSendForward
	case workload.CommRecvBackward:
		return workload.CommSendBackward
	}
	return c
}

// carriers counts the communicators whose first member's program has each of n
// collectives.
func (s *simulation) carriers(of []int32, n int) []int64 {
	role := make([]int, len(s.code.messages)) // program that holds the message
	end, m := 0, 0
	for i := range s.job.Programs {
		end += len(s.job.Programs[i].Ops)
		for ; m < len(role) && int(s.code.messages[m].op) < end; m++ {
			role[m] = i
		}
	}
	groups := make([]int64, n)
	seen := make([]int32, n) // last group that counted, and one more
	for g, c := range s.plan.groupComm {
		members := s.plan.membersOf(int32(g))
		if len(members) == 0 {
			continue // traffic of others
		}
		from, _ := slices.BinarySearch(role, int(s.nodes[members[0].node].role))
		for m := from; m < len(role) && role[m] == role[from]; m++ {
			i := of[int(s.plan.groupShape[g])*len(role)+m]
			if s.code.messages[m].comm == c && seen[i] != int32(g)+1 {
				seen[i] = int32(g) + 1
				groups[i] += s.plan.groupCount[g]
			}
		}
	}
	return groups
}
