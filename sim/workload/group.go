package workload

// Group is one communicator. A pipeline channel is listed once, as
// CommSendForward or CommSendBackward, with Ranks = [sender, receiver].
type Group struct {
	Comm  Comm
	Ranks []int32
}
