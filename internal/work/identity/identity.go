// Package identity owns proving who asks and what may be handed out: first start, keys, sign-in, browser sessions and
// sign-in links. What a principal may then do is decided by domain/access alone. It knows nothing of HTTP, cookies or
// SQL. Start reading at Service.Authenticate.
package identity

import (
	"time"

	"steward/internal/domain/access"
)

// Signed is a signed-in browser.
type Signed struct {
	Principal access.Principal
	CSRF      string // what requests that change things must carry
	Expires   time.Time
	Renew     bool // the browser should be told the later Expires
}
