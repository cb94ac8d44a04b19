package workload

// Group is one communicator. A pipeline channel is listed once, as
// CommSendForward or CommSendBackward, with Ranks = [sender, receiver].
type Group struct {
	Comm  Comm
	Ranks []int32
	// Pairwise tells that every member sends to every other, as in all-to-alls,
	// instead of around rings: the links that the group's bytes take.
	Pairwise bool
	// Counts says how unlike amounts the members of a pairwise group send each
	// other: see network.Topology.RouteV. nil: alike.
	Counts []float64
	// Shifting tells that every member sends to the next alone, the last to the first.
	Shifting bool
}

// Groups lists the communicators of a layout: by kind in the order of Comm, and
// within a kind by the number of the first rank. Groups of one rank are left
// out, as the programs never use them. With interleaving the channels form a
// ring over the stages.
func Groups(m Model, l Layout) []Group {
	l = l.Complete()
	var gs []Group
	add := func(c Comm, ranks []int32) {
		if len(ranks) > 1 {
			gs = append(gs, Group{Comm: c, Ranks: ranks})
		}
	}
	for p := range l.Pipeline {
		for d := range l.replicas() {
			add(CommTensor, everyNth(p*l.stageRanks()+d*l.Tensor, l.Tensor, 1))
		}
	}
	for p := range l.Pipeline {
		for t := range l.Tensor {
			add(CommData, everyNth(p*l.stageRanks()+t, l.replicas(), l.Tensor))
		}
	}
	if l.Pipeline > 1 {
		for r := range l.stageRanks() {
			last := r + (l.Pipeline-1)*l.stageRanks()
			add(CommEmbedding, []int32{int32(r), int32(last)})
		}
	}
	for d := range l.replicas() {
		var ranks []int32
		for p := range l.Pipeline {
			ranks = append(ranks, everyNth(p*l.stageRanks()+d*l.Tensor, l.Tensor, 1)...)
		}
		add(CommModel, ranks)
	}
	if m.Experts > 0 {
		gs = append(gs, l.expertGroups()...)
	}
	gs = append(gs, l.contextGroups()...)
	return append(gs, l.channels()...)
}

// everyNth returns n ranks from first on, stride apart.
func everyNth(first, n, stride int) []int32 {
	ranks := make([]int32, n)
	for i := range ranks {
		ranks[i] = int32(first + i*stride)
	}
	return ranks
}

// channels lists the pipeline channels, forward ones first.
func (l Layout) channels() []Group {
	if l.Pipeline == 1 {
		return nil
	}
	stage := l.stageRanks()
	forward := make([]Group, 0, 2*l.Ranks())
	var backward []Group
	for r := range l.Ranks() {
		if r/stage < l.Pipeline-1 || l.VirtualPipeline > 1 {
			next := (r + stage) % l.Ranks()
			forward = append(forward, Group{Comm: CommSendForward, Ranks: []int32{int32(r), int32(next)}})
		}
		if r >= stage || l.VirtualPipeline > 1 {
			previous := (r - stage + l.Ranks()) % l.Ranks()
			backward = append(backward, Group{Comm: CommSendBackward, Ranks: []int32{int32(r), int32(previous)}})
		}
	}
	return append(forward, backward...)
}
