package run

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"trainsim/sim/engine"
)

// phaseNames are what the phases are called in diaries.
var phaseNames = [...]string{"steps", "save", "copy", "stall", "detect", "rescue", "replace", "wait", "start", "init", "restore", "data", "rejoin", "end"}

// diary plays a run and writes down when each phase begins, in seconds.
func diary(t testing.TB, s *Spec, seed uint64) (string, *Outcome) {
	t.Helper()
	r, err := newReplica(s, seed)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for last := ended; ; r.instant() {
		if r.phase != last {
			lines = append(lines, fmt.Sprintf("%v %s", r.now.Seconds(), phaseNames[r.phase]))
		}
		if last = r.phase; !r.goesOn() {
			break
		}
	}
	if r.err != nil {
		t.Fatal(r.err)
	}
	if err := r.close(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, ", "), r.out
}

// The kinds of failure of the stories.
const (
	crash = iota
	program
	rack
	maintenance
	upgrade
	flap
	outage15
	outage50
	sdc
	upset
	pod
	loose
)

// story is a job of two replicas of two hosts each, with two spares. Nine steps of
// 10 s, of which every third is followed by a checkpoint of 5 s. Undisturbed it goes
// "0 start, 8 init, 11 data, 13 steps, 43 save, 48 steps, 78 save, 83 steps,
// 113 save, 118 end".
func story() *Spec {
	s := base()
	s.Steps, s.Ranks, s.Step = 9, 32, constant(10*second, 2)
	s.Machine.Slots, s.Machine.Spares, s.Machine.Replicas, s.Machine.HostsPerRack = 4, 2, 2, 2
	s.Checkpoint = Checkpoint{Every: 3, Save: 5 * second, Restore: 7 * second, MemorySave: second, MemoryRestore: 2 * second}
	s.Recovery = Recovery{Detection: Always(4 * second), Reschedule: Always(6 * second), Startup: Always(8 * second), Init: Always(3 * second),
		Data: Always(2 * second), PeerRestore: 4 * second, Rejoin: Always(9 * second), Timeout: 20 * second}
	s.Repair.Automatic = Always(100 * second)
	s.Kinds = []Kind{
		crash:       {Name: "crash", Scope: TakesHost},
		program:     {Name: "program", OfJob: true},
		rack:        {Name: "rack", Scope: TakesRack},
		maintenance: {Name: "maintenance", Effect: Planned, Scope: TakesHost},
		upgrade:     {Name: "upgrade", Effect: Planned, OfJob: true},
		flap:        {Name: "flap", Effect: Flap, Scope: TakesHost, Outage: Always(5 * second)},
		outage15:    {Name: "outage of 15 s", Effect: Flap, Scope: TakesHost, Outage: Always(15 * second)},
		outage50:    {Name: "outage of 50 s", Effect: Flap, Scope: TakesHost, Outage: Always(50 * second)},
		sdc:         {Name: "sdc", Effect: Corrupt, Scope: TakesHost, OwnDetection: true, Detection: Always(50 * second)},
		upset:       {Name: "upset", Effect: Corrupt, OwnDetection: true, Detection: Always(50 * second)},
		pod:         {Name: "pod", Scope: TakesPod},
		loose:       {Name: "loose cable", Scope: TakesHost, OwnRepair: true, Repair: Always(15 * second), OwnDetection: true},
	}
	s.Stragglers = []Straggler{{Name: "gpu"}}
	s.Limit = 10000 * second
	return s
}

// What stories differ in.
var (
	alone  = func(s *Spec) { s.Machine.Spares = 0 }
	shrink = func(s *Spec) { s.Steps, s.Recovery.Shrink = 12, true }
	async  = func(s *Spec) { s.Checkpoint.Save, s.Checkpoint.Write = 2*second, 20*second }
	memory = func(s *Spec) { s.Recovery.Source, s.Checkpoint.Memory = FromMemory, 1 }
	peers  = func(s *Spec) { s.Recovery.Source = FromPeers }
	evict  = func(s *Spec) {
		s.Steps, s.Eviction = 12, Eviction{Enabled: true, Detect: Always(15 * second), Above: 0.3}
	}
	survivors = func(s *Spec) { s.Recovery.Source = FromSurvivors }
)

// recovered is the course after a crash at 60 s.
const recovered = "60 detect, 64 replace, 70 start, 78 init, 81 restore, 88 data, 90 steps, 120 save, 125 steps, 155 save, 160 end"

// stories are runs whose course one finds by hand.
var stories = []struct {
	name     string
	change   func(*Spec)
	failures []Incident // At in seconds
	slow     *Slowdown  // the same
	diary    string     // from the first failure on
	wasted   engine.Duration
	stops    int64
	planned  int64
	replaced int64
}{
	{name: "nothing", diary: "0 start, 8 init, 11 data, 13 steps, 43 save, 48 steps, 78 save, 83 steps, 113 save, 118 end"},
	{name: "crash", failures: []Incident{{60, crash, 1}}, diary: recovered, wasted: 12, stops: 1, replaced: 1},
	{name: "crash while a checkpoint is saved", failures: []Incident{{45, crash, 1}},
		diary:  "45 detect, 49 replace, 55 start, 63 init, 66 restore, 73 data, 75 steps, 105 save, 110 steps, 140 save, 145 steps, 175 save, 180 end",
		wasted: 30, stops: 1, replaced: 1},
	{name: "crash when it is durable", failures: []Incident{{48, crash, 1}},
		diary: "48 detect, 52 replace, 58 start, 66 init, 69 restore, 76 data, 78 steps, 108 save, 113 steps, 143 save, 148 end",
		stops: 1, replaced: 1},
	{name: "a second one before the first is found", failures: []Incident{{60, crash, 1}, {62, crash, 2}}, diary: recovered, wasted: 12, stops: 1, replaced: 2},
	{name: "the same host twice", failures: []Incident{{60, crash, 1}, {60, crash, 1}, {62, rack, 0}}, diary: recovered, wasted: 12, stops: 1, replaced: 2},
	{name: "a second one while state is read", failures: []Incident{{60, crash, 1}, {85, crash, 2}},
		diary: "60 detect, 64 replace, 70 start, 78 init, 81 restore, 85 detect, 89 replace, 95 start, 103 init, 106 restore, 113 data, " +
			"115 steps, 145 save, 150 steps, 180 save, 185 end", wasted: 12, stops: 2, replaced: 2},
	{name: "no spare left", failures: []Incident{{60, crash, 1}, {60, crash, 2}, {61, crash, 3}},
		diary:  "60 detect, 64 replace, 70 wait, 160 start, 168 init, 171 restore, 178 data, 180 steps, 210 save, 215 steps, 245 save, 250 end",
		wasted: 12, stops: 1, replaced: 3},
	{name: "shrink, and take the replica back at a checkpoint", change: shrink, failures: []Incident{{60, crash, 1}, {60, crash, 2}, {61, crash, 3}},
		diary: "60 detect, 64 replace, 70 start, 78 init, 81 restore, 88 data, 90 steps, 150 save, 155 steps, 215 save, 220 rejoin, 229 steps, " +
			"259 save, 264 end", wasted: 12, stops: 1, replaced: 3},
	{name: "crash while the replica comes back", change: shrink, failures: []Incident{{60, crash, 1}, {60, crash, 2}, {61, crash, 3}, {225, crash, 0}},
		diary: "60 detect, 64 replace, 70 start, 78 init, 81 restore, 88 data, 90 steps, 150 save, 155 steps, 215 save, 220 rejoin, " +
			"225 detect, 229 replace, 235 start, 243 init, 246 restore, 253 data, 255 steps, 285 save, 290 end", wasted: 12, stops: 2, replaced: 4},
	{name: "program fails", failures: []Incident{{60, program, 0}}, diary: recovered, wasted: 12, stops: 1},
	{name: "rack of two hosts", failures: []Incident{{60, rack, 2}}, diary: recovered, wasted: 12, stops: 1, replaced: 2},
	{name: "rack of the spares, then a crash", failures: []Incident{{20, rack, 4}, {60, crash, 1}},
		diary: "43 save, 48 steps, 60 detect, 64 replace, 70 wait, 120 start, 128 init, 131 restore, 138 data, 140 steps, 170 save, 175 steps, " +
			"205 save, 210 end", wasted: 12, stops: 1, replaced: 1},
	{name: "everything fails", failures: []Incident{{60, pod, 3}},
		diary:  "60 detect, 64 replace, 70 wait, 160 start, 168 init, 171 restore, 178 data, 180 steps, 210 save, 215 steps, 245 save, 250 end",
		wasted: 12, stops: 1, replaced: 4},
	{name: "a repair and detection of its own", change: alone, failures: []Incident{{60, loose, 1}},
		diary:  "60 replace, 66 wait, 75 start, 83 init, 86 restore, 93 data, 95 steps, 125 save, 130 steps, 160 save, 165 end",
		wasted: 12, stops: 1, replaced: 1},
	{name: "two repairs by one crew", failures: []Incident{{60, crash, 1}, {60, crash, 2}},
		change: func(s *Spec) {
			alone(s)
			s.Repair = Repair{Automatic: Always(100 * second), Manual: Always(50 * second), Escalates: 1, Crews: 1}
		},
		diary:  "60 detect, 64 replace, 70 wait, 260 start, 268 init, 271 restore, 278 data, 280 steps, 310 save, 315 steps, 345 save, 350 end",
		wasted: 12, stops: 1, replaced: 2},
	{name: "fewer replicas than allowed", failures: []Incident{{60, crash, 1}},
		change: func(s *Spec) {
			alone(s)
			s.Recovery.Shrink, s.Recovery.Least = true, 2
		},
		diary:  "60 detect, 64 replace, 70 wait, 160 start, 168 init, 171 restore, 178 data, 180 steps, 210 save, 215 steps, 245 save, 250 end",
		wasted: 12, stops: 1, replaced: 1},
	{name: "rack whose first host is in repair", failures: []Incident{{60, crash, 2}, {95, rack, 2}},
		diary: "60 detect, 64 replace, 70 start, 78 init, 81 restore, 88 data, 90 steps, 95 detect, 99 replace, 105 start, 113 init, 116 restore, " +
			"123 data, 125 steps, 155 save, 160 steps, 190 save, 195 end", wasted: 17, stops: 2, replaced: 2},

	{name: "maintenance", failures: []Incident{{60, maintenance, 1}},
		diary:   "68 save, 73 replace, 79 start, 87 init, 90 restore, 97 data, 99 steps, 129 save, 134 steps, 144 save, 149 end",
		planned: 1, replaced: 1},
	{name: "update of the program", failures: []Incident{{60, upgrade, 0}},
		diary: "68 save, 73 replace, 79 start, 87 init, 90 restore, 97 data, 99 steps, 129 save, 134 steps, 144 save, 149 end", planned: 1},
	{name: "maintenance while a checkpoint is saved", failures: []Incident{{45, maintenance, 1}},
		diary:   "48 replace, 54 start, 62 init, 65 restore, 72 data, 74 steps, 104 save, 109 steps, 139 save, 144 end",
		planned: 1, replaced: 1},
	{name: "maintenance, but the host fails before", failures: []Incident{{60, maintenance, 1}, {65, crash, 1}},
		diary:  "65 detect, 69 replace, 75 start, 83 init, 86 restore, 93 data, 95 steps, 125 save, 130 steps, 160 save, 165 end",
		wasted: 17, stops: 1, replaced: 1},
	{name: "upgrade, but a host fails before", failures: []Incident{{60, upgrade, 0}, {65, crash, 1}},
		diary:  "65 detect, 69 replace, 75 start, 83 init, 86 restore, 93 data, 95 steps, 125 save, 130 steps, 160 save, 165 end",
		wasted: 17, stops: 1, replaced: 1},
	{name: "maintenance while the job is down", failures: []Incident{{60, crash, 1}, {62, maintenance, 2}}, diary: recovered, wasted: 12, stops: 1, replaced: 2},
	{name: "maintenance while the program starts", failures: []Incident{{60, crash, 1}, {75, maintenance, 2}},
		diary: "60 detect, 64 replace, 70 start, 78 init, 81 restore, 88 data, 90 replace, 96 start, 104 init, 107 restore, 114 data, 116 steps, " +
			"146 save, 151 steps, 181 save, 186 end", wasted: 12, stops: 1, planned: 1, replaced: 2},

	{name: "maintenance in the last checkpoint", failures: []Incident{{115, maintenance, 1}}, diary: "118 end"},
	{name: "maintenance while a link is away that stops no step", failures: []Incident{{45, outage15, 1}, {50, maintenance, 1}},
		diary:   "48 stall, 60 steps, 70 save, 75 replace, 81 start, 89 init, 92 restore, 99 data, 101 steps, 131 save, 136 steps, 156 save, 161 end",
		planned: 1, replaced: 1},
	{name: "maintenance while the replica comes back", change: shrink, failures: []Incident{{60, crash, 1}, {60, crash, 2}, {61, crash, 3}, {225, maintenance, 0}},
		diary: "60 detect, 64 replace, 70 start, 78 init, 81 restore, 88 data, 90 steps, 150 save, 155 steps, 215 save, 220 rejoin, 229 steps, " +
			"239 save, 244 replace, 250 start, 258 init, 261 restore, 268 data, 270 steps, 290 save, 295 end", wasted: 12, stops: 1, planned: 1, replaced: 4},

	{name: "asynchronous, crash before it is durable", change: async, failures: []Incident{{64, crash, 1}},
		diary:  "64 detect, 68 replace, 74 start, 82 init, 85 restore, 92 data, 94 steps, 124 save, 126 steps, 156 save, 158 steps, 188 save, 210 end",
		wasted: 49, stops: 1, replaced: 1},
	{name: "asynchronous, crash when it is durable", change: async, failures: []Incident{{65, crash, 1}},
		diary:  "65 detect, 69 replace, 75 start, 83 init, 86 restore, 93 data, 95 steps, 125 save, 127 steps, 157 save, 179 end",
		wasted: 20, stops: 1, replaced: 1},
	{name: "asynchronous, and slower than the interval", change: func(s *Spec) { s.Checkpoint.Save, s.Checkpoint.Write = 2*second, 40*second },
		diary: "0 start, 8 init, 11 data, 13 steps, 43 save, 45 steps, 75 save, 87 steps, 117 save, 169 end"},
	{name: "maintenance in an asynchronous checkpoint", change: async, failures: []Incident{{44, maintenance, 1}},
		diary:   "65 replace, 71 start, 79 init, 82 restore, 89 data, 91 steps, 121 save, 123 steps, 153 save, 175 end",
		planned: 1, replaced: 1},

	{name: "copies in memory", change: memory, failures: []Incident{{70, crash, 1}},
		diary: "70 detect, 74 replace, 80 start, 88 init, 91 restore, 93 data, 95 steps, 105 copy, 106 steps, 116 save, 121 steps, 131 copy, " +
			"132 steps, 142 copy, 143 steps, 153 save, 158 end", wasted: 9, stops: 1, replaced: 1},
	{name: "copies in memory, and a rack", change: memory, failures: []Incident{{70, rack, 0}},
		diary: "70 detect, 74 replace, 80 start, 88 init, 91 restore, 98 data, 100 steps, 110 copy, 111 steps, 121 copy, 122 steps, 132 save, " +
			"137 steps, 147 copy, 148 steps, 158 copy, 159 steps, 169 save, 174 end", wasted: 19, stops: 1, replaced: 2},

	{name: "from peers", change: peers, failures: []Incident{{60, crash, 1}},
		diary:  "60 detect, 64 replace, 70 start, 78 init, 81 restore, 85 data, 87 steps, 107 save, 112 steps, 142 save, 147 end",
		wasted: 2, stops: 1, replaced: 1},
	{name: "from peers, one replica is whole", change: peers, failures: []Incident{{60, crash, 1}, {62, crash, 0}},
		diary:  "60 detect, 64 replace, 70 start, 78 init, 81 restore, 85 data, 87 steps, 107 save, 112 steps, 142 save, 147 end",
		wasted: 2, stops: 1, replaced: 2},
	{name: "from peers, none is whole", change: peers, failures: []Incident{{60, crash, 1}, {62, crash, 2}}, diary: recovered, wasted: 12, stops: 1, replaced: 2},
	{name: "from peers, the whole one has maintenance", change: peers, failures: []Incident{{60, crash, 1}, {62, maintenance, 2}},
		diary: recovered, wasted: 12, stops: 1, replaced: 2},
	{name: "from peers, one after the other", change: peers, failures: []Incident{{60, crash, 1}, {90, crash, 2}},
		diary: "60 detect, 64 replace, 70 start, 78 init, 81 restore, 85 data, 87 steps, 90 detect, 94 replace, 100 start, 108 init, 111 restore, " +
			"115 data, 117 steps, 137 save, 142 steps, 172 save, 177 end", wasted: 5, stops: 2, replaced: 2},
	{name: "from peers, every process dies", change: peers, failures: []Incident{{60, program, 0}}, diary: recovered, wasted: 12, stops: 1},
	{name: "from peers, shrink and take the replica back after a step", change: func(s *Spec) { shrink(s); peers(s) },
		failures: []Incident{{40, rack, 4}, {60, crash, 3}},
		diary: "43 save, 48 steps, 60 detect, 64 replace, 70 start, 78 init, 81 restore, 85 data, 87 steps, 127 save, 132 steps, 152 rejoin, " +
			"161 steps, 181 save, 186 steps, 216 save, 221 end", wasted: 2, stops: 1, replaced: 1},

	{name: "survivors save", change: survivors, failures: []Incident{{60, crash, 1}},
		diary:  "60 detect, 64 rescue, 69 replace, 75 start, 83 init, 86 restore, 93 data, 95 steps, 125 save, 130 steps, 150 save, 155 end",
		wasted: 2, stops: 1, replaced: 1},
	{name: "survivors save, another one of the replica fails", change: survivors, failures: []Incident{{60, crash, 1}, {66, crash, 0}},
		diary:  "60 detect, 64 rescue, 66 detect, 70 rescue, 75 replace, 81 start, 89 init, 92 restore, 99 data, 101 steps, 131 save, 136 steps, 156 save, 161 end",
		wasted: 2, stops: 2, replaced: 2},
	{name: "survivors save, and fail", change: survivors, failures: []Incident{{60, crash, 1}, {66, crash, 2}},
		diary:  "60 detect, 64 rescue, 66 detect, 70 replace, 76 start, 84 init, 87 restore, 94 data, 96 steps, 126 save, 131 steps, 161 save, 166 end",
		wasted: 12, stops: 2, replaced: 2},
	{name: "survivors save, and have maintenance", change: survivors, failures: []Incident{{60, crash, 1}, {66, maintenance, 2}},
		diary:  "60 detect, 64 rescue, 69 replace, 75 start, 83 init, 86 restore, 93 data, 95 steps, 125 save, 130 steps, 150 save, 155 end",
		wasted: 2, stops: 1, replaced: 2},
	{name: "survivors have nothing to save", change: survivors, failures: []Incident{{5, crash, 1}},
		diary: "5 detect, 9 replace, 15 start, 23 init, 26 restore, 33 data, 35 steps, 65 save, 70 steps, 100 save, 105 steps, 135 save, 140 end",
		stops: 1, replaced: 1},

	{name: "flap", failures: []Incident{{60, flap, 1}}, diary: "60 stall, 65 steps, 83 save, 88 steps, 118 save, 123 end"},
	{name: "two flaps", failures: []Incident{{60, flap, 1}, {63, flap, 2}}, diary: "60 stall, 68 steps, 86 save, 91 steps, 121 save, 126 end"},
	{name: "flap beyond the timeout", failures: []Incident{{60, outage50, 1}},
		diary:  "60 detect, 80 replace, 86 start, 94 init, 97 restore, 104 data, 106 steps, 136 save, 141 steps, 171 save, 176 end",
		wasted: 12, stops: 1, replaced: 1},
	{name: "two flaps, together beyond the timeout", failures: []Incident{{60, outage15, 1}, {70, outage15, 2}},
		diary:  "60 stall, 70 detect, 80 replace, 86 start, 94 init, 97 restore, 104 data, 106 steps, 136 save, 141 steps, 171 save, 176 end",
		wasted: 12, stops: 1, replaced: 1},
	{name: "flaps one after the other, together beyond the timeout", failures: []Incident{{60, outage15, 1}, {72, flap, 2}, {76, flap, 3}},
		diary:  "60 stall, 76 detect, 80 replace, 86 start, 94 init, 97 restore, 104 data, 106 steps, 136 save, 141 steps, 171 save, 176 end",
		wasted: 12, stops: 1, replaced: 1},
	{name: "flap while a checkpoint is saved", failures: []Incident{{45, outage15, 1}}, diary: "48 stall, 60 steps, 90 save, 95 steps, 125 save, 130 end"},
	{name: "crash while a link is away", failures: []Incident{{60, flap, 1}, {62, crash, 1}},
		diary:  "60 stall, 62 detect, 66 replace, 72 start, 80 init, 83 restore, 90 data, 92 steps, 122 save, 127 steps, 157 save, 162 end",
		wasted: 12, stops: 1, replaced: 1},
	{name: "maintenance while a link is away", failures: []Incident{{60, flap, 1}, {62, maintenance, 1}},
		diary:   "60 stall, 65 steps, 73 save, 78 replace, 84 start, 92 init, 95 restore, 102 data, 104 steps, 134 save, 139 steps, 149 save, 154 end",
		planned: 1, replaced: 1},

	{name: "corruption", failures: []Incident{{60, sdc, 1}},
		diary:  "78 save, 83 steps, 110 replace, 116 start, 124 init, 127 restore, 134 data, 136 steps, 166 save, 171 steps, 201 save, 206 end",
		wasted: 57, stops: 1, replaced: 1},
	{name: "corruption, and one checkpoint kept", change: func(s *Spec) { s.Checkpoint.Keep = 1 }, failures: []Incident{{60, sdc, 1}},
		diary:  "78 save, 83 steps, 110 replace, 116 start, 124 init, 127 restore, 134 data, 136 steps, 166 save, 171 steps, 201 save, 206 steps, 236 save, 241 end",
		wasted: 87, stops: 1, replaced: 1},
	{name: "corruption from peers", change: peers, failures: []Incident{{60, sdc, 1}},
		diary:  "78 save, 83 steps, 110 replace, 116 start, 124 init, 127 restore, 134 data, 136 steps, 166 save, 171 steps, 201 save, 206 end",
		wasted: 57, stops: 1, replaced: 1},
	{name: "upset that a restart undoes", failures: []Incident{{60, upset, 1}, {70, program, 0}},
		diary:  "70 detect, 74 replace, 80 start, 88 init, 91 restore, 98 data, 100 steps, 130 save, 135 steps, 165 save, 170 end",
		wasted: 22, stops: 1},
	{name: "corruption by a host that fails before it is found", failures: []Incident{{60, sdc, 1}, {70, crash, 1}},
		diary:  "70 detect, 74 replace, 80 start, 88 init, 91 restore, 98 data, 100 steps, 130 save, 135 steps, 165 save, 170 end",
		wasted: 22, stops: 1, replaced: 1},
	{name: "corruption that a restart does not end", failures: []Incident{{60, sdc, 1}, {70, program, 0}},
		diary: "70 detect, 74 replace, 80 start, 88 init, 91 restore, 98 data, 100 steps, 110 replace, 116 start, 124 init, 127 restore, 134 data, " +
			"136 steps, 166 save, 171 steps, 201 save, 206 end", wasted: 32, stops: 2, replaced: 1},
	{name: "corruption found while the job is down", failures: []Incident{{60, sdc, 1}, {108, program, 0}},
		diary:  "78 save, 83 steps, 108 detect, 112 replace, 118 start, 126 init, 129 restore, 136 data, 138 steps, 168 save, 173 steps, 203 save, 208 end",
		wasted: 55, stops: 1, replaced: 1},

	{name: "slow for a while", slow: &Slowdown{At: 60, Lasts: 40, Host: 1, Speed: 500_000}, diary: "88 save, 93 steps, 133 save, 138 end"},
	{name: "slow from a moment on at which a link is away", failures: []Incident{{60, flap, 1}}, slow: &Slowdown{At: 62, Lasts: 100, Host: 1, Speed: 500_000},
		diary: "60 stall, 65 steps, 93 save, 98 steps, 158 save, 163 end"},
	{name: "a slow host comes back well", change: alone, failures: []Incident{{60, crash, 1}}, slow: &Slowdown{At: 20, Host: 1, Speed: 500_000},
		diary: "60 detect, 64 replace, 70 wait, 160 start, 168 init, 171 restore, 178 data, 180 steps, 210 save, 215 steps, 245 save, 250 steps, " +
			"280 save, 285 end", wasted: 47, stops: 1, replaced: 1},
	{name: "a slow host is evicted", change: evict, slow: &Slowdown{At: 60, Host: 1, Speed: 500_000},
		diary: "88 save, 93 replace, 99 start, 107 init, 110 restore, 117 data, 119 steps, 149 save, 154 steps, 184 save, 189 end", planned: 1, replaced: 1},
	{name: "a slow host is evicted once there is a spare", change: evict, failures: []Incident{{50, rack, 4}}, slow: &Slowdown{At: 60, Host: 1, Speed: 500_000},
		diary:   "88 save, 93 steps, 153 save, 158 replace, 164 start, 172 init, 175 restore, 182 data, 184 steps, 214 save, 219 end",
		planned: 1, replaced: 1},
	{name: "hardly slow, it is let alone", change: evict, slow: &Slowdown{At: 60, Lasts: 20, Host: 1, Speed: 800_000},
		diary: "80.5 save, 85.5 steps, 115.5 save, 120.5 steps, 150.5 save, 155.5 end"},
}

// TestStories compares the courses of runs with what one finds by hand.
func TestStories(t *testing.T) {
	for _, c := range stories {
		s := story()
		if c.change != nil {
			c.change(s)
		}
		for _, f := range c.failures {
			f.At *= engine.Time(second)
			s.Replay = append(s.Replay, f)
		}
		if c.slow != nil {
			s.Slowdowns = []Slowdown{{At: c.slow.At * engine.Time(second), Lasts: c.slow.Lasts * second, Host: c.slow.Host, Speed: c.slow.Speed}}
		}
		got, o := diary(t, s, 1)
		switch { // what came before is always the same
		case len(c.failures) > 0:
			got = after(got, c.failures[0].At)
		case c.slow != nil:
			got = after(got, c.slow.At)
		}
		if got != c.diary {
			t.Errorf("%s:\n%s, want\n%s", c.name, got, c.diary)
		}
		if o.Time[WastedProgress] != c.wasted*second || o.Interruptions != c.stops || o.Planned != c.planned || o.Replacements != c.replaced {
			t.Errorf("%s: %v s wasted, %d stops, %d planned, %d hosts replaced; want %d, %d, %d, %d", c.name,
				o.Time[WastedProgress].Seconds(), o.Interruptions, o.Planned, o.Replacements, c.wasted, c.stops, c.planned, c.replaced)
		}
	}
}

// after returns the entries of a diary from a time in seconds on.
func after(diary string, from engine.Time) string {
	lines := strings.Split(diary, ", ")
	i := slices.IndexFunc(lines, func(line string) bool {
		var at float64
		fmt.Sscan(line, &at)
		return at >= float64(from)
	})
	return strings.Join(lines[i:], ", ")
}
