package scenario

// maxDepth bounds how deep tables and arrays lie inside each other and how many
// parts a dotted key has; a scenario needs three. Beyond some depth recursive
// readers, the library's among them, run out of stack.
const maxDepth = 64

// tooDeep returns the offset at which text exceeds maxDepth, or -1. It reads no
// more than strings, comments and brackets, so that it needs no stack itself;
// where the text is not TOML the library stops before being misled further.
func tooDeep(text string) int {
	s := scanner{text: text}
	depth, dots := 0, 0
	for s.at < len(text) {
		switch text[s.at] {
		case '"', '\'':
			s.str()
			continue
		case '#':
			s.blank()
			dots = 0
			continue
		case '[', '{':
			depth++
		case ']', '}':
			depth = max(0, depth-1)
		case '.':
			dots++
		case '\n', '=', ',':
			dots = 0
		}
		if depth > maxDepth || dots > maxDepth {
			return s.at
		}
		s.at++
	}
	return -1
}
