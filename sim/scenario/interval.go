package scenario

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// interval is the set of values a key may take: numbers between two ends, or one
// of a list of words.
type interval struct {
	low, high         float64 // ±Inf where open-ended
	lowOpen, highOpen bool    // the end itself is outside
	words             []string
	text              string
}

// parseInterval reads the range tag of a field: "[1,)", "(0,1]", "a|b|c", or ""
// for the default, which is every number from 0.
func parseInterval(text string) (interval, error) {
	if text == "" {
		text = "[0,)"
	}
	iv := interval{low: math.Inf(-1), high: math.Inf(1), text: text}
	if strings.Contains(text, "|") {
		iv.words = strings.Split(text, "|")
		return iv, nil
	}
	ends := strings.Split(text, ",")
	if len(text) < 3 || len(ends) != 2 || !strings.ContainsRune("[(", rune(text[0])) || !strings.ContainsRune("])", rune(text[len(text)-1])) {
		return iv, fmt.Errorf("range %q is neither an interval such as [0,1) nor a list of words such as a|b", text)
	}
	iv.lowOpen, iv.highOpen = text[0] == '(', text[len(text)-1] == ')'
	var err error
	if s := strings.TrimSpace(ends[0][1:]); s != "" {
		if iv.low, err = strconv.ParseFloat(s, 64); err != nil {
			return iv, err
		}
	}
	if s := strings.TrimSpace(ends[1][:len(ends[1])-1]); s != "" {
		iv.high, err = strconv.ParseFloat(s, 64)
	}
	return iv, err
}

// contains tells whether v, in base units, lies within. NaN never does, and
// neither does an infinity.
func (iv interval) contains(v float64) bool {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return false
	}
	return (v > iv.low || v == iv.low && !iv.lowOpen) && (v < iv.high || v == iv.high && !iv.highOpen)
}

// has tells whether word is one of the words; without a list every word is.
func (iv interval) has(word string) bool {
	for _, w := range iv.words {
		if w == word {
			return true
		}
	}
	return len(iv.words) == 0
}

// describe says in words what is allowed: "at least 1", "above 0 and at most 1",
// with the ends written in unit u.
func (iv interval) describe(u *unit) string {
	if len(iv.words) > 0 {
		return "one of " + strings.Join(iv.words, ", ")
	}
	var parts []string
	switch {
	case math.IsInf(iv.low, -1):
	case iv.lowOpen:
		parts = append(parts, "above "+u.end(iv.low))
	default:
		parts = append(parts, "at least "+u.end(iv.low))
	}
	switch {
	case math.IsInf(iv.high, 1):
	case iv.highOpen:
		parts = append(parts, "below "+u.end(iv.high))
	default:
		parts = append(parts, "at most "+u.end(iv.high))
	}
	if len(parts) == 0 {
		return "any finite number"
	}
	return strings.Join(parts, " and ")
}
