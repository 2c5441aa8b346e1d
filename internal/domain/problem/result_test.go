package problem

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"steward/internal/base/attr"
	"steward/internal/domain/trace"
)

// value reads JSON as a mapper hands results over, any other text as it is.
func value(text string) attr.Value {
	if v, ok := attr.ParseJSON(text); ok {
		return v
	}
	return attr.Str(text)
}

func tool(result attr.Value) *trace.Span {
	return &trace.Span{Raw: trace.Raw{StatusCode: trace.StatusOK, Start: 1, End: 2},
		Canonical: trace.Canonical{Kind: trace.ToolCall, Tool: &trace.Tool{Name: "t", Result: result}}}
}

func TestToolErrors(t *testing.T) {
	for result, want := range map[string]string{
		"Error: flight HAT030 not available":            "Error: flight HAT030 not available",
		"  ERROR : disk\nfull":                          "ERROR : disk full",
		"error: pathspec 'x' did not match":             "error: pathspec 'x' did not match",
		"Error:\n  no such table":                       "Error: no such table",
		"Error":                                         "Error",
		"Error: 404":                                    "Error: 404",
		"Error 503 from upstream":                       "Error 503 from upstream",
		"Error executing tool find: timeout":            "Error executing tool find: timeout",
		"Error from server (NotFound): pods":            "Error from server (NotFound): pods",
		"Traceback (most recent call last):\n  x":       "Traceback (most recent call last): x",
		"ValueError: invalid literal":                   "ValueError: invalid literal",
		"requests.exceptions.HTTPError: 500":            "requests.exceptions.HTTPError: 500",
		"KeyError('user')":                              "KeyError('user')",
		"KeyError":                                      "KeyError",
		"Exception: boom":                               "Exception: boom",
		"Exception in thread main":                      "Exception in thread main",
		"<tool_use_error>no such file</tool_use_error>": "<tool_use_error>no such file</tool_use_error>",
		`{"isError":true,"content":[{"type":"text","text":"no key"}]}`: "no key",
		`{"is_error":"true"}`: "isError",
		`{"content":[{"type":"image"},{"type":"text","text":"Error: no key"}]}`: "Error: no key",
		`[{"type":"text","text":"Error: no key"},{"type":"text","text":"x"}]`:   "Error: no key",
		`{"content":[{"type":"text","text":"{\"error\":\"no key\"}"}]}`:         "no key",
		`{"error":"not found"}`:                    "not found",
		`{"error":{"code":5,"message":"quota"}}`:   "quota",
		`{"error":true,"message":"bad"}`:           "bad",
		`{"errors":[{"message":"Field missing"}]}`: "Field missing",
		`{"success":false,"reason":"locked"}`:      "locked",
		`{"ok":false}`:                             "ok is false",
		`{"status":"ERROR","message":"late"}`:      "late",
		`{"status_code":404,"detail":"no page"}`:   "status_code 404: no page",
		`{"statusCode":500}`:                       "statusCode 500",
		`{"result":{"output":{"error":"deep"}}}`:   "deep",
	} {
		s := tool(value(result))
		NewChecker().Find(s, 0)
		if len(s.Problems) != 1 || s.Problems[0] != (trace.Problem{Code: trace.ToolError, Detail: want}) {
			t.Errorf("%s: %+v, want %q", result, s.Problems, want)
		}
		s.Problems, s.StatusCode = nil, trace.StatusError
		NewChecker().Find(s, 0)
		if len(s.Problems) > 0 {
			t.Errorf("%s: a span that ended in error also has %+v", result, s.Problems)
		}
	}
}

func TestHarmlessResults(t *testing.T) {
	for _, result := range []string{
		"", "null", "true", "17", "Transfer successful", "No error.", "The error was fixed", "Errors: 0", "Error: none", "Error: 0", "Error: 0.02",
		"error: null", "Error rate is 3 % this week", "Error handling in Go", "Errors should never pass silently", "Error codes and what they mean",
		"Errorless", "Exceptional service", "Exceptions are listed below", "Tracebacks explained", "TypeErrors are common", "The ValueError: of Python",
		"StackOverflowError explained: a guide", `{"error":null,"data":1}`, `{"error":""}`, `{"error":"none"}`, `{"error":0.05,"value":3}`, `{"error":false}`,
		`{"errors":[]}`, `{"errors":0,"passed":12}`, `{"errors":["unused x"],"warnings":[]}`, `{"valid":false,"errors":["name is empty"]}`,
		`{"success":true,"error":"ignored"}`, `{"ok":true,"errors":["old"]}`, `{"status":"failed","order":1}`, `{"status":"ok","error":"stale"}`,
		`{"status_code":200}`, `{"status_code":"404"}`, `{"status_code":399}`, `{"status_code":700}`, `{"isError":false,"content":[{"type":"text","text":"fine"}]}`,
		`{"articles":[{"title":"Error: the movie"}]}`, `{"message":"Error: quoted in a mail"}`, `["Error: a line of a log"]`, `{"text":{"a":"Error: x"}}`, `{broken`,
		`{"result":{"result":{"result":{"result":{"result":{"error":"too deep to be an envelope"}}}}}}`,
	} {
		s := tool(value(result))
		NewChecker().Find(s, 0)
		if len(s.Problems) > 0 {
			t.Errorf("%s: false alarm %+v", result, s.Problems)
		}
	}
}

// TestTauBench holds the rules to 1,164 results of real runs: in these, a result failed exactly when the simulator
// began it with "Error".
func TestTauBench(t *testing.T) {
	dir := os.Getenv("STEWARD_TESTDATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "shared", "data")
	}
	raw, err := os.ReadFile(filepath.Join(dir, "tau-bench", "gpt-4o-airline.json"))
	if err != nil {
		t.Skipf("skipped: no test material at %s (STEWARD_TESTDATA)", dir)
	}
	var runs []struct {
		Traj []struct{ Role, Content string }
	}
	if err := json.Unmarshal(raw, &runs); err != nil {
		t.Fatal(err)
	}
	results, failed, c := 0, 0, NewChecker()
	for _, run := range runs {
		for _, m := range run.Traj {
			if m.Role != "tool" {
				continue
			}
			results++
			s := tool(value(m.Content))
			c.Find(s, 0)
			if has, want := len(s.Problems) > 0, strings.HasPrefix(m.Content, "Error"); has != want {
				t.Errorf("%.200s: found %+v", m.Content, s.Problems)
			} else if has {
				failed++
			}
		}
	}
	if results != 1164 || failed != 73 {
		t.Errorf("%d of %d results failed, want 73 of 1164", failed, results)
	}
}
