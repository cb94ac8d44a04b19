package scenario

import (
	"fmt"
	"strings"
)

// The features of training that people ask for and that are not simulated yet.
// Each is told as such: the nearest value would mislead.

// unsupportedValues are values of keys that stand for such features.
var unsupportedValues = map[string]map[string]string{
	"precision": {"mxfp8": "mxfp8", "fp4": "fp4", "nvfp4": "nvfp4", "mxfp4": "mxfp4"},
	"schedule":  {"zb-v": "ZB-V", "dualpipe": "DualPipe"},
}

// unsupported says that raw, which f does not allow, stands for a feature that
// is not simulated yet, or returns nil.
func (f *field) unsupported(raw any) *mistake {
	what := unsupportedValues[f.key][strings.ToLower(fmt.Sprint(raw))]
	if what == "" {
		return nil
	}
	return wrong("%s is not simulated yet", what).or("must be " + f.allowed.describe(f.unit))
}
