package attr

import (
	"encoding/json"
	"io"
	"strings"
	"testing"
)

// oracle is the library's reading of text.
func oracle(text string) (Value, bool) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	v, err := decode(d, 0)
	if err != nil {
		return Value{}, false
	}
	if _, err := d.Token(); err != io.EOF {
		return Value{}, false
	}
	return v, true
}

var scanSeeds = []string{
	``, ` `, `null`, ` true `, `false`, `tru`, `0`, `-0`, `01`, `-`, `1.`, `.5`, `1e5`, `1E+2`, `1e`, `9223372036854775807`,
	`9223372036854775808`, `1e999`, `""`, `"a\nb"`, `"\u00e9"`, `"\ud83d\ude00"`, `"\ud83d"`, `"\ud83dx"`, `"\ud83d\u0041"`,
	`"\x"`, `"\u12"`, "\"\x01\"", "\"\xff\"", `[]`, `[1,2]`, `[1,]`, `[1 2]`, `{}`, `{"a":1,"a":2}`, `{"a" : [ {} ] }`, `{a:1}`,
	`{"a":1,}`, `1]`, `1}`, `{} x`, `{"$bytes":"aGk="}`, `{"$float":"NaN"}`, `{"$bytes":"!"}`, strings.Repeat("[", 200),
	strings.Repeat("[", 100) + strings.Repeat("]", 100), `["é","日本"]`,
}

func TestParseJSONReadsWhatTheLibraryReads(t *testing.T) {
	for _, s := range scanSeeds {
		same(t, s)
	}
}

func FuzzParseJSON(f *testing.F) {
	for _, s := range scanSeeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { same(t, s) })
}

func same(t *testing.T, s string) {
	t.Helper()
	want, wantOK := oracle(s)
	got, ok := ParseJSON(s)
	if ok != wantOK {
		t.Fatalf("ParseJSON(%q) ok = %v, library %v", s, ok, wantOK)
	}
	if g, w := string(got.AppendJSON(nil)), string(want.AppendJSON(nil)); g != w {
		t.Fatalf("ParseJSON(%q) = %s, library %s", s, g, w)
	}
}
