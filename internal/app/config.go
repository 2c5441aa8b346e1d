package app

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"steward/internal/base/errs"
)

// Config is the whole configuration. A flag wins over the environment, the environment over the file, the file over
// these defaults.
type Config struct {
	Data      string    `yaml:"data"`
	Listen    string    `yaml:"listen"`
	PublicURL string    `yaml:"public_url"` // how people reach the server, if not by Listen; begins the links it prints
	Hosts     []string  `yaml:"hosts"`      // further names that browsers may call the server by
	Secure    bool      `yaml:"secure_cookies"`
	OTLP      OTLP      `yaml:"otlp"`
	Log       Log       `yaml:"log"`
	Intake    Intake    `yaml:"intake"`
	Telemetry Telemetry `yaml:"telemetry"`
	Metrics   Metrics   `yaml:"metrics"`
	Demo      bool      `yaml:"demo"`
}

// OTLP says where OTLP listens besides the main listener; "" is nowhere. An address that was not asked for is given
// up when somebody else holds it.
type OTLP struct {
	GRPC string `yaml:"grpc"`
	HTTP string `yaml:"http"`
}

// Log says what is logged, on standard error.
type Log struct {
	Level  string `yaml:"level"`
	Format string `yaml:"format"`
}

// Intake bounds the intake log; sizes are bytes or numbers with KiB, MiB, GiB.
type Intake struct {
	MaxSize Size `yaml:"max_size"`
	MinFree Size `yaml:"min_free"`
}

// Telemetry bounds the telemetry engine.
type Telemetry struct {
	Memory Size `yaml:"memory"`
}

// Metrics may have a listener of its own that needs no key; "" is none.
type Metrics struct {
	Listen string `yaml:"listen"`
}

// Size is a number of bytes.
type Size int64

var sizeUnits = []struct {
	name string
	size int64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40}, {"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"B", 1}, {"", 1}}

// ParseSize reads "512MiB", "2 GB" or a plain number of bytes.
func ParseSize(s string) (Size, error) {
	for _, u := range sizeUnits {
		digits, ok := strings.CutSuffix(strings.TrimSpace(s), u.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
		if err == nil && n >= 0 && n <= (1<<62)/u.size {
			return Size(n * u.size), nil
		}
	}
	return 0, errs.Invalid("%q is not a size; write 512MiB, 2GB or a number of bytes", s)
}

// UnmarshalYAML reads a size.
func (z *Size) UnmarshalYAML(b []byte) error {
	got, err := ParseSize(strings.Trim(strings.TrimSpace(string(b)), `"'`))
	*z = got
	return err
}

// The customary OTLP addresses.
const (
	customGRPC = "127.0.0.1:4317"
	customHTTP = "127.0.0.1:4318"
)

// Default answers the configuration of a bare start.
func Default() Config {
	return Config{Data: "steward-data", Listen: "127.0.0.1:7171", OTLP: OTLP{GRPC: customGRPC, HTTP: customHTTP},
		Log: Log{Level: "info", Format: "text"}, Intake: Intake{MaxSize: 1 << 30, MinFree: 512 << 20}, Telemetry: Telemetry{Memory: 400e6}}
}

// option is one setting as environment and flags know it.
type option struct {
	key string // as in the file: "otlp.grpc"
	set func(c *Config, value string) error
}

func text(at func(*Config) *string) func(*Config, string) error {
	return func(c *Config, v string) error { *at(c) = v; return nil }
}

func size(at func(*Config) *Size) func(*Config, string) error {
	return func(c *Config, v string) (err error) { *at(c), err = ParseSize(v); return err }
}

func truth(at func(*Config) *bool) func(*Config, string) error {
	return func(c *Config, v string) error {
		b, err := strconv.ParseBool(v)
		if err != nil {
			return errs.Invalid("%q is neither true nor false", v)
		}
		*at(c) = b
		return nil
	}
}

func options() []option {
	return []option{
		{"data", text(func(c *Config) *string { return &c.Data })},
		{"listen", text(func(c *Config) *string { return &c.Listen })},
		{"public_url", text(func(c *Config) *string { return &c.PublicURL })},
		{"hosts", func(c *Config, v string) error { c.Hosts = strings.Split(v, ","); return nil }},
		{"secure_cookies", truth(func(c *Config) *bool { return &c.Secure })},
		{"otlp.grpc", text(func(c *Config) *string { return &c.OTLP.GRPC })},
		{"otlp.http", text(func(c *Config) *string { return &c.OTLP.HTTP })},
		{"log.level", text(func(c *Config) *string { return &c.Log.Level })},
		{"log.format", text(func(c *Config) *string { return &c.Log.Format })},
		{"intake.max_size", size(func(c *Config) *Size { return &c.Intake.MaxSize })},
		{"intake.min_free", size(func(c *Config) *Size { return &c.Intake.MinFree })},
		{"telemetry.memory", size(func(c *Config) *Size { return &c.Telemetry.Memory })},
		{"metrics.listen", text(func(c *Config) *string { return &c.Metrics.Listen })},
		{"demo", truth(func(c *Config) *bool { return &c.Demo })},
	}
}

// envName answers the environment variable of a setting: otlp.grpc is STEWARD_OTLP_GRPC.
func envName(key string) string {
	return "STEWARD_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

// Load makes the configuration of a file (may be ""), the environment and flags (by file key, only those given). Every
// error names where the bad value stands, and what is allowed.
func Load(file string, getenv func(string) (string, bool), flags map[string]string) (Config, error) {
	c := Default()
	if file != "" {
		b, err := os.ReadFile(file)
		if err != nil {
			return c, errs.Wrap(errs.CodeInvalid, err, "the configuration file %s cannot be read", file)
		}
		if err := c.read(file, b); err != nil {
			return c, err
		}
	}
	for _, o := range options() {
		if v, ok := getenv(envName(o.key)); ok {
			if err := o.set(&c, v); err != nil {
				return c, errs.Wrap(errs.CodeInvalid, err, "environment variable %s: %s", envName(o.key), errs.From(err).Message)
			}
		}
		if v, ok := flags[o.key]; ok {
			if err := o.set(&c, v); err != nil {
				return c, errs.Wrap(errs.CodeInvalid, err, "flag for %s: %s", o.key, errs.From(err).Message)
			}
		}
	}
	return c, c.validate()
}

func (c *Config) read(file string, b []byte) error {
	if len(bytes.TrimSpace(b)) == 0 {
		return nil
	}
	err := yaml.NewDecoder(bytes.NewReader(b), yaml.Strict()).Decode(c)
	if err == nil {
		return nil
	}
	var where yaml.Error
	if errors.As(err, &where) {
		at := where.GetToken().Position
		known := make([]string, len(options()))
		for i, o := range options() {
			known[i] = o.key
		}
		return errs.Wrap(errs.CodeInvalid, err, "%s:%d:%d: %s; the settings are %s", file, at.Line, at.Column, where.GetMessage(), strings.Join(known, ", "))
	}
	return errs.Wrap(errs.CodeInvalid, err, "%s: %s", file, err)
}

func (c *Config) validate() error {
	if _, err := c.Log.level(); err != nil {
		return err
	}
	if !slices.Contains([]string{"text", "json"}, c.Log.Format) {
		return errs.Invalid("log.format is %q; allowed are text, json", c.Log.Format)
	}
	if c.Data == "" {
		return errs.Invalid("data is empty; name a folder")
	}
	for key, addr := range map[string]string{"listen": c.Listen, "otlp.grpc": c.OTLP.GRPC, "otlp.http": c.OTLP.HTTP, "metrics.listen": c.Metrics.Listen} {
		if addr == "" && key != "listen" {
			continue
		}
		if _, _, err := net.SplitHostPort(addr); err != nil {
			return errs.Wrap(errs.CodeInvalid, err, "%s is %q; write host:port, for example 127.0.0.1:7171", key, addr)
		}
	}
	if c.Intake.MaxSize < 16<<20 {
		return errs.Invalid("intake.max_size is %d bytes; at least 16MiB are needed", c.Intake.MaxSize)
	}
	if c.Telemetry.Memory < 64<<20 {
		return errs.Invalid("telemetry.memory is %d bytes; at least 64MiB are needed", c.Telemetry.Memory)
	}
	return nil
}

func (l Log) level() (slog.Level, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(l.Level)); err != nil {
		return level, errs.Invalid("log.level is %q; allowed are debug, info, warn, error", l.Level)
	}
	return level, nil
}

func (l Log) logger(w interface{ Write([]byte) (int, error) }) (*slog.Logger, error) {
	level, err := l.level()
	if err != nil {
		return nil, err
	}
	o := &slog.HandlerOptions{Level: level}
	if l.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, o)), nil
	}
	return slog.New(slog.NewTextHandler(w, o)), nil
}

// baseURL is how the server is reached by people and programs on this machine.
func (c *Config) baseURL(listening net.Addr) string {
	if c.PublicURL != "" {
		return strings.TrimSuffix(c.PublicURL, "/")
	}
	return c.ownURL(listening)
}

// ownURL is how the server reaches itself.
func (c *Config) ownURL(listening net.Addr) string {
	host, _, _ := net.SplitHostPort(c.Listen) // validated
	_, port, _ := net.SplitHostPort(listening.String())
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return fmt.Sprintf("http://%s", net.JoinHostPort(host, port))
}
