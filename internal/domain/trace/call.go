package trace

import (
	"cmp"
	"slices"

	"github.com/zeebo/xxh3"

	"steward/internal/base/attr"
)

// CallDigest identifies a call by the tool's name and arguments, in whatever order the arguments' keys stand. It is 0
// where the arguments are unknown. Digests are stored: never change how they come about.
func CallDigest(name string, arguments attr.Value) uint64 {
	if arguments.IsNull() {
		return 0
	}
	b := attr.AppendString(nil, name)
	return max(1, xxh3.Hash(appendSorted(b, arguments)))
}

// appendSorted appends v's stored form with the keys of every map in order.
func appendSorted(b []byte, v attr.Value) []byte {
	switch v.Kind() {
	case attr.List:
		b = append(b, '[')
		for _, e := range v.List() {
			b = append(appendSorted(b, e), ',')
		}
		return append(b, ']')
	case attr.Map:
		m := slices.Clone(v.Map().Unique())
		slices.SortFunc(m, func(x, y attr.KV) int { return cmp.Compare(x.Key, y.Key) })
		b = append(b, '{')
		for _, kv := range m {
			b = append(attr.AppendString(b, kv.Key), ':')
			b = append(appendSorted(b, kv.Value), ',')
		}
		return append(b, '}')
	}
	return v.AppendJSON(b)
}
