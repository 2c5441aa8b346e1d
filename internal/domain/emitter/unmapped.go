package emitter

import (
	"fmt"
	"slices"
)

// MaxUnmapped bounds Mapper.Unmapped. Where more keys went unread the list ends with one more entry that says how
// many: "… and 9800 more".
const MaxUnmapped = 200

// unmapped answers the span's own attribute keys that no rule knows, sorted, each once.
func (m *mapping) unmapped() []string {
	if len(m.unread) == 0 {
		return nil
	}
	slices.Sort(m.unread)
	keys := slices.Compact(m.unread)
	if more := len(keys) - MaxUnmapped; more > 0 {
		keys = append(slices.Clone(keys[:MaxUnmapped]), fmt.Sprintf("… and %d more", more))
	}
	return keys
}
