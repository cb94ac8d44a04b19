package run

import (
	"slices"

	"trainsim/sim/engine"
)

// where a host is.
type place uint8

const (
	inSlot place = iota
	spare
	inRepair
	ordered // not delivered yet
	retired
)

// fleet is the hosts of a run and the slots of its job.
type fleet struct {
	place   []place // of each host
	slot    []int32 // of each host, -1: none
	host    []int32 // of each slot, -1: empty
	order   []int32 // slots by rank of importance
	rank    []int32 // of each slot
	active  int32   // slots of order that the job uses, given the replicas it runs without
	holes   []int32 // ranks of those that have no host, in order
	ready   []int32 // spares, the one that has waited longest first
	repair  int32   // hosts in repair
	gone    int32   // hosts that have left for good
	left    int32   // hosts that have left the job and are not replaced yet
	ordered int32   // hosts that are not delivered yet
	queue   []int32 // hosts that wait for a crew
	busy    int32   // crews at work

	// A broken replica lost a host or a process, and with it its state, since the job
	// last had its state everywhere. Where hosts hold several replicas, a host of them
	// counts as one.
	broken []bool
	whole  int32 // replicas in use that are not broken

	repairs   []uint32        // of each host so far, for its draws
	incidents [][]engine.Time // of each host, for lemons; nil where none retire
}

func newFleet(m *Machine) fleet {
	n := m.hosts()
	f := fleet{place: make([]place, n), slot: make([]int32, n), host: make([]int32, m.Slots), order: m.Order,
		rank: make([]int32, m.Slots), active: m.Slots, repairs: make([]uint32, n)}
	if f.order == nil {
		f.order = make([]int32, m.Slots)
		for i := range f.order {
			f.order[i] = int32(i)
		}
	}
	for i, s := range f.order {
		f.rank[s] = int32(i)
	}
	f.broken = make([]bool, min(max(m.Replicas, 1), m.Slots))
	f.mend()
	for h := range n {
		f.slot[h] = -1
		if h < m.Slots {
			f.slot[h], f.host[h] = h, h
		} else {
			f.place[h] = spare
			f.ready = append(f.ready, h)
		}
	}
	return f
}

// inJob tells whether host h is in a slot that the job uses. Slots that a shrunk
// job gives up have no host: theirs are spares.
func (f *fleet) inJob(h int32) bool { return f.place[h] == inSlot }

// inService tells whether host h is in a slot or spare.
func (f *fleet) inService(h int32) bool { return f.place[h] == inSlot || f.place[h] == spare }

// replica returns the replica of a slot.
func (f *fleet) replica(slot int32) int32 {
	return int32(int64(f.rank[slot]) * int64(len(f.broken)) / int64(len(f.host)))
}

// breaks makes the replica of a host of the job a broken one.
func (f *fleet) breaks(h int32) {
	if p := f.replica(f.slot[h]); !f.broken[p] {
		f.broken[p] = true
		f.whole--
	}
}

// mend makes all replicas in use whole: their state is there again.
func (f *fleet) mend() {
	clear(f.broken)
	f.whole = f.inUse()
}

// inUse returns how many of the replicas have slots in use.
func (f *fleet) inUse() int32 { return f.replica(f.order[f.active-1]) + 1 }

// remove takes a host out of its slot or from the spares.
func (f *fleet) remove(h int32) {
	switch f.place[h] {
	case inSlot:
		f.breaks(h)
		rank := f.rank[f.slot[h]]
		at, _ := slices.BinarySearch(f.holes, rank)
		f.holes = slices.Insert(f.holes, at, rank)
		f.host[f.slot[h]] = -1
		f.slot[h] = -1
	case spare:
		at := slices.Index(f.ready, h)
		f.ready = slices.Delete(f.ready, at, at+1)
	}
}

// release makes a host a spare.
func (f *fleet) release(h int32) {
	f.place[h] = spare
	f.ready = append(f.ready, h)
}

// fill puts spares into empty slots in use, the first slots first, and returns how
// many.
func (f *fleet) fill() int {
	n := min(len(f.holes), len(f.ready))
	for i, rank := range f.holes[:n] {
		s, h := f.order[rank], f.ready[i]
		f.place[h], f.slot[h], f.host[s] = inSlot, s, h
	}
	f.holes, f.ready = slices.Delete(f.holes, 0, n), slices.Delete(f.ready, 0, n)
	return n
}

// use makes the job use the first n slots: hosts of the others become spares.
func (f *fleet) use(n int32) {
	for _, s := range f.order[n:] {
		if h := f.host[s]; h >= 0 {
			f.remove(h)
			f.release(h)
		}
	}
	f.active, f.whole, f.holes = n, 0, f.holes[:0]
	for rank, s := range f.order[:n] {
		if f.host[s] < 0 {
			f.holes = append(f.holes, int32(rank))
		}
	}
	for _, b := range f.broken[:f.inUse()] {
		if !b {
			f.whole++
		}
	}
}

// working returns how many hosts are in slots or spare.
func (f *fleet) working() int32 { return int32(len(f.place)) - f.repair - f.ordered - f.gone }

// powered returns how many slots in use have hosts that draw power: all that were
// delivered, as the last slots wait longest and spares longer still.
func (f *fleet) powered() int32 {
	slots := int32(len(f.host))
	return min(f.active, slots-max(0, f.ordered-(int32(len(f.place))-slots)))
}
