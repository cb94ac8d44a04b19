package scenario

import (
	"fmt"
	"math"

	"trainsim/sim/engine"
	"trainsim/sim/power"
)

// PowerManagement is section [power_management]: what keeps the power of the job
// from swinging, and what a utility asks of it. The defaults of the limits are the
// example of Microsoft, OpenAI and NVIDIA (arXiv 2508.14318).
type PowerManagement struct {
	Floor        float64         `toml:"floor" unit:"ratio" default:"0 %" help:"share of its power limit that a GPU burns at least, all GPUs of the job together (GB200: 90 %); 0: no floor"`
	RampUp       float64         `toml:"ramp_up" unit:"power per time" range:"[0,1e12]" default:"0 W/s" help:"fastest rise of the whole job; what GPUs ask beyond it they do not get; 0: no limit"`
	RampDown     float64         `toml:"ramp_down" unit:"power per time" range:"[0,1e12]" default:"0 W/s" help:"fastest fall of the whole job; GPUs burn what they do not need; 0: no limit"`
	Storage      float64         `toml:"storage" unit:"energy" range:"[0,1e6]" default:"0 J" help:"energy stored beside each GPU that levels what it draws (GB300: 65 J)"`
	StoragePower float64         `toml:"storage_power" unit:"power" range:"(0,1e6]" default:"-1 W" help:"at most in and out of the storage of each GPU; without it, the power limit of the GPU"`
	BandLow      float64         `toml:"band_low" unit:"frequency" range:"(0,1000]" default:"0.1 Hz" help:"lowest frequency at which the utility minds swings"`
	BandHigh     float64         `toml:"band_high" unit:"frequency" range:"(0,1000]" default:"20 Hz" help:"highest frequency at which it does"`
	BandShare    float64         `toml:"band_share" unit:"ratio" default:"20 %" help:"most that the swings in this band may hold of the energy of all swings without power management"`
	RampWindow   engine.Duration `toml:"ramp_window" unit:"duration" range:"(0,3600]" default:"1 s" help:"time over which rises and falls are measured"`
}

// Manages tells whether anything changes what the job draws.
func (m *PowerManagement) Manages() bool {
	return m.Floor > 0 || m.RampUp > 0 || m.RampDown > 0 || m.Storage > 0
}

// PowerPolicy returns how the power of the job is managed, at the mains. A slope
// is drawn in stairs of that width.
func (c *Config) PowerPolicy(stair engine.Duration) power.Policy {
	m, gpus := &c.Power, uint64(c.Layout.Ranks())
	each := c.GPU.PowerLimit
	if m.StoragePower > 0 {
		each = m.StoragePower
	}
	p := power.Policy{Floor: c.floor(), Up: rate(m.RampUp), Down: rate(m.RampDown), Stair: stair}
	if m.Storage > 0 {
		p.Storage.Capacity.AddProduct(uint64(math.Round(m.Storage*1e12)), gpus)
		p.Storage.Power = milliwatts(each) * int64(gpus)
	}
	return p
}

// floor returns what the mains see while every GPU with a rank draws the floor, in
// mW; 0: there is none. Hosts are filled one after another.
func (c *Config) floor() int64 {
	if c.Power.Floor == 0 {
		return 0
	}
	ranks, per := int64(c.Layout.Ranks()), int64(c.Host.GPUs)
	each := int64(math.Round(c.Power.Floor * float64(c.GPU.LimitPower())))
	sum := c.switches() + ranks/per*c.mains(each)
	if rest := ranks % per; rest > 0 {
		sum += c.hostMains(rest*each + (per-rest)*c.GPU.IdlePower())
	}
	return sum
}

// IdleMains returns what the job draws from the mains while its GPUs are idle, in mW.
func (c *Config) IdleMains() int64 { return c.power().Idle }

// rate returns a limit in mW/s: 0 where there is none, and else at least 1.
func rate(watts float64) int64 {
	if watts == 0 {
		return 0
	}
	return max(1, milliwatts(watts))
}

func milliwatts(watts float64) int64 { return int64(math.Round(watts * 1000)) }

// checkPower checks what single keys of [power_management] cannot show.
func (l *loader) checkPower() {
	m := &l.doc.Power
	if m.BandLow >= m.BandHigh {
		l.report("power_management.band_high", false, wrong("the band ends at %s, before it begins", unitOf("frequency").write(m.BandHigh)).or(
			fmt.Sprintf("write more than band_low, %s", unitOf("frequency").write(m.BandLow))))
	}
	if m.StoragePower > 0 && m.Storage == 0 {
		l.report("power_management.storage_power", false, wrong("there is no storage").or(`give storage, such as "65 J"`))
	}
}
