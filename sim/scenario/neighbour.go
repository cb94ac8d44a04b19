package scenario

import (
	"fmt"
	"slices"

	"trainsim/sim/engine"
	"trainsim/sim/network"
	"trainsim/sim/training"
)

// Neighbour is another job on hosts of the machine that hold no ranks. Over and
// over it computes, and then its collectives run.
type Neighbour struct {
	Hosts      HostList        `toml:"hosts" range:"[0,)" required:"true" help:"hosts that it fills, two or more without ranks, such as [16, 17, 20] or \"16-17,20\""`
	Groups     string          `toml:"groups" range:"rail|one" default:"rail" help:"rail: GPU i of every host is a communicator, all at once; one: all GPUs are one"`
	Collective string          `toml:"collective" range:"all_reduce|all_gather|reduce_scatter|all_to_all|broadcast" default:"all_reduce" help:"what each communicator runs in a period"`
	Size       int64           `toml:"size" unit:"bytes" range:"(0,)" help:"size of the collective of one communicator, as nccl-tests counts it"`
	Compute    engine.Duration `toml:"compute" unit:"duration" default:"0 s" range:"[0,31536000]" help:"how long it computes before its collectives run"`
	At         engine.Time     `toml:"at" unit:"time" default:"0 s" range:"[0,31536000]" help:"when it begins to compute"`
	For        engine.Duration `toml:"for" unit:"duration" default:"0 s" range:"[0,31536000]" help:"after this its collectives run no more; 0: to the end"`
}

// resolve lists the GPUs of its communicators on hosts of so many.
func (n *Neighbour) resolve(gpus int) (training.Neighbour, error) {
	collective, ok := network.CollectiveByName(n.Collective)
	if !ok {
		return training.Neighbour{}, fmt.Errorf("neighbour: there is no collective %q", n.Collective)
	}
	out := training.Neighbour{Collective: collective, Bytes: n.Size, Compute: n.Compute, At: n.At, For: n.For}
	for _, h := range n.Hosts {
		for i := range gpus {
			group := i
			if n.Groups == "one" {
				group = 0
			}
			if group == len(out.Groups) {
				out.Groups = append(out.Groups, nil)
			}
			out.Groups[group] = append(out.Groups[group], h*int32(gpus)+int32(i))
		}
	}
	return out, nil
}

// checkNeighbours checks that each neighbour has hosts of its own.
func (l *loader) checkNeighbours() {
	doc := &l.doc
	if len(doc.Neighbour) > 0 && doc.long {
		l.report("neighbour[0]", true, wrong("a long run has no neighbours: its spares would be theirs").or("simulate single steps beside them: give run.steps, and none of the sections of a long run"))
		return
	}
	holder := make([]string, doc.Machine.Hosts) // what is on each host
	for _, h := range doc.rankHosts() {
		if int(h) < len(holder) {
			holder[h] = "ranks"
		}
	}
	for i := range doc.Neighbour {
		n := &doc.Neighbour[i]
		path := fmt.Sprintf("neighbour[%d].hosts", i)
		if len(n.Hosts) < 2 {
			l.report(path, false, wrong("a job on one host sends nothing over the network").or("give two hosts or more"))
		}
		for _, h := range n.Hosts {
			if int(h) >= len(holder) {
				l.report(path, false, wrong("there is no host %d", h).or(fmt.Sprintf("hosts are 0 to %d; machine.hosts says how many there are", len(holder)-1)))
				break
			}
			if holder[h] != "" {
				l.report(path, false, wrong("host %d holds %s already", h, holder[h]).or("give hosts of its own"))
				break
			}
			holder[h] = fmt.Sprintf("neighbour %d", i)
		}
	}
}

// rankHosts returns the hosts that ranks fill.
func (doc *Sections) rankHosts() []int32 {
	need := ceilDiv(doc.Layout.Ranks(), doc.Host.GPUs)
	if list := doc.Machine.HostList; len(list) > 0 {
		return list[:min(need, len(list))]
	}
	hosts := make([]int32, min(need, doc.Machine.Hosts))
	for i := range hosts {
		hosts[i] = int32(i)
	}
	return hosts
}

// reach returns how many hosts there are up to the last that ranks or a neighbour
// are on.
func reach(ranks []int32, neighbours []Neighbour) int {
	lists := [][]int32{ranks}
	for i := range neighbours {
		lists = append(lists, neighbours[i].Hosts)
	}
	last := int32(0)
	for _, h := range slices.Concat(lists...) {
		last = max(last, h)
	}
	return int(last) + 1
}

// joined returns how many hosts links are built for.
func (doc *Sections) joined() int {
	return doc.Fabric.Joins(min(reach(doc.rankHosts(), doc.Neighbour), doc.Machine.Hosts), doc.Machine.Hosts)
}

// topology returns the links that are built.
func (doc *Sections) topology() *network.Topology {
	return doc.Fabric.Build(doc.joined(), doc.Host.GPUs)
}
