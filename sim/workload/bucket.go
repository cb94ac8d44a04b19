package workload

import "slices"

// unit is the part of a chunk whose parameters are used and whose gradients are
// ready together: the embedding, one layer, or the final norm and head.
type unit struct {
	kind    unitKind
	layer   int
	params  int64 // on one rank, experts apart
	experts int64 // parameters of the experts on one rank
}

type unitKind uint8

const (
	embeddingUnit unitKind = iota
	layerUnit
	sparseUnit // a layer with experts
	headUnit
	numUnits
)

// units lists a chunk in the order of the forward pass.
func (d *shape) units(stage, chunk int) []unit {
	p := d.paramsOnRank(int64(d.Tensor), d.PaddedVocab(d.Vocab))
	var us []unit
	if d.isFirst(stage, int16(chunk)) {
		us = append(us, unit{embeddingUnit, -1, p.table + p.positions, 0})
	}
	first, last := d.ChunkLayers(d.Model, stage, chunk)
	for i := first; i < last; i++ {
		if d.isSparse(i) {
			us = append(us, unit{sparseUnit, i, p.sparse.matrices + p.sparse.vectors, d.expertsHere() * p.expert})
		} else {
			us = append(us, unit{layerUnit, i, p.matrices + p.vectors, 0})
		}
	}
	if d.isLast(stage, int16(chunk)) {
		n := p.finalNorm
		if !d.Tied || d.Pipeline > 1 { // the last stage keeps a copy of a tied table
			n += p.table
		}
		us = append(us, unit{headUnit, -1, n, 0})
	}
	return us
}

// stageParams returns the parameters one rank of a stage holds, and how many of them it
// updates.
func (d *shape) stageParams(stage int) (n, local int64) {
	var whole, experts int64
	for c := range d.VirtualPipeline {
		for _, u := range d.units(stage, c) {
			whole += u.params
			experts += u.experts
		}
	}
	return whole + experts, d.local(whole, d.replicas()) + d.local(experts, d.copies())
}

// linearParams returns the weights of the linear layers of one rank of a stage, which
// may be in fp8; a router is not.
func (d *shape) linearParams(stage int) int64 {
	p := d.paramsOnRank(int64(d.Tensor), d.PaddedVocab(d.Vocab))
	dense, sparse := d.stageLayersOf(stage)
	return dense*p.matrices + sparse*(p.sparse.matrices-d.hidden*int64(d.Experts)+d.expertsHere()*p.expert)
}

// stageLayersOf counts the layers of a stage without experts and with.
func (d *shape) stageLayersOf(stage int) (dense, sparse int64) {
	for c := range d.VirtualPipeline {
		a, b := d.layersOf(d.ChunkLayers(d.Model, stage, c))
		dense, sparse = dense+a, sparse+b
	}
	return dense, sparse
}

// bucket is a slice of a chunk's flat gradient or parameter buffer that is
// communicated at once. The experts have a buffer of their own, as Megatron-LM's
// DistributedDataParallel gives them, for other ranks hold the same.
type bucket struct {
	comm        Comm // among the ranks that hold the same
	bytes       int64
	first, last int // units it touches, by index in the order given
}

// allBuckets cuts both buffers of a chunk and returns those buckets that more ranks than
// one hold, in the order in which their first units come, or their last.
func (d *shape) allBuckets(us []unit, elem int64, byLast bool) []bucket {
	var bs []bucket
	if d.replicas() > 1 {
		bs = buckets(us, CommData, elem, d.BucketBytes)
	}
	if d.copies() > 1 {
		bs = append(bs, buckets(us, CommExpertData, elem, d.BucketBytes)...)
	}
	slices.SortStableFunc(bs, func(a, b bucket) int {
		if byLast {
			return a.last - b.last
		}
		return a.first - b.first
	})
	return bs
}

// in returns how many parameters of a unit are in the buffer of a communicator.
func (u *unit) in(c Comm) int64 {
	if c == CommExpertData {
		return u.experts
	}
	return u.params
}

// buckets cuts the buffer that units fill in the given order every limit bytes
// (0: not at all). Each element takes elem bytes.
func buckets(us []unit, c Comm, elem, limit int64) []bucket {
	var total int64
	for i := range us {
		total += us[i].in(c) * elem
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
		b := bucket{comm: c, bytes: min(limit, total-at)}
		for end <= at {
			u++
			end += us[u].in(c) * elem
		}
		b.first = u
		for end < at+b.bytes {
			u++
			end += us[u].in(c) * elem
		}
		b.last = u
		bs = append(bs, b)
	}
	return bs
}
