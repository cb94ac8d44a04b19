package training

import (
	"fmt"

	"trainsim/sim/network"
	"trainsim/sim/workload"
)

// member is one node's part in a communicator.
type member struct {
	node  int32
	count int32 // ranks of that node in one such communicator
	comm  workload.Comm
}

// pattern is how the members of a communicator send that are no ring of collectives;
// see workload.Group.
type pattern struct {
	group    int32
	shifting bool // else pairwise
	counts   []float64
}

// plan is the static side of a simulation: who runs what, who talks to whom
// over which links, and who hangs on which supply. Unfolded, a node is a rank,
// a communicator a group and a host a host.
type plan struct {
	nodes       int
	role        []int32 // program of each node
	count       []int64 // ranks of each node
	host        []int32
	perHost     []int64                    // ranks of the node on one such host
	group       [workload.NumComms][]int32 // communicator of each node, -1: none
	members     []member
	firstMember []int32
	groupComm   []workload.Comm
	groupSize   []int32
	groupShape  []int32
	groupCount  []int64
	shapes      []network.Shape
	net         network.Plan
	linkFirst   []int32 // first link of each class; nil: links stand for themselves
	hostCount   []int64
	hostID      []int32 // where each host is in the machine
	hostClass   []int32 // class of each host; nil: hosts stand for themselves
	rankNode    []int32 // node of each rank
	rankOn      []int32 // rank on each GPU, -1: none
	patterns    []pattern
	speed       [][]int32 // per node: the degrades that slow it
	caps        [][]int32 // per node: the caps that hold it back; nil: there are none
	hotter      [][]int32 // per node: the failures of cooling that reach it; nil: there are none
	grid        *grid     // nil: hosts hang on nothing that is simulated
	grade       []int16   // of the part that each node is on; nil: all are alike
	linkOf      []int32   // per degrade: its link here, or -1
	supplyOf    []int32   // per degrade: the host here whose supplies it takes, or -1
	outages     []outage
	around      []around
}

// layOut builds the plan in which every rank stands for itself.
func layOut(j *Job) (*plan, error) {
	ranks := len(j.Role)
	p := &plan{nodes: ranks, role: j.Role}
	p.count, p.perHost = ones(ranks), ones(ranks)
	p.rankOn = j.ranksOnGPUs()
	p.hostID = j.hosts()
	p.hostCount = ones(len(p.hostID))
	number := make([]int32, p.hostID[len(p.hostID)-1]+1) // of each host that is occupied
	for i, h := range p.hostID {
		number[h] = int32(i)
	}
	p.host = make([]int32, ranks)
	p.rankNode = make([]int32, ranks)
	for r := range ranks {
		p.host[r] = number[int(j.gpu(int32(r)))/j.Host.GPUs]
		p.rankNode[r] = int32(r)
	}
	if err := p.joinGroups(j); err != nil {
		return nil, err
	}
	p.layFeeds(j)
	p.addBackground(j)
	return p, p.addNeighbours(j)
}

func ones(n int) []int64 {
	s := make([]int64, n)
	for i := range s {
		s[i] = 1
	}
	return s
}

// joinGroups lists members, shapes and routes of every communicator.
func (p *plan) joinGroups(j *Job) error {
	for c := range p.group {
		p.group[c] = make([]int32, p.nodes)
		for i := range p.group[c] {
			p.group[c][i] = -1
		}
	}
	t := j.Topology
	p.net = network.Plan{Capacity: t.Capacity, Tier: t.Tier, Tiers: t.Tiers}
	p.groupCount = ones(len(j.Groups))
	var gpus []int32
	for g := range j.Groups {
		grp := &j.Groups[g]
		p.firstMember = append(p.firstMember, int32(len(p.members)))
		p.net.First = append(p.net.First, int32(len(p.net.Hops)))
		gpus = gpus[:0]
		for i, r := range grp.Ranks {
			gpus = append(gpus, j.gpu(r))
			c := grp.Comm
			if c.IsPipeline() && i == 1 {
				c = receiverOf(c)
			}
			if p.group[c][r] >= 0 {
				return fmt.Errorf("rank %d is in two %v communicators", r, c)
			}
			p.group[c][r] = int32(g)
			p.members = append(p.members, member{node: r, count: 1, comm: c})
		}
		if grp.Shifting || grp.Pairwise || grp.Counts != nil {
			p.patterns = append(p.patterns, pattern{int32(g), grp.Shifting, grp.Counts})
		}
		hops, shape := routeOf(t, grp, gpus)
		if err := t.CheckRoute(hops); err != nil {
			return fmt.Errorf("%v communicator %d of rank %d: %w", grp.Comm, g, grp.Ranks[0], err)
		}
		p.net.Hops = append(p.net.Hops, hops...)
		p.groupComm = append(p.groupComm, grp.Comm)
		p.groupSize = append(p.groupSize, int32(len(grp.Ranks)))
		p.groupShape = append(p.groupShape, p.shape(shape))
	}
	p.firstMember = append(p.firstMember, int32(len(p.members)))
	p.net.First = append(p.net.First, int32(len(p.net.Hops)))
	return nil
}

// routeOf returns the links that the bytes of a communicator on some GPUs take, and
// its shape over them.
func routeOf(t *network.Topology, g *workload.Group, gpus []int32) ([]network.Hop, network.Shape) {
	switch {
	case g.Comm.IsPipeline():
		return t.Route(network.SendRecv, gpus)
	case g.Shifting:
		return t.Shifting(gpus)
	case g.Counts != nil:
		return t.RouteV(gpus, g.Counts)
	case g.Pairwise:
		return t.Route(network.AllToAll, gpus)
	}
	return t.Route(network.AllReduce, gpus)
}

// receiverOf names a channel as its receiver knows it.
func receiverOf(c workload.Comm) workload.Comm {
	if c == workload.CommSendForward {
		return workload.CommRecvForward
	}
	return workload.CommRecvBackward
}

// shape interns a shape; there are a handful.
func (p *plan) shape(s network.Shape) int32 {
	for i := range p.shapes {
		if p.shapes[i] == s {
			return int32(i)
		}
	}
	p.shapes = append(p.shapes, s)
	return int32(len(p.shapes) - 1)
}

// membersOf returns the members of communicator g.
func (p *plan) membersOf(g int32) []member {
	return p.members[p.firstMember[g]:p.firstMember[g+1]]
}

// hopsOf returns the hops of communicator g.
func (p *plan) hopsOf(g int32) []network.Hop {
	return p.net.Hops[p.net.First[g]:p.net.First[g+1]]
}

// rankOf returns the first rank that node i stands for.
func (p *plan) rankOf(i int32) int {
	for r, n := range p.rankNode {
		if n == i {
			return r
		}
	}
	return -1
}

// hostsOf returns the hosts that host class c stands for.
func (p *plan) hostsOf(c int32) []int32 {
	if p.hostClass == nil {
		return []int32{p.hostID[c]}
	}
	var hosts []int32
	for h, k := range p.hostClass {
		if k == c {
			hosts = append(hosts, p.hostID[h])
		}
	}
	return hosts
}
