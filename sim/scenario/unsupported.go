package scenario

import (
	"fmt"
	"strings"
)

// The features of training that people ask for and that are not simulated yet.
// Each is told as such: the nearest key or value would mislead.
const contextParallel = "context parallelism"

// unsupportedKeys are the keys of such features in [layout] and [model], and
// the sections; the names are those of Megatron-LM, DeepSpeed and Hugging Face.
var unsupportedKeys = map[string]string{
	"context": contextParallel, "context_parallel": contextParallel, "context_parallel_size": contextParallel, "cp": contextParallel,
}

// unsupportedValues are values of keys that stand for such features.
var unsupportedValues = map[string]map[string]string{
	"precision": {"mxfp8": "mxfp8", "fp4": "fp4", "nvfp4": "nvfp4", "mxfp4": "mxfp4"},
	"schedule":  {"zb-v": "ZB-V", "dualpipe": "DualPipe"},
}

// unsupportedKey returns the feature that key stands for in the table at path,
// or "".
func unsupportedKey(path, key string) string {
	key = strings.ToLower(key)
	if path != "" && path != "layout" && path != "model" {
		return ""
	}
	return unsupportedKeys[key]
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
