package results

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// formatSeconds writes ns nanoseconds as seconds with nine decimals, exactly.
func formatSeconds(ns int64) string {
	sign, n := "", uint64(ns)
	if ns < 0 {
		sign, n = "-", -n
	}
	return fmt.Sprintf("%s%d.%09d", sign, n/1e9, n%1e9)
}

// parseSeconds reads seconds with up to nine decimals into nanoseconds, exactly.
func parseSeconds(s string) (ns int64, err error) {
	digits, negative := strings.CutPrefix(s, "-")
	whole, part, _ := strings.Cut(digits, ".")
	w, err1 := strconv.ParseUint(whole, 10, 63)
	p, err2 := strconv.ParseUint(part+"000000000"[min(9, len(part)):], 10, 63)
	if err1 != nil || err2 != nil || len(part) > 9 || w > (math.MaxInt64-p)/1e9 {
		return 0, fmt.Errorf("time_s %q: want seconds with at most nine decimals", s)
	}
	ns = int64(w)*1e9 + int64(p)
	if negative {
		ns = -ns
	}
	return ns, nil
}
