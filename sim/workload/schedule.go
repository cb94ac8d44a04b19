package workload

// pass is one pass of a microbatch through a chunk: forward, backward, or that of
// weight gradients.
type pass struct {
	kind       TaskKind // TaskForward, TaskBackward or TaskWeightGrad
	chunk      int16
	microbatch int32
}

// passes returns what a stage computes in a step, in order, as groups: within a
// group nothing is exchanged with other stages.
func (l Layout) passes(stage int) [][]pass {
	m := l.Microbatches()
	switch {
	case l.Schedule == Interleaved:
		return l.interleaved(stage, m)
	case l.Schedule.SplitsBackward():
		return l.zeroBubble(stage, m)
	}
	warmup := m // GPipe: all forward, then all backward
	if l.Schedule == OneFOneB {
		warmup = min(m, l.Pipeline-stage-1)
	}
	groups := make([][]pass, 0, 2*m)
	forward := func(i int) { groups = append(groups, []pass{{TaskForward, 0, int32(i)}}) }
	backward := func(i int) { groups = append(groups, []pass{{TaskBackward, 0, int32(i)}}) }
	for i := range warmup {
		forward(i)
	}
	for i := warmup; i < m; i++ {
		forward(i)
		backward(i - warmup)
	}
	for i := m - warmup; i < m; i++ {
		backward(i)
	}
	return groups
}

// interleaved is Megatron-LM's forward_backward_pipelining_with_interleaving
// (arXiv 2104.04473 §2.2): microbatches go through the chunks in groups of
// Pipeline; a stage runs 2·(p−stage−1) + (v−1)·p passes ahead before its first
// backward, or all of them when there are only p microbatches. In the steady
// phase a forward and a backward pass run between exchanges.
func (l Layout) interleaved(stage, m int) [][]pass {
	p, v := l.Pipeline, l.VirtualPipeline
	total := m * v
	warmup := min(total, 2*(p-stage-1)+(v-1)*p)
	if m == p {
		warmup = total
	}
	groups := make([][]pass, 0, total+warmup)
	for i := range warmup {
		groups = append(groups, []pass{l.interleavedPass(TaskForward, i)})
	}
	for i := warmup; i < total; i++ {
		groups = append(groups, []pass{l.interleavedPass(TaskForward, i), l.interleavedPass(TaskBackward, i-warmup)})
	}
	for i := total - warmup; i < total; i++ {
		groups = append(groups, []pass{l.interleavedPass(TaskBackward, i)})
	}
	return groups
}

// interleavedPass returns number i of the forward or the backward passes of any stage.
func (l Layout) interleavedPass(kind TaskKind, i int) pass {
	p, v := l.Pipeline, l.VirtualPipeline
	group, in := i/(p*v), i%(p*v)
	chunk := in / p
	if kind == TaskBackward {
		chunk = v - 1 - chunk
	}
	return pass{kind, int16(chunk), int32(group*p + in%p)}
}

// frees tells whether a pass is the last that needs the activations of its microbatch.
func (l Layout) frees(p pass) bool {
	if l.Schedule.SplitsBackward() {
		return p.kind == TaskWeightGrad
	}
	return p.kind == TaskBackward
}

// apart returns every pass as a group of its own.
func apart(groups [][]pass) [][]pass {
	var out [][]pass
	for _, g := range groups {
		for i := range g {
			out = append(out, g[i:i+1])
		}
	}
	return out
}

// isFirst and isLast tell whether a chunk of a stage begins or ends the model.
func (l Layout) isFirst(stage int, chunk int16) bool { return stage == 0 && chunk == 0 }
func (l Layout) isLast(stage int, chunk int16) bool {
	return stage == l.Pipeline-1 && int(chunk) == l.VirtualPipeline-1
}

// needs and gives say in which directions a pass takes its input from another
// stage and hands its output to one.
func (l Layout) needs(stage int, p pass) directions {
	if p.kind == TaskForward && !l.isFirst(stage, p.chunk) {
		return forwardBit
	}
	if p.kind == TaskBackward && !l.isLast(stage, p.chunk) {
		return backwardBit
	}
	return 0
}

func (l Layout) gives(stage int, p pass) directions {
	if p.kind == TaskForward && !l.isLast(stage, p.chunk) {
		return forwardBit
	}
	if p.kind == TaskBackward && !l.isFirst(stage, p.chunk) {
		return backwardBit
	}
	return 0
}

func (l Layout) allNeeds(stage int, g []pass) (d directions) {
	for _, p := range g {
		d |= l.needs(stage, p)
	}
	return d
}

func (l Layout) allGives(stage int, g []pass) (d directions) {
	for _, p := range g {
		d |= l.gives(stage, p)
	}
	return d
}
