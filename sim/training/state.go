package training

import (
	"trainsim/sim/cluster"
	"trainsim/sim/engine"
	"trainsim/sim/network"
	"trainsim/sim/trace"
	"trainsim/sim/workload"
)

// The kinds of event. The simulation's one switch is in run.go.
const (
	eventSegment    engine.Kind = iota // entity: node
	eventFlow                          // entity: communicator
	eventDegrade                       // entity: degrade, begins
	eventRestore                       // entity: degrade, ends
	eventBackground                    // entity: flow of background traffic, begins
	eventQuiet                         // the same, ends
	eventOut                           // entity: outage, begins
	eventBack                          // the same, ends
	eventNeighbour                     // entity: neighbour, has computed
	eventAct                           // entity: guard, does what it does next
	eventOpen                          // entity: guard, whose breaker may open
	eventCap                           // entity: cap, begins
	eventUncap                         // entity: cap, ends
	eventHotter                        // entity: failure of cooling, begins
	eventCooler                        // the same, ends
	eventLook                          // at the temperatures
)

// node is the moving state of one rank, or of one class of ranks.
type node struct {
	pc, task  int32
	step      int32
	role      int32 // program
	stage     int32 // of the program
	seg       int32 // running segment, -1: none
	base      int32 // first segment of its level
	waitFor   int32 // operations of waitOn that must be done
	gen       uint32
	seq       uint32        // segments finished, for the digest
	speed     cluster.Speed // that its health allows
	pace      cluster.Speed // of the running segment, as noise has it
	rate      cluster.Speed // in force: less beside communication
	power     int32         // mW in force since `since`
	gflops    int32         // in force since `since`
	taken     int32         // of its speed by communication, parts per million, in force since `since`
	waits     int16         // communications posted, not all peers there
	transfers int16         // communications that move bytes
	wide      int16         // of both, those that take as many SMs as a collective
	waitOn    workload.Stream
	condition int32        // in force since `since`, see stay.go
	bucket    trace.Bucket // of it
	blocked   bool
	finished  bool
	dirty     bool
	recorded  bool
	since     engine.Time  // books are closed up to here
	begun     engine.Time  // of the running segment
	resumed   engine.Time  // last change of its rate
	exposes   int32        // communicator whose transfer it waits for since `since`, -1: none
	level     int16        // of capping, in force since `since`
	wanted    int16        // the same, from the end of this instant on
	left      uint64       // its work left at `resumed`, ns × ppm
	heat      engine.Total // mW·ns up to `since`, where temperatures follow it
}

// stream is the state of one communication stream of one node: a FIFO whose
// head is the one communication in progress.
type stream struct {
	issued, done int32
	active       int32 // message in progress, -1: none
	head, tail   int32 // queued messages, indices into pending, -1: none
	task         int32 // of the message in progress
	posted       engine.Time
}

// queued is a message waiting for its stream.
type queued struct{ message, task, next int32 }

// join is the state of one communicator.
type join struct {
	arrived int32
	message int32 // of the first to arrive, -1: none
	running bool
	started engine.Time
	carried int64    // wire bytes of all its transfers
	last    transfer // that ended last
}

// transfer is one that has ended.
type transfer struct {
	ended   engine.Time
	took    engine.Duration
	message int32
}

// simulation is one run of a plan.
type simulation struct {
	job     *Job
	plan    *plan
	code    *compiled
	cost    []network.Cost
	tallies []tally // as cost
	queue   engine.Queue
	net     *network.Network

	nodes    []node
	noise    []rankNoise // of each node; nil: there is none
	streams  []stream    // node × NumStreams
	joins    []join
	pending  []queued
	free     int32 // head of the free list in pending
	dirty    []int32
	supplies *cluster.Supplies
	control  *control // nil: hosts hang on nothing that is simulated
	unbroken bool     // breakers do not open and nothing is shed
	prompt   bool     // policies act at once
	thermal  *thermal // nil: no GPU is ever too hot

	idle int32 // power of a GPU with nothing running, mW

	overlap    cluster.Overlap
	spans      bool         // pipelines go from host to host
	company    []company    // of each communicator; nil: kernels and transfers do not mind each other
	joined     []int32      // communicators whose company changed in this instant
	bounds     []int64      // bytes/s beside kernels of communicators of each shape; nil: as alone
	overlapped engine.Total // compute time that communication took, ns × ranks × 10⁶

	stays    []engine.Total // in each condition, ns × ranks
	gpuPower *trace.Series
	total    *trace.Series // power of everything, from the mains
	mains    meter         // the same
	switches int64         // mW
	busy     []*trace.Series
	flops    *trace.Series
	digest   engine.Digest
	spent    []Spent // of each node; nil: nobody asked

	recording recording

	neighbours []neighbour
	affected   [][]int32 // nodes of each degrade
	active     []bool    // degrades in force
	slowest    []int32   // degrades, the slowest first
	stall      stall
	routing    routing
	capped     [][]int32 // nodes of each cap
	holds      []bool    // caps in force
	operations int64
	events     int64
	stepLeft   []int64 // ranks that have yet to finish each step
	stepEnd    []engine.Time
	inFlight   int64 // messages issued and not done, of any node
	firstStep  int64 // number of the first step in the training run
	now        engine.Time
	memory     []int64 // in use on the node that stands for each stage
	memoryNode []int32 // that node: the first of the stage
	roleNode   []int32 // first node of each program
	shares     []Share
	collisions network.Collisions
	opening    Steady // books at the end of the step before the steady one
	steady     Steady
	balanceDue bool  // a step has ended whose books are kept
	err        error // first impossible state
}

func newSimulation(j *Job, p *plan, c *compiled) *simulation {
	s := &simulation{job: j, plan: p, code: c, cost: c.costs(j.Fabric, p.shapes), free: -1}
	s.idle = int32(j.GPU.IdlePower())
	s.overlap, s.spans = j.GPU.Overlap(), s.plan.pipelineSpans()
	s.bounds = transferBounds(p.shapes, s.overlap.Share)
	if s.bounds != nil || s.overlap.PerMillion > 0 {
		s.company = make([]company, len(p.groupComm))
	}
	s.tallies = make([]tally, len(s.cost))
	s.nodes = make([]node, p.nodes)
	s.streams = make([]stream, p.nodes*int(workload.NumStreams))
	for i := range s.streams {
		s.streams[i] = stream{active: -1, head: -1, tail: -1}
	}
	for i := range s.nodes {
		role := p.role[i]
		first := c.firstTask[role]
		s.nodes[i] = node{role: role, stage: c.stage[role], seg: -1, exposes: -1, speed: cluster.Nominal, pace: cluster.Nominal, rate: cluster.Nominal,
			power: s.idle, bucket: trace.Idle, task: first}
	}
	if j.Noise != nil {
		s.noise = make([]rankNoise, p.nodes)
	}
	s.joins = make([]join, len(p.groupComm))
	for i := range s.joins {
		s.joins[i].message = -1
	}
	j.Trace.Expect(s.earliestEnd())
	s.net = network.New(&p.net, &s.queue, eventFlow, j.Trace)
	if s.overlap.PerMillion > 0 {
		s.net.Watch()
	}
	s.stepLeft = make([]int64, j.Steps)
	for i := range s.stepLeft {
		s.stepLeft[i] = int64(len(j.Role))
	}
	s.stepEnd = make([]engine.Time, j.Steps)
	s.observe()
	s.shares = s.profile()
	p.net.Hops = nil // the network has its own; a quarter of the memory of a plan
	return s
}

// earliestEnd returns a time before which the job does not end: half of what the
// kernels of any rank take, in case fewer SMs suit one better; 0 with noise, which may
// make them shorter.
func (s *simulation) earliestEnd() engine.Time {
	if s.job.Noise != nil {
		return 0
	}
	var most uint64
	for role := range s.code.stage {
		most = max(most, s.code.workOf(int32(role)))
	}
	return engine.Time(most) * engine.Time(s.job.Steps) / 2
}

// workOf returns what the segments of a program take in a step at nominal speed, in ns.
func (c *compiled) workOf(role int32) (work uint64) {
	for in := range c.executed(role) {
		if in.code == workload.Run {
			work += c.segments[in.arg].work
		}
	}
	return work
}

// observe sets up series, supplies and the nodes whose operations are kept.
func (s *simulation) observe() {
	j, p := s.job, s.plan
	stages := j.stages()
	s.stays = make([]engine.Total, s.code.conditions(stages))
	s.gpuPower = j.Trace.NewSeries("power", "gpu", "mW")
	s.gpuPower.Add(0, int64(s.idle)*int64(len(j.Role)))
	s.flops = j.Trace.NewSeries("flop", "achieved", "GFLOP/s")
	for i := range stages {
		s.busy = append(s.busy, j.Trace.NewSeries("busy", stageName(i), "gpu"))
	}
	s.supply()
	s.memory = make([]int64, stages)
	copy(s.memory, j.Resident)
	for i, bytes := range s.memory {
		j.Trace.SetMemory(int32(i), 0, bytes)
	}
	s.memoryNode, s.roleNode = make([]int32, stages), make([]int32, len(j.Programs))
	for i := p.nodes - 1; i >= 0; i-- {
		s.memoryNode[s.nodes[i].stage] = int32(i)
		s.roleNode[p.role[i]] = int32(i)
	}
	s.recording = s.newRecording()
}

// supply sets up the power of everything beside the GPUs with ranks.
func (s *simulation) supply() {
	j, p := s.job, s.plan
	idle := make([]int64, len(p.hostCount))
	for h := range idle {
		idle[h] = int64(j.Host.GPUs) * int64(s.idle)
	}
	s.switches = j.switches(len(p.hostID))
	for _, c := range s.constants() {
		j.Trace.NewSeries("power", c.name, "mW").Add(0, c.power)
	}
	s.supplies = cluster.NewSupplies(j.Host, p.hostCount, idle, p.hostsOf, j.Trace)
	s.total = j.Trace.NewSeries("power_total", "mains", "mW")
	s.newControl()
	s.newThermal()
	s.setMains(0)
}

// streamOf returns the state of stream k of a node.
func (s *simulation) streamOf(n int32, k workload.Stream) *stream {
	return &s.streams[int(n)*int(workload.NumStreams)+int(k)]
}
