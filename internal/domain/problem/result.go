package problem

import (
	"regexp"
	"strconv"
	"strings"

	"steward/internal/base/attr"
)

// maxEnvelopes is how many envelopes around a result are opened.
const maxEnvelopes = 4

// failure says whether a tool's result tells of an error, and in which words.
func failure(v attr.Value, depth int) (words string, failed bool) {
	if depth > maxEnvelopes {
		return "", false
	}
	switch v.Kind() {
	case attr.Map:
		return failureIn(v.Map(), depth)
	case attr.List:
		if text, ok := firstText(v.List()); ok {
			return failure(text, depth+1)
		}
	case attr.String:
		text := strings.TrimSpace(v.Str())
		if strings.HasPrefix(text, "{") {
			if inner, ok := attr.ParseJSON(text); ok {
				return failure(inner, depth+1)
			}
			return "", false
		}
		return text, saysError(text)
	}
	return "", false
}

// failureIn reads a result object. What says plainly whether it failed comes before what only mentions errors.
func failureIn(m attr.Attrs, depth int) (words string, failed bool) {
	status := strings.ToLower(m.Str("status"))
	switch {
	case truth(m, "isError") == yes, truth(m, "is_error") == yes:
		return inWords(m, "isError"), true
	case truth(m, "success") == no:
		return inWords(m, "success is false"), true
	case truth(m, "ok") == no:
		return inWords(m, "ok is false"), true
	case status == "error":
		return inWords(m, "status is error"), true
	}
	for _, key := range [...]string{"status_code", "statusCode"} {
		if code, ok := m.Get(key); ok && refused(code) {
			words = key + " " + code.Text()
			if more := inWords(m, ""); more != "" {
				words += ": " + more
			}
			return words, true
		}
	}
	fine := truth(m, "success") == yes || truth(m, "ok") == yes || status == "ok" || status == "success"
	if fine {
		return "", false
	}
	if e, _ := m.Get("error"); tells(e) {
		return inWords(m, "error"), true
	}
	// Beside warnings or a verdict, errors are what the tool was asked to find.
	_, warns := m.Get("warnings")
	_, judges := m.Get("valid")
	if e, _ := m.Get("errors"); tells(e) && !warns && !judges {
		return inWords(m, "errors"), true
	}
	if c, _ := m.Get("content"); c.Kind() == attr.List { // MCP
		return failure(c, depth+1)
	}
	if len(m) == 1 {
		switch m[0].Key {
		case "result", "output", "response", "content", "data", "value", "text":
			return failure(m[0].Value, depth+1)
		}
	}
	return "", false
}

type answer uint8

const (
	unsaid answer = iota
	yes
	no
)

// truth reads a flag; words other than true and false say nothing.
func truth(m attr.Attrs, key string) answer {
	v, _ := m.Get(key)
	switch {
	case v.Kind() == attr.Bool && v.Bool(), strings.EqualFold(v.Str(), "true"):
		return yes
	case v.Kind() == attr.Bool, strings.EqualFold(v.Str(), "false"):
		return no
	}
	return unsaid
}

// refused says whether v is an HTTP status from 400 on.
func refused(v attr.Value) bool {
	n, ok := v.Number()
	return ok && v.Kind() != attr.String && n >= 400 && n < 600
}

// tells says whether the value under "error" tells of one. A number counts or measures; it does not tell.
func tells(v attr.Value) bool {
	switch v.Kind() {
	case attr.Bool:
		return v.Bool()
	case attr.String:
		return !harmless(v.Str())
	case attr.List:
		return len(v.List()) > 0
	case attr.Map:
		return len(v.Map()) > 0
	}
	return false
}

// inWords answers what a failed result says went wrong, in the words of its likeliest key, fallback where it says
// nothing.
func inWords(m attr.Attrs, fallback string) string {
	for _, key := range [...]string{"message", "error_message", "errorMessage", "error", "errors", "detail", "details", "reason", "content"} {
		v, ok := m.Get(key)
		if !ok || v.Kind() == attr.Bool {
			continue
		}
		if l := v.List(); len(l) > 0 {
			v = l[0]
			if text, ok := firstText(l); ok {
				v = text
			}
		}
		if inner := v.Map(); inner != nil {
			if words := inWords(inner, ""); words != "" {
				return words
			}
		}
		if text := v.Text(); strings.TrimSpace(text) != "" && text != "{}" {
			return text
		}
	}
	return fallback
}

// firstText answers the first text of a list of content parts, {"type": "text", "text": ...}.
func firstText(l []attr.Value) (attr.Value, bool) {
	for _, e := range l {
		if m := e.Map(); m.Str("type") == "text" {
			text, ok := m.Get("text")
			return text, ok
		}
	}
	return attr.Value{}, false
}

// errorStarts are the beginnings by which a text is an error and not a text about errors.
var errorStarts = regexp.MustCompile(`^(?:` + strings.Join([]string{
	`(?:Error|ERROR)[.!]?$`,
	`(?:Error|ERROR) (?:executing|calling|running|invoking|fetching|reading|writing|parsing|processing|loading|opening|creating|updating|deleting|connecting|getting|retrieving|searching|querying|sending|occurred|in|while|during|from)\b`,
	`(?:Error|ERROR) (?:[Cc]ode:? ?)?-?\d{3,}\b`,
	`Traceback \(most recent call last\)`,
	`(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception)(?:: |\(|:?$)`,
	`Exception(?:: |:?$| in thread | occurred| raised)`,
	`Unhandled [Ee]xception`,
	`<(?:tool_use_)?error>`,
}, `|`) + `)`)

// errorColon is the commonest beginning; what follows decides.
var errorColon = regexp.MustCompile(`^(?:Error|ERROR|error)\s*:\s*(.*)$`)

// saysError says whether a text begins as errors do.
func saysError(text string) bool {
	first, rest, _ := strings.Cut(text, "\n")
	first = strings.TrimSpace(first[:min(len(first), 300)])
	if m := errorColon.FindStringSubmatch(first); m != nil {
		said := m[1]
		if said == "" {
			said = strings.TrimSpace(rest)
			return said != ""
		}
		return !harmless(said)
	}
	return errorStarts.MatchString(first)
}

// harmless says that the words after "error" deny it, or are a measure of it.
func harmless(words string) bool {
	words = strings.ToLower(strings.Trim(words, " \t\r\n.!\"'"))
	switch words {
	case "", "none", "no", "no error", "no errors", "null", "nil", "false", "n/a", "na", "-", "ok", "success", "undefined":
		return true
	}
	if n, err := strconv.Atoi(words); err == nil {
		return n > -400 && n < 400
	}
	_, err := strconv.ParseFloat(strings.TrimRight(words, " %"), 64)
	return err == nil
}
