package workload

// table is the list of operations of a program while it is written.
type table struct{ ops []Op }

// script writes instructions, adding their operations to a table. Operations
// run one after another share a segment.
type script struct {
	*table
	code  []Instr
	phase Phase // of operations that do not say
	layer int16
}

func (t *table) script(p Phase) *script { return &script{table: t, phase: p, layer: -1} }

// add appends an operation to the table. Forward is the zero phase, so an
// operation that says nothing takes the phase of the script.
func (s *script) add(op Op) int32 {
	if op.Phase == Forward {
		op.Phase = s.phase
	}
	s.ops = append(s.ops, op)
	return int32(len(s.ops) - 1)
}

// run adds a compute operation to the segment, or opens one.
func (s *script) run(op Op) {
	i := s.add(op)
	if n := len(s.code); n > 0 {
		if last := &s.code[n-1]; last.Code == Run && last.Last == i && last.Layer == s.layer {
			last.Last++
			return
		}
	}
	s.code = append(s.code, Instr{Code: Run, Layer: s.layer, First: i, Last: i + 1})
}

func (s *script) start(on Stream, op Op) {
	s.code = append(s.code, Instr{Code: Start, Stream: on, Layer: s.layer, First: s.add(op)})
}

func (s *script) sync(on Stream, op Op) {
	s.code = append(s.code, Instr{Code: Sync, Stream: on, Layer: s.layer, First: s.add(op)})
}

func (s *script) wait(on Stream, lag int32) {
	s.code = append(s.code, Instr{Code: Wait, Stream: on, Layer: s.layer, Lag: lag})
}

// paste appends code written once for all layers, as layer i.
func (s *script) paste(code []Instr, layer int) {
	for _, in := range code {
		in.Layer = int16(layer)
		s.code = append(s.code, in)
	}
}

// tensor is a blocking collective of the tensor group.
func (s *script) tensor(d *shape, k Kind, name string, size int64) {
	if d.Tensor > 1 {
		s.sync(StreamTensor, Op{Name: name, Kind: k, Comm: CommTensor, Size: size})
	}
}
