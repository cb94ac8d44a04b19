package budget

import "math"

// AdamBytes are the bytes of weights, gradients and optimizer per parameter in
// mixed precision: bf16 weights 2, their fp32 copy 4, fp32 gradients 4, two
// moments 8. Activations come on top. With bf16 gradients they are 16. Source:
// stas00/ml-engineering, training/performance.
const AdamBytes = 18

// StateBytes returns the bytes that training so many parameters keeps, at so
// many a parameter. Those of a mixture of experts count whether they are active
// or not.
func StateBytes(params, perParam float64) float64 { return params * perParam }

// LeastGPUs returns the fewest GPUs of a memory in bytes that hold so many
// bytes, nothing stored twice.
func LeastGPUs(bytes, memory float64) float64 { return math.Ceil(bytes / memory) }
