package trace

import (
	"reflect"
	"testing"

	"github.com/shopspring/decimal"

	"steward/internal/base/attr"
	"steward/internal/domain/usage"
)

func sample() Canonical {
	score := 0.5
	part := Part{Type: PartText, Text: "hello", ID: "i", Name: "n", Value: attr.Int64(1), MIME: "m", Blob: "b", Bytes: []byte("x"), URI: "u"}
	message := []Message{{Role: "user", Name: "n", Parts: []Part{part}, FinishReason: "stop"}}
	return Canonical{Kind: LLM, Tags: []string{"t"}, Input: message, Output: []Message{{Role: "assistant", Parts: []Part{part}}},
		ToolsOffered: []ToolOffer{{Name: "t", Description: "d", Schema: attr.Str("s")}},
		Cost:         usage.Cost{Amount: decimal.RequireFromString("0.5"), Currency: "USD", State: usage.Priced, Price: "p", Book: "1"},
		ReportedCost: &usage.Money{Amount: decimal.RequireFromString("1"), Currency: "USD"},
		Usage:        usage.Usage{Units: usage.Units{"image": 1}},
		Tool:         &Tool{Name: "t", CallID: "c", Arguments: attr.Str("a"), Result: attr.Str("r"), Digest: 7},
		Problems:     []Problem{{Code: Cut, Detail: "length"}},
		Documents:    []Document{{ID: "d", Content: "c", Score: &score, Metadata: attr.Str("m")}},
		Assets:       map[string]string{"prompt/a": "1"}, Mapper: Mapper{Version: 1, Emitter: "otel", Unmapped: []string{"x"}}}
}

// TestSameLooksAtEveryField changes each field of a mapping in turn, at every depth.
func TestSameLooksAtEveryField(t *testing.T) {
	a, b := sample(), sample()
	b.Cost.Amount, b.Cost.Book = decimal.RequireFromString("0.500000000000"), "2"
	b.ReportedCost.Amount = decimal.RequireFromString("1.00")
	b.Documents = append([]Document{}, b.Documents...)
	if !Same(&a, &b) {
		t.Fatal("the same mapping, written differently, counts as another")
	}
	visit(t, reflect.ValueOf(&b).Elem(), "", func(path string) {
		if path == ".Cost.Book" {
			return
		}
		if Same(&a, &b) {
			t.Errorf("a change of %s was not seen", path)
		}
	})
	if !Same(&a, &b) {
		t.Fatal("the test did not put everything back")
	}
}

func visit(t *testing.T, v reflect.Value, path string, check func(string)) {
	try := func(changed reflect.Value) {
		old := reflect.New(v.Type()).Elem()
		old.Set(v)
		v.Set(changed.Convert(v.Type()))
		check(path)
		v.Set(old)
	}
	switch v.Interface().(type) {
	case decimal.Decimal:
		try(reflect.ValueOf(decimal.RequireFromString("77")))
		return
	case attr.Value:
		try(reflect.ValueOf(attr.Str("other")))
		return
	}
	switch v.Kind() {
	case reflect.String:
		try(reflect.ValueOf(v.String() + "!"))
	case reflect.Bool:
		try(reflect.ValueOf(!v.Bool()))
	case reflect.Int, reflect.Int64, reflect.Int32:
		try(reflect.ValueOf(v.Int() + 1))
	case reflect.Float64:
		try(reflect.ValueOf(v.Float() + 1))
	case reflect.Uint8, reflect.Uint64:
		try(reflect.ValueOf(v.Uint() + 1))
	case reflect.Struct:
		for i := range v.NumField() {
			visit(t, v.Field(i), path+"."+v.Type().Field(i).Name, check)
		}
	case reflect.Pointer:
		try(reflect.Zero(v.Type()))
		visit(t, v.Elem(), path, check)
	case reflect.Slice:
		if v.Len() == 0 {
			t.Fatalf("the sample has no %s", path)
		}
		try(v.Slice(0, 0))
		visit(t, v.Index(0), path+"[0]", check)
	case reflect.Map:
		try(reflect.MakeMap(v.Type()))
	default:
		t.Fatalf("%s is a %s, which this test cannot change", path, v.Kind())
	}
}
