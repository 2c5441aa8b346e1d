package ingest

import (
	"testing"

	"steward/internal/base/errs"
	"steward/internal/domain/trace"
)

func all(*trace.Span) bool { return true }

func (f *flow) watch(match func(*trace.Span) bool) *Watch {
	f.t.Helper()
	w, err := f.Hub().Watch("p", match)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(w.Close)
	return w
}

// seen answers what is there for a watcher at once.
func (w *Watch) seen() (ids []trace.SpanID, missed int64) {
	for {
		found, lost, more, _ := w.Take()
		missed += lost
		for _, s := range found {
			ids = append(ids, s.ID)
		}
		if !more {
			return ids, missed
		}
	}
}

// TestWatchersSeeWhatIsNewlyStored: what matches, of their project, and nothing twice.
func TestWatchersSeeWhatIsNewlyStored(t *testing.T) {
	f := newFlow(t)
	w := f.watch(func(s *trace.Span) bool { return s.ID[0] != 2 })
	other, err := f.Hub().Watch("another", all)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	f.traces(f.one(1, 1, nil))
	f.traces(f.one(1, 1, nil)) // sent again
	f.traces(f.one(1, 2, nil))
	f.traces(f.one(1, 3, nil))
	f.logs(f.chosen(1, 3, "a revision is not new"))
	<-w.C
	if got, missed := w.seen(); len(got) != 2 || got[0] != (trace.SpanID{1}) || got[1] != (trace.SpanID{3}) || missed != 0 {
		t.Errorf("watched %v, missed %d", got, missed)
	}
	if got, _ := other.seen(); len(got) != 0 {
		t.Errorf("a watcher saw another project's spans: %v", got)
	}
}

// TestSlowFiltersDelayNobody: a filter that takes for ever keeps neither loading nor other watchers.
func TestSlowFiltersDelayNobody(t *testing.T) {
	f := newFlow(t)
	begun, stuck := make(chan struct{}), make(chan struct{})
	slow := f.watch(func(*trace.Span) bool { close(begun); <-stuck; return true })
	quick := f.watch(all)
	f.traces(f.one(1, 1, nil))
	done := make(chan struct{})
	go func() { defer close(done); slow.Take() }()
	<-begun
	f.traces(f.one(1, 2, nil)) // returns when it is stored
	if got, _ := quick.seen(); len(got) != 2 {
		t.Errorf("the other watcher saw %v", got)
	}
	close(stuck)
	<-done
}

func TestSlowWatchersMissSpansAndAreToldHowMany(t *testing.T) {
	h := newHub()
	defer h.close()
	w, err := h.Watch("p", all)
	if err != nil {
		t.Fatal(err)
	}
	spans := func(n int) []*trace.Span {
		out := make([]*trace.Span, n)
		for i := range out {
			out[i] = &trace.Span{Raw: trace.Raw{Project: "p"}}
		}
		return out
	}
	h.publish(spans(2 * maxQueued)) // one handing-over of any size
	h.publish(spans(10))
	if got, missed := w.seen(); len(got) != 2*maxQueued || missed != 10 {
		t.Errorf("saw %d, missed %d", len(got), missed)
	}
	h.publish(spans(maxQueued - 1))
	h.publish(spans(1))
	h.publish(spans(7))
	if got, missed := w.seen(); len(got) != maxQueued || missed != 7 {
		t.Errorf("saw %d, missed %d", len(got), missed)
	}
	h.publish(spans(1))
	if got, missed := w.seen(); len(got) != 1 || missed != 0 {
		t.Errorf("afterwards it saw %d and missed %d", len(got), missed)
	}
}

func TestWatchersAreBounded(t *testing.T) {
	h := newHub()
	var last *Watch
	for range maxWatchers {
		w, err := h.Watch("p", all)
		if err != nil {
			t.Fatal(err)
		}
		last = w
	}
	if _, err := h.Watch("p", all); errs.CodeOf(err) != errs.CodeOverloaded {
		t.Errorf("one too many: %v", err)
	}
	last.Close()
	last.Close()
	w, err := h.Watch("p", all)
	if err != nil {
		t.Fatalf("after one has gone: %v", err)
	}
	h.close()
	if _, _, _, open := w.Take(); open {
		t.Error("a watch goes on after the hub has ended")
	}
	if _, woken := <-w.C; woken {
		t.Error("C does not say that the watch has ended")
	}
	if w, err := h.Watch("p", all); err != nil || w == nil {
		t.Errorf("watching what has ended: %v", err)
	} else if _, _, _, open := w.Take(); open {
		t.Error("a watch that came too late is open")
	}
}
