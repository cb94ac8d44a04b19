package scenario

import (
	"strings"
	"testing"

	"trainsim/sim/network"
)

// graphText is a machine of two hosts of four GPUs on one switch; the section
// [network] of machineText is its last.
func graphText() string {
	text := strings.Replace(machineText(), "gpus = 8", "gpus = 4", 1) + "topology = \"graph\"\n"
	for _, from := range []string{"gpu[0]", "gpu[1]", "gpu[2]", "gpu[3]", "gpu[4]", "gpu[5]", "gpu[6]", "gpu[7]"} {
		text += "[[network.link]]\nfrom = \"" + from + "\"\nto = \"s0\"\nbandwidth = \"25 GB/s\"\n"
	}
	return text
}

// TestGraph: an array of tables inside a section is read, written and read back.
func TestGraph(t *testing.T) {
	c, err := parse(t, workText+graphText())
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Fabric.Link) != 8 || c.Fabric.Link[7] != (network.Link{From: "gpu[7]", To: "s0", Bandwidth: 25e9}) {
		t.Errorf("links %+v", c.Fabric.Link)
	}
	back, err := parse(t, string(c.TOML()))
	if err != nil || !equal(c, back) {
		t.Errorf("%v in\n%s", err, c.TOML())
	}
	if text, ok := Explain("network.link.bandwidth"); !ok || !strings.Contains(text, "default  required") {
		t.Errorf("explained as %s", text)
	}
}

// TestGraphMistakes: each is told at its place, or by name.
func TestGraphMistakes(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{`from = "gpu[2]"`, `from = "gpu[8]"`, "link[2] ends at gpu[8]; the machine has gpu[0] to gpu[7]"},
		{`from = "gpu[2]"`, `from = "gpu[1]"`, "link[2] from gpu[1] to s0 is given twice"},
		{"from = \"gpu[5]\"\nto = \"s0\"", "from = \"gpu[5]\"\nto = \"s1\"", "no path from gpu[5] to gpu[0]: the graph is not connected"},
		{"from = \"gpu[1]\"\nto = \"s0\"\nbandwidth = \"25 GB/s\"", "from = \"gpu[1]\"\nto = \"s0\"", "network.link[1].bandwidth: missing"},
		{"to = \"s0\"\nbandwidth = \"25 GB/s\"", "to = \"s0\"\nbandwidth = \"0 GB/s\"", "network.link[0].bandwidth: 0 GB/s is out of range"},
		{"to = \"s0\"\n", "two = \"s0\"\n", "network.link[0].two: unknown key; did you mean to?"},
		{`topology = "graph"`, `topology = "mesh"`, `network.topology: "mesh" is not allowed`},
		{`topology = "graph"`, "topology = \"torus\"\ndims = [3, 1]", "dims = [3 1] are 3 hosts, the machine has 2"},
		{`topology = "graph"`, `dead_links = ["leaf_up[9]"]`, `there is no link "leaf_up[9]" to be dead; links are nvlink_up, nvlink_down, nic_up and nic_down [0] to [7], leaf_up and leaf_down [0] to [3]`},
	} {
		_, err := parse(t, workText+strings.Replace(graphText(), c.from, c.to, 1))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s:\n%v\nwant %s", c.to, err, c.want)
		}
	}
}
