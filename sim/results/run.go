package results

import (
	"trainsim/sim/engine"
	"trainsim/sim/trace"
)

// Run is all that a result directory holds: what was asked, what came out, and
// what was seen on the way.
type Run struct {
	Summary  Summary
	Manifest Manifest
	Scenario []byte // scenario.toml as run, every default written out
	Data
	Months *Months // nil: only steps were simulated
}

// Data is what was seen of a simulation, as plain values: everything that plots
// and exports are made from.
type Data struct {
	End     engine.Time // of the simulation
	Series  []SeriesData
	Streams []string        // named by trace.Span.Stream
	Phases  []string        // named by trace.Span.Phase
	Labels  []trace.Label   // named by trace.Span.Label
	Spans   []trace.Span    // of the recorded ranks
	Dropped int64           // spans that did not fit
	Memory  [][]trace.Point // bytes in use on the first rank of each stage; each point holds until the next
	Events  []trace.Event

	Spectrum []SpectrumLine // by frequency
	Ramps    []RampStep     // by power
}

// SeriesData is a series after its end: the mean in each bin of a quantity that
// was constant between changes.
type SeriesData struct {
	Name   string          `json:"series"`
	Part   string          `json:"part"`
	Unit   string          `json:"unit"` // of the values: "mW", "gpu", "B/s"
	Width  engine.Duration `json:"width_ns"`
	Values []float64       `json:"-"`       // bin i covers [i·Width, (i+1)·Width), the last one up to Data.End only
	Peak   int64           `json:"peak"`    // largest value that held for a non-zero time, not a mean
	PeakAt engine.Time     `json:"peak_ns"` // when it was first reached
}

// FromTrace copies what a closed recorder saw. A nil recorder saw nothing.
func FromTrace(rec *trace.Recorder) Data {
	if rec == nil {
		return Data{}
	}
	d := Data{
		End:     rec.End,
		Streams: rec.Streams,
		Phases:  rec.Phases,
		Labels:  rec.Labels,
		Spans:   rec.Spans,
		Dropped: rec.Dropped,
		Memory:  rec.Memory,
		Events:  rec.Events,
	}
	for _, s := range rec.Series {
		d.Series = append(d.Series, OfSeries(s))
	}
	return d
}

// OfSeries copies a closed series.
func OfSeries(s *trace.Series) SeriesData {
	v := SeriesData{Name: s.Name, Part: s.Part, Unit: s.Unit, Width: s.Width(), Values: s.Means()}
	v.Peak, v.PeakAt = s.Peak()
	return v
}

// Find returns the series of a name and part, or nil.
func (d *Data) Find(name, part string) *SeriesData {
	for i := range d.Series {
		if s := &d.Series[i]; s.Name == name && s.Part == part {
			return s
		}
	}
	return nil
}

// Named returns the series of a name, one for each part, in their order.
func (d *Data) Named(name string) []*SeriesData {
	var list []*SeriesData
	for i := range d.Series {
		if d.Series[i].Name == name {
			list = append(list, &d.Series[i])
		}
	}
	return list
}
