package attr

// Equal says whether two values are of the same kind and content. Maps are equal when they hold the same attributes in
// the same order; a NaN equals one of the same bits.
func Equal(a, b Value) bool {
	if a.kind != b.kind || a.num != b.num || a.str != b.str || len(a.list) != len(b.list) || len(a.m) != len(b.m) {
		return false
	}
	for i := range a.list {
		if !Equal(a.list[i], b.list[i]) {
			return false
		}
	}
	for i := range a.m {
		if a.m[i].Key != b.m[i].Key || !Equal(a.m[i].Value, b.m[i].Value) {
			return false
		}
	}
	return true
}
