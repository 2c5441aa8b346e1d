package identity

import (
	"context"
	"crypto/sha256"
	"maps"
	"sync"
	"time"

	"steward/internal/domain/access"
)

const (
	// cacheLife bounds how long a proof stands without being looked up again. Revocation does not wait for it; it is
	// for what another process changes.
	cacheLife = time.Minute
	// cacheSize bounds memory to a few megabytes. A full cache starts anew: looking up again is cheap.
	cacheSize = 10_000
	// flushEvery is how long last use may be behind in the store.
	flushEvery = 30 * time.Second
)

// cache keeps proofs by the hash of the credential, so that memory holds no credential.
type cache[V any] struct {
	mu      sync.RWMutex
	entries map[[32]byte]cached[V]
	cleared uint64
}

type cached[V any] struct {
	value V
	until int64
}

func newCache[V any]() *cache[V] { return &cache[V]{entries: map[[32]byte]cached[V]{}} }

func cacheName(text string) [32]byte { return sha256.Sum256([]byte(text)) }

func (c *cache[V]) find(name [32]byte, now int64) (V, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	e, ok := c.entries[name]
	return e.value, ok && now < e.until
}

// generation answers how often the cache was cleared. Take it before reading what will be kept.
func (c *cache[V]) generation() uint64 {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.cleared
}

// keep stores a value unless the cache was cleared since seen: what was read may then be out of date. expires is when
// the value itself ends, zero for never.
func (c *cache[V]) keep(seen uint64, name [32]byte, v V, now, expires int64) {
	until := now + int64(cacheLife)
	if expires != 0 {
		until = min(until, expires)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cleared != seen {
		return
	}
	if len(c.entries) >= cacheSize {
		clear(c.entries)
	}
	c.entries[name] = cached[V]{v, until}
}

func (c *cache[V]) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.entries)
	c.cleared++
}

func untouched() access.Touched {
	return access.Touched{Keys: map[string]int64{}, Sessions: map[string]int64{}}
}

func (s *Service) touchKey(key string, now int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.touched.Keys[key] = max(now, s.touched.Keys[key])
}

func (s *Service) touchSession(session string, now int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.touched.Sessions[session] = max(now, s.touched.Sessions[session])
}

// Flush writes last use down, in one transaction. What cannot be written is kept for the next time.
func (s *Service) Flush(ctx context.Context) error {
	s.mu.Lock()
	batch := s.touched
	s.touched = untouched()
	s.mu.Unlock()
	if len(batch.Keys)+len(batch.Sessions) == 0 {
		return nil
	}
	err := s.store.Touch(ctx, batch)
	if err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		maps.Copy(batch.Keys, s.touched.Keys) // what came meanwhile is later
		maps.Copy(batch.Sessions, s.touched.Sessions)
		s.touched = batch
	}
	return err
}

// Run flushes last use every half minute, and once more when ctx ends, which is when it returns. Errors go to failed;
// none of them stops it.
func (s *Service) Run(ctx context.Context, failed func(error)) {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := s.Flush(ctx); err != nil && ctx.Err() == nil {
				failed(err)
			}
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			if err := s.Flush(last); err != nil {
				failed(err)
			}
			return
		}
	}
}
