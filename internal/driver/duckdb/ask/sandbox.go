package ask

import (
	"context"
	"database/sql"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"steward/internal/base/errs"
)

// The sandbox keeps a user's SQL inside the documented views. The engine's own parser turns the text into a tree
// (json_serialize_sql, which itself refuses everything but SELECT), and guard walks that tree: every kind of node must
// be known, every table must be a view or a common table expression in scope, without catalog or schema, every table
// function one of three, every function on a list. What is not known is refused, so that a newer engine cannot widen
// the sandbox. The lists hold no function that reads files, settings, catalogs or other queries, sleeps, or makes a
// large value from a small one (repeat, lpad, range as a list).

//go:embed functions.txt
var functionList string

func allowedFunctions() map[string]bool {
	out := map[string]bool{}
	for _, f := range strings.Fields(functionList) {
		out[f] = true
	}
	return out
}

const maxSQL = 64 << 10

// check refuses what is not one SELECT within the sandbox.
func (r *Reader) check(ctx context.Context, c *sql.Conn, text string) error {
	if len(text) > maxSQL {
		return errs.New(errs.CodeTooLarge, "the SQL text has %d bytes; at most %d are allowed", len(text), maxSQL)
	}
	if !utf8.ValidString(text) {
		return errs.Invalid("SQL: the text is not valid UTF-8")
	}
	var raw string
	if err := c.QueryRowContext(ctx, "SELECT json_serialize_sql(?::VARCHAR)::VARCHAR", text).Scan(&raw); err != nil {
		return engineError(ctx, err)
	}
	var tree struct {
		Error      bool             `json:"error"`
		Message    string           `json:"error_message"`
		Position   string           `json:"position"`
		Statements []map[string]any `json:"statements"`
	}
	if err := json.Unmarshal([]byte(raw), &tree); err != nil {
		return fmt.Errorf("read syntax tree: %w", err)
	}
	if tree.Error {
		return errs.Invalid("SQL: %s", tree.Message).With("position", tree.Position)
	}
	if len(tree.Statements) != 1 {
		return errs.Invalid("SQL: exactly one SELECT is allowed, this is %d statements", len(tree.Statements))
	}
	g := &guard{funcs: r.funcs}
	return g.walk(tree.Statements[0], documented(), 0)
}

// scope is the tables that a node may name, in lower case.
type scope []string

func documented() (s scope) {
	for _, v := range views() {
		s = append(s, v.Name)
	}
	return s
}

type guard struct{ funcs map[string]bool }

var (
	queryNodes  = []string{"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE"}
	tableNodes  = []string{"BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EXPRESSION_LIST", "EMPTY", "PIVOT"}
	otherNodes  = []string{"ORDER_MODIFIER", "LIMIT_MODIFIER", "LIMIT_PERCENT_MODIFIER", "DISTINCT_MODIFIER", "ORDER_DEFAULT", "ASCENDING", "DESCENDING"}
	typeNodes   = []string{"DECIMAL_TYPE_INFO", "LIST_TYPE_INFO", "STRUCT_TYPE_INFO", "ARRAY_TYPE_INFO", "STRING_TYPE_INFO", "UNBOUND_TYPE_INFO"}
	expressions = []string{"COLUMN_REF", "CONSTANT", "FUNCTION", "WINDOW", "COMPARISON", "CONJUNCTION", "OPERATOR", "CAST", "CASE",
		"BETWEEN", "SUBQUERY", "STAR", "LAMBDA", "COLLATE", "POSITIONAL_REFERENCE"}
	tableFunctions = []string{"unnest", "range", "generate_series"}
)

const maxTree = 2000

func (g *guard) walk(v any, s scope, depth int) error {
	if depth > maxTree {
		return errs.Invalid("SQL: nested too deeply")
	}
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			if err := g.walk(e, s, depth+1); err != nil {
				return err
			}
		}
	case map[string]any:
		return g.node(v, s, depth+1)
	}
	return nil
}

func (g *guard) node(n map[string]any, s scope, depth int) error {
	if class, ok := n["class"].(string); ok {
		if !slices.Contains(expressions, class) {
			return errs.Invalid("SQL: expressions of kind %s are not allowed", strings.ToLower(class))
		}
		if class == "FUNCTION" || class == "WINDOW" {
			if err := g.function(n, false); err != nil {
				return err
			}
		}
		return g.children(n, s, depth)
	}
	kind, ok := n["type"].(string)
	switch {
	case !ok:
		return g.children(n, s, depth)
	case slices.Contains(queryNodes, kind):
		return g.query(n, s, depth)
	case slices.Contains(tableNodes, kind):
		return g.table(kind, n, s, depth)
	case slices.Contains(otherNodes, kind):
		return g.children(n, s, depth)
	case slices.Contains(typeNodes, kind):
		if text(n, "catalog")+text(n, "schema") != "" {
			return errs.Invalid("SQL: types are named without catalog and schema")
		}
		return g.children(n, s, depth)
	}
	return errs.Invalid("SQL: %s is not allowed", strings.ToLower(kind))
}

func (g *guard) children(n map[string]any, s scope, depth int, but ...string) error {
	for key, v := range n {
		if slices.Contains(but, key) {
			continue
		}
		if err := g.walk(v, s, depth); err != nil {
			return err
		}
	}
	return nil
}

// query walks a SELECT with its common table expressions, each of which sees those before it, and itself only in the
// repeated part of a recursion.
func (g *guard) query(n map[string]any, s scope, depth int) error {
	inner := slices.Clone(s)
	if ctes, ok := n["cte_map"].(map[string]any); ok {
		list, ok := ctes["map"].([]any)
		if !ok && ctes["map"] != nil {
			return errs.Invalid("SQL: this form of WITH is not allowed")
		}
		for _, e := range list {
			entry, _ := e.(map[string]any)
			name := strings.ToLower(text(entry, "key"))
			if name == "" {
				return errs.Invalid("SQL: this form of WITH is not allowed")
			}
			if err := g.walk(entry["value"], inner, depth); err != nil {
				return err
			}
			inner = append(slices.Clone(inner), name)
		}
	}
	if n["type"] != "RECURSIVE_CTE_NODE" {
		return g.children(n, inner, depth, "cte_map")
	}
	if err := g.children(n, inner, depth, "cte_map", "right"); err != nil {
		return err
	}
	self := append(slices.Clone(inner), strings.ToLower(text(n, "cte_name")))
	return g.walk(n["right"], self, depth)
}

func (g *guard) table(kind string, n map[string]any, s scope, depth int) error {
	switch kind {
	case "BASE_TABLE":
		name := text(n, "table_name")
		if text(n, "catalog_name")+text(n, "schema_name") != "" || !slices.Contains(s, strings.ToLower(name)) {
			return errs.Invalid("SQL: table %q is not known; the views are %s", name, strings.Join(documented(), ", "))
		}
		if n["at_clause"] != nil {
			return errs.Invalid("SQL: AT is not allowed")
		}
	case "TABLE_FUNCTION":
		f, ok := n["function"].(map[string]any)
		if !ok || f["class"] != "FUNCTION" {
			return errs.Invalid("SQL: this table function is not allowed")
		}
		if err := g.function(f, true); err != nil {
			return err
		}
		if err := g.children(f, s, depth); err != nil {
			return err
		}
		return g.children(n, s, depth, "function")
	}
	return g.children(n, s, depth)
}

func (g *guard) function(n map[string]any, table bool) error {
	name := strings.ToLower(text(n, "function_name"))
	if schema := text(n, "schema"); text(n, "catalog") != "" || schema != "" && schema != "main" {
		return errs.Invalid("SQL: functions are named without catalog and schema: %s.%s", schema, name)
	}
	if table && !slices.Contains(tableFunctions, name) {
		return errs.Invalid("SQL: table function %q is not allowed; allowed are %s", name, strings.Join(tableFunctions, ", "))
	}
	if !table && !g.funcs[name] {
		return errs.Invalid("SQL: function %q is not allowed", name)
	}
	return nil
}

func text(n map[string]any, key string) string {
	s, _ := n[key].(string)
	return s
}
