package cluster

import "trainsim/sim/engine"

// PerBillion is the unit of losses, so that energy stays whole.
const PerBillion = 1_000_000_000

// Level is one level of the distribution of power above the supplies of hosts: the
// busbars of racks, rows, UPSs, the site. All feeds of a level are alike. Losses are
// linear in the load, so that those of a level depend on what its hosts draw
// together, however that is spread over feeds.
type Level struct {
	Name     string
	Hosts    int32 // below one feed; 0: all
	Overhead int64 // delivered to what hangs on it beside those below, such as cooling, per billion of what these take
	Beside   int64 // mW, delivered to it at any load
	Loss     int64 // per billion of what is delivered
	Fixed    int64 // mW, lost in each feed at any load
	Guard
}

// Delivered returns what the level, a single feed where it has something beside,
// delivers in a time, in mW·ns, where those below take so much.
func (l *Level) Delivered(taken engine.Total, d engine.Duration) engine.Total {
	t := plus(taken, l.Overhead)
	t.AddProduct(uint64(l.Beside), uint64(d))
	return t
}

// Drawn returns what so many feeds draw in a time, in mW·ns, to deliver so much: never less.
func (l *Level) Drawn(delivered engine.Total, feeds int64, d engine.Duration) engine.Total {
	t := plus(delivered, l.Loss)
	t.AddProduct(uint64(feeds*l.Fixed), uint64(d))
	return t
}

// plus adds a share per billion to t, rounded down.
func plus(t engine.Total, share int64) engine.Total {
	more := t.Times(uint64(share)).Over(PerBillion)
	t.AddTotal(more)
	return t
}

// Linear is a power, in mW, that follows another.
type Linear struct {
	Fixed float64 // mW
	Per   float64 // mW for each of the other
}

// DeliveredBy returns what a feed of the level delivers, where those below take so much.
func (l *Level) DeliveredBy(taken Linear) Linear {
	f := 1 + float64(l.Overhead)/PerBillion
	return Linear{f*taken.Fixed + float64(l.Beside), f * taken.Per}
}

// DrawnBy returns what a feed of the level draws, where it delivers so much.
func (l *Level) DrawnBy(delivered Linear) Linear {
	f := 1 + float64(l.Loss)/PerBillion
	return Linear{f*delivered.Fixed + float64(l.Fixed), f * delivered.Per}
}
