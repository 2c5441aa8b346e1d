package row

import (
	"fmt"
	"maps"
	"slices"

	"steward/internal/base/attr"
	"steward/internal/domain/trace"
	"steward/internal/domain/usage"
)

// Section tags of the content document. They are part of the file format: never renumber, only add.
const (
	secEnd byte = iota
	secInput
	secOutput
	secTool
	secDocuments
	secOffered
	secAttributes // raw attributes that the attributes column leaves out, with their places
	secEvents
	secLinks
	secResource
	secScope
	secDropped
	secTraceState
	secAssets
	secPin
	secMoney // amounts that the DECIMAL columns cannot hold exactly
	secUnits // pieces that the provider bills
)

func writeContent(w *writer, s *trace.Span, left []int, cost, reported string) {
	w.byte(documentVersion)
	if s.Input != nil {
		w.byte(secInput)
		w.messages(s.Input)
	}
	if s.Output != nil {
		w.byte(secOutput)
		w.messages(s.Output)
	}
	if t := s.Tool; t != nil {
		w.byte(secTool)
		w.str(t.Name)
		w.str(t.CallID)
		w.value(t.Arguments)
		w.value(t.Result)
	}
	if s.Documents != nil {
		w.byte(secDocuments)
		w.documents(s.Documents)
	}
	if s.ToolsOffered != nil {
		w.byte(secOffered)
		w.uint(uint64(len(s.ToolsOffered)))
		for i := range s.ToolsOffered {
			w.str(s.ToolsOffered[i].Name)
			w.str(s.ToolsOffered[i].Description)
			w.value(s.ToolsOffered[i].Schema)
		}
	}
	if len(left) > 0 {
		w.byte(secAttributes)
		w.uint(uint64(len(left)))
		for _, i := range left {
			w.uint(uint64(i))
			w.str(s.Attributes[i].Key)
			w.value(s.Attributes[i].Value)
		}
	}
	writeOTel(w, s)
	if s.Assets != nil {
		w.byte(secAssets)
		w.uint(uint64(len(s.Assets)))
		keys := make([]string, 0, len(s.Assets))
		for k := range s.Assets {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			w.str(k)
			w.str(s.Assets[k])
		}
	}
	if s.Pin != (trace.Pin{}) {
		w.byte(secPin)
		w.str(s.Pin.Environment)
		w.str(s.Pin.Release)
	}
	if s.Usage.Units != nil {
		w.byte(secUnits)
		w.uint(uint64(len(s.Usage.Units)))
		for _, name := range slices.Sorted(maps.Keys(s.Usage.Units)) {
			w.str(name)
			w.int(s.Usage.Units[name])
		}
	}
	if cost != "" || reported != "" {
		w.byte(secMoney)
		w.str(cost)
		w.str(reported)
	}
	w.byte(secEnd)
}

// writeOTel writes what OpenTelemetry knows about a span beyond the columns.
func writeOTel(w *writer, s *trace.Span) {
	if s.Events != nil {
		w.byte(secEvents)
		w.uint(uint64(len(s.Events)))
		for i := range s.Events {
			e := &s.Events[i]
			w.int(e.Time - s.Start)
			w.str(e.Name)
			w.attrs(e.Attributes)
			w.value(e.Body)
			w.bool(e.FromLog)
		}
	}
	if s.Links != nil {
		w.byte(secLinks)
		w.uint(uint64(len(s.Links)))
		for i := range s.Links {
			l := &s.Links[i]
			w.b = append(w.b, l.Trace[:]...)
			w.b = append(w.b, l.Span[:]...)
			w.str(l.TraceState)
			w.attrs(l.Attributes)
		}
	}
	if s.Resource != nil {
		w.byte(secResource)
		w.origin(s.Resource)
	}
	if s.Scope != nil {
		w.byte(secScope)
		w.origin(s.Scope)
	}
	if s.Dropped != (trace.Dropped{}) {
		w.byte(secDropped)
		w.uint(uint64(s.Dropped.Attributes))
		w.uint(uint64(s.Dropped.Events))
		w.uint(uint64(s.Dropped.Links))
	}
	if s.TraceState != "" {
		w.byte(secTraceState)
		w.str(s.TraceState)
	}
}

func (w *writer) bool(v bool) {
	if v {
		w.byte(1)
	} else {
		w.byte(0)
	}
}

func (w *writer) origin(o *trace.Origin) {
	w.str(o.Name)
	w.str(o.Version)
	w.str(o.SchemaURL)
	w.attrs(o.Attributes)
}

func (w *writer) messages(messages []trace.Message) {
	w.uint(uint64(len(messages)))
	for i := range messages {
		m := &messages[i]
		w.str(m.Role)
		w.str(m.Name)
		w.str(m.FinishReason)
		w.size(len(m.Parts), m.Parts == nil)
		for j := range m.Parts {
			w.part(&m.Parts[j])
		}
	}
}

// Which of a part's rarer fields follow.
const (
	partTool byte = 1 << iota // ID, Name
	partValue
	partMedia // MIME, Blob, URI
	partBytes
)

func (w *writer) part(p *trace.Part) {
	var has byte
	if p.ID != "" || p.Name != "" {
		has |= partTool
	}
	if !p.Value.IsNull() {
		has |= partValue
	}
	if p.MIME != "" || p.Blob != "" || p.URI != "" {
		has |= partMedia
	}
	if p.Bytes != nil {
		has |= partBytes
	}
	w.str(string(p.Type))
	w.byte(has)
	w.str(p.Text)
	if has&partTool != 0 {
		w.str(p.ID)
		w.str(p.Name)
	}
	if has&partValue != 0 {
		w.value(p.Value)
	}
	if has&partMedia != 0 {
		w.str(p.MIME)
		w.str(p.Blob)
		w.str(p.URI)
	}
	if has&partBytes != 0 {
		w.bytes(p.Bytes)
	}
}

func (w *writer) documents(docs []trace.Document) {
	w.uint(uint64(len(docs)))
	for i := range docs {
		d := &docs[i]
		w.str(d.ID)
		w.str(d.Content)
		w.bool(d.Score != nil)
		if d.Score != nil {
			w.float(*d.Score)
		}
		w.value(d.Metadata)
	}
}

// leftOut is a raw attribute that the attributes column does not hold, with its place among all.
type leftOut struct {
	at int
	kv attr.KV
}

// rest is what a content document says beyond the fields that it sets on the span.
type rest struct {
	left           []leftOut
	cost, reported string
}

// readContent fills s from a document. s.Start must already be set. Strings are copied out of doc.
func readContent(doc []byte, s *trace.Span) (rest, error) {
	var out rest
	r := &reader{b: doc}
	if v := r.byte(); v != documentVersion {
		return out, fmt.Errorf("content of version %d; this program reads version %d", v, documentVersion)
	}
	for !r.bad {
		switch tag := r.byte(); tag {
		case secEnd:
			if r.bad || len(r.b) != 0 {
				return out, errPacked
			}
			return out, nil
		case secInput:
			s.Input = r.messages()
		case secOutput:
			s.Output = r.messages()
		case secTool:
			s.Tool = &trace.Tool{Name: r.str(), CallID: r.str(), Arguments: r.value(), Result: r.value()}
		case secDocuments:
			s.Documents = r.documents()
		case secOffered:
			s.ToolsOffered = make([]trace.ToolOffer, r.count())
			for i := range s.ToolsOffered {
				s.ToolsOffered[i] = trace.ToolOffer{Name: r.str(), Description: r.str(), Schema: r.value()}
			}
		case secAttributes:
			out.left = make([]leftOut, r.count())
			for i := range out.left {
				out.left[i] = leftOut{int(r.uint()), attr.KV{Key: r.str(), Value: r.value()}}
			}
		case secAssets:
			n := r.count()
			s.Assets = make(map[string]string, n)
			for range n {
				k := r.str()
				s.Assets[k] = r.str()
			}
		case secPin:
			s.Pin = trace.Pin{Environment: r.str(), Release: r.str()}
		case secUnits:
			n := r.count()
			s.Usage.Units = make(usage.Units, n)
			for range n {
				name := r.str()
				s.Usage.Units[name] = r.int()
			}
		case secMoney:
			out.cost, out.reported = r.str(), r.str()
		default:
			if !readOTel(r, tag, s) {
				return out, fmt.Errorf("content has a section %d that this program does not know", tag)
			}
		}
	}
	return out, errPacked
}

func readOTel(r *reader, tag byte, s *trace.Span) bool {
	switch tag {
	case secEvents:
		s.Events = make([]trace.Event, r.count())
		for i := range s.Events {
			s.Events[i] = trace.Event{Time: r.int() + s.Start, Name: r.str(), Attributes: r.attrs(), Body: r.value(), FromLog: r.byte() == 1}
		}
	case secLinks:
		s.Links = make([]trace.Link, r.count())
		for i := range s.Links {
			l := &s.Links[i]
			r.into(l.Trace[:])
			r.into(l.Span[:])
			l.TraceState, l.Attributes = r.str(), r.attrs()
		}
	case secResource:
		s.Resource = r.origin()
	case secScope:
		s.Scope = r.origin()
	case secDropped:
		s.Dropped = trace.Dropped{Attributes: uint32(r.uint()), Events: uint32(r.uint()), Links: uint32(r.uint())}
	case secTraceState:
		s.TraceState = r.str()
	default:
		return false
	}
	return true
}

// count reads a length that is never nil; every element takes at least one byte.
func (r *reader) count() int {
	n := r.uint()
	if n > uint64(len(r.b)) {
		r.fail()
		return 0
	}
	return int(n)
}

func (r *reader) into(dst []byte) {
	if len(r.b) < len(dst) {
		r.fail()
		return
	}
	copy(dst, r.b)
	r.b = r.b[len(dst):]
}

func (r *reader) origin() *trace.Origin {
	return &trace.Origin{Name: r.str(), Version: r.str(), SchemaURL: r.str(), Attributes: r.attrs()}
}

func (r *reader) messages() []trace.Message {
	out := make([]trace.Message, r.count())
	for i := range out {
		m := &out[i]
		m.Role, m.Name, m.FinishReason = r.str(), r.str(), r.str()
		n, isNil := r.size()
		if isNil {
			continue
		}
		m.Parts = make([]trace.Part, n)
		for j := range m.Parts {
			r.part(&m.Parts[j])
		}
	}
	return out
}

func (r *reader) part(p *trace.Part) {
	p.Type = trace.PartType(r.str())
	has := r.byte()
	p.Text = r.str()
	if has&partTool != 0 {
		p.ID, p.Name = r.str(), r.str()
	}
	if has&partValue != 0 {
		p.Value = r.value()
	}
	if has&partMedia != 0 {
		p.MIME, p.Blob, p.URI = r.str(), r.str(), r.str()
	}
	if has&partBytes != 0 {
		p.Bytes = append([]byte{}, r.bytes()...)
	}
}

func (r *reader) documents() []trace.Document {
	out := make([]trace.Document, r.count())
	for i := range out {
		d := &out[i]
		d.ID, d.Content = r.str(), r.str()
		if r.byte() == 1 {
			f := r.float()
			d.Score = &f
		}
		d.Metadata = r.value()
	}
	return out
}
