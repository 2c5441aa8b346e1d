package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"steward/api"
	"steward/internal/base/errs"
	"steward/internal/driver/durable"
	"steward/internal/surface/ui"
)

// lowDisk is the free space below which the doctor warns, before the intake log refuses.
const lowDisk = 2 << 30

// examine looks whether all is well. Every check that fails says what to do.
func (a *App) examine(ctx context.Context) []api.Check {
	out := []api.Check{a.checkDisk(), a.checkFolder()}
	for _, name := range []string{secretFile, operatorFile, controlFile, jobsFile} {
		out = append(out, a.checkPrivate(name))
	}
	out = append(out, a.checkClock(), a.checkLoader(), a.checkLetters(), a.checkIntake(), a.checkTelemetry(ctx), checkPages())
	return append(out, a.checkPorts()...)
}

func (a *App) checkDisk() api.Check {
	c := api.Check{Name: "disk"}
	free, err := durable.Free(a.config.Data)
	if err != nil {
		c.Message, c.Fix = err.Error(), "check the file system of "+a.config.Data
		return c
	}
	c.OK = free >= max(lowDisk, 2*uint64(a.config.Intake.MinFree))
	c.Message = humanize.IBytes(free) + " free for " + a.config.Data
	if !c.OK {
		c.Fix = fmt.Sprintf("make room, or shorten retention in the project's settings: below %s nothing is taken in", humanize.IBytes(uint64(a.config.Intake.MinFree)))
	}
	return c
}

func (a *App) checkFolder() api.Check {
	c := api.Check{Name: "data folder"}
	info, err := os.Stat(a.config.Data)
	switch {
	case err != nil:
		c.Message, c.Fix = err.Error(), "check that the folder is mounted"
	case info.Mode().Perm()&0o077 != 0:
		c.Message = fmt.Sprintf("%s (%s) is open to other users; it holds keys and what people wrote", a.config.Data, info.Mode().Perm())
		c.Fix = "chmod 700 " + a.config.Data
	default:
		c.OK, c.Message = true, fmt.Sprintf("%s (%s)", a.config.Data, info.Mode().Perm())
	}
	return c
}

// checkPrivate looks whether a file with secrets is its owner's alone. The operator's key may have been moved away.
func (a *App) checkPrivate(name string) api.Check {
	path := filepath.Join(a.config.Data, name)
	c := api.Check{Name: name}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && name == operatorFile:
		c.OK, c.Message = true, "not here: commands need --key"
	case err != nil:
		c.Message, c.Fix = err.Error(), "stop Steward and bring the file back from a backup"
	case info.Mode().Perm()&0o077 != 0:
		c.Message, c.Fix = fmt.Sprintf("%s (%s) can be read by other users", path, info.Mode().Perm()), "chmod 600 "+path
	default:
		c.OK, c.Message = true, "only its owner reads it"
	}
	return c
}

// checkClock finds a clock that is far off: older than this program's work or behind what it has written.
func (a *App) checkClock() api.Check {
	now := a.clock.Now()
	c := api.Check{Name: "clock", OK: true, Message: now.Format(time.RFC3339)}
	if info, err := os.Stat(filepath.Join(a.config.Data, controlFile)); err == nil && info.ModTime().After(now.Add(time.Minute)) {
		c.OK, c.Message = false, fmt.Sprintf("it is %s, but records were written at %s", now.Format(time.RFC3339), info.ModTime().UTC().Format(time.RFC3339))
	}
	if now.Year() < 2025 {
		c.OK = false
	}
	if !c.OK {
		c.Fix = "set the clock, for example with timedatectl set-ntp true: spans from the future or far past are refused"
	}
	return c
}

func (a *App) checkLoader() api.Check {
	s := a.ingest.State()
	if s.Failing != nil {
		return api.Check{Name: "loading", Message: "the telemetry store takes nothing: " + errs.From(s.Failing).Message,
			Fix: "what was acknowledged is safe in the intake log; the message says what is missing, most often disk space"}
	}
	return api.Check{Name: "loading", OK: true, Message: fmt.Sprintf("%d requests wait", s.Tail-min(s.Tail, s.Loaded))}
}

// shownLetters bounds the dead letters that the doctor names.
const shownLetters = 5

func (a *App) checkLetters() api.Check {
	letters := a.letters.List()
	if len(letters) == 0 {
		return api.Check{Name: "dead letters", OK: true, Message: "none"}
	}
	var b strings.Builder
	n := 0
	for i, l := range letters {
		n += l.Records
		if i < shownLetters {
			fmt.Fprintf(&b, "; %d %s of project %q, position %d, set aside %s: %s", l.Records, l.Signal, l.Project, l.Position,
				time.Unix(0, l.Time).UTC().Format(time.RFC3339), l.Reason)
		}
	}
	if more := len(letters) - shownLetters; more > 0 {
		fmt.Fprintf(&b, "; and %d more", more)
	}
	return api.Check{Name: "dead letters", Message: fmt.Sprintf("%d records were acknowledged and cannot be stored%s", n, b.String()),
		Fix: "they are kept in " + filepath.Join(a.config.Data, letterDir) + " and tried again at every start: update Steward or repair what the reason names, then start it again"}
}

func (a *App) checkIntake() api.Check {
	s := a.ingest.State()
	c := api.Check{Name: "intake log", OK: s.LogBytes < s.LogBound*8/10,
		Message: fmt.Sprintf("%s of %s used", humanize.IBytes(uint64(s.LogBytes)), humanize.IBytes(uint64(s.LogBound)))} //nolint:gosec // never negative
	if !c.OK {
		c.Fix = "at its bound nothing is taken in; look why loading is slow, or raise intake.max_size"
	}
	return c
}

func (a *App) checkTelemetry(ctx context.Context) api.Check {
	c := api.Check{Name: "telemetry"}
	parts, err := a.engine.Parts(ctx)
	if err != nil {
		c.Message, c.Fix = errs.From(err).Message, "look at the server's log; check owner and permissions in "+filepath.Join(a.config.Data, telemetryDir)
		return c
	}
	var rows, bytes int64
	for _, p := range parts {
		rows, bytes = rows+p.Rows, bytes+p.Bytes
	}
	c.OK, c.Message = true, fmt.Sprintf("%d files, %s records, %s", len(parts), humanize.Comma(rows), humanize.IBytes(uint64(bytes))) //nolint:gosec // never negative
	return c
}

func checkPages() api.Check {
	if ui.Built() {
		return api.Check{Name: "pages", OK: true, Message: "built in"}
	}
	return api.Check{Name: "pages", Message: "this binary holds no browser pages", Fix: "build it with make build"}
}

// checkPorts says whether OTLP listens where emitters look for it.
func (a *App) checkPorts() []api.Check {
	if a.doors == nil {
		return nil
	}
	var out []api.Check
	for _, p := range []struct {
		name, addr string
		open       bool
	}{{"OTLP gRPC", a.config.OTLP.GRPC, a.doors.grpc != nil}, {"OTLP HTTP", a.config.OTLP.HTTP, a.doors.http != nil}} {
		c := api.Check{Name: p.name, OK: true, Message: "listens on " + p.addr}
		switch {
		case p.addr == "":
			c.Message = "not listening: turned off by configuration"
		case !p.open:
			who := PortHolder(p.addr)
			if who == "" {
				who = "another process"
			}
			c.OK, c.Message = false, p.addr+" is held by "+who
			c.Fix = "stop it and start Steward again, or send OTLP to /otlp on the main listener"
		}
		out = append(out, c)
	}
	return out
}
