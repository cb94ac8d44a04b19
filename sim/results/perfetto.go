package results

import (
	"io"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// Field numbers of Perfetto's protos/perfetto/trace (google/perfetto), as far
// as a trace of slices, counters and instants needs them.
const (
	tracePacket = 1

	packetTimestamp = 8 // ns
	packetSequence  = 10
	packetEvent     = 11
	packetInterned  = 12
	packetFlags     = 13
	packetTrack     = 60

	trackUUID      = 1
	trackName      = 2
	trackProcess   = 3
	trackParent    = 5
	trackCounter   = 8
	trackOrdering  = 11 // of the children; orderExplicit: by rank
	trackRank      = 12 // among the siblings
	orderExplicit  = 3
	processPID     = 1
	processName    = 6
	eventCategory  = 3 // interned
	eventArgument  = 4
	eventType      = 9
	eventNameIID   = 10
	eventTrack     = 11
	eventName      = 23
	eventDouble    = 44 // value of a counter
	argumentIID    = 1
	argumentInt    = 4
	argumentText   = 6
	argumentName   = 10
	internCategory = 1
	internName     = 2
	internArgument = 3
	internedIID    = 1
	internedText   = 2

	typeBegin   = 1
	typeEnd     = 2
	typeInstant = 3
	typeCounter = 4

	flagCleared = 1 // interned data starts here
	flagNeeds   = 2 // this packet needs the interned data
)

// perfetto writes packets of a Perfetto trace one after another, in constant
// memory. All are of one sequence, whose first packet holds the interned names.
type perfetto struct {
	w      io.Writer
	head   []byte
	packet []byte
	event  []byte
	begun  bool
	uuid   uint64 // of the last track
	err    error
}

// appendMessage appends a field that holds a message.
func appendMessage(b []byte, field protowire.Number, m []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), m)
}

func appendText(b []byte, field protowire.Number, s string) []byte {
	return protowire.AppendString(protowire.AppendTag(b, field, protowire.BytesType), s)
}

func appendNumber(b []byte, field protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), v)
}

func appendDouble(b []byte, field protowire.Number, v float64) []byte {
	return protowire.AppendFixed64(protowire.AppendTag(b, field, protowire.Fixed64Type), math.Float64bits(v))
}

// send writes the packet in p.packet.
func (p *perfetto) send() {
	flags := uint64(flagNeeds)
	if !p.begun {
		flags, p.begun = flagCleared, true
	}
	p.packet = appendNumber(p.packet, packetSequence, 1)
	p.packet = appendNumber(p.packet, packetFlags, flags)
	p.head = protowire.AppendTag(p.head[:0], tracePacket, protowire.BytesType)
	p.head = protowire.AppendVarint(p.head, uint64(len(p.packet)))
	for _, b := range [...][]byte{p.head, p.packet} {
		if p.err == nil {
			_, p.err = p.w.Write(b)
		}
	}
	p.packet = p.packet[:0]
}

// sendEvent writes the event in p.event at a time.
func (p *perfetto) sendEvent(at int64) {
	p.packet = appendNumber(p.packet, packetTimestamp, uint64(at))
	p.packet = appendMessage(p.packet, packetEvent, p.event)
	p.event = p.event[:0]
	p.send()
}

// intern writes the first packet: the names of slices, their categories and the
// names of their arguments, each known from then on by its place, from 1.
func (p *perfetto) intern(names, categories, arguments []string) {
	var all []byte
	for _, list := range []struct {
		field protowire.Number
		texts []string
	}{{internCategory, categories}, {internName, names}, {internArgument, arguments}} {
		for i, s := range list.texts {
			all = appendMessage(all, list.field, appendText(appendNumber(nil, internedIID, uint64(i+1)), internedText, s))
		}
	}
	p.packet = appendMessage(p.packet, packetInterned, all)
	p.send()
}

// track describes a track and returns its uuid. rank is its place among its
// siblings; extra holds the fields that make it more than a row of slices.
func (p *perfetto) track(parent uint64, name string, rank int, extra []byte) uint64 {
	p.uuid++
	t := appendNumber(nil, trackUUID, p.uuid)
	t = appendText(t, trackName, name)
	if parent != 0 {
		t = appendNumber(t, trackParent, parent)
	}
	t = appendNumber(t, trackOrdering, orderExplicit)
	t = appendNumber(t, trackRank, uint64(rank))
	t = append(t, extra...)
	p.packet = appendMessage(p.packet, packetTrack, t)
	p.send()
	return p.uuid
}

// process describes a process, whose rows are its child tracks.
func (p *perfetto) process(pid int, name string, rank int) uint64 {
	d := appendText(appendNumber(nil, processPID, uint64(pid)), processName, name)
	return p.track(0, name, rank, appendMessage(nil, trackProcess, d))
}

// counter describes a counter; its values are doubles.
func (p *perfetto) counter(parent uint64, name string, rank int) uint64 {
	return p.track(parent, name, rank, appendMessage(nil, trackCounter, nil))
}

// count gives a counter its value from a time on.
func (p *perfetto) count(track uint64, at int64, v float64) {
	p.event = appendNumber(p.event, eventType, typeCounter)
	p.event = appendNumber(p.event, eventTrack, track)
	p.event = appendDouble(p.event, eventDouble, v)
	p.sendEvent(at)
}

// end ends the slice that began last on a track.
func (p *perfetto) end(track uint64, at int64) {
	p.event = appendNumber(p.event, eventType, typeEnd)
	p.event = appendNumber(p.event, eventTrack, track)
	p.sendEvent(at)
}
