package scenario

import (
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"
)

// place is where a key and its value stand, as byte offsets. A table has no
// value of its own: both offsets are those of the key in its header.
type place struct{ key, value int }

// index says where every key of a TOML text stands. The decoding library knows
// positions by key path without array indices, so that all tables of an array
// share one; here "degrade[0].speed" and "degrade[1].speed" are apart.
type index struct {
	text   string
	lines  []int // offset at which each line starts
	places map[string]place
}

// newIndex scans text, which the library has accepted: what is not valid TOML
// is skipped, never reported.
func newIndex(text string) *index {
	x := newLines(text)
	s := scanner{text: text, index: x, counts: map[string]int{}}
	s.document()
	return x
}

// newLines returns an index that knows lines only, for texts that are not TOML.
func newLines(text string) *index {
	x := &index{text: text, lines: []int{0}, places: map[string]place{}}
	for i := 0; i < len(text); i++ {
		if text[i] == '\n' {
			x.lines = append(x.lines, i+1)
		}
	}
	return x
}

// position returns the line and column of an offset, both from 1; columns count
// characters, without a byte-order mark.
func (x *index) position(offset int) (line, column int) {
	line = sort.Search(len(x.lines), func(i int) bool { return x.lines[i] > offset })
	before := strings.TrimPrefix(x.text[x.lines[line-1]:offset], "\ufeff")
	return line, utf8.RuneCountInString(before) + 1
}

// add records a key the first time it is seen: a super-table is best pointed at
// where it is first named.
func (x *index) add(path string, p place) {
	if _, ok := x.places[path]; !ok {
		x.places[path] = p
	}
}

// scanner walks over a TOML text.
type scanner struct {
	text   string
	at     int
	index  *index
	counts map[string]int // tables seen of each array of tables
}

// document scans tables and key-value pairs to the end of the text.
func (s *scanner) document() {
	s.at = len(s.text) - len(strings.TrimPrefix(s.text, "\ufeff"))
	table := ""
	for s.blank(); s.at < len(s.text); s.blank() {
		if s.text[s.at] == '[' {
			table = s.header()
		} else {
			s.pair(table)
		}
	}
}

// header scans "[a.b]" or "[[a.b]]" and returns the path of the table.
func (s *scanner) header() string {
	array := strings.HasPrefix(s.text[s.at:], "[[")
	s.at++
	if array {
		s.at++
	}
	s.space()
	start := s.at
	path := ""
	parts := s.key()
	for i, part := range parts {
		path = join(path, part)
		if i == len(parts)-1 && array {
			s.index.add(path, place{start, start})
			path += "[" + strconv.Itoa(s.counts[path]) + "]"
			s.counts[path[:strings.LastIndexByte(path, '[')]]++
		} else if n := s.counts[path]; n > 0 {
			path += "[" + strconv.Itoa(n-1) + "]" // the last table of that array
		}
		s.index.add(path, place{start, start})
	}
	for s.at < len(s.text) && s.text[s.at] != '\n' && s.text[s.at] != '#' {
		s.at++
	}
	return path
}

// pair scans "key = value" in a table.
func (s *scanner) pair(table string) {
	start := s.at
	path := table
	for _, part := range s.key() {
		path = join(path, part)
		s.index.add(path, place{start, start})
	}
	s.space()
	if s.at < len(s.text) && s.text[s.at] == '=' {
		s.at++
		s.space()
		s.index.places[path] = place{start, min(s.at, len(s.text))}
		s.value(path)
		return
	}
	s.at = max(s.at, start+1) // not a pair: move on
}

// key scans a dotted key and returns its parts, unquoted.
func (s *scanner) key() []string {
	var parts []string
	for s.at < len(s.text) {
		start := s.at
		var part string
		switch c := s.text[s.at]; {
		case c == '"' || c == '\'':
			s.str()
			part = unquote(s.text[start:s.at])
		default:
			for s.at < len(s.text) && isBare(s.text[s.at]) {
				s.at++
			}
			part = s.text[start:s.at]
		}
		if s.at == start {
			break
		}
		parts = append(parts, part)
		end := s.at
		s.space()
		if s.at >= len(s.text) || s.text[s.at] != '.' {
			s.at = end
			break
		}
		s.at++
		s.space()
	}
	return parts
}

// value scans the value of the key at path; tables and arrays inside it are
// indexed too.
func (s *scanner) value(path string) {
	if s.at >= len(s.text) {
		return
	}
	switch s.text[s.at] {
	case '"', '\'':
		s.str()
	case '[':
		s.at++
		for n := 0; s.until(']'); n++ {
			element := path + "[" + strconv.Itoa(n) + "]"
			s.index.add(element, place{s.at, s.at})
			s.value(element)
		}
	case '{':
		s.at++
		for s.until('}') {
			s.pair(path)
		}
	default:
		start := s.at
		for s.at < len(s.text) && !strings.ContainsRune(",]}#\r\n", rune(s.text[s.at])) {
			s.at++
		}
		if s.at == start {
			s.at++ // a stray delimiter
		}
	}
}

// until moves to the next element of an array or inline table and tells whether
// there is one before the closing delimiter, which it swallows.
func (s *scanner) until(closing byte) bool {
	for s.blank(); s.at < len(s.text) && s.text[s.at] == ','; s.blank() {
		s.at++
	}
	if s.at >= len(s.text) {
		return false
	}
	if s.text[s.at] == closing {
		s.at++
		return false
	}
	return true
}

// str scans a string of any of the four kinds.
func (s *scanner) str() {
	quote := s.text[s.at : s.at+1]
	if triple := strings.Repeat(quote, 3); strings.HasPrefix(s.text[s.at:], triple) {
		quote = triple
	}
	s.at += len(quote)
	for s.at < len(s.text) {
		switch {
		case s.text[s.at] == '\\' && quote[0] == '"':
			s.at = min(s.at+2, len(s.text))
		case strings.HasPrefix(s.text[s.at:], quote):
			s.at += len(quote)
			for n := 0; len(quote) == 3 && n < 2 && s.at < len(s.text) && s.text[s.at] == quote[0]; n++ {
				s.at++ // up to two quotes may stand before the closing three
			}
			return
		case len(quote) == 1 && s.text[s.at] == '\n':
			return
		default:
			s.at++
		}
	}
}

// space skips blanks within a line.
func (s *scanner) space() {
	for s.at < len(s.text) && (s.text[s.at] == ' ' || s.text[s.at] == '\t') {
		s.at++
	}
}

// blank skips blanks, ends of line and comments.
func (s *scanner) blank() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\t', '\r', '\n':
			s.at++
		case '#':
			for s.at < len(s.text) && s.text[s.at] != '\n' {
				s.at++
			}
		default:
			return
		}
	}
}

func isBare(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-'
}

// unquote returns the key a quoted text stands for.
func unquote(text string) string {
	if len(text) >= 2 && text[0] == '\'' {
		return text[1 : len(text)-1]
	}
	if key, err := strconv.Unquote(text); err == nil {
		return key
	}
	return text
}

// join appends a key to a path, quoted where it is not a bare key, so that no
// two paths share a text.
func join(path, key string) string {
	bare := key != ""
	for i := 0; i < len(key); i++ {
		bare = bare && isBare(key[i])
	}
	if !bare {
		key = strconv.Quote(key)
	}
	if path == "" {
		return key
	}
	return path + "." + key
}
