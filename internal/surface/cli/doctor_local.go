package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"golang.org/x/sys/unix"

	"steward/api"
)

// minFree is how much disk space a server should find.
const minFree = 1 << 30

// local looks at this machine; first is what made it necessary.
func (p *program) local(first api.Check, server string) api.Doctor {
	out := api.Doctor{Checks: []api.Check{first}}
	data := p.dataFolder()
	out.Checks = append(out.Checks, checkFolder(data))
	if _, err := os.Stat(data); err == nil {
		out.Checks = append(out.Checks, checkLock(data), checkDisk(data), p.checkClock(data))
	}
	if onThisMachine(server) {
		out.Checks = append(out.Checks, p.checkPorts(server)...)
	}
	return out
}

func checkFolder(data string) api.Check {
	c := api.Check{Name: "data folder"}
	info, err := os.Stat(data)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.Message, c.Fix = data+" is not there", "steward serve makes it; or name the right one with --data"
	case err != nil:
		c.Message, c.Fix = err.Error(), "check owner and permissions of the folders above it"
	case !info.IsDir():
		c.Message, c.Fix = data+" is not a folder", "name a folder with --data"
	case unix.Access(data, unix.R_OK|unix.W_OK|unix.X_OK) != nil:
		c.Message, c.Fix = fmt.Sprintf("%s (%s) cannot be read and written by this user", data, info.Mode().Perm()), "run as its owner, or chown it"
	case info.Mode().Perm()&0o077 != 0:
		c.Message, c.Fix = fmt.Sprintf("%s (%s) is open to other users; it holds keys", data, info.Mode().Perm()), "chmod 700 "+data
	default:
		c.OK, c.Message = true, fmt.Sprintf("%s (%s)", data, info.Mode().Perm())
	}
	return c
}

// checkLock tries the lock that a running server holds; the kernel frees it when the process ends.
func checkLock(data string) api.Check {
	c := api.Check{Name: "lock"}
	path := filepath.Join(data, "steward.lock")
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		c.OK, c.Message = true, "no server has used the folder yet"
		return c
	}
	if err != nil {
		c.Message, c.Fix = err.Error(), "check the owner of "+path
		return c
	}
	defer f.Close()
	if unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB) == nil {
		c.OK, c.Message = true, "no server is running on the folder"
		return c
	}
	held, err := os.ReadFile(path)
	if err != nil {
		held = []byte("a process that does not say its name")
	}
	c.Message = "a server has the folder: " + strings.TrimSpace(string(held))
	c.Fix = "ask it with --server, or look why it does not answer"
	return c
}

func checkDisk(data string) api.Check {
	c := api.Check{Name: "disk"}
	var s unix.Statfs_t
	if err := unix.Statfs(data, &s); err != nil {
		c.Message = err.Error()
		return c
	}
	free := s.Bavail * uint64(s.Bsize)
	c.OK = free >= minFree
	c.Message = humanize.IBytes(free) + " free"
	c.Fix = fmt.Sprintf("make room: below %s exports may be refused", humanize.IBytes(minFree))
	return c
}

// checkClock compares the clock with the newest file: a clock behind it has been set back.
func (p *program) checkClock(data string) api.Check {
	now := p.Clock.Now()
	c := api.Check{Name: "clock", OK: true, Message: p.when(now)}
	list, err := os.ReadDir(data)
	if err != nil {
		return c
	}
	for _, e := range list {
		info, err := e.Info()
		if err == nil && info.ModTime().After(now.Add(time.Minute)) {
			c.OK = false
			c.Message = fmt.Sprintf("%s, but %s was written at %s", p.when(now), e.Name(), p.when(info.ModTime()))
			c.Fix = "set the clock (timedatectl)"
			return c
		}
	}
	return c
}

func (p *program) checkPorts(server string) []api.Check {
	addresses := []string{"127.0.0.1:4317", "127.0.0.1:4318"}
	if u, err := url.Parse(server); err == nil && u.Host != "" && u.Port() != "" {
		addresses = append([]string{u.Host}, addresses...)
	}
	var out []api.Check
	for _, addr := range addresses {
		_, port, err := net.SplitHostPort(addr)
		if err != nil {
			continue
		}
		c := api.Check{Name: "port " + port, OK: true, Message: "free"}
		l, err := net.Listen("tcp", addr)
		if err == nil {
			_ = l.Close() // it was only to see
			out = append(out, c)
			continue
		}
		holder := ""
		if p.PortHolder != nil {
			holder = p.PortHolder(addr)
		}
		if holder == "" {
			holder = "another process"
		}
		c.OK = false
		c.Message, c.Fix = "held by "+holder, "stop it, or give the server another address"
		out = append(out, c)
	}
	return out
}
