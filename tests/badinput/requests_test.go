package badinput

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protowire"

	"steward/tests/server"
)

const hundredMB = 100 << 20

// requests are the cases about whole requests and about logs and metrics, by their name in docs/bad-input.md.
func requests() map[string]func(*testing.T, *wire) {
	return map[string]func(*testing.T, *wire){
		"malformed protobuf": func(t *testing.T, w *wire) {
			whole := server.NewBatch(1, 2, "text").Traces()
			for _, signal := range []string{"traces", "logs", "metrics"} {
				for _, body := range [][]byte{[]byte("hello"), {0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f}, {0x0a, 0x05, 0x12, 0x7f, 0x01, 0x02, 0x03}, bytes.Repeat([]byte{0xff}, 1000)} {
					refused(t, 400, "protobuf", w.proto(signal, body), w.grpc(signal, body))
				}
			}
			cut := whole[:len(whole)-3]
			refused(t, 400, "protobuf", w.proto("traces", cut), w.grpc("traces", cut))
		},
		"malformed JSON": func(t *testing.T, w *wire) {
			for _, signal := range []string{"traces", "logs", "metrics"} {
				for _, body := range []string{"", "{", "hello", `{"resourceSpans":[}`, "[]", "7", `{"resourceSpans":7,"resourceLogs":7,"resourceMetrics":7}`, "{} {", "\xff\xfe"} {
					got := w.json(signal, []byte(body))
					if got.status != 400 || !strings.Contains(got.message, "JSON") {
						t.Errorf("%s %q answered %+v", signal, body, got)
					}
				}
			}
		},
		"wrong content type": func(t *testing.T, w *wire) {
			body := server.NewBatch(1, 1, "").Traces()
			refused(t, 400, "application/json", w.http(server.Export{Signal: "traces", Type: "text/plain", Body: bytes.NewReader(body)}),
				w.http(server.Export{Signal: "traces", Type: "nonsense/;;;", Body: bytes.NewReader(body)}))
		},
		"wrong content encoding": func(t *testing.T, w *wire) {
			body := server.NewBatch(1, 1, "").Traces()
			for _, encoding := range []string{"br", "gzip", "zstd", "deflate", "gzip, gzip"} {
				refused(t, 400, "encoding", w.http(server.Export{Signal: "traces", Encoding: encoding, Body: bytes.NewReader(body)}))
			}
			var cut bytes.Buffer
			z := gzip.NewWriter(&cut)
			_, _ = z.Write(body) // to memory
			_ = z.Close()
			refused(t, 400, "encoding", w.http(server.Export{Signal: "traces", Encoding: "gzip", Body: bytes.NewReader(cut.Bytes()[:cut.Len()-9])}))
		},
		"empty request": func(t *testing.T, w *wire) {
			for _, signal := range []string{"traces", "logs", "metrics"} {
				for _, got := range []reply{w.proto(signal, nil), w.grpc(signal, nil), w.json(signal, []byte("{}")), w.proto(signal, []byte{0x0a, 0x00}),
					w.json(signal, []byte(`{"resourceSpans":[{}],"resourceLogs":[{}],"resourceMetrics":[{}]}`))} {
					if got != (reply{status: 200}) {
						t.Errorf("%s answered %+v", signal, got)
					}
				}
			}
		},
		"abysmal nesting": func(t *testing.T, w *wire) {
			const levels = 500_000
			for form, send := range map[string]func(string, []byte) reply{"protobuf": w.proto, "gRPC": func(s string, b []byte) reply { return w.grpc(s, b) }} {
				o := odd{bytes: abyss(levels), marks: []string{"deep_value"}}
				bad, good := server.NewSpanID(), server.NewSpanID()
				got := send("traces", o.request(t, bad, good, false))
				if got.status != 200 {
					t.Fatalf("%s answered %+v", form, got)
				}
				o.outcome(t, w.s, bad, got)
			}
			for _, opening := range []string{"[", `{"a":`, `{"resourceSpans":[`, `{"arrayValue":{"values":[`, `{"kvlistValue":{"values":[{"key":"a","value":`} {
				value := `{"resourceSpans":[{"resource":{"attributes":[{"key":"a","value":` + strings.Repeat(opening, levels)
				refused(t, 400, "JSON", w.json("traces", []byte(value)), w.json("traces", []byte(strings.Repeat(opening, levels))))
				closing := strings.NewReplacer("[", "]", "{", "}").Replace(reversed(onlyBrackets(opening)))
				refused(t, 400, "JSON", w.json("traces", []byte(value+"{}"+strings.Repeat(closing, levels)+"}]}}]}")))
			}
		},
		"unknown metric type": func(t *testing.T, w *wire) {
			rejectedPoint(t, w, "unknown_metric_type", func(m pmetric.Metric) { m.SetName("calls") })
		},
		"unnamed metric": func(t *testing.T, w *wire) {
			rejectedPoint(t, w, "no_name", func(m pmetric.Metric) { m.SetEmptyGauge().DataPoints().AppendEmpty().SetIntValue(1) })
		},
		"body of 100 MB": func(t *testing.T, w *wire) {
			before := alive(t.Context(), t, w.s)
			refused(t, 413, "64 MiB", w.http(server.Export{Signal: "traces", Body: endless(0, hundredMB)}),
				w.http(server.Export{Signal: "logs", Type: server.JSON, Body: endless(' ', hundredMB)}), announced(t, w, hundredMB))
			refused(t, 413, "larger than 64 MiB", w.grpc("traces", make([]byte, hundredMB)))
			bounded(t, w, before)
		},
		"gzip bomb": func(t *testing.T, w *wire) {
			bomb(t, w, "gzip", func(to io.Writer) io.WriteCloser { return gzip.NewWriter(to) })
			refused(t, 413, "larger than 64 MiB", w.grpc("traces", make([]byte, hundredMB), grpc.UseCompressor("gzip")))
		},
		"zstd bomb": func(t *testing.T, w *wire) {
			bomb(t, w, "zstd", func(to io.Writer) io.WriteCloser {
				z, err := zstd.NewWriter(to)
				if err != nil {
					t.Fatal(err)
				}
				return z
			})
		},
		"deflate bomb": func(t *testing.T, w *wire) {
			bomb(t, w, "deflate", func(to io.Writer) io.WriteCloser { return zlib.NewWriter(to) })
		},
		"log record with odd ids": func(t *testing.T, w *wire) {
			l := plog.NewLogs()
			r := l.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
			r.SetTraceID([16]byte{1, 2, 3, 4})
			r.SetTimestamp(pcommon.NewTimestampFromTime(time.Now()))
			r.Body().SetStr("hello")
			body, err := plogotlp.NewExportRequestFromLogs(l).MarshalProto()
			if err != nil {
				t.Fatal(err)
			}
			short := rewrite(body, []protowire.Number{1, 2, 2, 9}, func([]byte) []byte { return []byte{1, 2, 3} })
			for _, got := range []reply{w.proto("logs", short), w.grpc("logs", short)} {
				if got != (reply{status: 200}) {
					t.Errorf("answered %+v", got)
				}
			}
		},
		"same span, other content": func(t *testing.T, w *wire) {
			b := server.NewBatch(1, 1, "first")
			w.s.MustPost(t.Context(), "traces", b.Traces())
			b.Text = "second"
			w.s.MustPost(t.Context(), "traces", b.Traces())
			got, err := w.s.API().Span(t.Context(), b.IDs[0].TraceHex(), b.IDs[0].SpanHex())
			if err != nil {
				t.Fatal(err)
			}
			has("note", "first")(t, got)
		},
	}
}

func refused(t *testing.T, status int, says string, replies ...reply) {
	t.Helper()
	for i, r := range replies {
		if r.status != status || !strings.Contains(r.message, says) {
			t.Errorf("the %d. answer is %+v; it had to be %d and say %q", i+1, r, status, says)
		}
	}
}

// announced sends a request that announces more than is taken and sends nothing of it.
func announced(t *testing.T, w *wire, size int64) reply {
	t.Helper()
	body, more := io.Pipe()
	defer func() { _ = more.Close() }()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.s.URL+"/v1/traces", body)
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength = size
	req.Header.Set("Content-Type", server.JSON)
	req.Header.Set("X-Api-Key", w.s.Key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	said, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{status: resp.StatusCode, message: string(said)}
}

func bomb(t *testing.T, w *wire, encoding string, writer func(io.Writer) io.WriteCloser) {
	t.Helper()
	var packed bytes.Buffer
	z := writer(&packed)
	if _, err := io.Copy(z, endless(0, hundredMB)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	before := alive(t.Context(), t, w.s)
	for _, kind := range []string{server.Protobuf, server.JSON} {
		refused(t, 413, "64 MiB", w.http(server.Export{Signal: "traces", Type: kind, Encoding: encoding, Body: bytes.NewReader(packed.Bytes())}))
	}
	bounded(t, w, before)
}

// bounded checks that refusing did not take more memory than what a request may hold, several times over.
func bounded(t *testing.T, w *wire, before server.Memory) {
	t.Helper()
	after := alive(t.Context(), t, w.s)
	if grown := after.Peak - before.Peak; grown > 400<<20 {
		t.Errorf("the server's memory grew by %d MiB, to %d", grown>>20, after.Peak>>20)
	}
}

func rejectedPoint(t *testing.T, w *wire, reason string, spoil func(pmetric.Metric)) {
	t.Helper()
	md := pmetric.NewMetrics()
	metrics := md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics()
	good := metrics.AppendEmpty()
	good.SetName("good")
	good.SetEmptyGauge().DataPoints().AppendEmpty().SetIntValue(1)
	spoil(metrics.AppendEmpty())
	r := pmetricotlp.NewExportRequestFromMetrics(md)
	pb, err := r.MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	text, err := r.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	for form, got := range map[string]reply{"protobuf": w.proto("metrics", pb), "JSON": w.json("metrics", text), "gRPC": w.grpc("metrics", pb)} {
		if got.status != 200 || got.rejected != 1 || form != "JSON" && !strings.Contains(got.message, reason) {
			t.Errorf("%s answered %+v; one point had to be rejected as %s", form, got, reason)
		}
	}
}

// abyss adds an attribute of lists in lists.
func abyss(levels int) func([]byte, server.SpanID, bool) []byte {
	return func(body []byte, bad server.SpanID, _ bool) []byte {
		// Built from the inside, backwards, because every level begins with its length.
		var back []byte
		push := func(num protowire.Number) {
			size := protowire.AppendVarint(nil, uint64(len(back)))
			for i := len(size) - 1; i >= 0; i-- {
				back = append(back, size[i])
			}
			back = append(back, byte(num)<<3|byte(protowire.BytesType))
		}
		for range levels {
			push(1) // ArrayValue.values
			push(5) // AnyValue.array_value
		}
		for i, k := 0, len(back)-1; i < k; i, k = i+1, k-1 {
			back[i], back[k] = back[k], back[i]
		}
		pair := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), "deep")
		pair = protowire.AppendBytes(protowire.AppendTag(pair, 2, protowire.BytesType), back)
		return onBad(body, bad, func(s []byte) []byte {
			return protowire.AppendBytes(protowire.AppendTag(s, 9, protowire.BytesType), pair)
		})
	}
}

func onlyBrackets(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("[{", r) {
			return r
		}
		return -1
	}, s)
}

func reversed(s string) string {
	b := []byte(s)
	for i, k := 0, len(b)-1; i < k; i, k = i+1, k-1 {
		b[i], b[k] = b[k], b[i]
	}
	return string(b)
}
