package run

import "trainsim/sim/engine"

// Delivery is hosts that come into service during the run. Those that are not there
// at its start are the last ones: of the job, in the order in which it gives up its
// slots, and then spares.
type Delivery struct {
	At    engine.Time
	Hosts int32
}

// awaitDeliveries takes the hosts that come later out of the fleet.
func (r *replica) awaitDeliveries() {
	f := &r.fleet
	r.late = append(r.late[:0], f.order...) // each slot has the host of its number
	for h := r.spec.Machine.Slots; h < r.spec.Machine.hosts(); h++ {
		r.late = append(r.late, h)
	}
	for i, d := range r.spec.Deliveries {
		f.ordered += d.Hosts
		r.queue.Push(d.At, eventDelivery, int32(i), 0)
	}
	r.late = r.late[int32(len(r.late))-f.ordered:]
	for _, h := range r.late {
		f.remove(h)
		f.place[h] = ordered
	}
	f.mend() // there is no state yet that could be lost
}

// delivered makes the hosts of a delivery spares, and lets a job go on that waits
// for them. One whose supplies have all failed comes later, as from repair.
func (r *replica) delivered(i int32) {
	n := r.spec.Deliveries[i].Hosts
	for _, h := range r.late[:n] {
		r.fleet.ordered--
		r.fleet.repair++
		r.fleet.place[h] = inRepair
		r.readmit(h)
	}
	r.late = r.late[n:]
	if r.phase == waiting { // with more hosts that are idle
		r.leave()
		r.enter(waiting, forever)
	}
	r.welcome()
}
