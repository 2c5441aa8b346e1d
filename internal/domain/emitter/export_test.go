package emitter

// KnownKeys answers every key and family of the rules.
func KnownKeys() []string {
	var out []string
	for _, r := range rules {
		out = append(out, r.keys...)
	}
	return out
}
