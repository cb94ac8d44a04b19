package scenario

import "trainsim/sim/engine"

// Checkpoint is section [checkpoint]: how progress is kept. Its size follows the
// model, its times the bandwidths, unless they are given themselves.
type Checkpoint struct {
	Interval Cadence `toml:"interval" unit:"cadence" range:"(0,)" default:"auto" help:"computing between two checkpoints: a duration; exact: the least run time for the MTBF of the job, young, daly: approximations of it; auto: exact, but no shorter than a checkpoint takes to become durable; none: no checkpoint is written"`
	Steps    int     `toml:"steps" range:"[1,1000000000]" default:"0" help:"steps between two checkpoints, instead of interval"`
	Mode     string  `toml:"mode" range:"blocking|async" default:"blocking" help:"blocking: steps wait until it is written; async: until it is copied to host memory, from where it is written beside them"`
	Keep     int     `toml:"keep" range:"[0,1000000]" default:"0" help:"durable checkpoints kept; 0: all"`

	BytesPerParameter float64 `toml:"bytes_per_parameter" range:"(0,)" default:"14" help:"size for each parameter of the model: bf16 weight, fp32 master weight and two moments of Adam (AWS and VAST Data count 10 to 14)"`
	Bandwidth         float64 `toml:"bandwidth" unit:"bandwidth" range:"(0,)" default:"200 GB/s" help:"at which all ranks together write to storage (VAST Data: 50 to 200 GB/s in 40 production runs; Llama 3: 2 TB/s)"`
	ReadBandwidth     float64 `toml:"read_bandwidth" unit:"bandwidth" range:"(0,)" default:"0 B/s" help:"at which they read from it; without it, as they write"`
	CopyBandwidth     float64 `toml:"copy_bandwidth" unit:"bandwidth" range:"(0,)" default:"25 GB/s" help:"at which one GPU copies its share to host memory (PCIe 4.0 x16, 31.5 GB/s raw)"`

	Save    engine.Duration `toml:"save" unit:"duration" range:"[0,3153600000]" default:"-1 s" help:"steps wait so long for each checkpoint; without it, for its bytes to be written, or copied where async"`
	Write   engine.Duration `toml:"write" unit:"duration" range:"[0,3153600000]" default:"-1 s" help:"async: after that, until it is durable; without it, for its bytes to be written"`
	Restore engine.Duration `toml:"restore" unit:"duration" range:"[0,3153600000]" default:"-1 s" help:"reading one back; without it, for its bytes to be read"`

	MemoryInterval engine.Duration `toml:"memory_interval" unit:"duration" range:"[0,3153600000]" default:"-1 s" help:"computing between two copies in the memory of other hosts; 0: every step, as strategy memory does without it (GEMINI, SOSP'23)"`
	MemorySave     engine.Duration `toml:"memory_save" unit:"duration" range:"[0,3153600000]" default:"40 ms" help:"steps wait so long for each copy (ByteRobust, arXiv 2509.16293: 10 to 40 ms)"`
	MemoryRestore  engine.Duration `toml:"memory_restore" unit:"duration" range:"[0,3153600000]" default:"-1 s" help:"reading one back; without it, for the state of a rank to cross its NIC"`
}

const async = "async"

// checkpointBytes returns the size of a checkpoint.
func (c *Config) checkpointBytes() float64 {
	return c.Checkpoint.BytesPerParameter * float64(c.Model.Params())
}

// saveTime returns how long steps wait for a checkpoint, and how long it takes
// after that to become durable. Each rank copies and writes an equal share, as
// the fully parallel save of Megatron-LM does.
func (c *Config) saveTime() (save, write engine.Duration) {
	k := &c.Checkpoint
	all := engine.FromSeconds(c.checkpointBytes() / k.Bandwidth)
	save = all
	if k.Mode == async {
		save = engine.FromSeconds(c.checkpointBytes() / float64(c.Layout.Ranks()) / k.CopyBandwidth)
		write = all
	}
	if k.Save >= 0 {
		save = k.Save
	}
	if k.Write >= 0 {
		write = k.Write
	}
	return save, write
}

// restoreTime returns how long a checkpoint takes to be read from storage.
func (c *Config) restoreTime() engine.Duration {
	k := &c.Checkpoint
	switch {
	case k.Restore >= 0:
		return k.Restore
	case k.ReadBandwidth > 0:
		return engine.FromSeconds(c.checkpointBytes() / k.ReadBandwidth)
	}
	return engine.FromSeconds(c.checkpointBytes() / k.Bandwidth)
}

// peerTime returns how long the state of one rank takes to come over its NIC from
// the memory of another host.
func (c *Config) peerTime() engine.Duration {
	state := c.checkpointBytes() / float64(c.Layout.Tensor*c.Layout.Pipeline)
	return engine.FromSeconds(state / (c.Fabric.NICBandwidth * c.Fabric.NICEfficiency))
}

// or returns d, or what else says where it is not set.
func or(d engine.Duration, other engine.Duration) engine.Duration {
	if d >= 0 {
		return d
	}
	return other
}
