package results

import "math"

// Room is how many hosts such as those of the job fit below a feed of the site. They
// are all hosts of one job and swing together; jobs that do not keep step with each
// other leave more room.
type Room struct {
	Rating float64 `json:"rating"` // at what the supplies of a host that must work are rated for
	Peak   float64 `json:"peak"`   // at the highest power of the run: it is never exceeded
	P999   float64 `json:"p999"`   // it is exceeded for no more than 0.1 % of the time
	P99    float64 `json:"p99"`    // for no more than 1 %
	Mean   float64 `json:"mean"`   // it is right for the energy alone
}

// RoomPassed is how many hosts fit below a MW that is passed for no more than a share of
// the time.
type RoomPassed struct {
	Share float64 `json:"share"`
	Hosts float64 `json:"hosts"`
}

// Below returns the whole hosts below a limit in W, of hosts per MW.
func (r *Room) Below(limit float64) *Room {
	whole := func(perMW float64) float64 { return math.Floor(perMW * limit / 1e6) }
	return &Room{whole(r.Rating), whole(r.Peak), whole(r.P999), whole(r.P99), whole(r.Mean)}
}

// text tells how many hosts fit below the limit of the site for 99.9 % of the time and
// at the highest power, where that is known.
func (r *Room) text() string {
	if r == nil {
		return ""
	}
	return ": " + HumanCount(r.P999) + " hosts fit (" + HumanCount(r.Peak) + " at their peak)"
}
