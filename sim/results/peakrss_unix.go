//go:build unix

package results

import (
	"runtime"
	"syscall"
)

// peakRSS returns the largest resident set of this process so far, in bytes:
// getrusage(2) counts it in kB, but on Darwin in bytes.
func peakRSS() int64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	if runtime.GOOS == "darwin" || runtime.GOOS == "ios" {
		return int64(u.Maxrss)
	}
	return int64(u.Maxrss) * 1024
}
