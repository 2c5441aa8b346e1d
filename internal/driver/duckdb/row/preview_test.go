package row

import (
	"strings"
	"testing"
	"unicode/utf8"

	"steward/internal/domain/trace"
)

// TestPreviews holds the previews to the length that trace.Totals promises, in characters.
func TestPreviews(t *testing.T) {
	const promised = 120
	for _, text := range []string{"short", strings.Repeat("a", 119), strings.Repeat("b", 500), strings.Repeat("é", 121), strings.Repeat("水", 120)} {
		var s trace.Span
		said := []trace.Part{{Type: trace.PartReasoning, Text: "hm"}, {Type: trace.PartText, Text: text}}
		s.Input = []trace.Message{{Role: "system", Parts: said[:1]}, {Role: "user", Parts: said}}
		s.Output = []trace.Message{{Role: "assistant", Parts: said}}
		want := string([]rune(text)[:min(promised, utf8.RuneCountInString(text))])
		if in, out := firstUserText(&s), lastAnswerText(&s); in != want || out != want {
			t.Errorf("previews of %d characters: %q and %q", utf8.RuneCountInString(text), in, out)
		}
	}
}
