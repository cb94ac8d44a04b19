package workload

import "testing"

// Context follows tensor in every order: of tensor 2, context 2, data 3, pipeline 2, rank
// 1 + 2·(1 + 2·(2 + 3·0)) = 11 (tensor 1, context 1, data 2, pipeline 0) goes in
// data-tensor-pipeline to 2 + 3·(1 + 2·1) = 11, in tensor-pipeline-data to
// 1 + 2·(1 + 2·(0 + 2·2)) = 19.
func TestPlaceOfContext(t *testing.T) {
	l := Layout{Tensor: 2, Context: 2, Data: 3, Pipeline: 2}
	for order, want := range map[string]int{"tensor-data-pipeline": 11, "data-tensor-pipeline": 11, "tensor-pipeline-data": 19} {
		l.Order = order
		if got := l.Place(11); got != want || l.Rank(l.At(want)) != 11 {
			t.Errorf("%s: rank 11 is at %d, want %d, where %d sits", order, got, want, l.Rank(l.At(want)))
		}
	}
}

// Tensor 2, data 3, pipeline 2: rank 1 + 2·(2 + 3·1) = 11 is (tensor 1, data 2,
// pipeline 1), which tensor-pipeline-data puts at 1 + 2·(1 + 2·2) = 11, and
// pipeline-data-tensor at 1 + 2·(2 + 3·1) = 11 too; rank 3 (1, 1, 0) goes to
// 1 + 2·(0 + 2·1) = 5 and to 0 + 2·(1 + 3·1) = 8.
func TestPlace(t *testing.T) {
	l := Layout{Tensor: 2, Data: 3, Pipeline: 2}
	for _, c := range []struct {
		order      string
		rank, want int
	}{
		{"tensor-data-pipeline", 3, 3}, {"tensor-data-pipeline", 11, 11},
		{"tensor-pipeline-data", 3, 5}, {"tensor-pipeline-data", 11, 11},
		{"pipeline-data-tensor", 3, 8}, {"pipeline-data-tensor", 11, 11},
	} {
		l.Order = c.order
		if got := l.Place(c.rank); got != c.want {
			t.Errorf("%s: rank %d is at %d, want %d", c.order, c.rank, got, c.want)
		}
		if got := l.Rank(l.At(c.want)); got != c.rank {
			t.Errorf("%s: rank %d is at %d, want %d", c.order, got, c.want, c.rank)
		}
	}
	for _, order := range []string{"data-tensor-pipeline", "data-pipeline-tensor", "pipeline-tensor-data"} {
		l.Order = order
		seen := map[int]bool{}
		for r := range l.Ranks() {
			seen[l.Place(r)] = true
			if back := l.Rank(l.At(l.Place(r))); back != r {
				t.Errorf("%s: where rank %d sits is rank %d", order, r, back)
			}
		}
		if len(seen) != l.Ranks() || seen[l.Ranks()] {
			t.Errorf("%s puts %d ranks in %d places", order, l.Ranks(), len(seen))
		}
	}
}
