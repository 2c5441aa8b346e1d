package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"path/filepath"
	"syscall"
	"time"
)

const lookDays = 25

// runLook stores spans over 25 days, asks at each size, and starts the server again cleanly and after SIGKILL.
func runLook(o options) error {
	dir := filepath.Join(o.dir, "look")
	s, ready, err := startServer(o, dir)
	if err != nil {
		return err
	}
	idle, _ := s.memory()
	fmt.Printf("empty: ready after %s, idle %d MB\n", ready.Round(time.Millisecond), idle)
	most := o.stored[len(o.stored)-1]
	end := time.Now().UTC()
	// forty batches at a time lie on one day; days go round, so that each size has the same shape
	at := func(i int) time.Time {
		batch := i / batchSpans
		day := end.AddDate(0, 0, -(batch/40)%lookDays)
		return day.Add(-time.Duration(uint64(i)*7_919_000_003%uint64(10*time.Hour/time.Nanosecond)) % (10 * time.Hour))
	}
	done := 0
	for _, size := range o.stored {
		begin := time.Now()
		if _, err := s.send(o, done, size/batchSpans, at); err != nil {
			return err
		}
		if err := s.settled(); err != nil {
			return err
		}
		fmt.Printf("\n%d spans stored over %d days (loaded at %.0f spans/s), %.0f MB on disk\n", size, lookDays,
			float64(size-done*batchSpans)/time.Since(begin).Seconds(), float64(folderSize(dir))/1e6)
		done = size / batchSpans
		time.Sleep(5 * time.Second) // the loader tidies up when it is quiet
		if err := ask(s, end); err != nil {
			return err
		}
	}
	if err := s.stop(syscall.SIGTERM); err != nil {
		return err
	}
	for _, how := range []struct {
		name string
		sig  syscall.Signal
	}{{"a clean stop", syscall.SIGKILL}, {"SIGKILL", syscall.SIGTERM}} {
		if s, ready, err = startServer(o, dir); err != nil {
			return err
		}
		if how.sig == syscall.SIGKILL { // leave work behind for the next start
			time.Sleep(time.Second)
			idle, _ = s.memory()
			fmt.Printf("%d spans stored: ready %s after %s, idle %d MB\n", most, ready.Round(time.Millisecond), how.name, idle)
			if _, err := s.send(o, done, done+40, at); err != nil {
				return err
			}
		} else {
			fmt.Printf("%d spans stored: ready %s after %s\n", most, ready.Round(time.Millisecond), how.name)
		}
		if err := s.stop(how.sig); err != nil {
			return err
		}
	}
	return nil
}

func ask(s *server, end time.Time) error {
	day := url.Values{"from": {end.Add(-10 * time.Hour).Format(time.RFC3339)}, "to": {end.Add(time.Hour).Format(time.RFC3339)}}
	month := url.Values{"from": {end.AddDate(0, 0, -30).Format(time.RFC3339)}, "to": {end.Add(time.Hour).Format(time.RFC3339)}}
	with := func(v url.Values, kv ...string) string {
		out := url.Values{}
		for k, x := range v {
			out[k] = x
		}
		for i := 0; i < len(kv); i += 2 {
			out.Set(kv[i], kv[i+1])
		}
		return out.Encode()
	}
	newest, err := s.do("GET", "/api/v1/traces?limit=50&"+with(day), nil, "")
	if err != nil {
		return err
	}
	var list struct {
		Items []struct {
			TraceID string `json:"trace_id"`
			Session string `json:"session"`
		} `json:"items"`
	}
	if err := json.Unmarshal(newest, &list); err != nil || len(list.Items) == 0 {
		return fmt.Errorf("no traces to ask for: %v", err)
	}
	pick := func(i int) int { return i * 7 % len(list.Items) }
	for _, q := range []struct {
		name, limit string
		path        func(i int) string
		runs        int
	}{
		{"newest 50 traces, model and status, a day", "100 ms", func(int) string {
			return "/api/v1/traces?limit=50&" + with(day, "filter", "model:gpt-4o status:error")
		}, 30},
		{"newest 50 traces, raw attribute, a day", "500 ms", func(int) string {
			return "/api/v1/traces?limit=50&" + with(day, "filter", "attributes.team:red status:error")
		}, 30},
		{"a trace by id", "100 ms", func(i int) string { return "/api/v1/traces/" + list.Items[pick(i)].TraceID }, 30},
		{"a session by id", "100 ms", func(i int) string { return "/api/v1/sessions/" + list.Items[pick(i)].Session }, 30},
		{"30 days by model and hour", "1 s", func(int) string {
			return "/api/v1/aggregate?metrics=spans,tokens,cost&by=model&interval=1h&" + with(month)
		}, 10},
		{"text of a day, found", "1 s", func(int) string { return "/api/v1/traces?limit=50&" + with(day, "filter", `"et"`) }, 10},
		{"text of a day, absent", "1 s", func(int) string { return "/api/v1/traces?limit=50&" + with(day, "filter", `"zzqqxxjjkk"`) }, 10},
	} {
		var took []time.Duration
		for i := range q.runs {
			begin := time.Now()
			if _, err := s.do("GET", q.path(i), nil, ""); err != nil {
				return err
			}
			took = append(took, time.Since(begin))
		}
		fmt.Printf("  %-45s p50 %8s  p95 %8s  (aim %s)\n", q.name, quantile(took, .5).Round(time.Millisecond), quantile(took, .95).Round(time.Millisecond), q.limit)
	}
	now, peak := s.memory()
	fmt.Printf("  memory %d MB, peak %d MB\n", now, peak)
	return nil
}
