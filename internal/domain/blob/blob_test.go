package blob

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestDigestText(t *testing.T) {
	d := Sum([]byte("abc"))
	const want = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	if d.String() != want {
		t.Fatal(d)
	}
	b, err := json.Marshal(Ref{SHA256: d, Size: 3})
	if err != nil || string(b) != `{"sha256":"`+want+`","size":3}` {
		t.Fatalf("%s %v", b, err)
	}
	var r Ref
	if err := json.Unmarshal(b, &r); err != nil || r.SHA256 != d {
		t.Fatal(r, err)
	}
	for _, bad := range []string{"", want[1:], want + "0", strings.ToUpper(want), "g" + want[1:], "../" + want[3:]} {
		if _, err := ParseDigest(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}
