package httpapi

import (
	"context"
	"net/http"

	"steward/api"
	"steward/internal/domain/access"
	"steward/internal/domain/control"
	"steward/internal/domain/project"
	"steward/internal/work/imports"
)

// Importer keeps track of files that come in; it is work/imports.
type Importer interface {
	Begin(ctx context.Context, q imports.Request) (control.Import, error)
	Import(ctx context.Context, p project.ID, imp string) (control.Import, error)
	Save(ctx context.Context, p project.ID, imp string, done, total int64, state control.ImportState) (control.Import, error)
}

// ImportRoutes keeps track of files that come in.
func ImportRoutes(verb Importer) []Route {
	h := importRoutes{verb}
	return []Route{
		{Method: http.MethodPost, Pattern: "/api/v1/imports", Action: access.TraceWrite, Handle: h.begin,
			Doc: Doc{Tag: "imports", Summary: "Announce a file that is about to come in", In: api.NewImport{}, Out: api.Import{},
				Detail: "The same digest answers the same import with the same base time, so that importing a file again makes the same spans."}},
		{Method: http.MethodGet, Pattern: "/api/v1/imports/{id}", Action: access.TraceRead, Handle: h.one,
			Doc: Doc{Tag: "imports", Summary: "Answer how far an import is", Out: api.Import{}}},
		{Method: http.MethodPatch, Pattern: "/api/v1/imports/{id}", Action: access.TraceWrite, Handle: h.save,
			Doc: Doc{Tag: "imports", Summary: "Note how far an import is; done never goes back", In: api.ImportProgress{}, Out: api.Import{}}},
	}
}

type importRoutes struct{ verb Importer }

func (h importRoutes) begin(w http.ResponseWriter, r *http.Request) error {
	in, err := Decode[api.NewImport](r)
	if err != nil {
		return err
	}
	c := CallerOf(r.Context())
	q := imports.Request{Project: c.Project, Digest: in.Digest, Format: in.Format, Name: in.Name, By: c.Principal.Actor(), Reason: c.Reason}
	if in.Start != nil {
		q.Start = *in.Start
	}
	i, err := h.verb.Begin(r.Context(), q)
	if err != nil {
		return err
	}
	return JSON(w, http.StatusOK, wireImport(i))
}

func (h importRoutes) one(w http.ResponseWriter, r *http.Request) error {
	i, err := h.verb.Import(r.Context(), CallerOf(r.Context()).Project, r.PathValue("id"))
	if err != nil {
		return err
	}
	return JSON(w, http.StatusOK, wireImport(i))
}

func (h importRoutes) save(w http.ResponseWriter, r *http.Request) error {
	in, err := Decode[api.ImportProgress](r)
	if err != nil {
		return err
	}
	i, err := h.verb.Save(r.Context(), CallerOf(r.Context()).Project, r.PathValue("id"), in.Done, in.Total, control.ImportState(in.State))
	if err != nil {
		return err
	}
	return JSON(w, http.StatusOK, wireImport(i))
}

func wireImport(i control.Import) api.Import {
	return api.Import{ID: i.ID, Digest: i.Digest, Format: i.Format, Name: i.Name, BaseTime: Time(i.BaseTime), Done: i.Done, Total: i.Total,
		State: string(i.State), Created: Time(i.Created)}
}
