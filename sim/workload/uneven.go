package workload

import "slices"

// Spread returns how many microbatches each of n replicas runs to go through the
// global batch of l together: as even as can be, the first ones more.
// Interleaved, whole groups of Pipeline microbatches are dealt, which is what
// Megatron-LM asks of every replica. With ZeRO 2 and 3 replicas reduce gradients
// together after each microbatch, and replicas among which experts are divided
// exchange tokens in it, so that all run as many as the first: those beyond the
// batch are padding.
func (l Layout) Spread(n int) []int {
	l = l.Complete()
	unit := 1
	if l.Schedule == Interleaved {
		unit = l.Pipeline
	}
	units := l.GlobalBatch / l.MicroBatch / unit
	counts := make([]int, n)
	for i := range counts {
		counts[i] = units / n * unit
		if i < units%n {
			counts[i] += unit
		}
		if l.ZeRO >= 2 || l.Expert > 1 {
			counts[i] = counts[0]
		}
	}
	return counts
}

// WithMicrobatches returns l with the global batch of which each replica runs m
// microbatches.
func (l Layout) WithMicrobatches(m int) Layout {
	l = l.Complete()
	l.GlobalBatch = m * l.MicroBatch * l.Data
	return l
}

// UnevenPrograms returns what ranks execute where replica d runs counts[d]
// microbatches, and which of the programs each rank executes: one program per
// stage for each number of microbatches, in the order of the replicas, and for each
// load of experts, the fullest first.
func UnevenPrograms(m Model, l Layout, counts []int) (programs []Program, role []int32, err error) {
	l = l.Complete()
	var distinct []int
	loads := l.loads()
	first := make([]int, len(counts)) // program of stage 0 of each replica
	for d, n := range counts {
		i := slices.Index(distinct, n)
		if i < 0 {
			i = len(distinct)
			distinct = append(distinct, n)
			for _, load := range loads {
				more, err := programsOf(m, l.WithMicrobatches(n), load)
				if err != nil {
					return nil, nil, err
				}
				programs = append(programs, more...)
			}
		}
		first[d] = i * l.Pipeline * len(loads)
	}
	role = make([]int32, l.Ranks())
	for r := range role {
		at := l.Coordinates(r)
		role[r] = int32(first[at.Data] + at.Pipeline)
		if len(loads) > 1 && r%l.Expert > 0 {
			role[r] += int32(l.Pipeline)
		}
	}
	return programs, role, nil
}
