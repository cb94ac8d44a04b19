package training

import (
	"fmt"
	"slices"

	"trainsim/sim/fold"
	"trainsim/sim/network"
	"trainsim/sim/trace"
)

// Prepared is a job laid out on its healthy machine: what every run of it has in
// common, whatever is wrong. It does not change, so that runners may share it.
type Prepared struct {
	job        Job
	code       *compiled
	plan       *plan // every rank stands for itself
	collisions network.Collisions

	// Folded only.
	coupling *coupling
	wide     *wideLinks
	class    []int32 // of each vertex of the coupling: the healthy partition
	classes  int
}

// Prepare lays a job out. It takes j.Groups over and drops it: at 100,000 ranks
// it is as large as all their state. What is wrong, j.Degrade, is left to a run.
func Prepare(j *Job) (*Prepared, error) {
	plan, err := layOut(j)
	if err != nil {
		return nil, err
	}
	code, err := compile(j, slices.Concat(plan.feedHolds(), j.throttleHolds()))
	if err != nil {
		return nil, err
	}
	p := &Prepared{code: code, plan: plan}
	plan.holdBack(j, code.grades)
	plan.layCooling(j)
	j.Groups = nil
	p.job = *j
	if j.Fabric.Routing == "ecmp" {
		p.collisions = j.Topology.Collisions(&p.plan.net)
	}
	p.plan.net.Wide = j.Topology.Wide(&p.plan.net)
	p.fold()
	if j.Fold {
		if err := fold.Check(&p.coupling.Graph, p.class); err != nil {
			return nil, fmt.Errorf("folding: %w", err)
		}
	}
	return p, nil
}

// fold finds the healthy classes, if the job is to be folded.
func (p *Prepared) fold() {
	if p.job.Fold {
		p.coupling, p.wide = couple(p.plan, &p.job), groupsOver(p.plan)
		p.class, p.classes = fold.Refine(&p.coupling.Graph)
	}
}

// narrowed returns the same job with some links among those that may bound rates.
func (p *Prepared) narrowed(links []int32) *Prepared {
	q, plan := *p, *p.plan
	plan.net.Wide = slices.Clone(plan.net.Wide)
	for _, l := range links {
		plan.net.Wide[l] = false
	}
	q.plan = &plan
	q.fold()
	return &q
}

// Runner simulates a prepared job in one state of health after another, in the
// same memory. Each goroutine needs one of its own.
type Runner struct {
	*Prepared
	Step    int64  // number, in the training run, of the first step to simulate: noise follows it
	Noise   *Noise // that is simulated: at first that of the job, of which some or all may be left out
	Even    bool   // simulates passes that take equally long on all stages
	PerRank bool   // fills Result.Spent
	// Unbroken simulates steps in which breakers do not open and nothing is shed: what
	// they are until then.
	Unbroken bool
	Prompt   bool // policies of feeds and supplies act at once, not after their delay

	folding *folding  // nil: not folded
	even    *compiled // nil: not needed yet

	narrow *Runner // of the same job, where wide links that were slow not long ago count as any other; nil: none were
	slow   []int32 // those links
}

// Runner returns a new runner of a prepared job.
func (p *Prepared) Runner() *Runner {
	r := &Runner{Prepared: p, Noise: p.job.Noise}
	if p.coupling != nil {
		r.folding = newFolding(p)
	}
	return r
}

// Run simulates the job with that wrong with it. Folded, the classes come from
// the healthy ones, of which only those are looked at that it reaches. A nil
// recorder costs nothing, and leaves out what links carried.
func (r *Runner) Run(degrade []Degrade, rec *trace.Recorder) (*Result, error) {
	return r.simulation(degrade, rec).simulate()
}

// Folded tells whether the job is, and so states of its health have fingerprints.
func (p *Prepared) Folded() bool { return p.coupling != nil }

// Noisy tells whether the steps of the job differ where its health does not.
func (p *Prepared) Noisy() bool { return p.job.Noise != nil }

// Fingerprint returns the same for two states of health that are one up to the
// symmetry of the machine, such as one GPU of stage 3 at 90 % of its speed,
// whichever it is: they take the same time and energy. The job must be folded.
func (r *Runner) Fingerprint(degrade []Degrade) fold.Fingerprint {
	r = r.forLinks(degrade)
	job := r.job
	job.Degrade = degrade
	return r.folding.fingerprint(&job)
}

// simulation returns a simulation that is about to begin. It keeps nothing of the
// layout that it does not need, so that who runs a job once lets go of it.
func (r *Runner) simulation(degrade []Degrade, rec *trace.Recorder) *simulation {
	asked, code := r, r.programs()
	r = r.forLinks(degrade)
	job := r.job
	job.Degrade, job.Trace, job.Noise = degrade, rec, asked.Noise
	var p *plan
	var err error
	if r.folding != nil && job.Noise == nil {
		p, err = r.folding.quotient(&job), r.folding.err
	} else {
		p, err = r.plan.degraded(&job)
	}
	s := newSimulation(&job, p, code)
	s.collisions, s.firstStep, s.err, s.unbroken, s.prompt = r.collisions, asked.Step, err, asked.Unbroken, asked.Prompt
	if asked.PerRank {
		s.spent = make([]Spent, len(s.nodes))
	}
	return s
}

// programs returns the programs to simulate.
func (r *Runner) programs() *compiled {
	if !r.Even {
		return r.code
	}
	if r.even == nil {
		r.even = r.code.even()
	}
	return r.even
}

// forLinks returns a runner for which no link is wide that degrades may have made
// narrow: r, or one that is kept for the next state with the same links.
func (r *Runner) forLinks(degrade []Degrade) *Runner {
	slow := r.narrowedBy(degrade)
	if len(slow) == 0 {
		return r
	}
	if r.narrow == nil || !slices.Equal(slow, r.slow) {
		r.narrow, r.slow = r.narrowed(slow).Runner(), slow
	}
	return r.narrow
}
