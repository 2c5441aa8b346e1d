package emitter

import (
	"slices"
	"strings"

	"steward/internal/base/attr"
)

// leaf is one flattened attribute: the path below its family's prefix and the value.
type leaf struct {
	path string
	val  *attr.Value
}

// node is a place in the tree that flattened keys describe; kids are linked by index to spare allocations.
type node struct {
	key               string
	val               *attr.Value
	first, last, next int32 // 0 is none; the root is node 0 and nobody's child
	kids              int32
}

// maxPath bounds the segments of a flattened key; the rest of a longer one stays together as the last segment.
const maxPath = 12

// unflatten turns "0.message.role" and its like into nested maps and lists. A level whose keys are all numbers is a
// list in the order of the numbers; gaps are closed. Where a key has both a value and keys below it, the latter count.
func unflatten(leaves []leaf) attr.Value {
	if len(leaves) == 0 {
		return attr.Value{}
	}
	if len(leaves) > 64 && !slices.IsSortedFunc(leaves, byPath) {
		// Keeps siblings together, so that the search below finds its parent at the first look.
		leaves = slices.Clone(leaves)
		slices.SortStableFunc(leaves, byPath)
	}
	t := make([]node, 1, 1+2*len(leaves))
	for _, l := range leaves {
		at, rest := int32(0), l.path
		for depth := 1; ; depth++ {
			seg := rest
			dot := strings.IndexByte(rest, '.')
			if dot >= 0 && depth < maxPath {
				seg, rest = rest[:dot], rest[dot+1:]
			} else {
				dot = -1
			}
			t, at = child(t, at, seg, len(leaves) > 64)
			if dot < 0 {
				break
			}
		}
		t[at].val = l.val
	}
	return build(t, 0)
}

func byPath(a, b leaf) int { return strings.Compare(a.path, b.path) }

func child(t []node, parent int32, key string, sorted bool) ([]node, int32) {
	if last := t[parent].last; last != 0 {
		if t[last].key == key {
			return t, last
		}
		if !sorted {
			for i := t[parent].first; i != 0; i = t[i].next {
				if t[i].key == key {
					return t, i
				}
			}
		}
	}
	n := int32(len(t))
	t = append(t, node{key: key})
	if t[parent].last == 0 {
		t[parent].first = n
	} else {
		t[t[parent].last].next = n
	}
	t[parent].last = n
	t[parent].kids++
	return t, n
}

type numbered struct {
	n int
	v attr.Value
}

func build(t []node, at int32) attr.Value {
	if t[at].kids == 0 {
		if t[at].val == nil {
			return attr.Value{}
		}
		return *t[at].val
	}
	if list, ok := buildList(t, at); ok {
		return list
	}
	m := make(attr.Attrs, 0, t[at].kids)
	for i := t[at].first; i != 0; i = t[i].next {
		m = append(m, attr.KV{Key: t[i].key, Value: build(t, i)})
	}
	return attr.MapOf(m)
}

func buildList(t []node, at int32) (attr.Value, bool) {
	for i := t[at].first; i != 0; i = t[i].next {
		if _, ok := small(t[i].key); !ok {
			return attr.Value{}, false
		}
	}
	items := make([]numbered, 0, t[at].kids)
	for i := t[at].first; i != 0; i = t[i].next {
		n, _ := small(t[i].key)
		items = append(items, numbered{n, build(t, i)})
	}
	slices.SortStableFunc(items, func(a, b numbered) int { return a.n - b.n })
	list := make([]attr.Value, len(items))
	for i := range items {
		list[i] = items[i].v
	}
	return attr.ListOf(list...), true
}

// small reads a number of at most nine digits.
func small(s string) (int, bool) {
	if s == "" || len(s) > 9 {
		return 0, false
	}
	n := 0
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}
