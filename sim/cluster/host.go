package cluster

// Host describes a server. See sim/scenario/presets/host for values and sources.
type Host struct {
	Name string
	GPUs int `toml:"gpus" range:"[1,)" help:"GPUs per host"`

	PowerBase float64 `toml:"power_base" unit:"power" help:"power apart from GPUs and NICs: CPUs, memory, drives, NVSwitches, fans"`
	PowerFans float64 `toml:"power_fans" unit:"power" default:"0 W" help:"part of power_base that fans draw; other cooling takes cooling.fans of it"`
	FansOff   float64 // share of PowerFans that the cooling does without
	NICs      int     `toml:"nics" help:"network adapters"`
	PowerNIC  float64 `toml:"power_nic" unit:"power" help:"power of one network adapter, whatever it carries"`

	Supplies      int     `toml:"supplies" range:"[1,)" help:"power supplies, sharing the load evenly"`
	SuppliesSpare int     `toml:"supplies_spare" default:"0" help:"supplies that may fail with the rest still carrying the full load"`
	SupplyRating  float64 `toml:"supply_rating" unit:"power" range:"(0,)" help:"output rating of one supply"`
	SupplyTier    string  `toml:"supply_tier" range:"titanium|platinum|gold" default:"titanium" help:"80 PLUS tier: the efficiency curve"`
}

// BasePower returns the power of a host apart from its GPUs and NICs, in mW.
func (h *Host) BasePower() int64 { return milliwatts(h.PowerBase - h.FansOff*h.PowerFans) }

// NICPower returns the power of all NICs of a host, in mW. Links are mostly
// load-independent, so it does not follow traffic.
func (h *Host) NICPower() int64 { return int64(h.NICs) * milliwatts(h.PowerNIC) }

// Capacity returns what n supplies can deliver, in mW.
func (h *Host) Capacity(n int) int64 { return int64(n) * milliwatts(h.SupplyRating) }

// PeakLoad returns the load with every GPU g at its limit, in mW.
func (h *Host) PeakLoad(g *GPU) int64 {
	return h.BasePower() + h.NICPower() + int64(h.GPUs)*g.LimitPower()
}
