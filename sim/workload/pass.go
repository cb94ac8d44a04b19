package workload

import "strconv"

// forwardBlock is the forward pass of a chunk. The special one of a step's first
// microbatch waits for the parameters of each unit: all gathers of the stage
// were started in the order of the chunks, so waiting for number i of n is
// waiting until n−1−i are unfinished.
func (w *writer) forwardBlock(k blockKey) Block {
	name := "forward " + strconv.Itoa(int(k.chunk))
	s := w.script(Forward)
	if w.sharding() {
		w.shardedForward(s, int(k.chunk))
		return Block{Name: name, Code: s.code}
	}
	var bs []bucket
	before, n := 0, 0
	if k.special {
		name += " first"
		for c := range w.VirtualPipeline {
			b := w.paramBuckets(w.stage, c)
			if c < int(k.chunk) {
				before += len(b)
			}
			if c == int(k.chunk) {
				bs = b
			}
			n += len(b)
		}
	}
	next := 0
	for i, u := range w.units(w.stage, int(k.chunk)) {
		had := next
		for next < len(bs) && bs[next].first <= i {
			next++
		}
		if next > had {
			s.wait(StreamData, int32(n-before-next))
		}
		s.paste(w.forward[u.kind], u.layer)
	}
	return Block{Name: name, Code: s.code}
}

// backwardBlock is the backward pass of a chunk. The special one reduces each bucket
// of gradients beside it, once its units are done. After some the reduction of a chunk
// is started.
func (w *writer) backwardBlock(k blockKey) Block {
	name := "backward " + strconv.Itoa(int(k.chunk))
	if k.special && w.ZeRO < 2 {
		name += " last"
	}
	if k.reduce > 0 {
		name += ", reduction of " + strconv.Itoa(int(k.reduce)-1)
	}
	s := w.script(Backward)
	if w.sharding() {
		w.shardedBackward(s, int(k.chunk))
		return Block{Name: name, Code: s.code}
	}
	us, bs := w.gradBuckets(w.stage, int(k.chunk))
	if !k.special {
		bs = nil
	}
	overlap := w.OverlapGrad
	next := 0
	for i, u := range us {
		s.paste(w.backward[u.kind], u.layer)
		for overlap && next < len(bs) && bs[next].last <= i {
			s.reduceBucket(w.shape, bs[next])
			next++
		}
	}
	for ; next < len(bs); next++ {
		s.run(scaleGrads(bs[next].bytes))
		s.sync(StreamData, w.reduceOp(bs[next].comm, bs[next].bytes))
	}
	if k.reduce > 0 {
		s.reduceChunk(w.shape, w.stage, int(k.reduce)-1)
	}
	return Block{Name: name, Code: s.code}
}
