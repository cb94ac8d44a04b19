package power

import "trainsim/sim/engine"

// Managed is what power management makes of a load. Nothing is lost:
//
//	Wave.Energy + Short + Discharged = load.Energy + Burnt + Charged
type Managed struct {
	Wave       Wave            // drawn from the mains
	Burnt      engine.Total    // mW·ns that GPUs turn into heat and nothing else
	Short      engine.Total    // mW·ns that the load asks for and is not given
	Charged    engine.Total    // mW·ns into storage
	Discharged engine.Total    // mW·ns out of it
	Limited    engine.Duration // for so long the mains see something else than the load
}

// compare books what a load becomes without storage: more is burnt, less is short.
func compare(load *Wave, out Wave) Managed {
	m := Managed{Wave: out}
	walk(load, &out, func(from, to engine.Time, asked, drawn int64) {
		switch {
		case drawn > asked:
			m.Burnt.AddProduct(uint64(drawn-asked), uint64(to-from))
		case drawn < asked:
			m.Short.AddProduct(uint64(asked-drawn), uint64(to-from))
		default:
			return
		}
		m.Limited += to.Sub(from)
	})
	return m
}

// Floor burns what a load draws less than so many mW.
func Floor(load *Wave, floor int64) Managed {
	var out Wave
	for i, p := range load.Power {
		out.Add(load.Until[i], max(p, floor))
	}
	return compare(load, out)
}

// Policy is how the power of a job is managed. What it draws is levelled by
// storage, raised to the floor, and kept from changing faster than the limits, in
// this order: storage costs nothing, and burning makes up for what it leaves.
type Policy struct {
	Floor   int64 // mW; 0: none
	Up      int64 // mW/s; 0: no limit
	Down    int64 // mW/s; 0: no limit
	Storage Storage
	Stair   engine.Duration // width of the stairs that stand for a slope, above 0
}

// State is what management remembers from one moment to the next.
type State struct {
	Power  int64        // mW drawn last
	Charge engine.Total // mW·ns stored
}

// Apply manages a load that begins in a state, towards so many mW, and leaves the
// state in which it ends.
func (p *Policy) Apply(load *Wave, target int64, s *State) Managed {
	level := Constant(load.End(), target)
	stored := p.Storage.Follow(load, &level, &s.Charge)
	floored := Floor(&stored.Wave, p.Floor)
	ramped := p.Ramp(&floored.Wave, &s.Power)
	m := Managed{Wave: ramped.Wave, Burnt: floored.Burnt, Short: ramped.Short, Charged: stored.Charged, Discharged: stored.Discharged}
	m.Burnt.AddTotal(ramped.Burnt)
	m.Limited = compare(load, m.Wave).Limited
	return m
}

// mostPeriods bounds how many periods it takes until management repeats, too.
const mostPeriods = 1000

// Steady manages a load that repeats, once what is managed repeats too: it returns
// one period of that, and the state in which each begins. A charge may drift by
// what the target, the mean of the load, loses to rounding.
func (p *Policy) Steady(load *Wave) (Managed, State) {
	if load.End() == 0 {
		return Managed{}, State{}
	}
	target := load.Target()
	s := State{Power: target, Charge: p.Storage.Capacity.Over(2)}
	for range mostPeriods {
		begin := s
		m := p.Apply(load, target, &s)
		if s.Power == begin.Power && near(s.Charge, begin.Charge, uint64(load.End())) {
			return m, begin
		}
	}
	begin := s
	return p.Apply(load, target, &s), begin
}

// near tells whether two totals differ by no more than so much.
func near(a, b engine.Total, by uint64) bool {
	if a.Less(b) {
		a, b = b, a
	}
	b.Add(by)
	return !b.Less(a)
}

// mostStairs bounds the stairs of a slope that nothing interrupts.
const mostStairs = 4096

// Turn manages a load that changes from one power to another and stays there, as
// when a job stops or starts: the mains follow the ramp, storage takes or gives
// what it can of the difference, and the rest is burnt or short. It lasts as long
// as the ramp; without a limit there is none, and the result is empty.
func (p *Policy) Turn(from, to int64, s *State) Managed {
	rate := p.Down
	if to > from {
		rate = p.Up
	}
	if rate == 0 || from == to {
		return Managed{}
	}
	length := slope(to-from, rate)
	load := Constant(engine.Time(length), to)
	slow := Policy{Up: p.Up, Down: p.Down, Stair: max(p.Stair, length/mostStairs)}
	s.Power = from
	ramp := slow.Ramp(&load, &s.Power)
	stored := p.Storage.Follow(&load, &ramp.Wave, &s.Charge)
	m := compare(&stored.Wave, ramp.Wave)
	m.Charged, m.Discharged, m.Limited = stored.Charged, stored.Discharged, ramp.Limited
	return m
}
