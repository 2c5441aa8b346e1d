package emitter

import (
	"encoding/base64"
	"net/url"
	"strings"

	"steward/internal/base/attr"
	"steward/internal/domain/trace"
)

// mediaPart reads images, audio, video and files. ok is false where neither bytes nor an address can be read, for
// example because the emitter replaced them by a note.
func mediaPart(typ string, m attr.Attrs) (trace.Part, bool) {
	mime := pick(m, "mime_type", "media_type", "mimeType", "mediaType").Str()
	switch typ {
	case "blob", "binary":
		return bytesPart(mime, pick(m, "content", "data", "blob"))
	case "uri":
		return uriPart(mime, pick(m, "uri", "url").Str())
	case "image-url", "audio-url", "video-url", "document-url":
		return uriPart(mime, pick(m, "url").Str())
	case "input_audio":
		a := pick(m, "input_audio").Map()
		return bytesPart("audio/"+a.Str("format"), pick(a, "data"))
	case "image", "image_url", "input_image", "audio", "video", "file", "input_file", "document", "media":
	default:
		return trace.Part{}, false
	}
	if src := pick(m, "source").Map(); src != nil { // Anthropic
		if t := pick(src, "media_type").Str(); t != "" {
			mime = t
		}
		if src.Str("type") == "url" {
			return uriPart(mime, src.Str("url"))
		}
		if src.Str("type") == "text" {
			return textPart(src.Str("data")), src.Str("data") != ""
		}
		return bytesPart(mime, pick(src, "data"))
	}
	v := pick(m, "image_url", "image", "audio", "video", "url", "file", "data", "file_data", "uri", "content")
	for range 3 { // {image_url: {url}}, {image: {image: {url}}}, {file: {file_data}}, {data: {type, data}}
		if v.Kind() != attr.Map {
			break
		}
		if mime == "" {
			mime = pick(v.Map(), "mime_type", "media_type", "mimeType", "mediaType").Str()
		}
		v = pick(v.Map(), "url", "image", "file_data", "data", "uri")
	}
	return bytesPart(mime, v)
}

// bedrockMedia reads {"image": {"format": "png", "source": {"bytes": ...}}}.
func bedrockMedia(kind string, m attr.Attrs) (trace.Part, bool) {
	format := m.Str("format")
	switch kind {
	case "document":
		kind = "application"
		if format == "txt" || format == "md" || format == "csv" || format == "html" {
			kind = "text"
		}
	}
	if format == "" {
		return trace.Part{}, false
	}
	return bytesPart(kind+"/"+format, pick(pick(m, "source").Map(), "bytes", "data"))
}

func uriPart(mime, uri string) (trace.Part, bool) {
	if uri == "" {
		return trace.Part{}, false
	}
	if strings.HasPrefix(uri, "data:") {
		return dataURL(uri)
	}
	return trace.Part{Type: trace.PartMedia, MIME: mime, URI: uri}, true
}

// bytesPart reads a value that holds bytes, base64, a data URL or an address.
func bytesPart(mime string, v attr.Value) (trace.Part, bool) {
	if v.Kind() == attr.Bytes {
		return trace.Part{Type: trace.PartMedia, MIME: mime, Bytes: v.Bytes()}, true
	}
	s := v.Str()
	if strings.HasPrefix(s, "data:") {
		return dataURL(s)
	}
	if isAddress(s) {
		return trace.Part{Type: trace.PartMedia, MIME: mime, URI: s}, true
	}
	b, ok := decodeBase64(s)
	if !ok {
		return trace.Part{}, false
	}
	return trace.Part{Type: trace.PartMedia, MIME: mime, Bytes: b}, true
}

func isAddress(s string) bool {
	if strings.HasPrefix(s, "@@@langfuseMedia:") {
		return true
	}
	i := strings.Index(s, "://")
	return i > 0 && i < 12
}

func dataURL(s string) (trace.Part, bool) {
	head, body, ok := strings.Cut(s[len("data:"):], ",")
	if !ok {
		return trace.Part{}, false
	}
	mime, coded := strings.CutSuffix(head, ";base64")
	if mime == "" {
		mime = "text/plain"
	}
	if coded {
		b, ok := decodeBase64(body)
		return trace.Part{Type: trace.PartMedia, MIME: mime, Bytes: b}, ok
	}
	plain, err := url.PathUnescape(body)
	return trace.Part{Type: trace.PartMedia, MIME: mime, Bytes: []byte(plain)}, err == nil
}

// decodeBase64 takes the standard and the URL alphabet, padded or not. Nothing is not base64.
func decodeBase64(s string) ([]byte, bool) {
	s = strings.TrimRight(s, "=")
	if s == "" {
		return nil, false
	}
	enc := base64.RawStdEncoding
	if strings.ContainsAny(s, "-_") {
		enc = base64.RawURLEncoding
	}
	b, err := enc.DecodeString(s)
	return b, err == nil
}
