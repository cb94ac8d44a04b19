package power

import "trainsim/sim/engine"

// Storage is energy near the GPUs, such as the capacitors in the power shelves of
// a GB300 NVL72 (65 J for each GPU). It loses nothing on the way.
type Storage struct {
	Capacity engine.Total // mW·ns
	Power    int64        // mW, at most, in and out
}

// Follow charges and discharges such that the mains see a target instead of a
// load, as far as power and charge go. It stops within 1 ns of full or empty.
func (b *Storage) Follow(load, target *Wave, charge *engine.Total) Managed {
	var m Managed
	walk(load, target, func(from, to engine.Time, asked, wanted int64) {
		if asked <= wanted {
			room := b.Capacity
			room.SubTotal(*charge)
			rate, until := b.reach(room, wanted-asked, from, to)
			m.Wave.Add(until, asked+rate)
			m.Charged.AddProduct(uint64(rate), uint64(until-from))
			charge.AddProduct(uint64(rate), uint64(until-from))
			m.Limited += limited(rate, from, until)
		} else {
			rate, until := b.reach(*charge, asked-wanted, from, to)
			m.Wave.Add(until, asked-rate)
			m.Discharged.AddProduct(uint64(rate), uint64(until-from))
			charge.SubProduct(uint64(rate), uint64(until-from))
			m.Limited += limited(rate, from, until)
		}
		m.Wave.Add(to, asked)
	})
	return m
}

// reach returns at which power storage works where so much is asked of it, and
// until when what it has room or charge for lasts.
func (b *Storage) reach(has engine.Total, asked int64, from, to engine.Time) (rate int64, until engine.Time) {
	rate = min(asked, b.Power)
	if rate == 0 {
		return 0, to
	}
	lasts := has.Over(uint64(rate))
	if lasts.Less(engine.Total{Lo: uint64(to - from)}) {
		to = from.Add(engine.Duration(lasts.Lo))
	}
	return rate, to
}

// limited returns for how long storage works.
func limited(rate int64, from, until engine.Time) engine.Duration {
	if rate == 0 {
		return 0
	}
	return until.Sub(from)
}
