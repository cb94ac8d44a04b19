package budget

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// digits fails unless got, rounded to as many decimals as want has, is want.
func digits(t *testing.T, what string, got float64, want string) {
	t.Helper()
	_, decimals, _ := strings.Cut(want, ".")
	if s := strconv.FormatFloat(got, 'f', len(decimals), 64); s != want {
		t.Errorf("%s: %s, want %s", what, s, want)
	}
}

// llama3 is the MTBF of Llama 3 405B on 16,384 GPUs: 54 days over 419 failures.
const llama3 = 11_135

// Values of the exact form, from 30-digit arithmetic. Deviations of 4,000 drawn
// runs were 16,268, 20,469 and 18,330 s in the first three cases, as near as their
// standard error of 1.1 % lets them be.
func TestExpectedRunTime(t *testing.T) {
	const h = 3600
	tests := []struct {
		name                  string
		c                     Checkpointing
		work, interval        float64
		time, failures, ratio string
		deviation             string
	}{
		{"Llama 3", Checkpointing{llama3, 60, 300, 0}, 100 * h, h, "445153.717", "39.97788", "0.808709", "16336.83"},
		{"with repair", Checkpointing{llama3, 60, 300, 600}, 100 * h, h, "469140.446", "39.97788", "0.767361", "20580.83"},
		{"harsh", Checkpointing{3600, 360, 600, 0}, 10 * h, h, "85235.126", "23.67642", "0.422361", "18366.31"},
		{"reliable", Checkpointing{86400, 300, 600, 0}, 500 * h, 2 * h, "1972436.990", "22.82913", "0.912577", "23727.51"},
	}
	for _, tt := range tests {
		digits(t, tt.name+", time", tt.c.ExpectedRunTime(tt.work, tt.interval), tt.time)
		digits(t, tt.name+", failures", tt.c.ExpectedFailures(tt.work, tt.interval), tt.failures)
		digits(t, tt.name+", ETTR", tt.c.ETTR(tt.interval), tt.ratio)
		digits(t, tt.name+", deviation", tt.c.RunTimeDeviation(tt.work, tt.interval), tt.deviation)
	}
}

// replay draws one run of so many segments, failure by failure.
func replay(c Checkpointing, segments int, interval float64, rng *rand.Rand) float64 {
	total := 0.0
	for range segments {
		need := interval + c.Write
		for {
			failure := rng.ExpFloat64() * c.MTBF
			if failure >= need {
				total += need
				break
			}
			total += failure + c.Repair
			need = c.Restart + interval + c.Write
		}
	}
	return total
}

// Mean and deviation of 4,000 drawn runs, within four standard errors. The harsh
// case has a failure in most segments and in a sixth of restarts.
func TestRunTimeDrawn(t *testing.T) {
	const runs = 4000
	for _, c := range []Checkpointing{{llama3, 60, 300, 600}, {3600, 360, 600, 0}} {
		rng := rand.New(rand.NewPCG(1, 2))
		const segments, interval = 40, 3600.0
		sum, squares := 0.0, 0.0
		mean, deviation := c.ExpectedRunTime(segments*interval, interval), c.RunTimeDeviation(segments*interval, interval)
		for range runs {
			off := replay(c, segments, interval, rng) - mean
			sum += off
			squares += off * off
		}
		if most := 4 * deviation / math.Sqrt(runs); math.Abs(sum/runs) > most {
			t.Errorf("mean is %.0f s off, more than %.0f", sum/runs, most)
		}
		// The error of a deviation is that over √(2n) where runs are near normal.
		if off := math.Sqrt(squares/runs)/deviation - 1; math.Abs(off) > 4/math.Sqrt(2*runs) {
			t.Errorf("deviation is off by %.3f of itself", off)
		}
	}
}

// Daly's three figures: a write of 5 min, a restart of 10 min. He prints 117, 57
// and 9.1 min; Young's are 120, 60 and 12.2.
func TestOptimalInterval(t *testing.T) {
	for _, tt := range []struct{ mtbf, optimal, young, daly, stretch, byYoung string }{
		{"86400", "116.690", "120.000", "116.690", "1.095764", "1.095798"},
		{"21600", "56.714", "60.000", "56.713", "1.220433", "1.220739"},
		{"900", "9.1665", "12.247", "9.141", "5.008318", "5.147039"},
	} {
		mtbf, _ := strconv.ParseFloat(tt.mtbf, 64)
		c := Checkpointing{MTBF: mtbf, Write: 300, Restart: 600}
		digits(t, "optimum in min", c.OptimalInterval()/60, tt.optimal)
		digits(t, "Young in min", c.YoungInterval()/60, tt.young)
		digits(t, "Daly in min", c.DalyInterval()/60, tt.daly)
		digits(t, "E[T]/W", 1/c.ETTR(c.OptimalInterval()), tt.stretch)
		digits(t, "E[T]/W at Young's", 1/c.ETTR(c.YoungInterval()), tt.byYoung)
	}
}

// How far the approximations are off, in % of the optimum.
func TestIntervalErrors(t *testing.T) {
	for _, tt := range []struct {
		write       float64
		young, daly string
	}{{0.001, "1.508", "-0.00003"}, {0.01, "4.885", "-0.0011"}, {0.1, "16.710", "-0.040"}, {1, "68.08", "-1.82"}} {
		c := Checkpointing{MTBF: 1, Write: tt.write}
		digits(t, "Young", 100*(c.YoungInterval()/c.OptimalInterval()-1), tt.young)
		digits(t, "Daly", 100*(c.DalyInterval()/c.OptimalInterval()-1), tt.daly)
	}
	near(t, "Daly, a write of 2 M", Checkpointing{MTBF: 5, Write: 10}.DalyInterval(), 5)
}

// The optimum is one: the derivative of E[T]/W is 0 there, and it holds against
// any other interval; the closed form of its ratio is that of the general form.
func TestOptimumIsOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Checkpointing{
			MTBF:    rapid.Float64Range(100, 1e7).Draw(t, "M"),
			Restart: rapid.Float64Range(0, 3600).Draw(t, "R"),
			Repair:  rapid.Float64Range(0, 3600).Draw(t, "D"),
		}
		c.Write = c.MTBF * math.Exp(rapid.Float64Range(-13, 1).Draw(t, "ln C/M"))
		best, other := c.OptimalInterval(), c.MTBF*math.Exp(rapid.Float64Range(-9, 2).Draw(t, "ln τ/M"))
		// (1 − τ/M)·e^{(τ+C)/M} = 1
		if off := math.Log1p(-best/c.MTBF) + (best+c.Write)/c.MTBF; math.Abs(off) > 1e-14 {
			t.Fatalf("derivative off by %g", off)
		}
		if ratio := c.OptimalETTR(); c.ETTR(other) > ratio*(1+1e-9) || math.Abs(c.ETTR(best)/ratio-1) > 1e-9 {
			t.Fatalf("ETTR %.12g at the optimum, %.12g by its form, %.12g elsewhere", c.ETTR(best), ratio, c.ETTR(other))
		}
	})
}

// Plans for Llama 3, by write and restart in seconds.
func TestPlans(t *testing.T) {
	for _, tt := range []struct {
		write, restart                float64
		interval, ratio, availability string
	}{
		{10, 300, "465.3", "0.9327", "488.33"},
		{10, 600, "465.3", "0.9079", "494.56"},
		{30, 300, "797.5", "0.9037", "858.85"},
		{60, 600, "1116.3", "0.8526", "1248.19"},
		{300, 600, "2388.8", "0.7443", "2970.39"},
	} {
		c := Checkpointing{MTBF: llama3, Write: tt.write, Restart: tt.restart}
		digits(t, "τ*", c.OptimalInterval(), tt.interval)
		digits(t, "ETTR", c.OptimalETTR(), tt.ratio)
		digits(t, "T_c", c.Write+c.AvailabilityInterval(), tt.availability)
		// The write that the ratio allows is the one it was computed from.
		if got := c.LongestWrite(1 - c.OptimalETTR()); math.Abs(got-tt.write) > 1e-9*tt.write {
			t.Errorf("longest write %g s, want %g", got, tt.write)
		}
	}
	// 2.3 TB with at most 10 % lost and a restart of 300 s: e^{300/11135} = 1.027308,
	// y = 1 − 0.9·1.027308 = 0.075423, −ln(1−y) − y = 0.0029959, C = 33.36 s.
	c := Checkpointing{MTBF: llama3, Restart: 300}
	digits(t, "longest write", c.LongestWrite(0.1), "33.36")
	digits(t, "GB/s", c.RequiredBandwidth(2.3e12, 0.1)/1e9, "68.9")
	near(t, "restarts alone", c.LongestWrite(0.02), 0)
	if got := c.RequiredBandwidth(2.3e12, 0.02); !math.IsInf(got, 1) {
		t.Errorf("%g bytes/s reach what restarts forbid", got)
	}
}

// Meta's projection: 2,048 nodes at 6.5 failures per 1,000 node-days, a restart
// of 5 min, writes that block nothing.
func TestMetaETTR(t *testing.T) {
	c := Checkpointing{MTBF: JobMTBF(Parts{2048, 1000 * 86400 / 6.5}), Restart: 300}
	digits(t, "MTTF in h", c.MTBF/3600, "1.803")
	digits(t, "60 min", c.MetaETTR(3600), "0.6764")
	digits(t, "60 min, exact", c.ETTR(3600), "0.7144")
	digits(t, "5 min", c.MetaETTR(300), "0.9307") // the paper has 0.93
	digits(t, "5 min, exact", c.ETTR(300), "0.9329")
	c.Write = 60 // 61/60 of the time, at an interval of an hour
	near(t, "write of 1 min", c.MetaETTR(3600), (1-2100/c.MTBF)*60/61)
}

func TestOverhead(t *testing.T) {
	// 10/500 + (500 + 10)/2000 + (100 + 45)/1000
	c := Checkpointing{MTBF: 1000, Write: 10, Restart: 100, Repair: 45}
	near(t, "first order", c.FirstOrderOverhead(500), 0.02+0.255+0.145)
	// Durable 40 s after the snapshot: 40/1000 more.
	near(t, "asynchronous", c.AsyncOverhead(500, 40), 0.02+0.255+0.145+0.04)
	near(t, "rollback", MeanRollback(500, 40), 290)
	// It is the exact form less what is of second order: here the time that failures
	// cost while the job writes, C/τ of the 400 s, and (500/M)².
	c.MTBF = 1e8
	if off := 1/c.ETTR(500) - 1 - c.FirstOrderOverhead(500) - 0.02*400/c.MTBF; math.Abs(off) > 1e-10 {
		t.Errorf("off by %g", off)
	}
}

// The rollback of asynchronous checkpoints, drawn: a failure at any time of a
// period finds the newest snapshot older than the delay, however many are under way.
func TestMeanRollback(t *testing.T) {
	const interval, steps = 100.0, 1000
	for _, durable := range []float64{0, 30, 250} {
		sum := 0.0
		for i := range steps {
			failure := (float64(i) + 0.5) / steps * interval
			sum += failure - math.Floor((failure-durable)/interval)*interval
		}
		near(t, "rollback", sum/steps, MeanRollback(interval, durable))
	}
}

func TestNoCheckpointTime(t *testing.T) {
	digits(t, "M", NoCheckpointTime(1, 1), "1.718282")
	digits(t, "2 M", NoCheckpointTime(2, 1), "6.389056")
	digits(t, "5 M", NoCheckpointTime(5, 1), "147.413159")
	near(t, "of one hour", NoCheckpointTime(3600, 3600), 3600*(math.E-1))
	// One segment, nothing to write, restarts free.
	near(t, "as a segment", Checkpointing{MTBF: 7}.ExpectedRunTime(9, 9), NoCheckpointTime(9, 7))
}

// FT-HSDP: a failure every 18 min; published are 0.44 and, with other losses, 0.80.
func TestFixedStallETTR(t *testing.T) {
	digits(t, "10 min", FixedStallETTR(18*60, 10*60), "0.4444")
	digits(t, "3 min", FixedStallETTR(18*60, 3*60), "0.8333")
}
