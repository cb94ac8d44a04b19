package run

import (
	"fmt"

	"trainsim/sim/engine"
)

// Account is what a site counts of the power of a run.
type Account uint8

// The accounts.
const (
	MainsJ   Account = iota // of hosts and switches
	SiteJ                   // that, and what the site draws beside
	MoneyUSD                // of SiteJ
	CarbonKg                // of SiteJ, CO2 equivalent
	NumAccounts
)

// Tally is an amount of each account.
type Tally [NumAccounts]float64

// add adds a multiple of o.
func (t *Tally) add(o *Tally, times float64) {
	for a := range t {
		t[a] += times * o[a]
	}
}

// Hour is what holds during an hour at a site: it draws Fixed + Per × what hosts
// and switches do, at a price and a grid intensity.
type Hour struct {
	Fixed  float64 // W
	Per    float64
	Price  float64 // $/J
	Carbon float64 // kg/J
}

// Site is a site at which something changes by the hour.
type Site struct {
	Start engine.Duration         // how long before the run its hours begin
	Hour  func(number int64) Hour // from 0
}

// Billing is what the site has counted of a run.
type Billing struct {
	Buckets [NumBuckets]Tally // of the job; what the site draws at any load is in the bucket of its time
	Spare   Tally             // idle spares
	Hours   []Tally           // with Spec.Record: all of it by the hour, from the one in which the run begins
}

const anHour = 3600 * engine.Second

// maxRecorded bounds Billing.Hours: a leap year.
const maxRecorded = 8784

// meter counts power over time at the rates of a site. Nil, it counts nothing.
type meter struct {
	site   *Site
	out    *Billing
	record bool
	at     engine.Time // the job is counted up to here

	pending period // counted, and not booked yet
	carried period // the same of the step in flight when a stall began

	rates []rates // of hours, from the first
	sums  []rates // of all hours before, each times its length
}

// rates are what a ns counts: so much, and so much for each mW.
type rates struct{ fixed, per Tally }

// period is a time and what was counted in it.
type period struct {
	time  engine.Duration
	tally Tally
}

// newMeter returns the meter of a run, nil where nothing changes by the hour.
func newMeter(s *Spec, o *Outcome) *meter {
	if s.Site == nil {
		return nil
	}
	o.Billing = &Billing{}
	return &meter{site: s.Site, out: o.Billing, record: s.Record, sums: make([]rates, 1)}
}

// until counts the power of the job, in mW, from where it was counted last.
func (m *meter) until(t engine.Time, power int64) {
	if m == nil || t == m.at {
		return
	}
	tally := m.count(m.at, t, power, true)
	m.pending.time += t.Sub(m.at)
	m.pending.tally.add(&tally, 1)
	m.at = t
}

// spare counts the power of idle spares, in mW.
func (m *meter) spare(from, to engine.Time, power int64) {
	if m == nil || power == 0 || from == to {
		return
	}
	tally := m.count(from, to, power, false)
	m.out.Spare.add(&tally, 1)
}

// carry keeps what is pending for when the step in flight goes on.
func (m *meter) carry() {
	if m != nil {
		m.carried.time += m.pending.time
		m.carried.tally.add(&m.pending.tally, 1)
		m.pending = period{}
	}
}

// resume makes what was carried pending again.
func (m *meter) resume() {
	if m != nil {
		m.pending, m.carried = m.carried, period{}
	}
}

// book bills a part of the time that is pending, with its share of the tally, to a
// bucket.
func (m *meter) book(b Bucket, d engine.Duration) {
	if m == nil || d == 0 {
		return
	}
	p := &m.pending
	if d == p.time {
		m.out.Buckets[b].add(&p.tally, 1)
		*p = period{}
		return
	}
	share := float64(d) / float64(p.time)
	m.out.Buckets[b].add(&p.tally, share)
	p.tally.add(&p.tally, -share)
	p.time -= d
}

// check proves that all time up to the end of the run is billed.
func (m *meter) check(end engine.Time) error {
	if m != nil && (m.at != end || m.pending.time != 0 || m.carried.time != 0) {
		return fmt.Errorf("the books do not balance: the site has counted %d of %d ns, %d of them in no bucket", m.at, end, m.pending.time+m.carried.time)
	}
	return nil
}

// forfeit makes what was billed to a bucket beyond a tally one of wasted progress.
func (o *Billing) forfeit(b Bucket, kept *Tally) {
	lost := o.Buckets[b]
	lost.add(kept, -1)
	o.Buckets[WastedProgress].add(&lost, 1)
	o.Buckets[b] = *kept
}

// count returns what a power, in mW, over a time comes to, with or without what the
// site draws at any load.
func (m *meter) count(from, to engine.Time, power int64, fixed bool) Tally {
	start := engine.Time(m.site.Start)
	from, to = from+start, to+start
	first, last := int64(from)/int64(anHour), int64(to)/int64(anHour)
	m.know(last)
	if m.record {
		m.keep(from, to, power, fixed)
	}
	whole := rates{}
	if first == last {
		whole.add(&m.rates[first], float64(to-from))
		return whole.of(power, fixed)
	}
	whole.add(&m.sums[last], 1)
	whole.add(&m.sums[first+1], -1)
	whole.add(&m.rates[first], float64(beginning(first+1)-from))
	whole.add(&m.rates[last], float64(to-beginning(last)))
	return whole.of(power, fixed)
}

// keep adds the same to the hours that are kept.
func (m *meter) keep(from, to engine.Time, power int64, fixed bool) {
	begun := int64(m.site.Start) / int64(anHour)
	for at := from; at < to; {
		h := int64(at) / int64(anHour)
		end, i := min(to, beginning(h+1)), int(h-begun)
		if i >= maxRecorded {
			return
		}
		for len(m.out.Hours) <= i {
			m.out.Hours = append(m.out.Hours, Tally{})
		}
		part := m.rates[h].of(power, fixed)
		m.out.Hours[i].add(&part, float64(end-at))
		at = end
	}
}

// know fills the rates up to an hour.
func (m *meter) know(last int64) {
	const mWns = 1e-12 // J
	for h := int64(len(m.rates)); h <= last; h++ {
		at := m.site.Hour(h)
		site := Tally{0, 1, at.Price, at.Carbon}
		r := rates{per: Tally{mWns}}
		r.fixed.add(&site, at.Fixed*1e-9)
		r.per.add(&site, at.Per*mWns)
		sum := m.sums[h]
		sum.add(&r, float64(anHour))
		m.rates, m.sums = append(m.rates, r), append(m.sums, sum)
	}
}

// beginning returns when an hour begins.
func beginning(h int64) engine.Time { return engine.Time(h) * engine.Time(anHour) }

func (r *rates) add(o *rates, times float64) {
	r.fixed.add(&o.fixed, times)
	r.per.add(&o.per, times)
}

// of returns what the rates make of a power in mW.
func (r *rates) of(power int64, fixed bool) (t Tally) {
	if fixed {
		t = r.fixed
	}
	t.add(&r.per, float64(power))
	return t
}
