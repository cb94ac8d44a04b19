package training

import (
	"fmt"
	"iter"

	"trainsim/sim/cluster"
	"trainsim/sim/engine"
	"trainsim/sim/network"
	"trainsim/sim/trace"
	"trainsim/sim/workload"
)

// codeEnd marks the end of a block's code.
const codeEnd workload.Code = 255

// instr is one compiled instruction. All programs share one flat code array.
type instr struct {
	code   workload.Code
	stream workload.Stream
	layer  int16
	arg    int32 // run: segment; start, sync: communication
	lag    int32
}

// segment is a run of compute operations with no wait between them and one
// bucket: one event. It takes as long as its kernels, or as the host needs to
// issue them. Its power is the mean over its operations: supplies carry
// tens of milliseconds of charge and do not see single kernels.
type segment struct {
	work   uint64          // ns on the device at nominal speed
	beside [crowds]beside  // the same beside communication
	issue  engine.Duration // the host needs to issue its kernels, whatever the speed of the GPU
	power  int32           // mW above idle
	moving int32           // the same while a communication moves bytes beside it
	gflops int32           // mean rate, GFLOP/s
	first  int32           // operations [first, last)
	last   int32
	bucket trace.Bucket
}

// beside is how long a segment takes where communication leaves it fewer SMs, in ns.
type beside struct {
	work   uint64
	memory uint64 // the part of it in kernels that HBM binds
}

// What takes SMs beside a segment.
const (
	crowdOfSends = iota // messages to and from other hosts alone
	crowdOfAny          // any other communication too
	crowds
)

// message is one communication operation of a program.
type message struct {
	op   int32
	comm workload.Comm
	kind workload.Kind
	size int64
}

// task is one compiled schedule entry.
type task struct {
	code       int32 // first instruction
	microbatch int32
	alloc      int64
	free       int64
	chunk      int16
}

// compiled is every program made flat, with the duration and power of its
// operations on one kind of GPU.
type compiled struct {
	ops       []workload.Op
	time      []int64 // ns per operation on the device at nominal speed
	issue     []int64 // ns the host takes to issue it
	code      []instr
	segments  []segment
	messages  []message
	tasks     []task
	stage     []int32 // of each program
	firstTask []int32 // per program, plus the end
	stream    [workload.NumComms]workload.Stream
	perStep   []int64 // operations a rank finishes in a step, by program

	ladder
	pricing          // dropped once every level is compiled
	mixes    []mix   // of each segment
	home     []int32 // stage of each segment of a level
	perLevel int32   // segments of a level
	held     []held  // of each level
	past     int64   // see mostPast, of the cap of the part, mW

	// With noise only.
	segmentsPerStep []uint64 // by program
	pause           int32    // segment in which the host stops; noPause: there is none
}

// executed yields the instructions that a program executes in a step, in order.
func (c *compiled) executed(role int32) iter.Seq[instr] {
	return func(yield func(instr) bool) {
		for _, t := range c.tasks[c.firstTask[role]:c.firstTask[role+1]] {
			for pc := t.code; c.code[pc].code != codeEnd; pc++ {
				if !yield(c.code[pc]) {
					return
				}
			}
		}
	}
}

// held is what a GPU draws above idle at some level while no kernel runs, in mW.
type held [numRests]int32

// compile flattens the programs of a job, at every level that its caps make with what
// feeds and heat may put on GPUs.
func compile(j *Job, holds []Hold) (*compiled, error) {
	c := &compiled{pause: noPause, pricing: pricing{known: map[clocked]int32{}}}
	var err error
	if c.ladder, err = climb(j, holds); err != nil {
		return nil, err
	}
	for i := range j.Programs {
		p := &j.Programs[i]
		c.stage = append(c.stage, int32(p.Stage))
		c.firstTask = append(c.firstTask, int32(len(c.tasks)))
		if err := c.program(j, p); err != nil {
			return nil, fmt.Errorf("stage %d: %w", p.Stage, err)
		}
		c.perStep = append(c.perStep, p.Operations())
	}
	c.firstTask = append(c.firstTask, int32(len(c.tasks)))
	c.addLevels(j)
	if j.Noise != nil {
		c.addNoise(j.Noise)
	}
	return c, nil
}

func (c *compiled) program(j *Job, p *workload.Program) error {
	base := int32(len(c.ops))
	left := [crowds]*cluster.GPU{crowdOfSends: j.GPU.BesideSends(), crowdOfAny: j.GPU.BesideAny()}
	for i := range p.Ops {
		c.operation(j, &left, &p.Ops[i])
	}
	first := make([]int32, len(p.Blocks))
	known := map[[2]int32]int32{}
	for b := range p.Blocks {
		first[b] = int32(len(c.code))
		for _, in := range p.Blocks[b].Code {
			if err := c.instruction(j.GPU, p, in, base, known); err != nil {
				return fmt.Errorf("block %q: %w", p.Blocks[b].Name, err)
			}
		}
		c.code = append(c.code, instr{code: codeEnd})
	}
	for _, t := range p.Tasks {
		c.tasks = append(c.tasks, task{code: first[t.Block], microbatch: t.Microbatch,
			alloc: t.Allocated, free: t.Freed, chunk: t.Chunk})
	}
	return nil
}

// operation compiles an operation at the first level; left is the GPU beside communication.
func (c *compiled) operation(j *Job, left *[crowds]*cluster.GPU, op *workload.Op) {
	var k clocked
	var issue int64
	if !op.Kind.IsCommunication() {
		kernel := kernel(op, j.ElementBytes)
		bound := j.GPU.Bound(kernel)
		nominal, _ := bound.At(1)
		k = clocked{bound: bound, draw: j.GPU.Draw(kernel, nominal), phase: op.Phase}
		for i := range left {
			k.beside[i] = left[i].Bound(kernel)
		}
		issue = int64(j.GPU.Issue(kernel))
	}
	kind := c.kindOf(j.GPU, &k, &c.levels[0])
	c.ops, c.kinds, c.issue = append(c.ops, *op), append(c.kinds, kind), append(c.issue, issue)
	c.time = append(c.time, c.prices[kind].time)
}

func (c *compiled) instruction(g *cluster.GPU, p *workload.Program, in workload.Instr, base int32, known map[[2]int32]int32) error {
	switch in.Code {
	case workload.Run:
		for a := in.First; a < in.Last; {
			b := a + 1
			for b < in.Last && bucketOf(&p.Ops[b]) == bucketOf(&p.Ops[a]) {
				b++
			}
			c.code = append(c.code, instr{code: workload.Run, layer: in.Layer, arg: c.segment(g, p, a, b, base, known)})
			a = b
		}
	case workload.Start, workload.Sync:
		op := &p.Ops[in.First]
		if s := c.stream[op.Comm]; s != 0 && s != in.Stream {
			return fmt.Errorf("communicator %v is used from streams %v and %v", op.Comm, s, in.Stream)
		}
		c.stream[op.Comm] = in.Stream
		c.code = append(c.code, instr{code: in.Code, stream: in.Stream, layer: in.Layer, arg: c.message(op, base+in.First)})
	case workload.Wait:
		c.code = append(c.code, instr{code: workload.Wait, stream: in.Stream, layer: in.Layer, lag: in.Lag})
	}
	return nil
}

// segment returns the segment of operations [a, b) of program p.
func (c *compiled) segment(g *cluster.GPU, p *workload.Program, a, b, base int32, known map[[2]int32]int32) int32 {
	if s, ok := known[[2]int32{a, b}]; ok {
		return s
	}
	s := segment{first: base + a, last: base + b, bucket: bucketOf(&p.Ops[a])}
	for o := s.first; o < s.last; o++ {
		s.issue += engine.Duration(c.issue[o])
	}
	c.addSegment(g, s, &c.levels[0])
	c.home = append(c.home, int32(p.Stage))
	known[[2]int32{a, b}] = int32(len(c.segments) - 1)
	return int32(len(c.segments) - 1)
}

// message returns the communication of an operation, shared by instructions.
func (c *compiled) message(op *workload.Op, index int32) int32 {
	for i := len(c.messages) - 1; i >= 0; i-- {
		if c.messages[i].op == index {
			return int32(i)
		}
	}
	c.messages = append(c.messages, message{op: index, comm: op.Comm, kind: op.Kind, size: op.Size})
	return int32(len(c.messages) - 1)
}

// costs returns the cost of every message on every shape of group that could
// carry it, indexed [shape·messages + message].
func (c *compiled) costs(f *network.Fabric, shapes []network.Shape) []network.Cost {
	out := make([]network.Cost, 0, len(shapes)*len(c.messages))
	for _, s := range shapes {
		for i := range c.messages {
			m := &c.messages[i]
			out = append(out, f.Cost(collective(m.kind), s, m.size))
		}
	}
	return out
}
