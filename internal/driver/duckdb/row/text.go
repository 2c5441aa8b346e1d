package row

import "steward/internal/domain/trace"

// firstUserText answers the text of the first user message that has any, cut after PreviewChars characters.
func firstUserText(s *trace.Span) string {
	for i := range s.Input {
		if s.Input[i].Role == "user" {
			if t := preview(&s.Input[i]); t != "" {
				return t
			}
		}
	}
	return ""
}

// lastAnswerText is firstUserText for the last output message that has any text.
func lastAnswerText(s *trace.Span) string {
	for i := len(s.Output) - 1; i >= 0; i-- {
		if t := preview(&s.Output[i]); t != "" {
			return t
		}
	}
	return ""
}

func preview(m *trace.Message) (out string) {
	for i := range m.Parts {
		p := &m.Parts[i]
		if p.Type != trace.PartText || p.Text == "" {
			continue
		}
		if out != "" {
			out += "\n"
		}
		out += cutChars(p.Text, PreviewChars)
		if len(out) >= 4*PreviewChars {
			break
		}
	}
	return cutChars(out, PreviewChars)
}

func cutChars(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
