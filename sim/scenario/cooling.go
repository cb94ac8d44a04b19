package scenario

import (
	"fmt"
	"math"
	"slices"

	"trainsim/sim/cluster"
	"trainsim/sim/engine"
	"trainsim/sim/training"
)

// Cooling is section [cooling]: what carries the heat of GPUs away, and what is done
// where that is not enough.
type Cooling struct {
	Name         string
	Enabled      bool            `toml:"enabled" default:"false" help:"simulates the temperature of GPUs; true where this section or [[cooling_failure]] is written"`
	Inlet        float64         `toml:"inlet" unit:"temperature" range:"[0,100]" default:"27 °C" help:"temperature of the air or liquid that arrives"`
	Resistance   float64         `toml:"resistance" unit:"thermal resistance" range:"[0.000001,10]" default:"0.064 K/W" help:"from there to the sensor of a GPU, which settles at inlet + resistance × power"`
	HeatCapacity float64         `toml:"heat_capacity" unit:"heat capacity" range:"(0,1000000]" default:"312 J/K" help:"of a GPU and what is fixed to it; resistance × heat_capacity is the time in which it goes 63 % of the way to where it settles"`
	Throttle     float64         `toml:"throttle" unit:"temperature" range:"[0,1000]" default:"87 °C" help:"above it the clock of a GPU is lowered, by 2.5 % at each look (by 10 % below half)"`
	Hysteresis   float64         `toml:"hysteresis" unit:"temperature difference" range:"(0,100]" default:"2 K" help:"so far below that it is raised again (assumed)"`
	Shutdown     float64         `toml:"shutdown" unit:"temperature" range:"[0,1000]" default:"95 °C" help:"at which a GPU switches itself off, and the step cannot finish"`
	Interval     engine.Duration `toml:"interval" unit:"duration" range:"[0.000001,3600]" default:"1 s" help:"from one look at the temperatures to the next (assumed)"`
	Start        string          `toml:"start" range:"warm|cold" default:"warm" help:"warm: as hours of steps like the first leave the temperatures, and clocks from the second step on; cold: as hours of idling do"`
	Fans         float64         `toml:"fans" unit:"ratio" default:"100 %" help:"share of host.power_fans that is drawn with this cooling"`
}

// CoolingFailure makes what cools GPUs worse. At most one of GPU and Host is set
// (others -1).
type CoolingFailure struct {
	GPU        int             `toml:"gpu" range:"[0,)" default:"-1" help:"GPU that is cooled worse, counted over all hosts; without gpu and host: all GPUs"`
	Host       int             `toml:"host" range:"[0,)" default:"-1" help:"host whose GPUs are cooled worse"`
	Inlet      float64         `toml:"inlet" unit:"temperature" range:"[0,100]" default:"-1 °C" help:"temperature of the air or liquid that arrives, as in a hot aisle; without it, as before"`
	Resistance float64         `toml:"resistance" unit:"thermal resistance" range:"[0.000001,10]" default:"0 K/W" help:"from there to the sensor, as with a failed fan or pump; without it, as before"`
	At         engine.Time     `toml:"at" unit:"time" default:"0 s" range:"[0,31536000]" help:"when it begins"`
	For        engine.Duration `toml:"for" unit:"duration" default:"0 s" range:"[0,31536000]" help:"how long it lasts; 0: to the end"`
}

// coolant returns what the keys of a cooling say.
func (k *Cooling) coolant() cluster.Coolant {
	return cluster.Coolant{Inlet: cluster.Celsius(k.Inlet), Resistance: microkelvins(k.Resistance)}
}

func microkelvins(perWatt float64) int64 { return int64(math.Round(perWatt * 1e6)) }

// cool adds what cools the GPUs of a job.
func (c *Config) cool(j *training.Job) {
	k := &c.Cooling
	if !k.Enabled {
		return
	}
	j.Cooling = &training.Cooling{Coolant: k.coolant(), Capacity: k.HeatCapacity, Interval: k.Interval, Warm: k.Start == "warm",
		Throttle: cluster.Throttle{Above: cluster.Celsius(k.Throttle), Hysteresis: cluster.Celsius(k.Hysteresis)}, Shutdown: cluster.Celsius(k.Shutdown)}
	for i := range c.CoolingFailure {
		j.Cooling.Failures = append(j.Cooling.Failures, c.CoolingFailure[i].resolve())
	}
}

// resolve turns words into ids.
func (f *CoolingFailure) resolve() training.CoolingFailure {
	out := training.CoolingFailure{Target: training.TargetAll, At: f.At, For: f.For,
		Coolant: cluster.Coolant{Inlet: max(0, cluster.Celsius(f.Inlet)), Resistance: microkelvins(f.Resistance)}}
	switch {
	case f.GPU >= 0:
		out.Target, out.ID = training.TargetGPU, int32(f.GPU)
	case f.Host >= 0:
		out.Target, out.ID = training.TargetHost, int32(f.Host)
	}
	return out
}

// scaledCooling returns the failures that a machine of another size has too.
func (c *Config) scaledCooling() []CoolingFailure {
	return slices.DeleteFunc(slices.Clone(c.CoolingFailure), func(f CoolingFailure) bool { return f.GPU >= 0 || f.Host >= 0 })
}

// resolveCooling fills in what follows from other keys.
func (l *loader) resolveCooling() {
	doc := &l.doc
	if (l.raw["cooling"] != nil || l.raw["cooling_failure"] != nil) && !l.given["cooling.enabled"] {
		doc.Cooling.Enabled = true
	}
	if doc.Cooling.Enabled {
		doc.Host.FansOff = 1 - doc.Cooling.Fans
	}
}

// checkCooling checks that idle GPUs are cool enough, and that failures are of what is
// there and change something.
func (l *loader) checkCooling() {
	doc := &l.doc
	k := &doc.Cooling
	if doc.Host.PowerFans > doc.Host.PowerBase {
		l.report("host.power_fans", false, wrong("fans draw more than the host without GPUs and NICs, %s", unitOf("power").write(doc.Host.PowerBase)).or("they are part of power_base"))
	}
	if !k.Enabled {
		if len(doc.CoolingFailure) > 0 {
			l.report("cooling.enabled", false, wrong("false, and cooling is to fail").or("leave it out"))
		}
		return
	}
	write := unitOf("temperature").write
	if k.Throttle >= k.Shutdown {
		l.report("cooling.shutdown", false, wrong("GPUs switch off at %s, before clocks are lowered", write(k.Shutdown)).or("write more than throttle, "+write(k.Throttle)))
	}
	if idle := k.coolant().Settles(doc.GPU.IdlePower()).Celsius(); idle >= k.Throttle-k.Hysteresis {
		l.report("cooling.throttle", false, wrong("idle GPUs are at %.4g °C: no clock is low enough for %s less hysteresis", idle, write(k.Throttle)).or("cool them better, or write more"))
	}
	if doc.long && k.Start == "cold" {
		l.report("cooling.start", false, wrong("cold, and a long run simulates one step for many").or(`leave it out: "warm" is as hours of steps leave the temperatures`))
	}
	for i := range doc.CoolingFailure {
		l.checkCoolingFailure(&doc.CoolingFailure[i], fmt.Sprintf("cooling_failure[%d]", i))
	}
}

// checkCoolingFailure checks one failure of cooling.
func (l *loader) checkCoolingFailure(f *CoolingFailure, path string) {
	doc := &l.doc
	if f.GPU >= 0 && f.Host >= 0 {
		l.report(path, true, wrong("names 2 things").or("give at most one of gpu and host; without them it is of all GPUs"))
		return
	}
	switch {
	case f.GPU >= 0:
		l.checkBusyGPU(f.GPU, path+".gpu")
	case f.Host >= 0:
		l.checkBusyHost(f.Host, path+".host")
	}
	if f.Inlet <= doc.Cooling.Inlet && f.Resistance <= doc.Cooling.Resistance {
		l.report(path, true, wrong("changes nothing").or(fmt.Sprintf("give inlet above %s or resistance above %s",
			unitOf("temperature").write(doc.Cooling.Inlet), unitOf("thermal resistance").write(doc.Cooling.Resistance))))
	}
	if doc.long && (f.At > 0 || f.For > 0) {
		l.report(path, true, wrong("begins or ends, and a long run simulates one step for many").or("leave out at and for: it holds all the time"))
	}
}
