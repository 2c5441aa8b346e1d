package app

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"steward/api"
	"steward/internal/domain/intake"
)

// setAside makes dead letters of the spans and log records that the intake log holds.
func (w *workshop) setAside(at time.Time) {
	w.t.Helper()
	signals := map[intake.Kind]string{1: "spans", 2: "logs"}
	err := w.app.log.Read(w.t.Context(), 0, func(pos intake.Position, r intake.Record) error {
		if signals[r.Kind] == "" {
			return nil
		}
		return w.app.letters.Put(intake.DeadLetter{ID: signals[r.Kind], Position: pos, Project: "default", Signal: signals[r.Kind], Records: 4,
			Reason: "cannot be stored", Time: at.UnixNano(), Record: r})
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func TestDeadLettersAreShownAndDeleted(t *testing.T) {
	w, victim, other, shared := town(t)
	w.setAside(time.Now())
	found := false
	for _, c := range call[api.Doctor](w, http.StatusOK, http.MethodGet, "/api/v1/doctor", nil).Checks {
		if c.Name == "dead letters" {
			found = !c.OK && strings.Contains(c.Message, `4 spans of project "default", position 2`) && strings.Contains(c.Message, "cannot be stored") && c.Fix != ""
		}
	}
	if !found {
		t.Error("the doctor does not name the dead letters")
	}
	if body := w.do(http.MethodGet, "/metrics", "", nil).Body.String(); !strings.Contains(body, "steward_dead_letter_records 8\n") {
		t.Error("the metrics do not count the dead letters")
	}
	w.deleted(api.DeletionTarget{User: victim.user})
	if found := w.holding(victim.words()...); len(found) > 0 {
		t.Fatalf("still there: %s", strings.Join(found, "\n"))
	}
	if list := w.app.letters.List(); len(list) != 2 || list[0].Records != 2 || list[1].Records != 2 || strings.Contains(list[0].Reason, "cannot") {
		t.Fatalf("left are %+v", list)
	}
	w.again() // tries them again: the spans are stored already, the log records come a second time, as they were made up
	if err := w.app.ingest.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	for start := time.Now(); len(w.app.letters.List()) > 0; time.Sleep(10 * time.Millisecond) {
		if time.Since(start) > time.Minute {
			t.Fatalf("never tried again: %+v", w.app.letters.List())
		}
	}
	if found := w.holding(victim.words()...); len(found) > 0 {
		t.Fatalf("there again after a restart: %s", strings.Join(found, "\n"))
	}
	other.whole(w, shared)
}

func TestDeadLettersExpire(t *testing.T) {
	w, _, _, _ := town(t)
	now := time.Now()
	w.setAside(now.Add(-9 * 24 * time.Hour))
	call[api.Retention](w, http.StatusOK, http.MethodPut, "/api/v1/projects/default/retention", api.Retention{LogsDays: 8, SpansDays: 30})
	if err := w.keeper(now).Expire(t.Context()); err != nil {
		t.Fatal(err)
	}
	if list := w.app.letters.List(); len(list) != 1 || list[0].Signal != "spans" {
		t.Errorf("left are %+v", list)
	}
}
