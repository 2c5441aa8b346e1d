package httpapi

import (
	"context"
	"net/http"

	"steward/api"
	"steward/internal/domain/access"
)

// DoctorRoutes says whether all is well and what to do where it is not. examine looks; it should answer within seconds.
func DoctorRoutes(examine func(ctx context.Context) []api.Check) []Route {
	return []Route{{Method: http.MethodGet, Pattern: "/api/v1/doctor", Action: access.IngestRead, Reach: Everywhere,
		Doc: Doc{Tag: "operations", Summary: "Look whether all is well, and say what to do", Out: api.Doctor{}},
		Handle: func(w http.ResponseWriter, r *http.Request) error {
			return JSON(w, http.StatusOK, api.Doctor{Checks: list(examine(r.Context()))})
		}}}
}
