// Package payload keeps large and binary content out of rows: it moves it to the blob store, addressed by content,
// before the row that names it is written, and brings it back for whoever asks for a span whole. Nothing is cut.
package payload

import (
	"bytes"
	"context"
	"io"

	"steward/internal/base/attr"
	"steward/internal/base/errs"
	"steward/internal/domain/blob"
	"steward/internal/domain/project"
	"steward/internal/domain/trace"
)

const (
	// Threshold is the length in bytes from which a text leaves the row.
	Threshold = 64 << 10
	// Head is how much of a message's text stays in the row, for search and previews.
	Head = 32 << 10
)

// Mover moves payloads between spans and the blob store.
type Mover struct{ blobs blob.Store }

// New makes a Mover.
func New(blobs blob.Store) *Mover { return &Mover{blobs: blobs} }

// Heavy says whether Move would move anything.
func (m *Mover) Heavy(s *trace.Span) bool {
	for _, side := range [...][]trace.Message{s.Input, s.Output} {
		for i := range side {
			for k := range side[i].Parts {
				p := &side[i].Parts[k]
				if len(p.Bytes) > 0 || len(p.Text) > Threshold && p.Blob == "" || heavy(p.Value) {
					return true
				}
			}
		}
	}
	if s.Tool != nil && (heavy(s.Tool.Arguments) || heavy(s.Tool.Result)) || heavyAttrs(s.Attributes) {
		return true
	}
	for i := range s.Events {
		if heavyAttrs(s.Events[i].Attributes) || heavy(s.Events[i].Body) {
			return true
		}
	}
	return false
}

func heavyAttrs(a attr.Attrs) bool {
	for i := range a {
		if heavy(a[i].Value) {
			return true
		}
	}
	return false
}

func heavy(v attr.Value) bool {
	switch v.Kind() {
	case attr.String, attr.Bytes:
		return v.Len() > Threshold
	case attr.List:
		for _, e := range v.List() {
			if heavy(e) {
				return true
			}
		}
	case attr.Map:
		return heavyAttrs(v.Map())
	}
	return false
}

// Move puts every large payload of the span into the blob store and leaves a reference. Moving twice changes nothing.
func (m *Mover) Move(ctx context.Context, s *trace.Span) error {
	for _, side := range [...][]trace.Message{s.Input, s.Output} {
		for i := range side {
			for k := range side[i].Parts {
				if err := m.movePart(ctx, s.Project, &side[i].Parts[k]); err != nil {
					return err
				}
			}
		}
	}
	return m.eachValue(s, func(v attr.Value) (attr.Value, error) { return m.moveValue(ctx, s.Project, v) })
}

func (m *Mover) movePart(ctx context.Context, p project.ID, part *trace.Part) (err error) {
	switch {
	case len(part.Bytes) > 0:
		if part.Blob, err = m.put(ctx, p, part.Bytes); err == nil {
			part.Bytes = nil
		}
	case len(part.Text) > Threshold && part.Blob == "":
		if part.Blob, err = m.put(ctx, p, []byte(part.Text)); err == nil {
			part.Text = string(trace.CutText([]byte(part.Text), Head))
		}
	}
	if err == nil && heavy(part.Value) {
		part.Value, err = m.moveValue(ctx, p, part.Value)
	}
	return err
}

// eachValue replaces every attribute value of the span that may be large.
func (m *Mover) eachValue(s *trace.Span, change func(attr.Value) (attr.Value, error)) (err error) {
	one := func(v *attr.Value) {
		if err == nil {
			*v, err = change(*v)
		}
	}
	all := func(a attr.Attrs) {
		for i := range a {
			one(&a[i].Value)
		}
	}
	all(s.Attributes)
	for i := range s.Events {
		all(s.Events[i].Attributes)
		one(&s.Events[i].Body)
	}
	if s.Tool != nil {
		one(&s.Tool.Arguments)
		one(&s.Tool.Result)
	}
	return err
}

func (m *Mover) moveValue(ctx context.Context, p project.ID, v attr.Value) (attr.Value, error) {
	if !heavy(v) {
		return v, nil
	}
	switch v.Kind() {
	case attr.List:
		out := make([]attr.Value, len(v.List()))
		for i, e := range v.List() {
			var err error
			if out[i], err = m.moveValue(ctx, p, e); err != nil {
				return v, err
			}
		}
		return attr.ListOf(out...), nil
	case attr.Map:
		out := make(attr.Attrs, len(v.Map()))
		for i, kv := range v.Map() {
			moved, err := m.moveValue(ctx, p, kv.Value)
			if err != nil {
				return v, err
			}
			out[i] = attr.KV{Key: kv.Key, Value: moved}
		}
		return attr.MapOf(out), nil
	}
	kind, raw := "string", []byte(v.Str())
	if v.Kind() == attr.Bytes {
		kind, raw = "bytes", v.Bytes()
	}
	sum, err := m.put(ctx, p, raw)
	if err != nil {
		return v, err
	}
	return trace.BlobValue(sum, kind, int64(len(raw))), nil
}

func (m *Mover) put(ctx context.Context, p project.ID, b []byte) (string, error) {
	ref, err := m.blobs.Put(ctx, p, bytes.NewReader(b))
	if err != nil {
		return "", err
	}
	return ref.SHA256.String(), nil
}

// Restore brings the span's texts and attributes back whole. Media stay references: they are fetched by address. What
// retention has taken out of the blob store stays a reference, too; Partial tells.
func (m *Mover) Restore(ctx context.Context, s *trace.Span) error {
	for _, side := range [...][]trace.Message{s.Input, s.Output} {
		for i := range side {
			for k := range side[i].Parts {
				part := &side[i].Parts[k]
				if part.Blob != "" && (part.Type == trace.PartText || part.Type == trace.PartReasoning) {
					b, err := m.get(ctx, s.Project, part.Blob)
					switch {
					case err == nil:
						part.Text, part.Blob = string(b), ""
					case errs.CodeOf(err) != errs.CodeNotFound:
						return err
					}
				}
				v, err := m.restoreValue(ctx, s.Project, part.Value)
				if err != nil {
					return err
				}
				part.Value = v
			}
		}
	}
	return m.eachValue(s, func(v attr.Value) (attr.Value, error) { return m.restoreValue(ctx, s.Project, v) })
}

func (m *Mover) restoreValue(ctx context.Context, p project.ID, v attr.Value) (attr.Value, error) {
	switch v.Kind() {
	case attr.List:
		for i, e := range v.List() {
			r, err := m.restoreValue(ctx, p, e)
			if err != nil {
				return v, err
			}
			v.List()[i] = r
		}
	case attr.Map:
		if sum, kind, ok := trace.AsBlob(v); ok {
			b, err := m.get(ctx, p, sum)
			if errs.CodeOf(err) == errs.CodeNotFound {
				return v, nil
			}
			if err != nil {
				return v, err
			}
			if kind == "bytes" {
				return attr.Blob(b), nil
			}
			return attr.Str(string(b)), nil
		}
		for i, kv := range v.Map() {
			r, err := m.restoreValue(ctx, p, kv.Value)
			if err != nil {
				return v, err
			}
			v.Map()[i].Value = r
		}
	}
	return v, nil
}

func (m *Mover) get(ctx context.Context, p project.ID, sum string) ([]byte, error) {
	digest, err := blob.ParseDigest(sum)
	if err != nil {
		return nil, err
	}
	r, err := m.blobs.Open(ctx, p, digest)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }() // only read from
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, errs.Wrap(errs.CodeInternal, err, "payload %s cannot be read", sum)
	}
	return b, nil
}

// Partial says whether a text or an attribute of the span stands in the blob store and not in the span.
func Partial(s *trace.Span) bool {
	for _, side := range [...][]trace.Message{s.Input, s.Output} {
		for i := range side {
			for k := range side[i].Parts {
				part := &side[i].Parts[k]
				if part.Blob != "" && part.Type != trace.PartMedia || referred(part.Value) {
					return true
				}
			}
		}
	}
	if s.Tool != nil && (referred(s.Tool.Arguments) || referred(s.Tool.Result)) {
		return true
	}
	for i := range s.Events {
		if referred(s.Events[i].Body) || referred(attr.MapOf(s.Events[i].Attributes)) {
			return true
		}
	}
	return referred(attr.MapOf(s.Attributes))
}

func referred(v attr.Value) bool {
	switch v.Kind() {
	case attr.List:
		for _, e := range v.List() {
			if referred(e) {
				return true
			}
		}
	case attr.Map:
		if _, _, ok := trace.AsBlob(v); ok {
			return true
		}
		for _, kv := range v.Map() {
			if referred(kv.Value) {
				return true
			}
		}
	}
	return false
}
