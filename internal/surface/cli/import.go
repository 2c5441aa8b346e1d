package cli

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"steward/api"
	"steward/internal/base/errs"
	"steward/internal/work/transcript"
)

// importPatience is how long an import waits for a server that is overloaded or starting again.
const importPatience = 2 * time.Minute

func (p *program) imports() *cobra.Command {
	var o transcript.Options
	var format, start string
	c := &cobra.Command{
		Use: "import --format FORMAT FILE|FOLDER...", Short: "Bring in recorded transcripts and traces", Args: some("a file or a folder"),
		Long: `Bring in recorded transcripts and traces; it ends when all is readable, with a link to exactly what came in.

Formats: openai-messages (runs and conversations of OpenAI messages), who-and-when (multi-agent histories),
otlp-json (as the OpenTelemetry Collector's file exporter writes), jsonl (Steward's own export, or one
{"name","input","output","model",...} a line), auto (by the shape of each record).

The same file may be imported again: what is stored stays as it is, and an import that was stopped goes on.`,
		Example: "  steward import --format openai-messages runs.json\n  steward import --format otlp-json traces.jsonl.gz",
		RunE: func(c *cobra.Command, args []string) (err error) {
			if o.Format, err = transcript.ParseFormat(format); err != nil {
				return usage("--%s", p.words(err))
			}
			base, err := p.moment("--start", start)
			if err != nil {
				return err
			}
			found, err := findFiles(args)
			if err != nil {
				return err
			}
			client, err := p.connect(importPatience)
			if err != nil {
				return err
			}
			in := incoming{p: p, client: client, files: found.files, name: found.name, size: found.size, options: o}
			if !base.IsZero() {
				in.base = &base
			}
			out, err := in.run(c.Context())
			if err != nil {
				return err
			}
			if err := p.emit(out, out.write); err != nil {
				return err
			}
			if out.Readable < out.Spans || out.Rejected > 0 {
				return quietError{}
			}
			return nil
		},
	}
	f := c.Flags()
	f.StringVar(&format, "format", "auto", "openai-messages, who-and-when, otlp-json, jsonl or auto")
	f.StringVar(&start, "start", "", "put records without times just before this time; by default the time of the first import")
	f.StringVar(&o.Service, "service", "", "service of what comes in; by default the file's name")
	f.StringVar(&o.Agent, "agent", "", "agent of conversations that name none")
	f.StringVar(&o.Model, "model", "", "model of conversations that name none")
	f.StringVar(&o.Provider, "provider", "", "provider of conversations that name none")
	return c
}

// incoming is an import under way.
type incoming struct {
	p       *program
	client  *api.Client
	sender  *api.Client // whose key belongs to the project: OTLP goes by the key
	files   []transcript.File
	name    string
	size    int64 // on disk, for the progress of reading
	options transcript.Options
	base    *time.Time

	contents transcript.Contents
	record   api.Import
	again    bool // it was complete before
	result   imported
	first    int64 // earliest and latest start, Unix nanoseconds
	last     int64
	saved    time.Time
	notes    []string
}

func (in *incoming) run(ctx context.Context) (imported, error) {
	shown := in.p.newProgress("reading", "bytes")
	contents, err := transcript.Look(in.files, in.options.Format, func(n int64) { shown.at(n, max(n, in.size)) })
	shown.end()
	if err != nil {
		return imported{}, err
	}
	in.contents = contents
	if err := in.announce(ctx); err != nil {
		return imported{}, err
	}
	drop, err := in.ownKey(ctx)
	if err != nil {
		return imported{}, err
	}
	defer drop()
	if err := in.sendAll(ctx); err != nil {
		return imported{}, in.stopped(ctx, err)
	}
	return in.finish(ctx)
}

// announce asks for the import's id and base time, which are the same for the same content.
func (in *incoming) announce(ctx context.Context) (err error) {
	in.record, err = in.client.CreateImport(ctx, api.NewImport{Digest: in.contents.Digest, Format: string(in.options.Format), Name: in.name, Start: in.base})
	if err != nil {
		return err
	}
	in.options.Import, in.options.BaseTime = in.record.ID, in.record.BaseTime.UnixNano()
	if len(in.files) == 1 && in.record.Name != "" {
		in.files[0].Name = in.record.Name // a renamed file stays what it was
	}
	in.result = imported{Import: in.record.ID, Records: in.contents.Records, scores: map[string]*mean{},
		traces: map[[16]byte]struct{}{}, sessions: map[string]struct{}{}}
	in.again = in.record.State == "done" && in.record.Done >= in.contents.Records
	switch {
	case in.again:
		in.say("this was imported before; what is stored stays as it is")
	case in.record.Done > 0:
		in.say("going on after record %s of %s", count(in.record.Done), count(in.contents.Records))
	}
	return nil
}

// ownKey makes sure that what is sent lands in the asked project: OTLP goes to the key's own, so for another one it makes
// a key for the time of the import. drop takes it back.
func (in *incoming) ownKey(ctx context.Context) (drop func(), err error) {
	in.sender, drop = in.client, func() {}
	project := in.client.Project()
	if project == "" {
		return drop, nil
	}
	me, err := in.client.InOwnProject().Me(ctx)
	if err != nil || me.Project == project {
		return drop, err
	}
	expires := in.p.Clock.Now().Add(24 * time.Hour)
	k, err := in.client.CreateKey(ctx, api.NewKey{Name: "import of " + brief(in.name, 60), Scopes: []string{"ingest"}, Expires: &expires})
	if err != nil {
		return drop, err
	}
	in.sender = in.client.With(k.Text, project)
	return func() {
		// Also when the import was stopped: the key must not outlive it.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		if err := in.client.RevokeKey(ctx, k.ID); err != nil {
			fmt.Fprintf(in.p.Stderr, "the key %s of this import could not be revoked: %s\n", k.ID, in.p.words(err))
		}
	}, nil
}

func (in *incoming) stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return errs.Wrap(errs.CodeInternal, err, "stopped after %s of %s; the same command goes on from there", count(in.record.Done), of(in.contents.Records, "record"))
	}
	return err
}

func (in *incoming) say(format string, args ...any) {
	fmt.Fprintf(in.p.Stderr, format+"\n", args...)
}

// finish waits until everything that was sent can be read, and makes the link to it.
func (in *incoming) finish(ctx context.Context) (imported, error) {
	out := in.result
	out.From = time.Unix(0, in.first).UTC().Truncate(time.Second)
	out.To = time.Unix(0, in.last).UTC().Truncate(time.Second).Add(time.Second)
	out.Traces, out.Sessions = len(out.traces), len(out.sessions)
	filter := "attributes." + transcript.ImportAttr + ":" + in.record.ID
	if out.Spans > 0 {
		var err error
		if out.Readable, err = in.readable(ctx, api.Range{Filter: filter, From: out.From, To: out.To}, out.Spans-out.Rejected); err != nil {
			return out, err
		}
	}
	out.Link = in.client.Link("/traces", url.Values{"filter": {filter}, "from": {out.From.Format(time.RFC3339)}, "to": {out.To.Format(time.RFC3339)}})
	_, err := in.client.SaveImport(ctx, in.record.ID, api.ImportProgress{Done: in.contents.Records, Total: in.contents.Records, State: "done"})
	return out, err
}

// readableWithin bounds the wait for what was acknowledged to be counted; a read sees it at once unless spans were
// refused silently, for example because another import stored them first.
const readableWithin = 30 * time.Second

func (in *incoming) readable(ctx context.Context, r api.Range, want int64) (int64, error) {
	began := in.p.Clock.Now()
	for {
		got, err := in.client.Aggregate(ctx, r, []string{"spans"}, nil, 0)
		if err != nil {
			return 0, err
		}
		n := int64(0)
		for _, row := range got.Rows {
			if v, ok := row.Values["spans"].(float64); ok {
				n += int64(v)
			}
		}
		if n >= want || in.p.Clock.Now().Sub(began) > readableWithin {
			return n, nil
		}
		if err := pause(ctx, pollEvery); err != nil {
			return n, err
		}
	}
}

// imported is what came in.
type imported struct {
	Import   string        `json:"import"`
	Records  int64         `json:"records"`
	Spans    int64         `json:"spans"`
	Readable int64         `json:"readable"`
	Rejected int64         `json:"rejected"`
	Traces   int           `json:"traces"`
	Sessions int           `json:"sessions"`
	Scores   []scoreTotals `json:"scores"`
	From     time.Time     `json:"from"`
	To       time.Time     `json:"to"`
	Link     string        `json:"link"`

	scores   map[string]*mean
	traces   map[[16]byte]struct{}
	sessions map[string]struct{}
}

// scoreTotals are the scores of one name; Mean is null where none is a number.
type scoreTotals struct {
	Name  string   `json:"name"`
	Count int64    `json:"count"`
	Mean  *float64 `json:"mean"`
}

type mean struct {
	count, numbers int64
	sum            float64
}

func (r imported) write(w io.Writer) error {
	fmt.Fprintf(w, "%s: %s in %s and %s\n", of(r.Records, "record"), of(r.Spans, "span"), of(int64(r.Traces), "trace"), of(int64(r.Sessions), "session"))
	for _, s := range r.Scores {
		text := fmt.Sprintf("%s %s", of(s.Count, "score"), plain(s.Name))
		if s.Mean != nil {
			text += fmt.Sprintf(", mean %.3f", *s.Mean)
		}
		fmt.Fprintln(w, text)
	}
	if r.Rejected > 0 {
		fmt.Fprintf(w, "%s rejected, see above\n", of(r.Rejected, "span"))
	}
	if missing := r.Spans - r.Rejected - r.Readable; missing > 0 {
		fmt.Fprintf(w, "%s cannot be read under this import: they were stored before by another one, are deleted or past retention\n", of(missing, "span"))
	}
	_, err := fmt.Fprintf(w, "%s\n", r.Link)
	return err
}
