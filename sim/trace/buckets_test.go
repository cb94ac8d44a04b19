package trace

import (
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"trainsim/sim/engine"
)

func TestBucketNames(t *testing.T) {
	seen := map[string]bool{}
	for b := range Bucket(NumBuckets) {
		name := b.String()
		if name == "" || seen[name] {
			t.Errorf("bucket %d is called %q", b, name)
		}
		seen[name] = true
	}
	if Idle.String() != "idle" || ExposedTensor.String() != "exposed_tensor" || Bucket(NumBuckets).String() != "bucket(12)" {
		t.Error("names are out of step with the constants")
	}
}

func TestBucketsByHand(t *testing.T) {
	k := NewBuckets(2)
	k.Add(0, Compute, ranks(70, 8), 500)
	k.Add(0, Bubble, ranks(30, 8), 100)
	k.Add(1, Compute, ranks(100, 4), 500)
	if err := k.CheckTiling(100, []int64{8, 4}); err != nil {
		t.Error(err)
	}
	if got := k.StageEnergy(0, Compute); got != (engine.Total{Lo: 70 * 500 * 8}) {
		t.Errorf("energy %v", got)
	}
	if got := k.StageTime(1, Compute); got != (engine.Total{Lo: 400}) {
		t.Errorf("time %v", got)
	}
	total := uint64(70*500*8 + 30*100*8 + 100*500*4)
	if err := k.CheckEnergy(engine.Total{Lo: total}); err != nil {
		t.Error(err)
	}
	time, energy := k.Sum()
	if time[Compute] != (engine.Total{Lo: 960}) || energy[Bubble] != (engine.Total{Lo: 24000}) {
		t.Errorf("sums %v, %v", time, energy)
	}
}

// One nanosecond of one rank too many or too few is found, also beside sums far
// above 2^53, and the message says by how much.
func TestBucketsMissNothing(t *testing.T) {
	const wall = 90 * 86400 * engine.Second
	k := NewBuckets(1)
	k.Add(0, Compute, ranks(uint64(wall)-1, 100_000), 700_000)
	k.Add(0, Idle, ranks(1, 99_999), 90_000)
	err := k.CheckTiling(wall, []int64{100_000})
	if err == nil || !strings.Contains(err.Error(), "(-1)") {
		t.Errorf("one rank-nanosecond missing: %v", err)
	}
	k.Add(0, Idle, ranks(1, 1), 90_000)
	if err := k.CheckTiling(wall, []int64{100_000}); err != nil {
		t.Error(err)
	}
	k.Add(0, Idle, ranks(2, 1), 0)
	if err := k.CheckTiling(wall, []int64{100_000}); err == nil || !strings.Contains(err.Error(), "(+2)") {
		t.Errorf("two rank-nanoseconds too many: %v", err)
	}
	if err := k.CheckTiling(wall, []int64{1, 2}); err == nil {
		t.Error("ranks of two stages passed for one")
	}
	if err := k.CheckEnergy(engine.Total{Lo: 1}); err == nil {
		t.Error("wrong energy passed")
	}
}

// ranks returns dt ns of so many ranks.
func ranks(dt, count uint64) (t engine.Total) {
	t.AddProduct(dt, count)
	return t
}

func TestBucketsAgainstBig(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := NewBuckets(1)
		time, energy := new(big.Int), new(big.Int)
		for range rapid.IntRange(1, 10).Draw(t, "adds") {
			dt := rapid.Uint64Range(0, math.MaxInt64).Draw(t, "dt")
			mw := rapid.Uint64Range(0, 2e6).Draw(t, "mW")
			n := rapid.Uint64Range(1, 1e6).Draw(t, "count")
			k.Add(0, Bucket(rapid.IntRange(0, NumBuckets-1).Draw(t, "bucket")), ranks(dt, n), mw)
			part := new(big.Int).Mul(new(big.Int).SetUint64(dt), new(big.Int).SetUint64(n))
			time.Add(time, part)
			energy.Add(energy, new(big.Int).Mul(part, new(big.Int).SetUint64(mw)))
		}
		gotTime, gotEnergy := k.Sum()
		var sumTime, sumEnergy engine.Total
		for b := range NumBuckets {
			sumTime.AddTotal(gotTime[b])
			sumEnergy.AddTotal(gotEnergy[b])
		}
		if toBig(sumTime).Cmp(time) != 0 || toBig(sumEnergy).Cmp(energy) != 0 {
			t.Fatalf("time %v, want %v; energy %v, want %v", toBig(sumTime), time, toBig(sumEnergy), energy)
		}
	})
}
