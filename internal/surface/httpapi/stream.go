package httpapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"steward/internal/base/errs"
	"steward/internal/domain/access"
	"steward/internal/domain/blob"
	"steward/internal/domain/dialect/otlp"
	"steward/internal/domain/trace"
	"steward/internal/work/ingest"
	"steward/internal/work/look"
)

// StreamRoutes answers the routes whose answers have no end or no bound: live tail, export, payloads.
func StreamRoutes(l *look.Look, hub *ingest.Hub, blobs blob.Store, scratch string) []Route {
	h := streams{look: l, hub: hub, blobs: blobs, scratch: scratch}
	return []Route{
		{Method: http.MethodGet, Pattern: "/api/v1/tail", Action: access.TraceRead, Handle: h.tail, Quiet: true,
			Doc: Doc{Tag: "traces", Summary: "Spans as they come in (server-sent events)", Media: "text/event-stream", Out: "",
				Detail: "Events: span (a span without content), dropped ({\"count\":n} spans that came too quickly to be sent).",
				Query:  []Param{{Name: "filter", Meaning: "filter language; trace.* totals are not known here"}}}},
		{Method: http.MethodGet, Pattern: "/api/v1/export", Action: access.TraceRead, Handle: h.export,
			Doc: Doc{Tag: "traces", Summary: "All matching spans, whole, oldest first", Media: "application/octet-stream", Out: "",
				Query: append(ranged(), Param{Name: "format", Meaning: "jsonl: one span of the wire shape a line; otlp: OTLP/JSON, one request a line; parquet: the columns of the SQL view spans",
					Enum: []string{"jsonl", "otlp", "parquet"}})}},
		{Method: http.MethodGet, Pattern: "/api/v1/blobs/{sha256}", Action: access.TraceRead, Handle: h.blob,
			Doc: Doc{Tag: "traces", Summary: "A payload by its address", Media: "application/octet-stream", Out: "",
				Query: []Param{{Name: "mime", Meaning: "media type to answer with: image/png, image/jpeg, image/gif, image/webp, audio/*; anything else is a download"}}}},
	}
}

type streams struct {
	look    *look.Look
	hub     *ingest.Hub
	blobs   blob.Store
	scratch string // folder for exports that need a file
}

// beat is how often a quiet tail says that it is alive, so that proxies keep it.
const beat = 15 * time.Second

// tailPatience is how long a tail may leave what it was sent unread, beyond what the network holds, before it is cut off.
const tailPatience = 30 * time.Second

func (h streams) tail(w http.ResponseWriter, r *http.Request) error {
	match, err := h.look.Matcher(r.URL.Query().Get("filter"))
	if err != nil {
		return err
	}
	watch, err := h.hub.Watch(CallerOf(r.Context()).Project, match)
	if err != nil {
		return err
	}
	defer watch.Close()
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	if _, err := io.WriteString(w, ": steward\n\n"); err != nil {
		return err
	}
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for {
		if err := out.Flush(); err != nil {
			return err
		}
		if err := patience(out); err != nil {
			return err
		}
		select {
		case <-r.Context().Done():
			return nil
		case <-tick.C:
			if _, err := io.WriteString(w, ": beat\n\n"); err != nil {
				return err
			}
		case <-watch.C:
			if open, err := h.events(w, out, watch); err != nil || !open {
				return err
			}
		}
	}
}

// events writes what came for the watch, and says whether it goes on.
func (h streams) events(w io.Writer, out *http.ResponseController, watch *ingest.Watch) (open bool, err error) {
	for {
		found, missed, more, open := watch.Take()
		if missed > 0 {
			if _, err := fmt.Fprintf(w, "event: dropped\ndata: {\"count\":%d}\n\n", missed); err != nil {
				return open, err
			}
		}
		for _, s := range found {
			if err := h.event(w, s); err != nil {
				return open, err
			}
			if err := patience(out); err != nil {
				return open, err
			}
		}
		if !more {
			return open, nil
		}
	}
}

// patience gives who watches some time to read what comes next.
func patience(out *http.ResponseController) error {
	err := out.SetWriteDeadline(time.Now().Add(beat + tailPatience))
	if errors.Is(err, http.ErrNotSupported) {
		return nil
	}
	return err
}

func (h streams) event(w io.Writer, s *trace.Span) error {
	bare := look.Bare(s)
	body, err := json.Marshal(WireSpan(look.Span{Span: bare, Omitted: true}))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "event: span\ndata: %s\n\n", body)
	return err
}

func (h streams) export(w http.ResponseWriter, r *http.Request) error {
	q := look.Question{Project: CallerOf(r.Context()).Project, Filter: r.URL.Query().Get("filter")}
	var err error
	if q.From, q.To, err = span(r); err != nil {
		return err
	}
	format := r.URL.Query().Get("format")
	switch format {
	case "", "jsonl":
		return h.exportLines(w, r, q, "spans.jsonl", func(spans []look.Span) error {
			enc := json.NewEncoder(w)
			for i := range spans {
				if err := enc.Encode(WireSpan(spans[i])); err != nil {
					return err
				}
			}
			return nil
		})
	case "otlp":
		return h.exportLines(w, r, q, "spans.otlp.jsonl", func(spans []look.Span) error {
			raws := make([]*trace.Raw, len(spans))
			for i := range spans {
				raws[i] = &spans[i].Raw
			}
			body, err := otlp.EncodeTraces(raws, true)
			if err != nil {
				return err
			}
			_, err = w.Write(append(body, '\n'))
			return err
		})
	case "parquet":
		return h.exportParquet(w, r, q)
	}
	return errs.Invalid("format is %q; allowed are jsonl, otlp, parquet", format)
}

// exportLines streams. What goes wrong after the first line can only be told by ending the connection early, so that
// no client takes a part for the whole.
func (h streams) exportLines(w http.ResponseWriter, r *http.Request, q look.Question, name string, write func([]look.Span) error) error {
	begun := false
	begin := func() {
		if !begun {
			begun = true
			w.Header().Set("Content-Type", "application/x-ndjson")
			w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
			w.WriteHeader(http.StatusOK)
		}
	}
	err := h.look.Scan(r.Context(), q, func(spans []look.Span) error {
		begin()
		return write(spans)
	})
	if err != nil && begun {
		panic(http.ErrAbortHandler)
	}
	if err == nil {
		begin()
	}
	return err
}

func (h streams) exportParquet(w http.ResponseWriter, r *http.Request, q look.Question) error {
	f, done, err := h.look.Parquet(r.Context(), q, h.scratch)
	if err != nil {
		return err
	}
	defer done()
	w.Header().Set("Content-Type", "application/vnd.apache.parquet")
	w.Header().Set("Content-Disposition", `attachment; filename="spans.parquet"`)
	if info, err := f.Stat(); err == nil {
		w.Header().Set("Content-Length", fmt.Sprint(info.Size()))
	}
	_, err = io.Copy(w, f)
	return err
}

// shown are media types that browsers may show in place; they cannot run script.
func shown(kind string) bool {
	switch kind {
	case "image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp":
		return true
	}
	return strings.HasPrefix(kind, "audio/") || strings.HasPrefix(kind, "video/")
}

func (h streams) blob(w http.ResponseWriter, r *http.Request) error {
	digest, err := blob.ParseDigest(r.PathValue("sha256"))
	if err != nil {
		return err
	}
	p := CallerOf(r.Context()).Project
	info, err := h.blobs.Stat(r.Context(), p, digest)
	if err != nil {
		return err
	}
	body, err := h.blobs.Open(r.Context(), p, digest)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }() // only read from
	kind, _, err := mime.ParseMediaType(r.URL.Query().Get("mime"))
	if err != nil || !shown(kind) {
		kind = "application/octet-stream"
		w.Header().Set("Content-Disposition", `attachment; filename="`+digest.String()+`"`)
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", fmt.Sprint(info.Size))
	w.Header().Set("Content-Security-Policy", "sandbox; default-src 'none'")
	w.Header().Set("Cache-Control", "private, max-age=31536000, immutable") // the address is the content
	if _, err = io.Copy(w, body); err != nil {
		panic(http.ErrAbortHandler) // a corrupt blob must not look whole
	}
	return nil
}
