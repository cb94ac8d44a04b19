package results

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// field is one field of a protobuf message.
type field struct {
	number protowire.Number
	value  uint64 // varint or fixed64
	bytes  []byte // length-delimited
}

// fields splits a message and refuses any field that is not in allowed, which
// gives the wire type of each.
func fields(b []byte, allowed map[protowire.Number]protowire.Type) ([]field, error) {
	var list []field
	for len(b) > 0 {
		number, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return nil, protowire.ParseError(n)
		}
		b = b[n:]
		if want, ok := allowed[number]; !ok || want != kind {
			return nil, fmt.Errorf("unknown field %d of wire type %d", number, kind)
		}
		f := field{number: number}
		switch kind {
		case protowire.VarintType:
			f.value, n = protowire.ConsumeVarint(b)
		case protowire.Fixed64Type:
			f.value, n = protowire.ConsumeFixed64(b)
		case protowire.BytesType:
			f.bytes, n = protowire.ConsumeBytes(b)
		}
		if n < 0 {
			return nil, protowire.ParseError(n)
		}
		b = b[n:]
		list = append(list, f)
	}
	return list, nil
}

const (
	vt = protowire.VarintType
	bt = protowire.BytesType
	dt = protowire.Fixed64Type
)

// The messages of Perfetto's schema, as far as they may occur; written apart
// from the constants of the writer, so that a slip there is seen here.
var (
	traceFields      = map[protowire.Number]protowire.Type{1: bt}
	packetFields     = map[protowire.Number]protowire.Type{8: vt, 10: vt, 11: bt, 12: bt, 13: vt, 60: bt}
	trackFields      = map[protowire.Number]protowire.Type{1: vt, 2: bt, 3: bt, 5: vt, 8: bt, 11: vt, 12: vt}
	processFields    = map[protowire.Number]protowire.Type{1: vt, 6: bt}
	eventFields      = map[protowire.Number]protowire.Type{3: vt, 4: bt, 9: vt, 10: vt, 11: vt, 23: bt, 44: dt}
	annotationFields = map[protowire.Number]protowire.Type{1: vt, 4: vt, 6: bt, 10: bt}
	internFields     = map[protowire.Number]protowire.Type{1: bt, 2: bt, 3: bt}
	nameFields       = map[protowire.Number]protowire.Type{1: vt, 2: bt}
)

type decodedTrack struct {
	name    string
	pid     uint64
	process string
	parent  uint64
	counter bool
	open    []decodedSlice
	slices  []decodedSlice
	values  []decodedValue
	last    uint64 // time of the last event
}

type decodedSlice struct {
	name       string
	categories string
	args       string
	start, end uint64
	depth      int
}

type decodedValue struct {
	at    uint64
	value float64
	text  string // instants
}

// decoder reads a trace as Perfetto's trace processor does, but refuses what it
// would drop or repair in silence.
type decoder struct {
	tracks map[uint64]*decodedTrack
	order  []uint64
	intern [4]map[uint64]string // by field of InternedData
}

func decodeTrace(b []byte) (*decoder, error) {
	d := &decoder{tracks: map[uint64]*decodedTrack{}}
	packets, err := fields(b, traceFields)
	if err != nil {
		return nil, err
	}
	for i, p := range packets {
		if err := d.packet(i, p.bytes); err != nil {
			return nil, fmt.Errorf("packet %d: %w", i, err)
		}
	}
	for uuid, t := range d.tracks {
		if len(t.open) > 0 {
			return nil, fmt.Errorf("track %d ends with %d open slices", uuid, len(t.open))
		}
	}
	return d, nil
}

func (d *decoder) packet(i int, b []byte) error {
	list, err := fields(b, packetFields)
	if err != nil {
		return err
	}
	var at, sequence, flags uint64
	var event []byte
	hasTime := false
	for _, f := range list {
		switch f.number {
		case 8:
			at, hasTime = f.value, true
		case 10:
			sequence = f.value
		case 13:
			flags = f.value
		case 11:
			event = f.bytes
		case 12:
			err = d.names(f.bytes)
		case 60:
			err = d.track(f.bytes)
		}
		if err != nil {
			return err
		}
	}
	if want := uint64(min(i, 1) + 1); sequence != 1 || flags != want {
		return fmt.Errorf("sequence %d, flags %d, want 1, %d", sequence, flags, want)
	}
	if event == nil {
		return nil
	}
	if !hasTime {
		return fmt.Errorf("event without a time")
	}
	return d.event(at, event)
}

func (d *decoder) names(b []byte) error {
	list, err := fields(b, internFields)
	for _, f := range list {
		entry, err := fields(f.bytes, nameFields)
		if err != nil || len(entry) != 2 || entry[0].value == 0 {
			return fmt.Errorf("interned name %v, %v", entry, err)
		}
		m := &d.intern[f.number]
		if *m == nil {
			*m = map[uint64]string{}
		}
		if _, ok := (*m)[entry[0].value]; ok {
			return fmt.Errorf("name %d is given twice", entry[0].value)
		}
		(*m)[entry[0].value] = string(entry[1].bytes)
	}
	return err
}

func (d *decoder) track(b []byte) error {
	list, err := fields(b, trackFields)
	if err != nil {
		return err
	}
	var uuid uint64
	t := &decodedTrack{}
	for _, f := range list {
		switch f.number {
		case 1:
			uuid = f.value
		case 2:
			t.name = string(f.bytes)
		case 5:
			t.parent = f.value
		case 8:
			t.counter = true
		case 3:
			p, err := fields(f.bytes, processFields)
			if err != nil || len(p) != 2 {
				return fmt.Errorf("process %v, %v", p, err)
			}
			t.pid, t.process = p[0].value, string(p[1].bytes)
		}
	}
	if uuid == 0 || d.tracks[uuid] != nil || t.name == "" || t.parent != 0 && d.tracks[t.parent] == nil {
		return fmt.Errorf("track %d %+v is without a name, given twice, or an orphan", uuid, t)
	}
	d.tracks[uuid] = t
	d.order = append(d.order, uuid)
	return nil
}

func (d *decoder) event(at uint64, b []byte) error {
	list, err := fields(b, eventFields)
	if err != nil {
		return err
	}
	var kind, uuid uint64
	var value float64
	s := decodedSlice{start: at}
	for _, f := range list {
		switch f.number {
		case 9:
			kind = f.value
		case 11:
			uuid = f.value
		case 44:
			value = math.Float64frombits(f.value)
		case 23:
			s.name = string(f.bytes)
		case 10:
			s.name, err = d.lookup(2, f.value)
		case 3:
			var c string
			c, err = d.lookup(1, f.value)
			s.categories += c + ","
		case 4:
			var a string
			a, err = d.argument(f.bytes)
			s.args += a + ","
		}
		if err != nil {
			return err
		}
	}
	t := d.tracks[uuid]
	if t == nil || t.counter != (kind == 4) {
		return fmt.Errorf("event of type %d on track %d", kind, uuid)
	}
	if at < t.last {
		return fmt.Errorf("track %q goes back from %d to %d", t.name, t.last, at)
	}
	t.last = at
	switch kind {
	case 1:
		s.depth = len(t.open)
		t.open = append(t.open, s)
	case 2:
		n := len(t.open) - 1
		if n < 0 {
			return fmt.Errorf("track %q ends what never began", t.name)
		}
		s = t.open[n]
		s.end = at
		t.open = t.open[:n]
		t.slices = append(t.slices, s)
	case 3, 4:
		t.values = append(t.values, decodedValue{at, value, s.name + ":" + s.args})
	default:
		return fmt.Errorf("event of type %d", kind)
	}
	return nil
}

func (d *decoder) lookup(field int, iid uint64) (string, error) {
	s, ok := d.intern[field][iid]
	if !ok {
		return "", fmt.Errorf("name %d of kind %d is not interned", iid, field)
	}
	return s, nil
}

func (d *decoder) argument(b []byte) (string, error) {
	list, err := fields(b, annotationFields)
	if err != nil || len(list) != 2 {
		return "", fmt.Errorf("argument %v, %v", list, err)
	}
	name := string(list[0].bytes)
	if list[0].number == 1 {
		if name, err = d.lookup(3, list[0].value); err != nil {
			return "", err
		}
	}
	if list[1].number == 6 {
		return name + "=" + string(list[1].bytes), nil
	}
	return fmt.Sprintf("%s=%d", name, int64(list[1].value)), nil
}

// text prints a trace, one line a thing, tracks in the order of the file.
func (d *decoder) text() string {
	var b strings.Builder
	for _, uuid := range d.order {
		t := d.tracks[uuid]
		path := t.name
		if t.parent != 0 {
			path = d.tracks[t.parent].name + " / " + path
		}
		if t.process != "" {
			path += fmt.Sprintf(" (process %d %s)", t.pid, t.process)
		}
		b.WriteString(path + "\n")
		slices.SortStableFunc(t.slices, func(x, y decodedSlice) int {
			return cmp.Or(cmp.Compare(x.start, y.start), cmp.Compare(x.depth, y.depth))
		})
		for _, s := range t.slices {
			fmt.Fprintf(&b, "  %d-%d %s [%s] %s\n", s.start, s.end, s.name, s.categories, s.args)
		}
		for _, v := range t.values {
			fmt.Fprintf(&b, "  %d %v %s\n", v.at, v.value, v.text)
		}
	}
	return b.String()
}
