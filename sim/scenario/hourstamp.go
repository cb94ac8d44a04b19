package scenario

import (
	"strconv"
	"time"
)

// hourStamps checks that the first column of a series counts hours one by one, as
// numbers or as times.
type hourStamps struct {
	begun  bool   // a row was looked at
	counts bool   // and has a stamp
	layout string // of times; "": numbers
	next   int64  // stamp that follows, in s
}

// stampLayouts are the ways to write a time, without a time zone and with one.
var stampLayouts = []string{
	"2006-01-02 15:04", "2006-01-02T15:04", time.DateTime, "2006-01-02T15:04:05", time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04Z07:00",
}

const hour = 3600 // s

// follow returns what is wrong with the stamp of a row, nil where the first row has
// none. Rows after a wrong one are held against that.
func (s *hourStamps) follow(text string) *mistake {
	if !s.begun {
		s.begin(text)
	}
	if !s.counts {
		return nil
	}
	at, ok := s.read(text)
	want := s.next
	if !ok {
		at = want
	}
	s.next = at + hour
	switch {
	case !ok || at < want:
		return wrong("%s should be here", s.write(want)).or("write a line for every hour, in order")
	case at > want:
		return wrong("%s is missing", s.write(want)).or("write a line for every hour, in order")
	}
	return nil
}

// begin takes the stamp of the first row, if it is one.
func (s *hourStamps) begin(text string) {
	s.begun = true
	if s.next, s.counts = s.read(text); s.counts {
		return
	}
	for _, s.layout = range stampLayouts {
		if s.next, s.counts = s.read(text); s.counts {
			return
		}
	}
}

// read returns a stamp in s, of hour 0 or of 1970 in UTC.
func (s *hourStamps) read(text string) (int64, bool) {
	if s.layout == "" {
		n, err := strconv.ParseInt(text, 10, 32)
		return n * hour, err == nil
	}
	t, err := time.Parse(s.layout, text)
	return t.Unix(), err == nil
}

func (s *hourStamps) write(at int64) string {
	if s.layout == "" {
		return "hour " + strconv.FormatInt(at/hour, 10)
	}
	return "the hour of " + time.Unix(at, 0).UTC().Format(s.layout)
}
