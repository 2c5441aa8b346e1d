package problem

import (
	"cmp"
	"errors"
	"fmt"
	"hash/maphash"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"steward/internal/base/attr"
)

// Schemas and arguments come from outside, so that the work on them is bounded. A schema beyond a bound, one that does
// not compile, refers to itself or to other documents, is not held against a call.
const (
	maxSchemaBytes = 32 << 10  // of JSON
	maxSchemaNodes = 1000      // values in it, which compiling compares with each other
	maxWeight      = 20_000    // schemas met when every reference is followed
	maxArguments   = 64 << 10  // bytes of JSON
	maxVisits      = 500_000   // weight times the arguments' size
	maxProgram     = 2000      // instructions of one regular expression
	maxMatching    = 4_000_000 // instructions of all that are met, times the arguments' bytes
	maxCompiled    = 256       // schemas remembered; full, it is emptied
)

// schemas compiles JSON schemas and remembers them, also those that do not compile.
type schemas struct {
	seed maphash.Seed
	mu   *sync.RWMutex
	by   map[uint64]*checked
}

// checked is a schema made ready; nil schema says that it cannot be used.
type checked struct {
	schema   *jsonschema.Schema
	weight   int
	matching int
}

func newSchemas() schemas {
	return schemas{seed: maphash.MakeSeed(), mu: &sync.RWMutex{}, by: map[uint64]*checked{}}
}

// misfit answers how v breaks the schema, "" where it does not or where that cannot be told.
func (s schemas) misfit(v, schema attr.Value) string {
	nodes, bytes := measure(v)
	if bytes > maxArguments {
		return ""
	}
	k := s.compiled(schema)
	if k.schema == nil || k.weight*(nodes+bytes/64) > maxVisits || k.matching*bytes > maxMatching {
		return ""
	}
	return validate(k.schema, v)
}

func (s schemas) compiled(schema attr.Value) *checked {
	text := schema.AppendJSON(nil)
	key := maphash.Bytes(s.seed, text)
	s.mu.RLock()
	k := s.by[key]
	s.mu.RUnlock()
	if k != nil {
		return k
	}
	k = &checked{}
	if nodes, _ := measure(schema); len(text) <= maxSchemaBytes && nodes <= maxSchemaNodes {
		*k = compile(schema)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.by) >= maxCompiled {
		clear(s.by)
	}
	s.by[key] = k
	return k
}

// schemaURL names the one document that a compiler knows.
const schemaURL = "steward:schema"

type noLoader struct{}

func (noLoader) Load(url string) (any, error) { return nil, fmt.Errorf("%s is not loaded", url) }

// program is a regular expression with its size.
type program struct {
	*regexp.Regexp
	size int
}

func compilePattern(text string) (jsonschema.Regexp, error) {
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, err
	}
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return nil, err
	}
	if len(prog.Inst) > maxProgram {
		return nil, errors.New("the pattern is too large")
	}
	re, err := regexp.Compile(text)
	return program{re, len(prog.Inst)}, err
}

// compile makes a schema ready. The library panics on none that we know of; should it, the schema cannot be used, and
// the span is still understood.
func compile(schema attr.Value) (out checked) {
	defer func() {
		if recover() != nil {
			out = checked{}
		}
	}()
	c := jsonschema.NewCompiler()
	c.UseLoader(noLoader{})
	c.UseRegexpEngine(compilePattern)
	for _, name := range formats { // formats are notes to the model; drafts differ on whether they bind
		c.RegisterFormat(&jsonschema.Format{Name: name, Validate: func(any) error { return nil }})
	}
	doc, ok := plain(schema)
	if !ok || c.AddResource(schemaURL, doc) != nil {
		return out
	}
	compiled, err := c.Compile(schemaURL)
	if err != nil {
		return out
	}
	w := weigher{done: map[*jsonschema.Schema]checked{}, open: map[*jsonschema.Schema]bool{}}
	sum, ok := w.weigh(compiled)
	if !ok {
		return out
	}
	sum.schema = compiled
	return sum
}

var formats = []string{"json-pointer", "relative-json-pointer", "uuid", "duration", "period", "ipv4", "ipv6", "hostname", "email", "date",
	"time", "date-time", "uri", "iri", "uri-reference", "iri-reference", "uri-template", "semver", "idn-email", "idn-hostname"}

// validate is compiled.Validate in words.
func validate(schema *jsonschema.Schema, v attr.Value) (words string) {
	defer func() {
		if recover() != nil {
			words = ""
		}
	}()
	in, ok := plain(v)
	if !ok {
		return ""
	}
	var broken *jsonschema.ValidationError
	if !errors.As(schema.Validate(in), &broken) {
		return ""
	}
	return worst(broken)
}

// worst answers one reason, always the same for the same arguments: the library meets properties in no order.
func worst(broken *jsonschema.ValidationError) string {
	var leaves []*jsonschema.ValidationError
	var walk func(*jsonschema.ValidationError)
	walk = func(e *jsonschema.ValidationError) {
		if len(e.Causes) == 0 {
			leaves = append(leaves, e)
		}
		for _, c := range e.Causes {
			walk(c)
		}
	}
	walk(broken)
	printer := message.NewPrinter(language.English)
	say := func(e *jsonschema.ValidationError) string {
		switch k := e.ErrorKind.(type) {
		case *kind.Required:
			slices.Sort(k.Missing)
		case *kind.AdditionalProperties:
			slices.Sort(k.Properties)
		}
		text := e.ErrorKind.LocalizedString(printer)
		if len(e.InstanceLocation) == 0 {
			return text
		}
		return strings.Join(e.InstanceLocation, ".") + ": " + text
	}
	first := slices.MinFunc(leaves, func(a, b *jsonschema.ValidationError) int {
		return cmp.Or(cmp.Compare(len(a.InstanceLocation), len(b.InstanceLocation)), cmp.Compare(say(a), say(b)))
	})
	return say(first)
}

// measure counts a value's parts and about how many bytes they take.
func measure(v attr.Value) (nodes, bytes int) {
	nodes, bytes = 1, 8+v.Len()
	for _, e := range v.List() {
		n, b := measure(e)
		nodes, bytes = nodes+n, bytes+b
	}
	for _, kv := range v.Map() {
		n, b := measure(kv.Value)
		nodes, bytes = nodes+n, bytes+b+len(kv.Key)
	}
	return nodes, bytes
}

// plain answers v as the library takes it; ok is false for bytes, which JSON has not.
func plain(v attr.Value) (out any, ok bool) {
	switch v.Kind() {
	case attr.Null:
		return nil, true
	case attr.String:
		return v.Str(), true
	case attr.Bool:
		return v.Bool(), true
	case attr.Int:
		return v.Int(), true
	case attr.Float:
		_, finite := v.Number()
		return v.Float(), finite
	case attr.List:
		list := make([]any, len(v.List()))
		for i, e := range v.List() {
			if list[i], ok = plain(e); !ok {
				return nil, false
			}
		}
		return list, true
	case attr.Map:
		m := make(map[string]any, len(v.Map()))
		for _, kv := range v.Map() {
			if m[kv.Key], ok = plain(kv.Value); !ok {
				return nil, false
			}
		}
		return m, true
	}
	return nil, false
}
