package usage

import "testing"

func TestUnlikeMoney(t *testing.T) {
	usd, eur, none, mixed := Money{Currency: "USD"}, Money{Currency: "EUR"}, Money{}, Money{Mixed: true}
	for _, c := range []struct {
		a, b Money
		want bool
	}{{usd, usd, false}, {usd, eur, true}, {usd, none, false}, {none, none, false}, {usd, mixed, true}, {mixed, mixed, true}} {
		if c.a.Unlike(c.b) != c.want || c.b.Unlike(c.a) != c.want {
			t.Errorf("%+v and %+v: unlike must be %v", c.a, c.b, c.want)
		}
	}
}

func TestNames(t *testing.T) {
	for name, want := range map[string]bool{"web_search": true, "x2": true, "": false, "Web": false, "a-b": false, "a b": false} {
		if ValidPiece(name) != want {
			t.Errorf("piece %q: must be %v", name, want)
		}
	}
	for code, want := range map[string]bool{"USD": true, "usd": false, "US": false, "CREDITS": false, "": false} {
		if ValidCurrency(code) != want {
			t.Errorf("currency %q: must be %v", code, want)
		}
	}
}
