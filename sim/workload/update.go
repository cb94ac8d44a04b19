package workload

// paramBuckets returns the buckets of a chunk's sharded parameters in the order
// of the forward pass; none where they are kept whole, or gathered in every pass.
func (d *shape) paramBuckets(stage, chunk int) []bucket {
	if d.ZeRO == 0 || d.ZeRO == 3 {
		return nil
	}
	return d.allBuckets(d.units(stage, chunk), d.elem, false)
}

// update ends a step: the gradient reduction of the chunks that are left, checks, the
// optimiser and the gathering of what it changed.
func (s *script) update(d *shape, stage, left int) {
	s.drain(d, stage)
	s.reduceGrads(d, stage, left)
	n, local := d.stageParams(stage)
	if d.GradBytes < 4 && d.Precision != FP32 {
		s.run(stream("main grad copy", Optimizer, local*int64(d.GradBytes+4), 1))
	}
	ranks := d.Tensor * d.Pipeline
	if d.LossScale {
		s.run(stream("grad unscale and check", Optimizer, 8*local, 1)) // fp32 read and written
		s.agree(d, "overflow flag", ranks)
	}
	if d.GradClip {
		s.run(stream("grad norm", Optimizer, 4*local, 1))
		s.agree(d, "grad norm reduce", ranks)
	}
	// Adam reads the gradient, reads and writes the master weight, both fp32, and two moments.
	s.run(stream("adam", Optimizer, (12+4*int64(d.MomentBytes))*local, 1))
	if d.Precision != FP32 {
		s.run(stream("weight copy", Optimizer, (4+d.elem)*local, 1))
	}
	s.castWeights(d, d.linearParams(stage))
	zeroed := n
	if d.ZeRO > 1 {
		zeroed = local
	}
	s.run(stream("grad zero", Optimizer, zeroed*int64(d.GradBytes), 1))
	s.gatherParams(d, stage)
}

// agree is an all-reduce of one fp32 number over the model's ranks. With a
// sharded optimiser each replica knows only its shard, and with experts divided over
// replicas only its experts, so the data group follows.
// Zero-bubble schedules do not wait for it (see zerobubble.go).
func (s *script) agree(d *shape, name string, ranks int) {
	reduce := s.sync
	if d.Schedule.SplitsBackward() {
		reduce = s.start
	}
	if ranks > 1 {
		reduce(StreamData, Op{Name: name, Kind: AllReduce, Comm: CommModel, Size: 4})
	}
	if d.replicas() > 1 && (d.ZeRO > 0 || d.Expert > d.Tensor) {
		reduce(StreamData, Op{Name: name, Kind: AllReduce, Comm: CommData, Size: 4})
	}
}

// drain waits for sends that were left to run beside the passes.
func (s *script) drain(d *shape, stage int) {
	if !d.OverlapPipeline || d.Pipeline == 1 {
		return
	}
	ring := d.VirtualPipeline > 1
	if ring || stage < d.Pipeline-1 {
		s.wait(StreamSendForward, 0)
	}
	if ring || stage > 0 {
		s.wait(StreamSendBackward, 0)
	}
}

// gatherParams brings updated shards together; overlapped, the next step's first
// forward passes wait for them.
func (s *script) gatherParams(d *shape, stage int) {
	for c := range d.VirtualPipeline {
		for _, b := range d.paramBuckets(stage, c) {
			op := Op{Name: "param gather", Kind: AllGather, Comm: b.comm, Size: b.bytes}
			if d.OverlapParam {
				s.start(StreamData, op)
			} else {
				s.sync(StreamData, op)
			}
		}
	}
}
