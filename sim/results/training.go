package results

// Training is the part of summary.json about the whole of training: steps,
// failures, checkpoints and restarts, over replicas of the run that differ in
// their draws. Means are over replicas; _low and _high bound the 95 % confidence
// interval of the mean (Student's t), and are the mean itself of one replica.
type Training struct {
	Replicas            int                `json:"replicas"`
	Goodput             float64            `json:"goodput"` // share of wall clock in steps that count, at the speed of a healthy job
	GoodputLow          float64            `json:"goodput_low"`
	GoodputHigh         float64            `json:"goodput_high"`
	ETTR                float64            `json:"ettr"` // the same, however slow
	ETTRLow             float64            `json:"ettr_low"`
	ETTRHigh            float64            `json:"ettr_high"`
	CompletionTimeS     float64            `json:"completion_time_s"` // wall clock of the run
	CompletionTimeSLow  float64            `json:"completion_time_s_low"`
	CompletionTimeSHigh float64            `json:"completion_time_s_high"`
	IdealTimeS          float64            `json:"ideal_time_s"` // the same steps on a job that nothing happens to
	StepsDone           float64            `json:"steps_done"`   // that count
	TokensDone          float64            `json:"tokens_done"`
	Failures            map[string]float64 `json:"failures"`      // of the job's hosts, by cause
	Interruptions       float64            `json:"interruptions"` // unexpected stops
	InterruptionsLow    float64            `json:"interruptions_low"`
	InterruptionsHigh   float64            `json:"interruptions_high"`
	PlannedStops        float64            `json:"planned_stops"`
	LostTimeS           map[string]float64 `json:"lost_time_s"`             // by bucket, productive left out
	LostByCauseS        map[string]float64 `json:"lost_time_by_cause_s"`    // from a stop to where the run was before, by cause
	RunTimeS            map[string]float64 `json:"run_time_s"`              // by bucket; they sum to completion_time_s
	RunEnergyMWh        map[string]float64 `json:"run_energy_mwh"`          // by bucket, with "spare" for idle spares
	RunStatesMWh        map[string]float64 `json:"run_energy_by_state_mwh"` // by power state of the job; as much as run_energy_mwh
	RunCostBuckets      map[string]*Cost   `json:"run_cost_buckets"`        // by use; they sum to run_cost
	WastedCost          *Cost              `json:"wasted_cost"`             // what is not useful
	WastedShare         float64            `json:"wasted_share"`            // of the energy of the site
	Checkpoints         float64            `json:"checkpoints"`
	CheckpointSteps     int64              `json:"checkpoint_steps"` // between checkpoints
	CheckpointIntervalS float64            `json:"checkpoint_interval_s"`
	CheckpointSaveS     float64            `json:"checkpoint_save_s"`
	CheckpointBytes     int64              `json:"checkpoint_bytes"`
	YoungIntervalS      float64            `json:"young_interval_s"`
	DalyIntervalS       float64            `json:"daly_interval_s"`
	ExactIntervalS      float64            `json:"exact_interval_s"`
	ClosedFormETTR      float64            `json:"closed_form_ettr"` // of stops alone; 0: there is none
	MTBFS               float64            `json:"mtbf_s"`           // of the job, from the rates
	RestartS            float64            `json:"restart_s"`        // mean of a recovery without waiting for hosts
	Replacements        float64            `json:"replacements"`
	Episodes            float64            `json:"straggler_episodes"`
	Evictions           float64            `json:"evictions"`
	Retired             float64            `json:"retired_hosts"`
	ShortOfSuppliesS    float64            `json:"short_of_supplies_s"`     // a host of the job has lost some
	HeldBackS           float64            `json:"held_back_s"`             // steps in which such hosts hold their GPUs back
	LeastSpares         int                `json:"least_spares"`            // of any replica
	HealthStates        int                `json:"health_states"`           // distinct up to symmetry, simulated once each
	LostPerFailureS     float64            `json:"lost_time_per_failure_s"` // recovery and work lost of an unexpected stop
	EnergyPerFailureMWh float64            `json:"energy_per_failure_mwh"`
	StopRampsMWh        float64            `json:"stop_ramps_mwh,omitempty"`  // burnt as the ramp limit of the power makes stops slow
	USDPerFailure       float64            `json:"usd_per_failure,omitempty"` // rent of the GPUs of the job
	Attribution         *Attribution       `json:"attribution,omitempty"`     // nil: nobody asked what makes steps slow
}

// Attribution is the step of the first replica that attribution.csv and ranks.csv
// are of.
type Attribution struct {
	AtS      float64 `json:"at_s"`
	StepS    float64 `json:"step_s"`
	IdealS   float64 `json:"ideal_s"` // with none of the causes
	Slowdown float64 `json:"slowdown"`
	Waste    float64 `json:"waste"` // share of GPU time, 1 − 1/slowdown
}

// SweepPoint is one row of sweeps.csv: what becomes of a figure when one thing of
// the scenario is another. Low and High bound the 95 % confidence interval of Mean.
type SweepPoint struct {
	Sweep           string  // "interval", "mtbf", "gpus", "severity", "slow_gpus", "bandwidth", "spares"
	Figure          string  // "ettr", "slowdown", "required_gb_per_s", "stall_chance"
	X               float64 // s, s, GPUs, share of speed lost, GPUs, GPUs, hosts
	Mean, Low, High float64 // NaN where only the closed form is known
	ClosedForm      float64 // NaN where there is none
}

// Cause is one row of attribution.csv: what one cause of slow steps takes, by
// simulating the step without it and with it alone (OSDI'25, arXiv 2505.05713).
type Cause struct {
	Name     string  `json:"cause"`
	StepS    float64 `json:"step_without_s"`
	AloneS   float64 `json:"step_alone_s"`
	Removed  float64 `json:"removed_share"`  // (T − T without)/(T − T ideal)
	Added    float64 `json:"added_share"`    // (T alone − T ideal)/(T − T ideal)
	Slowdown float64 `json:"slowdown_alone"` // T alone/T ideal
}

// RankCell is one row of ranks.csv: the ranks of a replica and stage in the step
// that attribution looked at.
type RankCell struct {
	Data     int32   `json:"data"`
	Pipeline int32   `json:"pipeline"`
	ComputeS float64 `json:"compute_s"` // mean over their ranks
	WaitS    float64 `json:"wait_s"`    // for others: stragglers and bubble
	Slowdown float64 `json:"slowdown"`  // compute over the median of the stage
}
