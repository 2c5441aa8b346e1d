package filter

import (
	"sort"
	"strings"
	"unicode/utf8"
)

// suggest answers up to three field names that a wrong one may have meant, the nearest first.
func suggest(wrong string) []string {
	wrong = strings.ToLower(wrong)
	if n := utf8.RuneCountInString(wrong); n > 40 {
		return nil
	}
	type near struct {
		name     string
		distance int
	}
	var found []near
	for _, f := range registry {
		best := -1
		for _, name := range append([]string{f.Name}, f.Aliases...) {
			d := distance(wrong, name)
			if tail := name[strings.LastIndexByte(name, '.')+1:]; tail == wrong {
				d = 1 // version may mean agent.version
			}
			if len(wrong) >= 3 && strings.HasPrefix(name, wrong) {
				d = min(d, 1)
			}
			if d <= max(1, len(wrong)/3) && (best < 0 || d < best) {
				best = d
			}
		}
		if best >= 0 {
			found = append(found, near{f.Title(), best})
		}
	}
	sort.SliceStable(found, func(i, j int) bool { return found[i].distance < found[j].distance })
	out := make([]string, 0, 3)
	for _, f := range found[:min(3, len(found))] {
		out = append(out, f.name)
	}
	return out
}

// distance is the optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			d := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(x)][len(y)]
}
