package results

// maxOthers is how many of the jobs and of the traffic of others the text names.
const maxOthers = 3

// Background is what traffic of others got of the links that it shares, over the
// whole run.
type Background struct {
	Way       string  `json:"way"`            // "leaf_up[0]", "gpu[3] to gpu[40]"
	AskedGBPS float64 `json:"asked_gb_per_s"` // most it sends
	GotGBPS   float64 `json:"got_gb_per_s"`   // mean while it sent
	Share     float64 `json:"share"`          // of what it asked for
	Bytes     int64   `json:"bytes"`
	Seconds   float64 `json:"sending_s"`
}

// Neighbour is what another job got, over the whole run.
type Neighbour struct {
	Hosts        string  `json:"hosts"`
	Periods      int64   `json:"periods"`        // that have ended
	PeriodS      float64 `json:"period_s"`       // mean; 0 where none has ended
	AlonePeriodS float64 `json:"alone_period_s"` // on a healthy machine without anybody else
	Slowdown     float64 `json:"slowdown"`       // period over alone; 0 where none has ended
}

// textOthers says what the job and others cost each other.
func (s *Summary) textOthers(t *textTable) {
	for i, b := range s.Background {
		switch {
		case i == maxOthers:
			t.line("", "and %d more", len(s.Background)-i)
		case i > maxOthers:
		case b.Seconds == 0:
			t.line("background", "%s has not begun", b.Way)
		default:
			t.line("background", "%s got %s of %s GB/s", b.Way, ThreeDigits(b.GotGBPS), ThreeDigits(b.AskedGBPS))
		}
	}
	for i, n := range s.Neighbours {
		switch {
		case i == maxOthers:
			t.line("", "and %d more", len(s.Neighbours)-i)
		case i > maxOthers:
		case n.Periods == 0:
			t.line("neighbour", "hosts %s: no period of %s has ended", n.Hosts, HumanTime(n.AlonePeriodS))
		default:
			t.line("neighbour", "hosts %s: a period takes %s, alone %s", n.Hosts, HumanTime(n.PeriodS), HumanTime(n.AlonePeriodS))
		}
	}
	if len(s.Background)+len(s.Neighbours) > 0 {
		t.line("", "this job loses %s of a step to sharing links, with its own traffic and theirs", HumanTime(s.TimeBucketsS["contention"]))
	}
}
