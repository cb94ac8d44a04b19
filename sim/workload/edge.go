package workload

// embeddingForward looks tokens up in the sharded table, sums the shards, adds
// positions, drops out. The reduction scatters with sequence parallelism.
func (s *script) embeddingForward(d *shape) {
	n := d.tokens * d.hidden * d.elem
	s.run(stream("embedding", Embedding, 2*n, 3)) // mask ids, look up, zero the others' rows
	s.reduceOutput(d, "embedding reduce")
	r := d.residual * d.hidden
	if !d.Rotary {
		s.run(stream("position add", Embedding, 5*r*d.elem, 2)) // look up 2, add 3 passes
	}
	if d.Dropout {
		s.run(stream("embedding dropout", Elementwise, r*(2*d.elem+d.mask()), 1))
	}
}

// embeddingBackward scatters gradients into the rows of the tables.
func (s *script) embeddingBackward(d *shape) {
	if d.Dropout {
		s.run(stream("embedding dropout grad", Elementwise, d.residual*d.hidden*(2*d.elem+d.mask()), 1))
	}
	s.gatherInput(d, "embedding grad gather")
	grad := int64(d.GradBytes)
	n, rows := d.tokens*d.hidden*d.elem, d.vocab*d.hidden
	// The dense gradient is zeroed, scattered into and added to the buffer;
	// sorting the ids takes a few small kernels.
	op := stream("embedding grad", Embedding, 2*n+rows*(2*d.elem+2*grad), 6)
	op.Phase = WeightGrad
	s.run(op)
	if !d.Rotary {
		table := int64(d.SeqLen) * d.hidden
		op := stream("position grad", Embedding, n+table*(2*d.elem+2*grad), 6)
		op.Phase = WeightGrad
		s.run(op)
	}
}

// head is the product of the last hidden state and the table. It is never in fp8.
const head = "head"

// headForward ends the model: final norm, logits over this rank's rows, and
// Megatron-LM's vocabulary-parallel cross entropy in fp32.
func (s *script) headForward(d *shape) {
	s.norm(d, "final norm")
	s.gatherInput(d, "head gather")
	s.run(d.product(head, d.vocab, d.hidden, d.elem))
	logits, token := d.tokens*d.vocab, 4*d.tokens
	if d.FusedLoss { // maximum, sum and target of a row come out of one pass
		s.run(stream("cross entropy", CrossEntropy, logits*d.elem+3*token, 1))
		s.tensor(d, AllReduce, "loss sums", 3*token)
		return
	}
	s.run(stream("logits cast and max", CrossEntropy, logits*(d.elem+4+4), 2))
	s.tensor(d, AllReduce, "logits max", token)
	s.run(stream("logits shift and pick", CrossEntropy, logits*8+4*token, 4))
	s.tensor(d, AllReduce, "target logits", token)
	s.run(stream("logits exp and sum", CrossEntropy, logits*(8+4), 2))
	s.tensor(d, AllReduce, "logits sum", token)
	s.run(stream("loss", CrossEntropy, logits*8+6*token, 6)) // softmax in place is kept for the gradient
}

// headBackward is its gradient: softmax minus target in fp32, cast back.
func (s *script) headBackward(d *shape) {
	logits := d.tokens * d.vocab
	if d.FusedLoss {
		s.run(stream("loss grad", CrossEntropy, 2*logits*d.elem, 1))
	} else {
		s.run(stream("loss grad", CrossEntropy, logits*(8+4+d.elem), 4))
	}
	s.columnBackward(d, head, d.vocab, false)
	s.run(d.normGrad("final norm grad"))
}
