package control

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"steward/internal/base/errs"
	"steward/internal/domain/access"
	"steward/internal/domain/project"
)

// View is a saved way to look at a list of a project. Its period ends whenever one looks. A shared one is everybody's in
// the project; any other is its owner's alone. Times are Unix nanoseconds, UTC.
type View struct {
	ID          string
	Project     project.ID
	List        ViewList
	Name        string // unique among the shared views of a list, and among the private ones of an owner
	Filter      string // filter language, "" for everything
	Environment string // "" for all
	Period      string // "" for the list's own default, else a number and m, h or d: "7d"
	Sort        string // "" for the list's own default, else a field, with '-' before it for descending
	Columns     []ViewColumn
	Shared      bool
	Owner       access.Actor
	Created     int64
	Updated     int64
}

// ViewColumn is a column that shows, in its place. Width is CSS pixels, 0 for the column's own.
type ViewColumn struct {
	ID    string `json:"id"`
	Width int    `json:"width,omitempty"`
}

// ViewList names what a view lists.
type ViewList string

// The lists.
const (
	ViewTraces   ViewList = "traces"
	ViewSessions ViewList = "sessions"
)

// ParseViewList checks a list's name.
func ParseViewList(s string) (ViewList, error) {
	if l := ViewList(s); l == ViewTraces || l == ViewSessions {
		return l, nil
	}
	return "", errs.Invalid("list is %q; use traces or sessions", s).With("field", "list")
}

const (
	maxViewName    = 80 // runes
	maxViewColumns = 50
	maxColumnWidth = 2000
)

var (
	viewPeriod = regexp.MustCompile(`^[1-9][0-9]{0,4}[mhd]$`)
	viewColumn = regexp.MustCompile(`^[a-z][a-z0-9_.]{0,63}$`)
	viewSorts  = []string{"", "start", "duration", "cost", "tokens"}
)

// Check answers Invalid for what no list could show. The filter's grammar is not its business.
func (v View) Check() error {
	if _, err := ParseViewList(string(v.List)); err != nil {
		return err
	}
	switch n := utf8.RuneCountInString(v.Name); {
	case n == 0 || n > maxViewName || !utf8.ValidString(v.Name) || strings.TrimSpace(v.Name) != v.Name:
		return errs.Invalid("name must be 1 to %d characters without spaces around them", maxViewName).With("field", "name")
	case v.Period != "" && !viewPeriod.MatchString(v.Period):
		return errs.Invalid("period is %q; write it as 15m, 24h or 7d", v.Period).With("field", "period")
	case !slices.Contains(viewSorts, strings.TrimPrefix(v.Sort, "-")):
		return errs.Invalid("sort is %q; use start, duration, cost or tokens, with - before it for descending", v.Sort).With("field", "sort")
	case len(v.Environment) > 200:
		return errs.Invalid("environment is longer than 200 bytes").With("field", "environment")
	case len(v.Columns) > maxViewColumns:
		return errs.Invalid("columns are %d; at most %d are kept", len(v.Columns), maxViewColumns).With("field", "columns")
	}
	seen := map[string]bool{}
	for _, c := range v.Columns {
		if !viewColumn.MatchString(c.ID) || seen[c.ID] || c.Width < 0 || c.Width > maxColumnWidth {
			return errs.Invalid("column %q (width %d) is not one, or stands there twice; a width is 0 to %d", c.ID, c.Width, maxColumnWidth).With("field", "columns")
		}
		seen[c.ID] = true
	}
	return nil
}

// ViewWriter changes views within a unit of work.
type ViewWriter interface {
	// CreateView answers Conflict when the name is taken.
	CreateView(v View) error
	// UpdateView replaces all but owner and creation. NotFound when there is none, Conflict when the name is taken.
	UpdateView(v View) error
	// RemoveView is NotFound when there is none.
	RemoveView(project project.ID, id string) error
}

// ViewReader answers views, everybody's: who may see which is for the caller to say.
type ViewReader interface {
	// Views answers those of a list by name.
	Views(ctx context.Context, project project.ID, list ViewList) ([]View, error)
	View(ctx context.Context, project project.ID, id string) (View, error)
}
