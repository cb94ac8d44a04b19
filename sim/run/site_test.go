package run

import (
	"math"
	"testing"

	"trainsim/sim/engine"
)

// changing is a site at which everything changes from hour to hour.
func changing(h int64) Hour {
	return Hour{Fixed: float64(100 * (h % 2)), Per: 1 + 0.1*float64(h%3), Price: float64(h % 4), Carbon: 1 / float64(1+h)}
}

// forgetRecord drops what only a recorded run keeps.
func (o *Outcome) forgetRecord() {
	o.Marks, o.Pool, o.Worst = nil, nil, Sight{}
	if o.Billing != nil {
		o.Billing.Hours = nil
	}
}

// charge counts a power, in mW, from the last instant to the next, minute by minute.
func (w *witness) charge(t *Tally, next engine.Time, power int64, fixed bool) {
	for at := w.at; at < next; {
		h := int64(at+engine.Time(w.spec.Site.Start)) / int64(hour)
		end := min(next, engine.Time((h+1)*int64(hour))-engine.Time(w.spec.Site.Start), at+engine.Time(minute))
		s, seconds, watts := w.spec.Site.Hour(h), end.Sub(at).Seconds(), float64(power)/1000
		site := s.Per * watts
		if fixed {
			site += s.Fixed
		}
		t.add(&Tally{watts, site, site * s.Price, site * s.Carbon}, seconds)
		at = end
	}
}

// compareBills checks what the site counted against what was seen, in all and in
// each bucket.
func (w *witness) compareBills(o *Outcome) {
	if w.spec.Site == nil {
		return
	}
	var all, hours Tally
	for b := range NumBuckets {
		all.add(&o.Billing.Buckets[b], 1)
		w.same("mains of "+b.String(), o.Billing.Buckets[b][MainsJ], o.Energy[b].Float()*1e-12)
	}
	for i := range o.Billing.Hours {
		hours.add(&o.Billing.Hours[i], 1)
	}
	for a := range all {
		w.same("job", all[a], w.bill[a])
		w.same("spares", o.Billing.Spare[a], w.spares[a])
		w.same("hours", hours[a], w.bill[a]+w.spares[a])
	}
}

func (w *witness) same(what string, got, want float64) {
	if math.Abs(got-want) > 1e-9*max(1, math.Abs(want)) {
		w.Fatalf("%s: the site counted %v, want %v", what, got, want)
	}
}

// A day has 12 h at 1 and 12 at 3. A job of 1 kW that starts at hour 6 and computes
// for 36 h has 6 of them by day, 12 by night, 12 by day and 6 by night; the site
// draws 100 W beside and a tenth more.
func TestDayAndNight(t *testing.T) {
	s := base()
	s.Until = 36 * hour
	s.Site = &Site{Start: 6 * hour, Hour: func(h int64) Hour {
		price := 1.0
		if h%24 >= 12 {
			price = 3
		}
		return Hour{Fixed: 100, Per: 1.1, Price: price / 3.6e6, Carbon: 2 * price / 3.6e6}
	}}
	b := simulate(t, s, 1).Billing
	total := Tally{}
	for i := range b.Buckets {
		total.add(&b.Buckets[i], 1)
	}
	want := Tally{36 * 3.6e6, 36 * 1.2 * 3.6e6, (18*1 + 18*3) * 1.2, 2 * (18*1 + 18*3) * 1.2}
	for a := range want {
		if math.Abs(total[a]-want[a]) > 1e-9*want[a] {
			t.Errorf("account %d: %v, want %v", a, total[a], want[a])
		}
	}
}

// Work that is lost takes what it cost along: 30 steps of 10 s by 1 kW after the only
// checkpoint, in the second hour at a price of 5 for 1.
func TestLostWorkCosts(t *testing.T) {
	s := base()
	s.Until = 2 * hour
	s.Checkpoint.Every = 360
	s.Kinds = []Kind{{Name: "job", OfJob: true, Parts: 1}}
	s.Replay = []Incident{{At: engine.Time(hour + 300*second)}}
	s.Recovery.Reschedule = Distribution{Mean: 100}
	s.Power.Idle = 100_000
	s.Site = &Site{Hour: func(h int64) Hour { return Hour{Per: 1, Price: float64(1 + 4*h)} }}
	o := simulate(t, s, 1)
	for b, want := range map[Bucket]float64{Productive: 3600e3 + 5*3200e3, WastedProgress: 5 * 300e3, InfrastructureRecovery: 5 * 100 * 100} {
		if got := o.Billing.Buckets[b][MoneyUSD]; math.Abs(got-want) > 1e-9*want {
			t.Errorf("%v costs %v, want %v", b, got, want)
		}
	}
}
