// Package jobs is the contract for durable work: what is handed over runs at least once, also after a crash. It does
// not know what the work is, nor what people see of it (control.Job and control.Deletion are the records; a task only
// names one). Start at Queue.
package jobs

import (
	"context"
	"time"
)

// Task names one piece of work: its kind says who does it, its key what to do it to. Keep keys to ids: a queue may
// remember them after the work is done.
type Task struct{ Kind, Key string }

// Queue takes tasks in. It is safe for concurrent use.
type Queue interface {
	// Enqueue returns once the task is kept. A task that already waits or runs is not entered a second time.
	// Nobody works on a kind that no Handler names; that is Internal.
	Enqueue(ctx context.Context, t Task) error
}

// Call is one try at a task.
type Call struct {
	Key  string
	Try  int  // 1 for the first
	Last bool // after an error of this try the task is given up
}

// Handler does the work of one kind. Run must be idempotent: a crash or an error has it run again, after pauses that
// grow from one second to ten minutes. When ctx ends because the process stops, Run should return soon; it is run
// again after the next start and the try does not count. Tasks run one after the other, long ones beside the others.
type Handler struct {
	Kind  string
	Long  bool // may take hours; long tasks run one after the other, and nothing else waits for them
	Tries int  // how often a task is tried; 0 means 10
	Run   func(ctx context.Context, c Call) error
	// Every makes a task with an empty key at start and then at this interval; 0 makes none. Tries is then 1: the
	// next one comes anyway.
	Every time.Duration
}

// Runner is a Queue whose tasks are worked on between Start and Stop.
type Runner interface {
	Queue
	// Handle says who does what; call it before Start and before the first Enqueue.
	Handle(handlers ...Handler) error
	// Start begins to work, first on what an earlier process left.
	Start(ctx context.Context) error
	// Stop ends the context of the running task, waits for it and keeps the rest for the next start. Stopping twice,
	// or without Start, is harmless.
	Stop() error
}
