package budget

// AnalogMAC returns the energy in J of a multiplication with addition in an array
// of analog memory: that of the array, a conversion to digital shared by as many
// products as the array has rows, and the writes of a weight shared by the products
// it takes part in between them. All are declared: no such machine has trained a
// model of size. The energy falls as 1/rows only while weights stay where they are,
// and training writes each at least once a step.
func AnalogMAC(mac, adc, rows, write, writesPerMAC float64) float64 {
	return mac + adc/rows + write*writesPerMAC
}

// AnalogWrites returns the writes of a weight per multiplication of a training step:
// one for the update, and of the share that is not resident two for every
// microbatch; a weight takes part in three products for each token, forward and for
// both gradients.
func AnalogWrites(tokens, microbatches, resident float64) float64 {
	return (1 + (1-resident)*2*microbatches) / (3 * tokens)
}

// EquilibriumWork returns the FLOP of training by equilibrium propagation over those
// by backpropagation, which are three forward passes: every step in which a phase
// settles is a forward pass, and so is the local update in the measure given.
// Source: Scellier and Bengio, "Equilibrium propagation", arXiv 1602.05179, whose
// network with one hidden layer takes 20 free and 4 nudged steps.
func EquilibriumWork(free, nudged, update float64) float64 { return (free + nudged + update) / 3 }
