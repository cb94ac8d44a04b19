package workload

import "strconv"

// Zero-bubble schedules (Qi et al., arXiv 2401.10241): a backward pass makes the
// gradient of its input only, which the stage before waits for; that of the weights is
// a pass of its own, later, where there would be a bubble. ZB-H1 keeps as many
// activations as 1F1B, p of every stage, ZB-H2 2p − 1: with equal passes the bubble of
// the first is that of 1F1B less two weight passes a stage, (p−1)·(F+B−W), and of the
// second none. Gradients are checked after the update, which is rolled back where they
// should not have been used (section 4, "bypassing optimizer synchronizations"), so that
// stages need not end together.

// zeroBubble returns the passes of a stage, each a group of its own: so many forwards
// before the first backward, then of each in turn, the weight passes some behind.
func (l Layout) zeroBubble(stage, m int) [][]pass {
	warmup, lag := l.Pipeline-stage, stage // in flight: p
	if l.Schedule == ZBH2 {
		warmup, lag = 2*warmup-1, 2*stage // 2p − 1
	}
	warmup = min(m, warmup)
	groups := make([][]pass, 0, 3*m)
	add := func(kind TaskKind, i int) {
		if i >= 0 && i < m {
			groups = append(groups, []pass{{kind, 0, int32(i)}})
		}
	}
	for i := range warmup {
		add(TaskForward, i)
	}
	for i := range m {
		add(TaskBackward, i)
		add(TaskWeightGrad, i-lag)
		add(TaskForward, warmup+i)
	}
	for i := max(0, m-lag); i < m; i++ {
		add(TaskWeightGrad, i)
	}
	return groups
}

// split takes the gradients of weights out of the code of a backward pass. What is
// communicated stays with the gradient of the input.
func (t *table) split(code []Instr) (input, weights []Instr) {
	for _, in := range code {
		if in.Code != Run {
			input = append(input, in)
			continue
		}
		for a := in.First; a < in.Last; {
			b := a + 1
			for b < in.Last && (t.ops[b].Phase == WeightGrad) == (t.ops[a].Phase == WeightGrad) {
				b++
			}
			part := Instr{Code: Run, Layer: in.Layer, First: a, Last: b}
			if t.ops[a].Phase == WeightGrad {
				weights = append(weights, part)
			} else {
				input = append(input, part)
			}
			a = b
		}
	}
	return input, weights
}

// weightBlock is the pass of a chunk that makes the gradients of its weights.
func (w *writer) weightBlock(k blockKey) Block {
	s := w.script(WeightGrad)
	us, _ := w.gradBuckets(w.stage, int(k.chunk))
	for _, u := range us {
		s.paste(w.weights[u.kind], u.layer)
	}
	return Block{Name: "weight gradients " + strconv.Itoa(int(k.chunk)), Code: s.code}
}
