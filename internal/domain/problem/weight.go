package problem

import "github.com/santhosh-tekuri/jsonschema/v6"

// weigher finds how much work a schema can make: the number of schemas met when every reference is followed, as a few
// references to references can stand for millions.
type weigher struct {
	done map[*jsonschema.Schema]checked
	open map[*jsonschema.Schema]bool
}

// weigh answers a schema's weight and the size of its patterns; ok is false where it refers to itself or is too heavy.
func (w *weigher) weigh(s *jsonschema.Schema) (sum checked, ok bool) {
	if sum, ok := w.done[s]; ok {
		return sum, true
	}
	if w.open[s] || s.RecursiveRef != nil || s.DynamicRef != nil {
		return sum, false
	}
	w.open[s] = true
	sum.weight = 1 + len(s.Required) + len(s.Properties)
	if s.Enum != nil {
		sum.weight += len(s.Enum.Values)
	}
	if p, ok := s.Pattern.(program); ok {
		sum.matching += p.size
	}
	for _, child := range children(s) {
		c, ok := w.weigh(child)
		if !ok {
			return sum, false
		}
		sum.weight, sum.matching = sum.weight+c.weight, sum.matching+c.matching
		if sum.weight > maxWeight || sum.matching > maxMatching {
			return sum, false
		}
	}
	for p := range s.PatternProperties {
		if p, ok := p.(program); ok {
			sum.matching += p.size
		}
	}
	delete(w.open, s)
	w.done[s] = sum
	return sum, true
}

// children answers the schemas that one applies, each as often as it does.
func children(s *jsonschema.Schema) (out []*jsonschema.Schema) {
	one := func(c *jsonschema.Schema) {
		if c != nil {
			out = append(out, c)
		}
	}
	any := func(v any) {
		switch v := v.(type) {
		case *jsonschema.Schema:
			one(v)
		case []*jsonschema.Schema:
			out = append(out, v...)
		}
	}
	for _, c := range [...]*jsonschema.Schema{s.Ref, s.Not, s.If, s.Then, s.Else, s.PropertyNames, s.UnevaluatedProperties, s.Contains,
		s.Items2020, s.UnevaluatedItems, s.ContentSchema} {
		one(c)
	}
	for _, list := range [...][]*jsonschema.Schema{s.AllOf, s.AnyOf, s.OneOf, s.PrefixItems} {
		out = append(out, list...)
	}
	for _, c := range s.Properties {
		one(c)
	}
	for _, c := range s.PatternProperties {
		one(c)
	}
	for _, c := range s.DependentSchemas {
		one(c)
	}
	for _, c := range s.Dependencies {
		any(c)
	}
	any(s.AdditionalProperties)
	any(s.Items)
	any(s.AdditionalItems)
	return out
}
