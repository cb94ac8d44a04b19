package workload

import "fmt"

// executor runs the programs of all stages, one rank a stage, with messages that
// meet (the k-th send of a channel with its k-th receive), streams that are
// first in, first out, and collectives that begin when all members are there.
// It is the plainest reading of the instructions and knows nothing of schedules.
type executor struct {
	programs []Program
	code     [][][]Instr // by stage and block, a Sync written as Start and Wait
	run      func(Op) int64
	stages   []*stageState
	joins    map[join][]*started
	failed   error
}

// join is one use of a communicator: the seq-th of the group named by comm
// (channels: as the sender names it) and its first stage (the sender).
type join struct {
	comm       Comm
	stage, seq int
}

// started is an operation enqueued on a stream.
type started struct {
	op     Op
	issued int64
	before *started
	join   join
	done   int64
	known  bool
}

type stageState struct {
	stage, task, at, step int
	now                   int64
	streams               [NumStreams][]*started
	uses                  map[join]int
	memory                int64
}

func newExecutor(programs []Program, run func(Op) int64) *executor {
	x := &executor{programs: programs, run: run, joins: map[join][]*started{}}
	for i := range programs {
		x.stages = append(x.stages, &stageState{stage: i, uses: map[join]int{}})
		var blocks [][]Instr
		for _, b := range programs[i].Blocks {
			var code []Instr
			for _, in := range b.Code {
				if in.Code == Sync {
					start, wait := in, in
					start.Code, wait.Code, wait.Lag = Start, Wait, 0
					code = append(code, start, wait)
					continue
				}
				code = append(code, in)
			}
			blocks = append(blocks, code)
		}
		x.code = append(x.code, blocks)
	}
	return x
}

// steps runs every program until n steps are done in all and returns when the
// last stage ended.
func (x *executor) steps(n int) (int64, error) {
	for moved := true; moved && x.failed == nil; {
		moved = false
		for _, s := range x.stages {
			for s.step < n && x.failed == nil && x.advance(s) {
				moved = true
			}
		}
	}
	var end int64
	for _, s := range x.stages {
		if x.failed == nil && s.step < n {
			p := &x.programs[s.stage]
			b := p.Blocks[p.Tasks[s.task].Block]
			x.failed = fmt.Errorf("stage %d is blocked in task %d (%s) at instruction %d", s.stage, s.task, b.Name, s.at)
		}
		end = max(end, s.now)
	}
	return end, x.failed
}

// advance executes one instruction, or returns false where it blocks.
func (x *executor) advance(s *stageState) bool {
	p := &x.programs[s.stage]
	t := p.Tasks[s.task]
	code := x.code[s.stage][t.Block]
	if s.at == 0 {
		s.memory += t.Allocated
	}
	if s.at == len(code) {
		s.memory -= t.Freed
		if s.memory < 0 {
			x.failed = fmt.Errorf("stage %d freed %d bytes too many in task %d", s.stage, -s.memory, s.task)
		}
		s.at, s.task = 0, s.task+1
		if s.task == len(p.Tasks) {
			s.task, s.step = 0, s.step+1
		}
		return true
	}
	switch in := code[s.at]; in.Code {
	case Run:
		for _, op := range p.Ops[in.First:in.Last] {
			s.now += x.run(op)
		}
	case Start:
		x.start(s, in.Stream, p.Ops[in.First])
	case Wait:
		if q := s.streams[in.Stream]; len(q) > int(in.Lag) {
			o := q[len(q)-1-int(in.Lag)]
			if !x.finish(o) {
				return false
			}
			s.now = max(s.now, o.done)
		}
	}
	s.at++
	return true
}

// start enqueues an operation and joins it with its peers, which must agree.
func (x *executor) start(s *stageState, on Stream, op Op) {
	o := &started{op: op, issued: s.now, join: x.group(s.stage, op.Comm)}
	if q := s.streams[on]; len(q) > 0 {
		o.before = q[len(q)-1]
	}
	s.streams[on] = append(s.streams[on], o)
	use := join{comm: op.Comm}
	o.join.seq = s.uses[use]
	s.uses[use]++
	x.joins[o.join] = append(x.joins[o.join], o)
	first := x.joins[o.join][0].op
	if first.Size != op.Size || !op.Comm.IsPipeline() && first.Kind != op.Kind {
		x.failed = fmt.Errorf("stage %d joins %s %d with %s of %d bytes, another with %s of %d",
			s.stage, op.Comm, o.join.seq, op.Kind, op.Size, first.Kind, first.Size)
	}
}

// group names the communicator of a stage.
func (x *executor) group(stage int, c Comm) join {
	p := len(x.programs)
	switch c {
	case CommTensor, CommData, CommContext, CommExpert, CommExpertData:
		return join{comm: c, stage: stage}
	case CommRecvForward:
		return join{comm: CommSendForward, stage: (stage + p - 1) % p}
	case CommRecvBackward:
		return join{comm: CommSendBackward, stage: (stage + 1) % p}
	case CommSendForward, CommSendBackward:
		return join{comm: c, stage: stage}
	}
	return join{comm: c}
}

func (x *executor) members(c Comm) int {
	switch c {
	case CommTensor, CommData, CommContext, CommExpert, CommExpertData:
		return 1
	case CommModel:
		return len(x.programs)
	}
	return 2
}

// finish finds out when o ends: when all its peers may begin, each after what is
// before it on its stream.
func (x *executor) finish(o *started) bool {
	if o.known {
		return true
	}
	peers := x.joins[o.join]
	if len(peers) < x.members(o.join.comm) {
		return false
	}
	var at int64
	for _, peer := range peers {
		if peer.before != nil && !x.finish(peer.before) {
			return false
		}
		at = max(at, peer.issued)
		if peer.before != nil {
			at = max(at, peer.before.done)
		}
	}
	for _, peer := range peers {
		peer.done, peer.known = at, true
	}
	return true
}
