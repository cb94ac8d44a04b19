package budget

// The functions below return seconds, for n ranks that each send at bandwidth
// bytes/s and need latency seconds before each step, and for a payload in bytes:
// for an all-reduce what every rank contributes, for an all-gather what every
// rank holds at the end, for a reduce-scatter what it holds at the start, for an
// all-to-all what it sends in all, its own part included. Source: Thakur,
// Rabenseifner and Gropp, "Optimization of collective communication operations
// in MPICH", IJHPCA 19(1), 2005; rings: Patarasuk and Yuan, "Bandwidth optimal
// all-reduce algorithms for clusters of workstations", JPDC 69(2), 2009.

// SendTime returns latency + S/B.
func SendTime(bytes, bandwidth, latency float64) float64 {
	return latency + bytes/bandwidth
}

// RingGatherTime returns the time of an all-gather in a ring,
// (n−1)/n·S/B + (n−1)·α. A reduce-scatter takes the same time.
func RingGatherTime(n, bytes, bandwidth, latency float64) float64 {
	return (n-1)/n*bytes/bandwidth + (n-1)*latency
}

// RingAllReduceTime returns the time of a reduce-scatter and an all-gather in a
// ring, 2(n−1)/n·S/B + 2(n−1)·α.
func RingAllReduceTime(n, bytes, bandwidth, latency float64) float64 {
	return 2 * RingGatherTime(n, bytes, bandwidth, latency)
}

// AllToAllTime returns the time of a pairwise exchange,
// (n−1)/n·S/B + (n−1)·α.
func AllToAllTime(n, bytes, bandwidth, latency float64) float64 {
	return RingGatherTime(n, bytes, bandwidth, latency)
}
