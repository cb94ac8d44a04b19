package training

import "trainsim/sim/cluster"

// Power is how the hosts of a job are fed, and what is done where that is not enough.
type Power struct {
	Levels   []cluster.Level // from the hosts up, each of whole feeds of the one before; the last, the site, is one feed
	Supplies cluster.Guard   // of the supplies of a host; its limit is what those that work can deliver
	MostLost int             // supplies that any host may lose in a state of health, beside those of Job.Degrade
}

// grid is what the hosts of a plan, or their classes, hang on. Of its feeds it keeps
// those with a limit, from the hosts up; what the others lose is linear in the load
// of all hosts and known without them.
type grid struct {
	feeds  []int64 // of each level
	level  []int32 // of each feed with a limit
	id     []int32 // its number within the level, in the machine
	parent []int32 // the next with a limit above it, −1: none
	count  []int64 // identical ones
	share  []int64 // such feeds below one parent
	host   []int32 // feed of each host, −1: none
	hosts  []int64 // such hosts below one feed

	load  []cluster.Linear // delivered by each feed, following what hosts below draw
	cap   []int64          // mW that each feed leaves to each GPU below it
	holds []Hold           // all that may be put on GPUs
}

// layFeeds hangs the hosts of a plan, in which every rank stands for itself, on
// feeds.
func (p *plan) layFeeds(j *Job) {
	if j.Power == nil {
		return
	}
	g := &grid{host: make([]int32, len(p.hostID)), hosts: ones(len(p.hostID))}
	for h := range g.host {
		g.host[h] = -1
	}
	g.layLevels(j, p.hostID)
	g.count, g.share = ones(len(g.id)), ones(len(g.id))
	p.grid = g
	g.findCaps(j, p)
}

// layLevels lays the feeds of hosts, given in order, level by level.
func (g *grid) layLevels(j *Job, hosts []int32) {
	below := make([]int32, len(hosts)) // last feed with a limit below, of each host
	draws := make([]cluster.Linear, len(hosts))
	for i := range hosts {
		below[i], draws[i] = -1, cluster.Linear{Per: 1}
	}
	for l := range j.Power.Levels {
		level := &j.Power.Levels[l]
		number := func(i int) int32 {
			if level.Hosts == 0 {
				return 0
			}
			return hosts[i] / level.Hosts
		}
		feeds := int64(0)
		for from, to := 0, 0; from < len(hosts); from = to {
			for to = from; to < len(hosts) && number(to) == number(from); to++ {
			}
			feeds++
			taken := sumOf(draws[from:to])
			if l == len(j.Power.Levels)-1 {
				taken.Fixed += float64(j.switches(len(hosts)))
			}
			delivered := level.DeliveredBy(taken)
			if level.Limit > 0 {
				g.hang(int32(l), number(from), delivered, from, to, below)
			}
			spread(draws[from:to], level.DrawnBy(delivered))
		}
		g.feeds = append(g.feeds, feeds)
	}
}

// sumOf adds up what the feeds below hosts draw: what is fixed of each is told with
// its first host, and nothing with the others.
func sumOf(draws []cluster.Linear) cluster.Linear {
	sum := cluster.Linear{Per: draws[0].Per} // alike, as levels are
	for _, d := range draws {
		sum.Fixed += d.Fixed
	}
	return sum
}

// spread tells what a feed draws as sumOf reads it.
func spread(draws []cluster.Linear, drawn cluster.Linear) {
	for i := range draws {
		draws[i] = cluster.Linear{Per: drawn.Per}
	}
	draws[0].Fixed = drawn.Fixed
}

// hang adds a feed with a limit above hosts [from, to).
func (g *grid) hang(level, id int32, load cluster.Linear, from, to int, below []int32) {
	feed := int32(len(g.id))
	g.level, g.id, g.load, g.parent = append(g.level, level), append(g.id, id), append(g.load, load), append(g.parent, -1)
	for h := from; h < to; h++ {
		if b := below[h]; b >= 0 {
			g.parent[b] = feed
		} else {
			g.host[h] = feed
		}
		below[h] = feed
	}
}

// feedHolds returns all that feeds may put on GPUs.
func (p *plan) feedHolds() []Hold {
	if p.grid == nil {
		return nil
	}
	return p.grid.holds
}

// switches returns the power of the switches that so many hosts need, in mW.
func (j *Job) switches(hosts int) int64 {
	return int64(j.Fabric.Switches(hosts, j.Host.GPUs) * j.Fabric.SwitchPower * 1000)
}
