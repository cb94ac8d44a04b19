package network

import (
	"fmt"
	"strconv"
	"strings"
)

// pattern is the name of several links: a star stands for any text, and
// [a:b] for the indices a to b−1.
type pattern []piece

// piece of a pattern is a text, or else a range of indices, or else a star.
type piece struct {
	text     string
	from, to uint64 // to > from, of a range
}

// parsePattern reads a pattern; brackets without a colon are text.
func parsePattern(s string) (pattern, error) {
	var p pattern
	for s != "" {
		if s[0] == '*' {
			p, s = append(p, piece{}), s[1:]
			continue
		}
		if inside, rest, ok := strings.Cut(s[1:], "]"); ok && s[0] == '[' && strings.Contains(inside, ":") {
			first, last, _ := strings.Cut(inside, ":")
			from, err := strconv.ParseUint(first, 10, 31)
			to, err2 := strconv.ParseUint(last, 10, 31)
			if err != nil || err2 != nil || to <= from {
				return nil, fmt.Errorf("[%s] is no range of links; [0:8] is 0 to 7", inside)
			}
			p, s = append(p, piece{from: from, to: to}), rest
			continue
		}
		n := len(s)
		if i := strings.IndexAny(s[1:], "*["); i >= 0 {
			n = 1 + i
		}
		p, s = append(p, piece{text: s[:n]}), s[n:]
	}
	return p, nil
}

// last returns the pattern with each range narrowed to its last index.
func (p pattern) last() pattern {
	narrow := append(pattern(nil), p...)
	for i := range narrow {
		if narrow[i].to > 0 {
			narrow[i].from = narrow[i].to - 1
		}
	}
	return narrow
}

// matches tells whether the whole of a name is as the pattern says.
func (p pattern) matches(name string) bool {
	for i, x := range p {
		switch {
		case x.text != "":
			rest, ok := strings.CutPrefix(name, x.text)
			if !ok {
				return false
			}
			name = rest
		case x.to > 0:
			inside, rest, ok := strings.Cut(name, "]")
			digits, opened := strings.CutPrefix(inside, "[")
			k, err := strconv.ParseUint(digits, 10, 31)
			if !ok || !opened || err != nil || k < x.from || k >= x.to {
				return false
			}
			name = rest
		default:
			for skip := range len(name) + 1 {
				if p[i+1:].matches(name[skip:]) {
					return true
				}
			}
			return false
		}
	}
	return name == ""
}

// LinksByName returns the links that a name stands for, in order: that of
// LinkByName, or where it has stars and ranges, such as nic_*[16:24], all that it
// matches. None, and a range that reaches beyond what is there, is an error that
// names it and says which links there are.
func (t *Topology) LinksByName(name string) ([]int32, error) {
	if l, ok := t.LinkByName(name); ok {
		return []int32{l}, nil
	}
	p, err := parsePattern(name)
	if err != nil {
		return nil, err
	}
	var links []int32
	last, reached := p.last(), false
	for l := range int32(t.Links()) {
		if s := t.LinkName(l); p.matches(s) {
			links = append(links, l)
			reached = reached || last.matches(s)
		}
	}
	switch {
	case len(links) == 0:
		return nil, fmt.Errorf("there is no link %q; links are %s", name, t.LinkNames())
	case !reached:
		return nil, fmt.Errorf("%q reaches beyond the last link, %s; links are %s", name, t.LinkName(links[len(links)-1]), t.LinkNames())
	}
	return links, nil
}
