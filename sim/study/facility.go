package study

import (
	"math"

	"trainsim/sim/budget"
	"trainsim/sim/engine"
	"trainsim/sim/results"
	"trainsim/sim/run"
	"trainsim/sim/scenario"
)

// facility is what the site draws for what hosts and switches do. All of it is
// linear in their power, at any hour, so that means give the energy exactly.
type facility struct {
	site *budget.Site

	fixed, per float64 // W, and for each W of hosts and switches, that reach the site: 0 and 1 where no levels of feeds are simulated
	lost, loss float64 // by the feed of the site itself: W, and a share of what it delivers
}

// facilityOf returns the facility of a scenario, with the losses of the levels that
// fed the step of a summary.
func facilityOf(c *scenario.Config, s *results.Summary) facility {
	f := facility{site: &c.Site, per: 1}
	if s.Feeds == nil {
		return f
	}
	feed := &c.Feeds.Site
	f.lost, f.loss = feed.FixedLoss, 1/feed.Efficiency-1
	if n := len(s.Feeds.Levels); n > 1 { // below the site
		below, switches := &s.Feeds.Levels[n-2], s.EnergyComponentsJ["switch"]/s.StepTimeS
		f.per = below.PerW
		f.fixed = below.FixedW + (1-f.per)*switches // they hang on the site directly
	}
	return f
}

// hour returns what holds in an hour of the series of the site.
func (f *facility) hour(number int64) run.Hour {
	beside, follows := f.site.Draw(f.site.Outside.At(number))
	more := 1 + f.loss
	return run.Hour{Fixed: f.lost + more*(beside+follows*f.fixed), Per: more * follows * f.per,
		Price: f.site.Electricity.At(number) / joulesPerKWh, Carbon: f.site.Carbon.At(number) / joulesPerKWh}
}

const joulesPerKWh = 3.6e6

// start returns the hour of the series in which the run begins, with its fraction.
func (f *facility) start() float64 { return f.site.Start / 3600 }

// use is what the site counts.
type use struct{ joules, usd, kg float64 }

func (u use) plus(o use) use { return use{u.joules + o.joules, u.usd + o.usd, u.kg + o.kg} }

// within returns what so much energy of hosts and switches comes to in a time within
// the hour in which the run begins.
func (f *facility) within(joules, seconds float64) use {
	number := int64(f.start())
	h := f.hour(number)
	return f.counted(h.Fixed*seconds+h.Per*joules, number)
}

// counted returns what so many joules of the site come to in an hour of its series.
func (f *facility) counted(site float64, number int64) use {
	return use{site, 1000 * budget.MWh(site) * f.site.Electricity.At(number), budget.Carbon(site, f.site.Carbon.At(number))}
}

// mostHours bounds the hours that are added up one by one: a hundred years. What is
// longer goes on like these.
const mostHours = 876_600

// steady returns what so much energy of hosts and switches comes to that is spread
// evenly over so many hours, from the beginning of the run on.
func (f *facility) steady(joules, hours float64) use {
	if !f.site.Changes() {
		return f.within(joules, 3600*hours)
	}
	counted := min(hours, mostHours)
	watts := joules / hours / 3600
	var sum use
	for at, end := f.start(), f.start()+counted; at < end; {
		next := min(math.Floor(at)+1, end)
		h := f.hour(int64(at))
		sum = sum.plus(f.counted((h.Fixed+h.Per*watts)*3600*(next-at), int64(at)))
		at = next
	}
	more := hours / counted
	return use{sum.joules * more, sum.usd * more, sum.kg * more}
}

// ofStep returns what the site draws for the steady step, component by component.
func (f *facility) ofStep(s *results.Summary) *results.Facility {
	site, computers, feeds := s.EnergyBoundariesJ["facility"], s.EnergyPerStepJ, 0.0
	if s.Feeds != nil {
		for _, l := range s.Feeds.Levels {
			feeds += l.LossJ
		}
	}
	out := &results.Facility{PUE: site / computers, OutsideC: f.site.Outside.At(int64(f.start())),
		EnergyComponentsJ: map[string]float64{"computers": computers, "feeds": feeds, "cooling": site - computers - feeds}}
	if f.site.Overhead().Fixed > 0 {
		out.RatedPowerW, out.Load = f.site.Rated, s.MeanPowerW/f.site.Rated
	}
	return out
}

// billed returns the site for a run to count at, nil where nothing changes by the
// hour and all follows from energy and time.
func (f *facility) billed() *run.Site {
	if !f.site.Changes() {
		return nil
	}
	return &run.Site{Start: engine.FromSeconds(f.site.Start), Hour: f.hour}
}

// hours returns the hours that a run has kept.
func (f *facility) hours(o *run.Outcome) []results.HourOfRun {
	if o.Billing == nil {
		return nil
	}
	list := make([]results.HourOfRun, len(o.Billing.Hours))
	start := f.start()
	for i := range list {
		number, t := math.Floor(start)+float64(i), &o.Billing.Hours[i]
		from, to := max(0, (number-start)*3600), min(o.End.Seconds(), (number+1-start)*3600)
		list[i] = results.HourOfRun{AtS: from, Seconds: to - from, MainsMWh: budget.MWh(t[run.MainsJ]), SiteMWh: budget.MWh(t[run.SiteJ]),
			ElectricityUSD: t[run.MoneyUSD], OperationalKg: t[run.CarbonKg], OutsideC: f.site.Outside.At(int64(number))}
	}
	return list
}
