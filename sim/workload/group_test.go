package workload

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// Tensor 2, pipeline 2, data 2: ranks 0 1 | 2 3 are replicas of stage 0, 4 5 | 6 7 of stage 1.
func TestGroups(t *testing.T) {
	got := ""
	for _, g := range Groups(tinyGPT(), Layout{Tensor: 2, Pipeline: 2, Data: 2}) {
		got += fmt.Sprintln(g.Comm, g.Ranks)
	}
	want := `tensor [0 1]
tensor [2 3]
tensor [4 5]
tensor [6 7]
data [0 2]
data [1 3]
data [4 6]
data [5 7]
embedding [0 4]
embedding [1 5]
embedding [2 6]
embedding [3 7]
model [0 1 4 5]
model [2 3 6 7]
send_forward [0 4]
send_forward [1 5]
send_forward [2 6]
send_forward [3 7]
send_backward [4 0]
send_backward [5 1]
send_backward [6 2]
send_backward [7 3]
`
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestInterleavedChannelsFormARing(t *testing.T) {
	got := ""
	for _, g := range Groups(tinyGPT(), Layout{Pipeline: 3, VirtualPipeline: 2}) {
		if g.Comm.IsPipeline() {
			got += fmt.Sprintf("%s%v ", g.Comm, g.Ranks)
		}
	}
	want := "send_forward[0 1] send_forward[1 2] send_forward[2 0] send_backward[0 2] send_backward[1 0] send_backward[2 1] "
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// Every communicator an operation names exists, once, for every rank of the
// stage, with more than one member; a pipeline channel has its rank at the right end.
func TestProgramsUseGroupsThatExist(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLayout(t)
		m := drawModel(t, l)
		drawExperts(t, &m, &l)
		member := map[string]int{}
		for _, g := range Groups(m, l) {
			if len(g.Ranks) < 2 {
				t.Fatalf("%s of %v", g.Comm, g.Ranks)
			}
			if g.Comm.IsPipeline() {
				member[fmt.Sprint(g.Comm, g.Ranks[0])]++
				member[fmt.Sprint(map[Comm]Comm{CommSendForward: CommRecvForward, CommSendBackward: CommRecvBackward}[g.Comm], g.Ranks[1])]++
				continue
			}
			for _, r := range g.Ranks {
				member[fmt.Sprint(g.Comm, r)]++
			}
		}
		for stage, p := range mustPrograms(t, m, l) {
			used := map[Comm]bool{}
			eachOp(&p, func(op Op) {
				if op.Kind.IsCommunication() {
					used[op.Comm] = true
					if op.Size <= 0 {
						t.Fatalf("%q has size %d", op.Name, op.Size)
					}
				}
			})
			for c := range used {
				for r := stage * l.stageRanks(); r < (stage+1)*l.stageRanks(); r++ {
					if n := member[fmt.Sprint(c, r)]; n != 1 {
						t.Fatalf("rank %d of stage %d uses %s and is in %d such groups", r, stage, c, n)
					}
				}
			}
		}
	})
}
