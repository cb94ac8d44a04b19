package cluster

import "math"

// Level is one level of the distribution of power above the supplies of hosts: the
// busbars of racks, rows, UPSs, the site. All feeds of a level are alike.
type Level struct {
	Name       string
	Hosts      int32   // below one feed; 0: all
	Overhead   float64 // what is delivered over what those below take, at least 1: what else hangs on the feed, such as cooling; 0: 1
	Efficiency float64 // output over input of what depends on the load
	Fixed      int64   // mW, lost at any load
	Guard
}

// Delivered returns what a feed delivers, in mW, where those below take so much.
func (l *Level) Delivered(taken int64) int64 {
	if l.Overhead <= 1 {
		return taken
	}
	return max(taken, int64(math.Round(float64(taken)*l.Overhead)))
}

// Input returns what a feed draws, in mW, to deliver so much: never less.
func (l *Level) Input(delivered int64) int64 {
	return l.Fixed + max(delivered, int64(math.Round(float64(delivered)/l.Efficiency)))
}

// Tree says what hangs on what above the hosts. Feeds are numbered level by level,
// from the hosts up; the last level has one.
type Tree struct {
	Levels []Level
	First  []int32 // first feed of each level, and the number of feeds
	Parent []int32 // of each feed; −1 at the top
	Count  []int64 // identical feeds
	Share  []int64 // such feeds on one parent
	Host   []int32 // feed of each host (class)
	Hosts  []int64 // such hosts on one feed
	Beside int64   // mW that hangs on the last level directly
}

// LevelOf returns the level of a feed.
func (t *Tree) LevelOf(feed int32) int {
	l := 0
	for feed >= t.First[l+1] {
		l++
	}
	return l
}

// Feeds is the load of every feed of a tree, that follows what its hosts draw.
type Feeds struct {
	*Tree
	taken     []int64   // mW, by those below
	load      []int64   // mW, delivered as of the last Settle
	input     []int64   // mW, as of the last Settle
	marked    []bool    // in dirty
	dirty     [][]int32 // feeds of each level that changed since the last Settle
	changed   []int32   // in the last Settle
	delivered []int64   // mW, by all feeds of each level as of the last Settle
	drawn     []int64   // mW, by the same
}

// NewFeeds returns the feeds of a tree whose hosts draw nothing.
func NewFeeds(t *Tree) *Feeds {
	n, levels := len(t.Parent), len(t.Levels)
	f := &Feeds{Tree: t, taken: make([]int64, n), load: make([]int64, n), input: make([]int64, n), marked: make([]bool, n),
		dirty: make([][]int32, levels), delivered: make([]int64, levels), drawn: make([]int64, levels)}
	for l := range t.Levels {
		for i := t.First[l]; i < t.First[l+1]; i++ {
			f.mark(i, l)
		}
	}
	f.taken[n-1] = t.Beside
	return f
}

// Change changes what a host draws by delta mW in the present instant. In a class
// of hosts each of them changes by delta.
func (f *Feeds) Change(host int32, delta int64) {
	feed := f.Host[host]
	f.taken[feed] += delta * f.Hosts[host]
	f.mark(feed, 0)
}

func (f *Feeds) mark(feed int32, level int) {
	if !f.marked[feed] {
		f.marked[feed] = true
		f.dirty[level] = append(f.dirty[level], feed)
	}
}

// Settle carries what changed in the present instant up to the site; called once per
// instant, after every change.
func (f *Feeds) Settle() {
	f.changed = f.changed[:0]
	for l := range f.Levels {
		for _, i := range f.dirty[l] {
			f.settle(i, l)
		}
		f.changed = append(f.changed, f.dirty[l]...)
		f.dirty[l] = f.dirty[l][:0]
	}
}

// settle settles one feed.
func (f *Feeds) settle(i int32, level int) {
	f.marked[i] = false
	l := &f.Levels[level]
	load := l.Delivered(f.taken[i])
	input := l.Input(load)
	more := input - f.input[i]
	f.delivered[level] += (load - f.load[i]) * f.Count[i]
	f.drawn[level] += more * f.Count[i]
	f.load[i], f.input[i] = load, input
	if p := f.Parent[i]; p >= 0 && more != 0 {
		f.taken[p] += more * f.Share[i]
		f.mark(p, level+1)
	}
}

// Changed returns the feeds that the last Settle looked at, from the hosts up. It is
// valid until the next.
func (f *Feeds) Changed() []int32 { return f.changed }

// Load returns what a feed delivers as of the last Settle, in mW.
func (f *Feeds) Load(feed int32) int64 { return f.load[feed] }

// Delivered returns what all feeds of a level deliver as of the last Settle, in mW.
func (f *Feeds) Delivered(level int) int64 { return f.delivered[level] }

// Drawn returns what all feeds of a level draw as of the last Settle, in mW.
func (f *Feeds) Drawn(level int) int64 { return f.drawn[level] }
