// Package intake owns the contract of the intake log: the one durable queue between an acknowledgement and the
// telemetry store. It does not know what a payload means, where the log lives or who loads it. Start at Log.
package intake

import "context"

// Position numbers records from 1 upwards without gaps, for the life of the data folder. Zero means before the first.
type Position uint64

// Kind says how a loader must read a payload. The log stores it and never looks at it.
type Kind uint8

// Record is one unit of intake. Payload is the concatenation of its slices; handing several avoids a copy.
type Record struct {
	Kind    Kind
	Payload [][]byte
}

// Size answers the payload's length in bytes.
func (r Record) Size() int {
	n := 0
	for _, p := range r.Payload {
		n += len(p)
	}
	return n
}

// Log keeps records from their acknowledgement until they are loaded elsewhere. It is safe for concurrent use.
type Log interface {
	// Append returns the record's position once the record is durable; appends that run at once share one sync to
	// the disk. The caller keeps ownership of the payload and may reuse it after the return, not before.
	// On an error the caller must not acknowledge. A record whose Append failed is normally not in the log; after a
	// crash between writing and answering it may be, which is why loading must be idempotent.
	// Errors: Overloaded at the bound, Unavailable on a full or failing disk (both with RetryAfter, nothing stored),
	// TooLarge beyond MaxRecord, the context's own error when it ends before the record's turn to be written.
	Append(ctx context.Context, r Record) (Position, error)

	// Read calls fn for every record with a position above from that is not released, in order, up to the tail as it
	// is when Read begins. The payload handed to fn is valid only during the call. Read stops at fn's first error
	// and answers it. fn may call Append and Release.
	Read(ctx context.Context, from Position, fn func(Position, Record) error) error

	// Tail answers the position of the last durable record, zero when there never was one.
	Tail() Position

	// Released answers the position up to which everything is loaded; a replay begins after it.
	Released() Position

	// Release says that every record up to and including upTo is durable elsewhere. When it returns, that is itself
	// durable and whole files below it are gone. Going back is a no-op; beyond Tail is Invalid.
	Release(upTo Position) error

	// Bytes answers what the log retains on disk now, Bound what it may retain.
	Bytes() int64
	Bound() int64

	// MaxRecord answers the largest payload in bytes that Append takes.
	MaxRecord() int64

	// Rewrite shows edit every record that is not released and removes or replaces what edit says, so that the
	// bytes are in no file of the log when it returns; released records are removed without asking. Positions stay
	// as they are. Records appended after it began are not seen. A Read under way may still deliver what Rewrite
	// removes, so whoever deletes must hold back the loader. On an error the log is intact, and the files before the
	// failing one are already rewritten; calling again is safe.
	Rewrite(ctx context.Context, edit func(Position, Record) (Edit, error)) (RewriteReport, error)

	// Close refuses new appends, waits for those already admitted and frees the files. A second Close is a no-op.
	Close() error
}

// Edit says what becomes of a record in Rewrite. The zero value keeps it.
type Edit struct {
	Drop    bool     // remove the record; its position stays empty and Read skips it
	Replace [][]byte // if not nil, the new payload; ignored when Drop is set
}

// RewriteReport counts what a Rewrite did to records that were not yet released.
type RewriteReport struct {
	Seen     int
	Dropped  int
	Replaced int
	Files    int // files rewritten or removed
}
