package scenario

import (
	"slices"
	"strings"
	"testing"

	"trainsim/sim/cluster"
	"trainsim/sim/network"
	"trainsim/sim/training"
)

// wrongText is a scenario of 128 GPUs on four hosts of a pod, with what is wrong
// and keys of the network.
func wrongText(network, degrade string) string {
	return `title = "a test"
[model]
preset = "gpt-3.6b"
[layout]
tensor = 8
data = 16
global_batch = 16
recompute = "full"
[host]
preset = "dgx-a100"
[network]
hosts_per_pod = 4
` + network + "\n[[degrade]]\n" + degrade + "\n"
}

// degraded returns the names of the links that a scenario degrades, and the
// degrades.
func degraded(t *testing.T, text string) (names []string, list []training.Degrade) {
	t.Helper()
	c, err := parse(t, text)
	if err != nil {
		t.Fatal(err)
	}
	back, err := parse(t, string(c.TOML()))
	if err != nil || !equal(c, back) {
		t.Errorf("%v in\n%s", err, c.TOML())
	}
	j, err := c.Job(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range j.Degrade {
		if d.Target != training.TargetLink {
			t.Errorf("target %v", d.Target)
		}
		names = append(names, j.Topology.LinkName(d.ID))
	}
	return names, j.Degrade
}

// TestDegradeLinks: a pattern, a switch and a rail are a degrade of each link,
// in order, and are told of once.
func TestDegradeLinks(t *testing.T) {
	leaf := []string{}
	for _, host := range []string{"33", "41", "49", "57"} { // rail 1 of pod 1: hosts 4 to 7
		leaf = append(leaf, "nic_up["+host+"]", "nic_down["+host+"]")
	}
	for _, c := range []struct {
		degrade, part string
		want          []string
	}{
		{`link = "nic_up[17]"`, "", []string{"nic_up[17]"}},
		{`link = "leaf_*[3]"`, "leaf_*[3]", []string{"leaf_up[3]", "leaf_down[3]"}},
		{`link = "nic_up[126:128]"`, "nic_up[126:128]", []string{"nic_up[126]", "nic_up[127]"}},
		{`switch = "leaf[9]"`, "leaf[9]", append(leaf, "leaf_up[9]", "leaf_down[9]")},
	} {
		names, list := degraded(t, wrongText("", c.degrade+"\nspeed = 0.5\nat = \"1 ms\""))
		if !slices.Equal(names, c.want) {
			t.Errorf("%s degrades %v, want %v", c.degrade, names, c.want)
		}
		for _, d := range list {
			if d.Part != c.part || d.Speed != cluster.Nominal/2 || d.At != 1_000_000 {
				t.Errorf("%s: %+v", c.degrade, d)
			}
		}
	}
	names, list := degraded(t, wrongText("", "rail = 2\ndead = true"))
	if len(names) != 2*(16+4) || list[0].Part != "rail 2" || list[0].Speed != 0 {
		t.Errorf("rail 2 is %v, first %+v; want 16 NICs and 4 leaves, both ways", names, list[0])
	}
}

// TestLoss: by hand, one packet of five lost leaves 0.8 of a link that sends
// again what it lost, and 0.8/(0.8 + 0.2·4) of one that sends four; half the
// speed halves both.
func TestLoss(t *testing.T) {
	for _, c := range []struct {
		network, degrade string
		want             cluster.Speed
	}{
		{"", `loss = "20 %"`, 800_000},
		{"loss_window = 4", "loss = 0.2", 500_000},
		{"loss_window = 4", "loss = 0.2\nspeed = 0.5", 250_000},
		{"loss_window = 100", `loss = "0.1 %"`, 909_008}, // 0.999/1.099
		{"loss_window = 100", "speed = 0.5", 500_000},
	} {
		_, list := degraded(t, wrongText(c.network, "link = \"nic_up[3]\"\n"+c.degrade))
		if len(list) != 1 || list[0].Speed != c.want {
			t.Errorf("%s with %s: %+v, want speed %d", c.degrade, c.network, list, c.want)
		}
	}
}

// TestDegradeMistakes: each is told at its place.
func TestDegradeMistakes(t *testing.T) {
	for _, c := range []struct{ network, degrade, want string }{
		{"", "speed = 0.5", "degrade[0]: names 0 things; give exactly one of gpu, host, link, switch, rail"},
		{"", "rail = 0\nlink = \"leaf_up[0]\"\nspeed = 0.5", "degrade[0]: names 2 things"},
		{"", "switch = \"leaf[0]\"\nrail = 0\nspeed = 0.5", "degrade[0]: names 2 things"},
		{"", "rail = 0", "degrade[0]: changes nothing; give speed, or for links loss, or dead = true"},
		{"", "host = 0\nloss = 0.1", "degrade[0].loss: only links can lose packets; give speed"},
		{"", "host = 0\ndead = true", "degrade[0].dead: only links can be dead; give speed"},
		{"", "rail = 0\ndead = true\nloss = 0.1", "degrade[0].loss: a dead link carries nothing to lose; give loss or dead"},
		{"", "rail = 0\nloss = 1.0", "degrade[0].loss: 1 is out of range"},
		{"loss_window = 0", "rail = 0\nloss = 0.1", "network.loss_window: 0 is out of range; must be at least 1"},
		{"", "link = \"leaf_*[32]\"\nspeed = 0.5", `degrade[0].link: there is no link "leaf_*[32]"; links are nvlink_up, nvlink_down, nic_up and nic_down [0] to [127], leaf_up and leaf_down [0] to [31]`},
		{"topology = \"torus\"\ndims = [4, 4]", "switch = \"leaf[0]\"\nspeed = 0.5", "degrade[0].switch: the topology has no switches with names; rail and fat-tree have"},
		{"topology = \"fat-tree\"", "rail = 0\nspeed = 0.5", `degrade[0].rail: the topology has no rails; topology = "rail" has`},
	} {
		_, err := parse(t, wrongText(c.network, c.degrade))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s:\n%v\nwant %s", c.degrade, err, c.want)
		}
	}
}

// TestDegradeWithoutCheck: a configuration that was changed after it was read
// gets the same words.
func TestDegradeWithoutCheck(t *testing.T) {
	f := network.Fabric{NVLinkBandwidth: 1e9, NVLinkEfficiency: 1, NICBandwidth: 1e9, NICEfficiency: 1, SendEfficiency: 1,
		HostsPerPod: 1, Oversubscription: 1, SwitchPorts: 2}
	d := Degrade{GPU: -1, Host: -1, Rail: 5, Speed: 0.5}
	if _, err := d.resolve(f.Build(2, 2), &f); err == nil || err.Error() != "degrade: rail: there is no rail 5; rails are 0 to 1" {
		t.Errorf("rail 5: %v", err)
	}
}
