package httpapi

import (
	"strings"
	"testing"

	"steward/internal/base/attr"
	"steward/internal/domain/trace"
	"steward/internal/work/look"
)

func TestMarkdownIsBoundedAndSafe(t *testing.T) {
	way := look.Way{Left: 40, Trace: look.Trace{Summary: trace.Summary{Name: "run [x](javascript:1)\n# not a title"}}}
	for i := range look.WayHead + look.WayTail {
		way.Spans = append(way.Spans, look.Span{Span: trace.Span{Raw: trace.Raw{ID: trace.SpanID{byte(i)}, Name: "step"}, Canonical: trace.Canonical{Kind: trace.Task}}})
	}
	end := &way.Spans[len(way.Spans)-1]
	end.Kind = trace.ToolCall
	end.Tool = &trace.Tool{Arguments: attr.Str("```\nrm -rf\n```"), Result: attr.Str("begin" + strings.Repeat("x", 10_000) + "end")}
	for range 100 {
		end.Input = append(end.Input, trace.Message{Role: "user", Parts: []trace.Part{{Type: trace.PartText, Text: "hello"}}})
		end.Documents = append(end.Documents, trace.Document{ID: "d", Content: "text"})
	}
	got := markdownOf(way, "https://s")
	for _, want := range []string{
		"# run \\[x\\](javascript:1) # not a title: ok\n", "step (task, unfinished)\n- … 40 spans between\n", "````\n```\nrm -rf\n```\n````\n",
		"\nbegin", "xend\n", "… 8,508 characters left out …", "… 94 messages before", "… 95 documents more",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	if len(got) > 5000 || strings.Count(got, "- step") != 11 {
		t.Errorf("%d bytes, %d steps", len(got), strings.Count(got, "- step"))
	}
}
