package training

// length returns the number of feeds with a limit.
func (g *grid) length() int {
	if g == nil {
		return 0
	}
	return len(g.id)
}

// each calls host for each host with its feed, and feed for each feed with its
// parent.
func (g *grid) each(host, feed func(child, parent int32)) {
	if g == nil {
		return
	}
	for h, up := range g.host {
		if up >= 0 {
			host(int32(h), up)
		}
	}
	for f, up := range g.parent {
		if up >= 0 {
			feed(int32(f), up)
		}
	}
}

// feedColour returns the colour of a feed: its level, and what it leaves to a GPU.
func (g *grid) feedColour(feed int32) uint64 {
	return mixAll(8, uint64(g.level[feed]), uint64(g.cap[feed]), uint64(g.load[feed].Fixed))
}

// foldFeeds makes a feed of each class of feeds.
func (f *folding) foldFeeds(q *plan) {
	whole := f.whole.grid
	if whole == nil {
		return
	}
	g := &grid{feeds: whole.feeds, count: f.feeds.size, holds: whole.holds}
	vertex := func(feed int32) int32 { return f.coupling.feeds + feed }
	for _, h := range f.hosts.first {
		feed, n := whole.host[h], int64(0)
		if feed >= 0 {
			n = f.countEdges(vertex(feed), labelHost, f.class[f.coupling.hosts+h])
			feed = f.feeds.of[feed]
		}
		g.host, g.hosts = append(g.host, feed), append(g.hosts, n)
	}
	for _, first := range f.feeds.first {
		parent, n := whole.parent[first], int64(0)
		if parent >= 0 {
			n = f.countEdges(vertex(parent), labelHost, f.class[vertex(first)])
			parent = f.feeds.of[parent]
		}
		g.parent, g.share = append(g.parent, parent), append(g.share, n)
		g.level, g.id = append(g.level, whole.level[first]), append(g.id, whole.id[first])
		g.load, g.cap = append(g.load, whole.load[first]), append(g.cap, whole.cap[first])
	}
	q.grid = g
}
