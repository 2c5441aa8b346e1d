package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"sync"

	"github.com/swaggest/jsonschema-go"
	"github.com/swaggest/openapi-go"
	"github.com/swaggest/openapi-go/openapi31"

	"steward/api"
	"steward/internal/domain/access"
)

// DocRoutes serves the OpenAPI document of everything that is registered.
func DocRoutes(k *Kit, version string) []Route {
	document := sync.OnceValues(func() ([]byte, error) { return Document(k.Routes(), version) })
	return []Route{{Method: http.MethodGet, Pattern: "/api/openapi.json", Action: access.Self,
		Doc: Doc{Tag: "operations", Summary: "This document", Out: map[string]any{}},
		Handle: func(w http.ResponseWriter, _ *http.Request) error {
			body, err := document()
			if err != nil {
				return err
			}
			w.Header().Set("Content-Type", "application/json")
			_, err = w.Write(body)
			return err
		}}}
}

// Document answers the OpenAPI 3.1 document of the routes, indented, the same for the same routes.
func Document(routes []Route, version string) ([]byte, error) {
	r := openapi31.NewReflector()
	r.Spec.Info.WithTitle("Steward").WithVersion(version).
		WithDescription("Serve, observe, judge and steer models and agents. Send a key as Authorization: Bearer, x-api-key or x-goog-api-key.")
	r.DefaultOptions = append(r.DefaultOptions, func(rc *jsonschema.ReflectContext) { rc.EnvelopNullability = true },
		jsonschema.InterceptDefName(func(_ reflect.Type, name string) string { return strings.TrimPrefix(name, "Api") }),
		jsonschema.InterceptNullability(neverNullLists),
		jsonschema.InterceptProp(requireAll))
	for _, route := range routes {
		if err := describe(r, route); err != nil {
			return nil, fmt.Errorf("describe %s %s: %w", route.Method, route.Pattern, err)
		}
	}
	r.Spec.SetHTTPBearerTokenSecurity("key", "", "a Steward key")
	raw, err := json.Marshal(r.Spec)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, raw, "", " "); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// neverNullLists says in the document what list() keeps: lists are never null.
func neverNullLists(p jsonschema.InterceptNullabilityParams) {
	if p.Type.Kind() == reflect.Slice || p.Type.Kind() == reflect.Map {
		if p.Schema.Type != nil {
			p.Schema.RemoveType(jsonschema.Null)
		}
	}
}

// requireAll marks what has no omitempty as always there, so that clients' types do not doubt it.
func requireAll(p jsonschema.InterceptPropParams) error {
	if !p.Processed || p.ParentSchema == nil {
		return nil
	}
	name, options, _ := strings.Cut(p.Field.Tag.Get("json"), ",")
	if name == "" || name == "-" || strings.Contains(options, "omitempty") {
		return nil
	}
	for _, have := range p.ParentSchema.Required {
		if have == name {
			return nil
		}
	}
	p.ParentSchema.Required = append(p.ParentSchema.Required, name)
	return nil
}

var pathParam = regexp.MustCompile(`\{([a-z0-9_]+)\}`)

func describe(r *openapi31.Reflector, route Route) error {
	oc, err := r.NewOperationContext(route.Method, route.Pattern)
	if err != nil {
		return err
	}
	oc.SetSummary(route.Doc.Summary)
	oc.SetDescription(route.Doc.Detail)
	oc.SetTags(route.Doc.Tag)
	if t := parameters(route); t != nil {
		oc.AddReqStructure(reflect.New(t).Interface())
	}
	if route.Doc.In != nil {
		oc.AddReqStructure(route.Doc.In)
	}
	status := route.Doc.Status
	if status == 0 {
		status = http.StatusOK
	}
	media := route.Doc.Media
	if media == "" {
		media = "application/json"
	}
	oc.AddRespStructure(route.Doc.Out, func(cu *openapi.ContentUnit) {
		cu.HTTPStatus = status
		if route.Doc.Out != nil {
			cu.ContentType = media
		}
	})
	oc.AddRespStructure(api.ErrorBody{}, func(cu *openapi.ContentUnit) { cu.IsDefault = true })
	if !route.Open {
		oc.AddSecurity("key")
	}
	return r.AddOperation(oc)
}

// parameters makes a struct type of a route's parameters, the form in which the reflector takes them.
func parameters(route Route) reflect.Type {
	var fields []reflect.StructField
	add := func(where string, p Param, required bool) {
		tag := fmt.Sprintf("%s:%q", where, p.Name)
		if required {
			tag += ` required:"true"`
		}
		if p.Meaning != "" {
			tag += fmt.Sprintf(" description:%q", p.Meaning)
		}
		if len(p.Enum) > 0 {
			tag += fmt.Sprintf(" enum:%q", strings.Join(p.Enum, ","))
		}
		fields = append(fields, reflect.StructField{Name: fmt.Sprintf("P%d", len(fields)), Type: reflect.TypeFor[string](), Tag: reflect.StructTag(tag)})
	}
	for _, m := range pathParam.FindAllStringSubmatch(route.Pattern, -1) {
		add("path", Param{Name: m[1]}, true)
	}
	for _, p := range route.Doc.Query {
		where := "query"
		if p.Header {
			where = "header"
		}
		add(where, p, false)
	}
	if len(fields) == 0 {
		return nil
	}
	return reflect.StructOf(fields)
}
