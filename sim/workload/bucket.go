package workload

// unit is the part of a chunk whose parameters are used and whose gradients are
// ready together: the embedding, one layer, or the final norm and head.
type unit struct {
	kind   unitKind
	layer  int
	params int64 // on one rank
}

type unitKind uint8

const (
	embeddingUnit unitKind = iota
	layerUnit
	headUnit
)

// units lists a chunk in the order of the forward pass.
func (d *shape) units(stage, chunk int) []unit {
	p := d.paramsOnRank(int64(d.Tensor), d.PaddedVocab(d.Vocab))
	var us []unit
	if d.isFirst(stage, int16(chunk)) {
		us = append(us, unit{embeddingUnit, -1, p.table + p.positions})
	}
	first, last := d.ChunkLayers(d.Model, stage, chunk)
	for i := first; i < last; i++ {
		us = append(us, unit{layerUnit, i, p.matrices + p.vectors})
	}
	if d.isLast(stage, int16(chunk)) {
		n := p.finalNorm
		if !d.Tied || d.Pipeline > 1 { // the last stage keeps a copy of a tied table
			n += p.table
		}
		us = append(us, unit{headUnit, -1, n})
	}
	return us
}

// stageParams returns the parameters one rank of a stage holds.
func (d *shape) stageParams(stage int) (n int64) {
	for c := range d.VirtualPipeline {
		for _, u := range d.units(stage, c) {
			n += u.params
		}
	}
	return n
}

// bucket is a slice of a chunk's flat gradient or parameter buffer that is
// communicated at once.
type bucket struct {
	bytes       int64
	first, last int // units it touches, by index in the order given
}

// buckets cuts the buffer that units fill in the given order every limit bytes
// (0: not at all). Each element takes elem bytes.
func buckets(us []unit, elem, limit int64) []bucket {
	var total int64
	for _, u := range us {
		total += u.params * elem
	}
	if total == 0 {
		return nil
	}
	if limit <= 0 {
		limit = total
	}
	bs := make([]bucket, 0, (total+limit-1)/limit)
	var end int64 // of the unit at hand
	u := -1
	for at := int64(0); at < total; at += limit {
		b := bucket{bytes: min(limit, total-at)}
		for end <= at {
			u++
			end += us[u].params * elem
		}
		b.first = u
		for end < at+b.bytes {
			u++
			end += us[u].params * elem
		}
		b.last = u
		bs = append(bs, b)
	}
	return bs
}
