package filter

import (
	"slices"
	"strings"
)

// Type is what a field's values are.
type Type string

// The types.
const (
	TypeText      Type = "text"      // matched whole, with wildcards, letter case included
	TypeSearch    Type = "search"    // message text: contains, letter case aside
	TypeEnum      Type = "enum"      // one of Field.Values, in any letter case
	TypeNumber    Type = "number"    // with k, M and G as thousand, million and billion
	TypeMoney     Type = "money"     // an exact decimal
	TypeDuration  Type = "duration"  // with its unit
	TypeTime      Type = "time"      // RFC 3339, a date, or relative to now
	TypeBoolean   Type = "boolean"   // true or false
	TypeScore     Type = "score"     // number, label or boolean, by what is written
	TypeAttribute Type = "attribute" // text, or number where a number is compared by order
)

// Level says what a field describes.
type Level string

// The levels.
const (
	LevelSpan  Level = "span"  // the span itself
	LevelTrace Level = "trace" // the total of the span's whole trace
)

// Field is one entry of the registry.
type Field struct {
	Name        string
	Aliases     []string
	Type        Type
	Level       Level
	Key         string   // for a family: what stands behind the name and a point, for example NAME in score.NAME
	Values      []string // what an enum allows
	Many        bool     // may have several values at once
	Facet       bool     // its values come from the data; ask the facets of this field for completion
	Description string
	Example     string // a filter that uses the field
}

// Title answers the name as the guide writes it: score.NAME for a family.
func (f Field) Title() string {
	if f.Key == "" {
		return f.Name
	}
	return f.Name + "." + f.Key
}

// Ordered says whether <, <=, >, >= and ranges may be used.
func (f Field) Ordered() bool {
	switch f.Type {
	case TypeNumber, TypeMoney, TypeDuration, TypeTime, TypeScore, TypeAttribute:
		return true
	}
	return false
}

// Operators answers the operators that the field takes, as they are written.
func (f Field) Operators() []string {
	if f.Ordered() {
		return []string{":", "=", "!=", "<", "<=", ">", ">="}
	}
	return []string{":", "=", "!="}
}

// Fields answers the registry in the order of the guide. The caller owns the slice and what it holds.
func Fields() []Field {
	out := slices.Clone(registry)
	for i := range out {
		out[i].Aliases = slices.Clone(out[i].Aliases)
		out[i].Values = slices.Clone(out[i].Values)
	}
	return out
}

// Lookup finds a field by its name or an alias, in any letter case; a family by its bare name.
func Lookup(name string) (Field, bool) {
	name = strings.ToLower(name)
	for _, f := range registry {
		if f.Name == name || slices.Contains(f.Aliases, name) {
			return f, true
		}
	}
	return Field{}, false
}

func lookupFamily(name string) (Field, bool) {
	f, ok := Lookup(name)
	return f, ok && f.Key != ""
}
