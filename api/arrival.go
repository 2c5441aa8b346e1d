package api

import "time"

// Arrivals are the ways in which clients tried to send telemetry within the last hour, the latest first.
type Arrivals struct {
	Items     []Arrival `json:"items"`
	LeftOut   int64     `json:"left_out"`  // ways that made room for newer ones since the server started
	Strangers bool      `json:"strangers"` // whether clients that no key proved are among the items
	// Silent are the emitters of which model calls came without messages.
	Silent []SilentEmitter `json:"silent"`
}

// SilentEmitter says of an emitter's model calls of the last hour how many came without messages, and what turns those
// on.
type SilentEmitter struct {
	Emitter  string    `json:"emitter"` // as the field emitter says; empty where none was recognised
	Scopes   []string  `json:"scopes"`  // instrumentation scopes of the newest of them
	Calls    int64     `json:"calls"`
	Without  int64     `json:"without"`
	Settings []string  `json:"settings"` // the exact settings that turn content on
	Filter   string    `json:"filter"`   // lists the spans
	Since    time.Time `json:"since"`
}

// Arrival is one way of coming: the same client, key, path, encoding and answer.
type Arrival struct {
	Address   string           `json:"address"`
	Agent     string           `json:"agent"` // the User-Agent as sent
	SDK       string           `json:"sdk"`
	Transport string           `json:"transport" enum:"http,grpc,tls"`
	Port      int              `json:"port"`
	Method    string           `json:"method"`
	Path      string           `json:"path"`
	Encoding  string           `json:"encoding"`
	Status    string           `json:"status"` // HTTP status, or the gRPC status's name
	Accepted  bool             `json:"accepted"`
	Message   string           `json:"message"` // what the client was told, empty when accepted
	Project   string           `json:"project"` // empty when no key proved the client
	Key       *ArrivalKey      `json:"key"`
	Count     int64            `json:"count"`
	Records   int64            `json:"records"`
	Rejected  int64            `json:"rejected"`
	First     time.Time        `json:"first"`
	Last      time.Time        `json:"last"`
	PerMinute []int64          `json:"per_minute"` // attempts of the last 60 minutes, oldest first
	Findings  []ArrivalFinding `json:"findings"`
}

// ArrivalKey is the key that proved a client.
type ArrivalKey struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// ArrivalFinding is what is wrong with an arrival, and what mends it.
type ArrivalFinding struct {
	Problem string `json:"problem"`
	What    string `json:"what"`
	Fix     string `json:"fix"`
}
