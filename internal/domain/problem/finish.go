package problem

import (
	"slices"
	"strings"

	"steward/internal/domain/trace"
)

// cutReasons and filteredReasons are the providers' words, as normal writes them.
var (
	cutReasons = map[string]bool{
		"length": true, "max_tokens": true, "max_output_tokens": true, "max_completion_tokens": true, "max_new_tokens": true,
		"max_length": true, "max_len": true, "length_limit": true, "token_limit": true, "model_length": true,
		"max_context": true, "context_length_exceeded": true, "model_context_window_exceeded": true, "error_limit": true, "incomplete": true,
	}
	filteredReasons = map[string]bool{
		"content_filter": true, "content_filtered": true, "filtered": true, "guardrail_intervened": true, "refusal": true, "refused": true,
		"safety": true, "recitation": true, "language": true, "blocklist": true, "blocked": true, "prohibited_content": true, "spii": true,
		"model_armor": true, "image_safety": true, "image_prohibited_content": true, "image_recitation": true, "error_toxic": true,
		"moderation": true, "sensitive": true,
	}
)

// ending answers Cut, Filtered, or "" for every other reason to stop.
func ending(reason string) trace.ProblemCode {
	switch n := normal(reason); {
	case cutReasons[n]:
		return trace.Cut
	case filteredReasons[n]:
		return trace.Filtered
	}
	return ""
}

// normal writes a finish reason in small letters and with underscores, without the name of its type:
// "FinishReason.MAX_TOKENS" and "max-tokens" are max_tokens.
func normal(reason string) string {
	n := strings.ToLower(strings.TrimSpace(reason))
	n = n[strings.LastIndexByte(n, '.')+1:]
	n = strings.NewReplacer("-", "_", " ", "_").Replace(n)
	return strings.TrimPrefix(strings.TrimPrefix(n, "finish_"), "reason_")
}

// finishReasons answers every reason that the span states, each once: an answer of several choices has several.
func finishReasons(s *trace.Span) []string {
	var out []string
	put := func(r string) {
		if r != "" && !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	put(s.FinishReason)
	for i := range s.Output {
		put(s.Output[i].FinishReason)
	}
	return out
}

// refusal answers the words of a part in which a model refuses although it stopped by itself, "" where there is none.
func refusal(output []trace.Message) string {
	for i := range output {
		for j := range output[i].Parts {
			p := &output[i].Parts[j]
			if p.Type != trace.PartData || p.Value.Map().Str("type") != "refusal" {
				continue
			}
			if words := p.Value.Map().Str("refusal"); words != "" {
				return words
			}
		}
	}
	return ""
}
