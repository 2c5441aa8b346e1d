package cli

import (
	"net"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"steward/api"
	"steward/internal/base/errs"
)

// connect answers a client of the server that flags and environment name, or of the one that runs on the data folder.
// patience is how long requests wait for a server that is overloaded or starting.
func (p *program) connect(patience time.Duration) (*api.Client, error) {
	o := api.ClientOptions{
		Server:  p.setting(p.server, "STEWARD_SERVER"),
		Key:     p.setting(p.key, "STEWARD_KEY"),
		Project: p.setting(p.project, "STEWARD_PROJECT"), Agent: "steward-cli/" + p.Version, Patience: patience,
	}
	local := o.Server == ""
	if local {
		o.Server = p.localServer()
	}
	if o.Key == "" {
		var err error
		if o.Key, err = p.localKey(o.Server); err != nil {
			return nil, err
		}
	}
	c, err := api.NewClient(o)
	if err != nil {
		return nil, usage("%s", err)
	}
	return c, nil
}

var listening = regexp.MustCompile(`listening on (\S+)`)

// localServer answers the address in the lock of the data folder, else the default one.
func (p *program) localServer() string {
	b, err := os.ReadFile(filepath.Join(p.dataFolder(), "steward.lock"))
	if err != nil {
		return api.DefaultServer
	}
	m := listening.FindSubmatch(b)
	if m == nil {
		return api.DefaultServer
	}
	host, port, err := net.SplitHostPort(string(m[1]))
	if err != nil || port == "0" {
		return api.DefaultServer
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// localKey answers the operator key of the data folder. It is never sent to another machine.
func (p *program) localKey(server string) (string, error) {
	if !onThisMachine(server) {
		return "", errs.New(errs.CodeUnauthenticated, "a server on another machine needs --key or STEWARD_KEY")
	}
	path := filepath.Join(p.dataFolder(), "operator.key")
	b, err := os.ReadFile(path)
	if err != nil {
		return "", errs.Wrap(errs.CodeUnauthenticated, err,
			"no key: give --key or STEWARD_KEY, or --data with the folder of the server on this machine (%s cannot be read)", path)
	}
	return strings.TrimSpace(string(b)), nil
}

func onThisMachine(server string) bool {
	if !strings.Contains(server, "://") {
		server = "http://" + server
	}
	u, err := url.Parse(server)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
