package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/shopspring/decimal"

	"steward/api"
)

// duration says milliseconds as a person would.
func duration(ms float64) string {
	switch {
	case ms < 1:
		return fmt.Sprintf("%.2fms", ms)
	case ms < 1000:
		return fmt.Sprintf("%.0fms", ms)
	case ms < 60_000:
		return fmt.Sprintf("%.1fs", ms/1000)
	}
	d := time.Duration(ms) * time.Millisecond
	if d < time.Hour {
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
}

// cost says money with as many digits as matter. What is not priced says so.
func cost(c *api.Cost) string {
	if c == nil {
		return "-"
	}
	if c.State == "mixed" {
		return "mixed currencies"
	}
	amount, err := decimal.NewFromString(c.Amount)
	if err != nil {
		return plain(c.Amount)
	}
	switch {
	case c.State == "unpriced" && amount.IsZero():
		return "unpriced"
	case c.State == "unpriced":
		return money(amount, c.Currency) + "+?"
	case c.State == "estimated":
		return "~" + money(amount, c.Currency)
	}
	return money(amount, c.Currency)
}

func money(amount decimal.Decimal, currency string) string {
	places := int32(6)
	switch abs := amount.Abs(); {
	case abs.IsZero() || abs.GreaterThanOrEqual(decimal.NewFromInt(1)):
		places = 2
	case abs.GreaterThanOrEqual(decimal.New(1, -2)):
		places = 4
	}
	text := amount.StringFixed(places)
	if places == 6 {
		text = strings.TrimRight(text, "0")
	}
	if currency == "USD" || currency == "" {
		return "$" + text
	}
	return text + " " + currency
}

func count(n int64) string { return humanize.Comma(n) }

func tokens(t api.Tokens) string {
	if t.Input == 0 && t.Output == 0 {
		return "-"
	}
	return short(t.Input) + "/" + short(t.Output)
}

// short says 1234 as 1.2k.
func short(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprint(n)
	case n < 1_000_000:
		return fmt.Sprintf("%.1fk", float64(n)/1000)
	}
	return fmt.Sprintf("%.1fM", float64(n)/1e6)
}

// when says a time in the reader's zone.
func (p *program) when(t time.Time) string {
	return t.In(p.Location).Format("2006-01-02 15:04:05")
}

func (p *program) whenOrNever(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return p.when(*t)
}

// of says "1 span" and "2 spans".
func of(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return count(n) + " " + noun + "s"
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return plain(s)
}
