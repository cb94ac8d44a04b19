package workload

// directions is a set of pipeline channels: activations forward, gradients backward.
type directions uint8

const (
	forwardBit directions = 1 << iota
	backwardBit
)

// exchange is what a stage does with its neighbours between two groups of
// passes. Blocking, as Megatron-LM's p2p_communication does by default, all
// messages are started and then waited for. Overlapped, sends are started and
// left, what the next pass needs was started a pass ago and is waited for, and
// what the pass after that needs is started.
type exchange struct {
	send, recv directions
	post       directions // overlapped: started for later
	oneByOne   bool       // blocking: the send ends before the receive starts
}

var (
	sendComm   = [2]Comm{CommSendForward, CommSendBackward}
	recvComm   = [2]Comm{CommRecvForward, CommRecvBackward}
	sendStream = [2]Stream{StreamSendForward, StreamSendBackward}
	recvStream = [2]Stream{StreamRecvForward, StreamRecvBackward}
	wayNames   = [2]string{"forward", "backward"}
	wayPhases  = [2]Phase{Forward, Backward}
)

// MessageBytes returns the size of one pipeline message of a rank: a
// microbatch's b·s·h activations or gradients, divided by the tensor group where
// the sequence is sharded or the message is scattered (arXiv 2104.04473 §4.1).
func MessageBytes(m Model, l Layout) int64 {
	d := newShape(m, l)
	size := d.residual * d.hidden * d.elem
	if d.scattered() {
		size /= int64(d.Tensor)
	}
	return size
}

// scattered tells whether messages are split over the tensor group. Sharded by
// sequence they are so already.
func (d *shape) scattered() bool { return d.ScatterGather && d.Tensor > 1 && !d.sharded }

// messages holds the operations of all exchanges of a program by direction.
type messages struct{ send, recv, gather [2]int32 }

func (w *writer) writeMessages() {
	size := MessageBytes(w.Model, w.Layout)
	for way := range wayNames {
		s := w.script(wayPhases[way])
		w.messages.send[way] = s.add(Op{Name: "send " + wayNames[way], Kind: Send, Comm: sendComm[way], Size: size})
		w.messages.recv[way] = s.add(Op{Name: "receive " + wayNames[way], Kind: Recv, Comm: recvComm[way], Size: size})
		if w.scattered() {
			w.messages.gather[way] = s.add(Op{Name: "message gather", Kind: AllGather, Comm: CommTensor,
				Size: size * int64(w.Tensor)})
		}
	}
}

// exchangeBlock writes the block of an exchange.
func (w *writer) exchangeBlock(e exchange) Block {
	s := w.script(Forward)
	start := func(set directions, on [2]Stream, ops [2]int32) {
		for way := range wayNames {
			if set&(1<<way) != 0 {
				s.code = append(s.code, Instr{Code: Start, Stream: on[way], Layer: -1, First: ops[way]})
			}
		}
	}
	wait := func(set directions, on [2]Stream) {
		for way := range wayNames {
			if set&(1<<way) != 0 {
				s.wait(on[way], 0)
			}
		}
	}
	start(e.send, sendStream, w.messages.send)
	if !w.OverlapPipeline {
		if e.oneByOne {
			wait(e.send, sendStream)
		}
		start(e.recv, recvStream, w.messages.recv)
		if !e.oneByOne {
			wait(e.send, sendStream)
		}
	}
	wait(e.recv, recvStream)
	if w.scattered() {
		for way := range wayNames {
			if e.recv&(1<<way) != 0 {
				s.code = append(s.code, Instr{Code: Sync, Stream: StreamTensor, Layer: -1, First: w.messages.gather[way]})
			}
		}
	}
	start(e.post, recvStream, w.messages.recv)
	return Block{Name: e.name(), Code: s.code}
}

// name lists what is sent and received, such as "send forward, receive backward".
func (e exchange) name() string {
	name := ""
	list := func(verb string, set directions) {
		for way := range wayNames {
			if set&(1<<way) != 0 {
				if name != "" {
					name += ", "
				}
				name += verb + " " + wayNames[way]
			}
		}
	}
	list("send", e.send)
	list("receive", e.recv)
	list("post", e.post)
	return name
}
