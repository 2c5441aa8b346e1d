package intakelog

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"steward/internal/domain/intake"
)

const crashDir = "INTAKELOG_CRASH_DIR" // set in the child process only

// appendUntilKilled is the child: eight writers append self-describing records and print every acknowledgement.
func appendUntilKilled(dir string) {
	l, err := Open(Config{Dir: dir, SegmentBytes: 300 << 10})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	var out sync.Mutex
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(os.Getpid()), uint64(w)))
			for i := 0; ; i++ {
				pos, err := l.Append(context.Background(), intake.Record{Kind: 3, Payload: signed(rng, fmt.Sprintf("%d-%d-%d", os.Getpid(), w, i))})
				out.Lock()
				if err != nil {
					fmt.Println("error", err)
				} else {
					fmt.Printf("ack %d %d-%d-%d\n", pos, os.Getpid(), w, i)
				}
				if i%20 == 0 && w == 0 && pos > 40 {
					err = l.Release(pos - 40)
				}
				out.Unlock()
				if err != nil {
					os.Exit(1)
				}
			}
		})
	}
	wg.Wait()
}

// signed answers "name\n", noise, and a digest of both.
func signed(rng *rand.Rand, name string) [][]byte {
	noise := make([]byte, rng.IntN(20<<10))
	for i := range noise {
		noise[i] = byte(rng.Uint32())
	}
	head := []byte(name + "\n")
	sum := sha256.Sum256(append(append([]byte(nil), head...), noise...))
	return [][]byte{head, noise, sum[:]}
}

// nameOf checks a signed payload and answers its name.
func nameOf(b []byte) (string, error) {
	if len(b) < sha256.Size {
		return "", fmt.Errorf("%d bytes are no signed record", len(b))
	}
	body, sum := b[:len(b)-sha256.Size], b[len(b)-sha256.Size:]
	if got := sha256.Sum256(body); !bytes.Equal(got[:], sum) {
		return "", fmt.Errorf("digest does not match")
	}
	name, _, _ := strings.Cut(string(body), "\n")
	return name, nil
}

func TestEveryAcknowledgedRecordSurvivesKills(t *testing.T) {
	dir := t.TempDir()
	acked := map[string]intake.Position{}
	for round := range 20 {
		killChild(t, dir, acked)

		l, err := Open(Config{Dir: dir, SegmentBytes: 300 << 10})
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		seen := map[string]intake.Position{}
		err = l.Read(context.Background(), 0, func(p intake.Position, r intake.Record) error {
			name, err := nameOf(bytes.Join(r.Payload, nil))
			if err != nil {
				return fmt.Errorf("record %d: %w", p, err)
			}
			if r.Kind != 3 {
				return fmt.Errorf("record %d has kind %d", p, r.Kind)
			}
			if _, twice := seen[name]; twice {
				return fmt.Errorf("%s is there twice", name)
			}
			seen[name] = p
			return nil
		})
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		for name, pos := range acked {
			if pos > l.Released() && seen[name] != pos {
				t.Fatalf("round %d: %s was acknowledged at %d, replay has it at %d", round, name, pos, seen[name])
			}
			if pos <= l.Released() {
				delete(acked, name)
			}
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// killChild runs the child for a random while, kills it and adds what it acknowledged.
func killChild(t *testing.T, dir string, acked map[string]intake.Position) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), crashDir+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	n := 0
	for {
		line, err := lines.ReadString('\n')
		if err == io.EOF {
			break // a last line without its end does not count as an acknowledgement
		}
		if err != nil {
			t.Fatal(err)
		}
		var pos intake.Position
		var name string
		if _, err := fmt.Sscanf(line, "ack %d %s", &pos, &name); err != nil {
			t.Fatalf("the child says %q", line)
		}
		if acked[name] = pos; n == 0 {
			time.AfterFunc(time.Duration(rand.IntN(60_000))*time.Microsecond, func() { _ = cmd.Process.Kill() })
		}
		n++
	}
	if err := cmd.Wait(); err == nil || n == 0 {
		t.Fatalf("the child ended by itself after %d records: %v", n, err)
	}
}
