package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	rpc "google.golang.org/genproto/googleapis/rpc/status"
)

// The content types of OTLP/HTTP.
const (
	Protobuf = "application/x-protobuf"
	JSON     = "application/json"
)

// Export is one OTLP/HTTP request.
type Export struct {
	Signal   string // traces, logs or metrics
	Type     string // content type; "" is Protobuf
	Encoding string // content encoding
	Key      string // "" is the operator key
	Body     io.Reader
}

// Answer is what the server said.
type Answer struct {
	Status     int
	RetryAfter int    // seconds; 0 when not said
	Message    string // of a refusal: google.rpc.Status's; of a success: empty
	Body       []byte
}

// HangUp closes the connections that are kept for the next request.
func (s *Server) HangUp() { s.client.CloseIdleConnections() }

// Send sends an export. An error means that there was no answer.
func (s *Server) Send(ctx context.Context, e Export) (Answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"/otlp/v1/"+e.Signal, e.Body)
	if err != nil {
		return Answer{}, err
	}
	if e.Type == "" {
		e.Type = Protobuf
	}
	if e.Key == "" {
		e.Key = s.Key
	}
	req.Header.Set("Content-Type", e.Type)
	req.Header.Set("Authorization", "Bearer "+e.Key)
	if e.Encoding != "" {
		req.Header.Set("Content-Encoding", e.Encoding)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return Answer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return Answer{}, err
	}
	a := Answer{Status: resp.StatusCode, Body: body}
	a.RetryAfter, _ = strconv.Atoi(resp.Header.Get("Retry-After")) // 0 when it is missing
	if a.Status >= 300 {
		var st rpc.Status
		if strings.HasPrefix(resp.Header.Get("Content-Type"), JSON) {
			err = protojson.Unmarshal(body, &st)
		} else {
			err = proto.Unmarshal(body, &st)
		}
		if err != nil {
			return a, fmt.Errorf("status %d with a body that is no google.rpc.Status: %q", a.Status, body)
		}
		a.Message = st.GetMessage()
	}
	return a, nil
}

// Post sends protobuf.
func (s *Server) Post(ctx context.Context, signal string, body []byte) (Answer, error) {
	return s.Send(ctx, Export{Signal: signal, Body: bytes.NewReader(body)})
}

// MustPost sends protobuf that must be taken.
func (s *Server) MustPost(ctx context.Context, signal string, body []byte) Answer {
	s.t.Helper()
	a, err := s.Post(ctx, signal, body)
	if err != nil || a.Status != http.StatusOK {
		s.t.Fatalf("export of %s: %v, status %d, %s", signal, err, a.Status, a.Message)
	}
	return a
}

// Get answers the body of a path that must answer 200.
func (s *Server) Get(ctx context.Context, path string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+path, nil)
	if err != nil {
		return "", err
	}
	req.Header.Set("Authorization", "Bearer "+s.Key)
	resp, err := s.client.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: status %d: %s", path, resp.StatusCode, body)
	}
	return string(body), err
}

// Metric answers one of the server's own metrics, without labels.
func (s *Server) Metric(ctx context.Context, name string) (float64, error) {
	body, err := s.Get(ctx, "/metrics")
	if err != nil {
		return 0, err
	}
	m := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + ` (\S+)$`).FindStringSubmatch(body)
	if m == nil {
		return 0, errors.New("there is no metric " + name)
	}
	return strconv.ParseFloat(m[1], 64)
}

// Memory is what the kernel says of the process, in bytes.
type Memory struct{ Resident, Peak int64 }

// Memory answers the server's memory now and at its highest.
func (s *Server) Memory() (Memory, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.PID()))
	if err != nil {
		return Memory{}, err
	}
	var m Memory
	for line := range strings.Lines(string(status)) {
		f := strings.Fields(line)
		for name, to := range map[string]*int64{"VmRSS:": &m.Resident, "VmHWM:": &m.Peak} {
			if f[0] == name {
				kb, err := strconv.ParseInt(f[1], 10, 64)
				if err != nil {
					return m, err
				}
				*to = kb << 10
			}
		}
	}
	return m, nil
}

// ResetPeak makes Memory's Peak begin again from what is resident now.
func (s *Server) ResetPeak() error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", s.PID()), []byte("5"), 0)
}
