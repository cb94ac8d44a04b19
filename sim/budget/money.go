package budget

import "math"

// Money returns the price of chip hours at a rate per hour.
func Money(chipHours, perHour float64) float64 { return chipHours * perHour }

// hoursPerYear of a Julian year of 365.25 days.
const hoursPerYear = 8766

// Ownership is what a GPU costs to own rather than to rent.
type Ownership struct {
	Price    float64 // $ when bought, its share of the server included
	Network  float64 // share of the price of the whole cluster that is its interconnect, below 1
	WriteOff float64 // share of its value that it loses in a year
	Age      float64 // years from buying it to using it
	Use      float64 // share of its hours that it works, above 0
}

// WriteOff returns the share of its value that hardware loses in a year when
// performance per price improves by so many orders of magnitude a year:
// oom·ln 10. Of a given service life it would be 1/years. Source: arXiv
// 2405.21015, with 0.14 for GPUs of machine learning: 32.2 % a year.
func WriteOff(oom float64) float64 { return oom * math.Ln10 }

// Value returns the value in $ of a GPU when its use begins: price·e^(−write-off·age).
func (o Ownership) Value() float64 { return o.Price * math.Exp(-o.WriteOff*o.Age) }

// PerHour returns what a GPU loses in value in an hour of work, in $: value ×
// write-off/(8766·use). Source: arXiv 2405.21015, appendix A, with a use of 1.
func (o Ownership) PerHour() float64 { return o.Value() * o.WriteOff / (hoursPerYear * o.Use) }

// NetworkPerHour returns the same of its share of the interconnect:
// PerHour·network/(1 − network).
func (o Ownership) NetworkPerHour() float64 { return o.PerHour() * o.Network / (1 - o.Network) }

// Buy returns the price in $ of a cluster of so many GPUs, interconnect included.
func (o Ownership) Buy(gpus float64) float64 { return gpus * o.Price / (1 - o.Network) }
