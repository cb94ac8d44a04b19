package workload

// Code is what an instruction does to its rank.
type Code uint8

// Instructions are executed by the compute stream, in order.
const (
	// Run executes the compute operations Ops[First:Last] back to back: one
	// segment, which is one event. A segment never crosses a layer.
	Run Code = iota
	// Start enqueues communication Ops[First] on Stream and goes on.
	Start
	// Wait blocks until at most Lag of the operations started on Stream so far
	// are unfinished (cudaStreamWaitEvent).
	Wait
	// Sync is Start then Wait with Lag 0: a blocking communication.
	Sync
)

// Instr is one instruction of a block.
type Instr struct {
	Code        Code
	Stream      Stream // Start, Wait, Sync
	Layer       int16  // layer index within the model, -1 where there is none
	First, Last int32  // Run: operation range; Start, Sync: First is the operation
	Lag         int32  // Wait
}

// Block is a straight list of instructions that many tasks share, such as
// "forward of chunk 0" or "optimizer".
type Block struct {
	Name string
	Code []Instr
}

// TaskKind says what a task is for the timeline.
type TaskKind uint8

// The kinds of task.
const (
	TaskForward TaskKind = iota
	TaskBackward
	TaskWeightGrad
	TaskUpdate
	TaskExchange // messages between stages, before or after a pass
)

var taskNames = [...]string{"forward", "backward", "weight_grad", "update", "exchange"}

func (k TaskKind) String() string { return taskNames[k] }

// Task is one entry of a schedule: a block executed for a microbatch.
type Task struct {
	Block      int32
	Microbatch int32 // -1 where there is none
	Chunk      int16 // virtual pipeline chunk
	Kind       TaskKind
	// Allocated is added to the memory in use when the task starts, Freed is
	// subtracted when it ends, in bytes: activations kept for the backward pass.
	Allocated, Freed int64
}

// Program is what the ranks of one pipeline stage that run as many microbatches
// execute in one step. It is stored once for them, never per rank.
type Program struct {
	Stage  int
	Ops    []Op
	Blocks []Block
	Tasks  []Task
}

// Operations counts the operations one rank finishes in one step.
func (p *Program) Operations() int64 {
	per := make([]int64, len(p.Blocks))
	for b := range p.Blocks {
		for _, in := range p.Blocks[b].Code {
			switch in.Code {
			case Run:
				per[b] += int64(in.Last - in.First)
			case Start, Sync:
				per[b]++
			}
		}
	}
	var n int64
	for _, t := range p.Tasks {
		n += per[t.Block]
	}
	return n
}
