package httpapi

import (
	"context"
	"net/http"

	"steward/api"
	"steward/internal/base/errs"
	"steward/internal/base/page"
	"steward/internal/domain/access"
	"steward/internal/domain/control"
	"steward/internal/domain/project"
	"steward/internal/work/keep"
)

// Deleter takes requests to forget; it is work/keep.
type Deleter interface {
	Delete(ctx context.Context, q keep.Request) (control.Deletion, error)
	DeleteProject(ctx context.Context, q keep.ProjectRequest) (control.Deletion, error)
}

// DeletionReader reads receipts.
type DeletionReader interface {
	Deletion(ctx context.Context, id project.ID, del string) (control.Deletion, error)
	Deletions(ctx context.Context, id project.ID, before string, limit int) ([]control.Deletion, error)
}

// DeletionRoutes deletes for good and reads receipts.
func DeletionRoutes(verb Deleter, read DeletionReader) []Route {
	h := deletions{verb, read}
	const pattern = "/api/v1/deletions"
	return []Route{
		{Method: http.MethodPost, Pattern: pattern, Action: access.DataDelete, Handle: h.create,
			Doc: Doc{Tag: "deletions", Summary: "Delete traces, a session or a user from every store, for good", In: api.NewDeletion{}, Out: api.Deletion{}, Status: http.StatusAccepted,
				Detail: "Written down when answered, carried out soon, and finished also after a crash. Ask for the receipt until its state is done or failed."}},
		{Method: http.MethodGet, Pattern: pattern, Action: access.DataDelete, Handle: h.list,
			Doc: Doc{Tag: "deletions", Summary: "List deletions with their receipts, the newest first", Query: paging(), Out: api.List[api.Deletion]{}}},
		{Method: http.MethodGet, Pattern: pattern + "/{id}", Action: access.DataDelete, Handle: h.one,
			Doc: Doc{Tag: "deletions", Summary: "Answer a deletion's receipt", Out: api.Deletion{},
				Detail: "The receipt of a project's deletion stands in the project default. When it has ended, the session or user stands as the SHA-256 of its name: the receipt does not keep what was to be forgotten."}},
		{Method: http.MethodDelete, Pattern: "/api/v1/projects/{id}", Action: access.ProjectManage, Reach: Everywhere, Handle: h.project,
			Doc: Doc{Tag: "projects", Summary: "Delete a project with everything in it, for good", Out: api.Deletion{}, Status: http.StatusAccepted,
				Detail: "Keys and settings are gone when answered, what the project holds soon after, also after a crash. The answer is a receipt; ask for it in the project default until its state is done or failed. The header Steward-Reason stands on it. The record of who changed what stays."}},
	}
}

type deletions struct {
	verb Deleter
	read DeletionReader
}

func (h deletions) create(w http.ResponseWriter, r *http.Request) error {
	in, err := Decode[api.NewDeletion](r)
	if err != nil {
		return err
	}
	c := CallerOf(r.Context())
	if in.Reason == "" {
		in.Reason = c.Reason
	}
	if len(in.Reason) > 1000 {
		return errs.Invalid("reason has at most 1000 bytes").With("field", "reason")
	}
	d, err := h.verb.Delete(r.Context(), keep.Request{Project: c.Project, By: c.Principal.Actor(), Reason: in.Reason, Target: control.Target(in.DeletionTarget)})
	if err != nil {
		return err
	}
	return JSON(w, http.StatusAccepted, wireDeletion(d))
}

func (h deletions) project(w http.ResponseWriter, r *http.Request) error {
	p, err := project.ParseID(r.PathValue("id"))
	if err != nil {
		return err
	}
	c := CallerOf(r.Context())
	d, err := h.verb.DeleteProject(r.Context(), keep.ProjectRequest{Project: p, By: c.Principal.Actor(), Reason: c.Reason})
	if err != nil {
		return err
	}
	return JSON(w, http.StatusAccepted, wireDeletion(d))
}

func (h deletions) list(w http.ResponseWriter, r *http.Request) error {
	after, limit, err := PageOf(r, newestFirst)
	if err != nil {
		return err
	}
	list, err := h.read.Deletions(r.Context(), CallerOf(r.Context()).Project, after.ID, limit+1)
	if err != nil {
		return err
	}
	out := api.List[api.Deletion]{Items: []api.Deletion{}}
	for i, d := range list {
		if i == limit {
			out.NextCursor = Next(page.Cursor{Sort: newestFirst, ID: list[i-1].ID})
			break
		}
		out.Items = append(out.Items, wireDeletion(d))
	}
	return JSON(w, http.StatusOK, out)
}

// newestFirst is the order of lists by id; ids are by time.
const newestFirst = "-id"

func (h deletions) one(w http.ResponseWriter, r *http.Request) error {
	d, err := h.read.Deletion(r.Context(), CallerOf(r.Context()).Project, r.PathValue("id"))
	if err != nil {
		return err
	}
	return JSON(w, http.StatusOK, wireDeletion(d))
}

func wireDeletion(d control.Deletion) api.Deletion {
	return api.Deletion{ID: d.ID, State: string(d.State), Requested: Time(d.Requested), Finished: TimeOrNull(d.Finished), Reason: d.Reason,
		Target: api.DeletionTarget(d.Target), Removed: api.Removed(d.Removed), Partitions: list(d.Partitions), Backups: list(d.Backups), Error: d.Error}
}
