package run

import (
	"testing"

	"trainsim/sim/engine"
)

// growing is a job of 4 hosts and replicas that takes back a replica after any step,
// with no time in between, and begins with two of its hosts.
func growing() *Spec {
	s := &Spec{Steps: 1000, Ranks: 32, Machine: Machine{Slots: 4, GPUs: 8, NICs: 8, Replicas: 4}, Step: constant(10*second, 4), Record: true}
	s.Recovery = Recovery{Source: FromPeers, Shrink: true}
	s.Deliveries = []Delivery{{At: engine.Time(1000 * second), Hosts: 2}}
	return s
}

// 1,000 steps are 40,000 host seconds. Two hosts work 2,000 of them until the others
// come after 1,000 s, and all four the rest in 9,500 s: budget.Finish.
func TestRunGrows(t *testing.T) {
	o := simulate(t, growing(), 1)
	if o.End != engine.Time(10_500*second) || o.Rejoins != 1 || o.Time[Productive] != 10_000*second || o.Time[Degraded] != 500*second {
		t.Errorf("ends at %v after %d rejoins, %v", o.End, o.Rejoins, o.Time)
	}
	if first, last := o.Pool[0], o.Pool[len(o.Pool)-1]; first.Lost != 2 || last.Lost != 0 {
		t.Errorf("from %+v to %+v", first, last)
	}
}

// The last hosts come in the middle of a step, and work after it.
func TestRunGrowsAfterStep(t *testing.T) {
	s := growing()
	s.Deliveries = []Delivery{{At: engine.Time(995 * second), Hosts: 1}, {At: engine.Time(1333 * second), Hosts: 1}}
	o := simulate(t, s, 1)
	// Steps of 20 s up to 1,000 s; 25 of 13.3 s up to 1,333.3; 925 of 10 s.
	if third := 10 * second * 4 / 3; o.End != engine.Time(1000*second+25*third+925*10*second) || o.Rejoins != 2 {
		t.Errorf("ends at %v after %d rejoins", o.End, o.Rejoins)
	}
}

// A job that does not shrink waits for all its hosts, those that are there idle.
func TestRunWaitsForDelivery(t *testing.T) {
	s := growing()
	s.Recovery.Shrink = false
	s.Power.Idle = 4000
	s.Deliveries = append(s.Deliveries, Delivery{At: engine.Time(1500 * second), Hosts: 1})
	o := simulate(t, s, 1)
	if o.Time[WaitingForHosts] != 1500*second || o.End != engine.Time(11_500*second) {
		t.Errorf("ends at %v, %v", o.End, o.Time)
	}
	if got := o.Energy[WaitingForHosts].Float() * 1e-12; got != 1000*1+500*3 { // 1 W each
		t.Errorf("%v J while it waits", got)
	}
}

// With the hosts of the job there, spares may come late.
func TestLateSpares(t *testing.T) {
	s := growing()
	s.Machine.Spares, s.Deliveries[0].Hosts = 3, 3
	if o := simulate(t, s, 1); o.End != engine.Time(10_000*second) || o.Rejoins != 0 || o.LeastSpares != 0 {
		t.Errorf("%+v", o)
	}
}

// A rack loses power after 900 s, when one of its two hosts is not delivered yet:
// that one comes with the other, once supplies are replaced. 67 steps of 13.3 s by
// three hosts, 22 of 20 s by two up to 1,340 s, and the rest of 10 s by four.
func TestDarkDelivery(t *testing.T) {
	s := growing()
	s.Machine.HostsPerRack, s.Machine.Supplies = 2, 1
	s.Deliveries[0].Hosts = 1
	s.Kinds = []Kind{{Name: "feed", Effect: Weaken, Scope: TakesRack, Supplies: 1, OwnRepair: true, Repair: Always(433 * second)}}
	s.Replay = []Incident{{At: engine.Time(900 * second), Host: 2}}
	if o := simulate(t, s, 1); o.End != engine.Time(1340*second+911*10*second) || o.Interruptions != 1 || o.Rejoins != 1 {
		t.Errorf("ends at %v, %d stops, %d rejoins", o.End, o.Interruptions, o.Rejoins)
	}
}
