package trace

import (
	"slices"

	"steward/internal/base/attr"
)

// A value that was moved to the blob store leaves a map of three reserved keys behind.
const (
	refKey  = "$blob"
	kindKey = "kind"
	sizeKey = "size"
)

// BlobValue answers what stands in place of a string or bytes value that lies in the blob store: its SHA-256, which of
// the two it was ("string" or "bytes"), and its length in bytes.
func BlobValue(sha256, kind string, size int64) attr.Value {
	return attr.MapOf(attr.Attrs{{Key: refKey, Value: attr.Str(sha256)}, {Key: kindKey, Value: attr.Str(kind)}, {Key: sizeKey, Value: attr.Int64(size)}})
}

// AsBlob reads what BlobValue made; ok is false for every other value.
func AsBlob(v attr.Value) (sha256, kind string, ok bool) {
	m := v.Map()
	if len(m) != 3 || m[0].Key != refKey || m[1].Key != kindKey || m[2].Key != sizeKey {
		return "", "", false
	}
	return m[0].Value.Str(), m[1].Value.Str(), true
}

// AppendBlobs appends the SHA-256 of every blob that the span names, each once: in messages, in the tool call, and in
// attributes and events as they were sent. A sweep takes what no stored span names, so nothing may be missing here.
func (s *Span) AppendBlobs(out []string) []string {
	add := func(sha256 string) {
		if sha256 != "" && !slices.Contains(out, sha256) {
			out = append(out, sha256)
		}
	}
	for _, side := range [...][]Message{s.Input, s.Output} {
		for i := range side {
			for k := range side[i].Parts {
				add(side[i].Parts[k].Blob)
				eachBlob(side[i].Parts[k].Value, add)
			}
		}
	}
	if s.Tool != nil {
		eachBlob(s.Tool.Arguments, add)
		eachBlob(s.Tool.Result, add)
	}
	for i := range s.Attributes {
		eachBlob(s.Attributes[i].Value, add)
	}
	for i := range s.Events {
		eachBlob(s.Events[i].Body, add)
		for k := range s.Events[i].Attributes {
			eachBlob(s.Events[i].Attributes[k].Value, add)
		}
	}
	return out
}

func eachBlob(v attr.Value, add func(string)) {
	switch v.Kind() {
	case attr.List:
		for _, e := range v.List() {
			eachBlob(e, add)
		}
	case attr.Map:
		if sha256, _, ok := AsBlob(v); ok {
			add(sha256)
			return
		}
		for _, kv := range v.Map() {
			eachBlob(kv.Value, add)
		}
	}
}
