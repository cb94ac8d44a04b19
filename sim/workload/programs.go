package workload

import "errors"

// Programs returns what the ranks of each pipeline stage execute in one step, those
// with the fullest experts where their loads differ (see UnevenPrograms).
// Fields of m and l that may be left zero are completed first. The error joins
// the Problems that make a layout impossible; whether it fits memory is not asked.
func Programs(m Model, l Layout) ([]Program, error) {
	return programsOf(m, l, l.Complete().loads()[0])
}

// programsOf returns the programs of ranks whose experts get load times the mean.
func programsOf(m Model, l Layout, load float64) ([]Program, error) {
	m, l = m.Complete(), l.Complete()
	if problems := divide(m, l); len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	programs := make([]Program, l.Pipeline)
	for stage := range programs {
		programs[stage] = newWriter(newShape(m, l).loaded(load), stage).program()
	}
	return programs, nil
}

// writer writes the program of one stage. Blocks are written when a task first
// needs them.
type writer struct {
	*shape
	*table
	stage     int
	forward   [numUnits][]Instr
	backward  [numUnits][]Instr
	weights   [numUnits][]Instr // gradients of weights, where they are passes of their own
	messages  messages
	backwards int // backward passes written
	unreduced int // chunks whose reduction no pass has started: 0 to unreduced − 1
	result    Program
	blocks    map[blockKey]int32 // looked up, never ranged over
}

type blockKey struct {
	kind    TaskKind
	chunk   int16
	special bool  // first forward, backward with reductions beside it
	reduce  int16 // one more than the chunk whose reduction starts after a backward pass
	exchange
}

func newWriter(d *shape, stage int) *writer {
	w := &writer{shape: d, table: &table{}, stage: stage, blocks: map[blockKey]int32{}}
	w.unreduced = w.VirtualPipeline
	w.result.Stage = stage
	w.writeUnits()
	if w.Pipeline > 1 {
		w.writeMessages()
	}
	return w
}

// writeUnits writes the code that tasks are put together from.
func (w *writer) writeUnits() {
	code := func(p Phase, write ...func(*script, *shape)) []Instr {
		s := w.script(p)
		for _, f := range write {
			f(s, w.shape)
		}
		return s.code
	}
	if w.stage == 0 {
		w.forward[embeddingUnit] = code(Forward, (*script).embeddingForward)
		w.backward[embeddingUnit] = code(Backward, (*script).embeddingBackward)
	}
	layer := func(u unitKind, forward, backward func(*script, *shape)) {
		w.forward[u] = code(Forward, forward)
		again := []Instr(nil)
		if w.Recompute == RecomputeFull {
			again = code(Recompute, forward)
		}
		w.backward[u] = append(again, code(Backward, backward)...)
	}
	dense, sparse := w.stageLayersOf(w.stage)
	if dense > 0 || sparse == 0 {
		layer(layerUnit, (*script).layerForward, (*script).layerBackward)
	}
	if sparse > 0 {
		layer(sparseUnit, (*script).sparseForward, (*script).sparseBackward)
	}
	if w.stage == w.Pipeline-1 {
		w.forward[headUnit] = code(Forward, (*script).headForward)
		w.backward[headUnit] = code(Backward, (*script).headBackward)
	}
	if w.Schedule.SplitsBackward() {
		for u := range w.backward {
			w.backward[u], w.weights[u] = w.split(w.backward[u])
		}
	}
}

// program lays the tasks of a step out.
func (w *writer) program() Program {
	groups := w.passes(w.stage)
	if w.OverlapPipeline {
		groups = apart(groups)
		if len(groups) > 0 {
			w.exchangeTask(exchange{post: w.allNeeds(w.stage, groups[0])})
		}
	}
	var before []pass
	for i, g := range groups {
		e := exchange{send: w.allGives(w.stage, before), recv: w.allNeeds(w.stage, g)}
		switch {
		case w.OverlapPipeline && i+1 < len(groups):
			e.post = w.allNeeds(w.stage, groups[i+1])
		case !w.OverlapPipeline && w.Schedule != Interleaved:
			// Megatron-LM joins sends and receives where the direction turns only.
			e.oneByOne = e.send != 0 && e.recv == e.send
		}
		w.exchangeTask(e)
		for _, p := range g {
			w.passTask(p)
		}
		before = g
	}
	w.exchangeTask(exchange{send: w.allGives(w.stage, before)})
	w.task(Task{Kind: TaskUpdate, Microbatch: -1}, blockKey{kind: TaskUpdate})
	w.result.Ops = w.ops
	return w.result
}

func (w *writer) exchangeTask(e exchange) {
	if e.send|e.recv|e.post != 0 {
		w.task(Task{Kind: TaskExchange, Microbatch: -1}, blockKey{kind: TaskExchange, exchange: e})
	}
}

func (w *writer) passTask(p pass) {
	t := Task{Kind: p.kind, Microbatch: p.microbatch, Chunk: p.chunk}
	k := blockKey{kind: p.kind, chunk: p.chunk}
	bytes := w.chunkActivations(w.stage, int(p.chunk))
	if w.frees(p) {
		t.Freed = bytes
	}
	switch p.kind {
	case TaskForward:
		t.Allocated = bytes
		k.special = p.microbatch == 0 && w.OverlapParam && len(w.paramBuckets(w.stage, int(p.chunk))) > 0
	case TaskBackward:
		w.backwardKey(&k, p)
	}
	w.task(t, k)
}

// backwardKey notes which gradients are reduced beside a backward pass and after it.
func (w *writer) backwardKey(k *blockKey, p pass) {
	k.special = w.reducesBeside(p)
	if k.special {
		w.unreduced = 0
	}
	if chunk, ok := w.reducesAfter(w.backwards); ok {
		k.reduce = chunk + 1
		w.unreduced = int(chunk)
	}
	w.backwards++
}

// task appends t with the block of key k.
func (w *writer) task(t Task, k blockKey) {
	i, ok := w.blocks[k]
	if !ok {
		i = int32(len(w.result.Blocks))
		w.blocks[k] = i
		w.result.Blocks = append(w.result.Blocks, w.write(k))
	}
	t.Block = i
	w.result.Tasks = append(w.result.Tasks, t)
}

func (w *writer) write(k blockKey) Block {
	switch k.kind {
	case TaskForward:
		return w.forwardBlock(k)
	case TaskBackward:
		return w.backwardBlock(k)
	case TaskWeightGrad:
		return w.weightBlock(k)
	case TaskExchange:
		return w.exchangeBlock(k.exchange)
	case TaskUpdate:
		s := w.script(Update)
		s.update(w.shape, w.stage, w.unreduced)
		return Block{Name: "update", Code: s.code}
	}
	panic("workload: no block for tasks of kind " + k.kind.String())
}
