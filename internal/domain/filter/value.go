package filter

import (
	"math"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// Digits that a number may have, so that drivers can bind every one as DECIMAL(38,12).
const (
	maxWhole    = 26
	maxFraction = 12
)

// quantity reads one value of an ordered type. Low and high are the same but for a date, which is a whole day.
func (c *comparer) quantity(s string, w word) (low, high Value, err error) {
	var why string
	switch c.field.Type {
	case TypeMoney:
		low.Type = TypeMoney
		low.Number, why = number(s, false)
	case TypeDuration:
		low.Type = TypeDuration
		low.Number, why = duration(s)
	case TypeTime:
		low, high, why = instant(s)
	default: // number, score, attribute
		low.Type = TypeNumber
		low.Number, why = number(s, c.field.Type == TypeNumber)
	}
	if why != "" {
		return low, high, c.fail(w.start, w.end, "%q is no value of %s: %s", clip(s), c.ref, why)
	}
	if c.field.Type != TypeTime {
		high = low
	}
	return low, high, nil
}

func (c *comparer) enum(w word) (Value, error) {
	s := strings.ToLower(w.String())
	for _, v := range c.field.Values {
		if v == s {
			return Value{Type: TypeEnum, Pattern: Pattern{[]string{v}}}, nil
		}
	}
	return Value{}, c.fail(w.start, w.end, "%q is no value of %s; allowed are %s", clip(w.String()), c.ref, strings.Join(c.field.Values, ", "))
}

func truth(s string) (value, ok bool) {
	switch strings.ToLower(s) {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	return false, false
}

// isNumber says whether s looks like a plain number; number may still refuse its size.
func isNumber(s string) bool {
	s = strings.TrimLeft(s, "+-")
	return s != "" && strings.Trim(s, "0123456789.") == "" && strings.Trim(s, ".") != "" && strings.Count(s, ".") <= 1
}

// number reads [+-]digits[.digits], with k, M or G behind it where a count is meant; why says what is wrong, or "".
func number(s string, counts bool) (d decimal.Decimal, why string) {
	digits, factor := s, int32(0)
	if counts && s != "" {
		switch s[len(s)-1] {
		case 'k', 'K':
			digits, factor = s[:len(s)-1], 3
		case 'M', 'm':
			digits, factor = s[:len(s)-1], 6
		case 'G', 'g', 'B', 'b':
			digits, factor = s[:len(s)-1], 9
		}
	}
	plain := strings.TrimPrefix(strings.TrimPrefix(digits, "-"), "+")
	if len(digits)-len(plain) > 1 || !isNumber(plain) || strings.Trim(plain, "0123456789.") != "" {
		if counts {
			return d, "write a number such as 250, 10k or 1.5M"
		}
		return d, "write a plain decimal number such as 0.05"
	}
	whole, fraction, _ := strings.Cut(plain, ".")
	if len(strings.TrimLeft(whole, "0")) > maxWhole || len(fraction) > maxFraction {
		return d, "at most 26 digits before the point and 12 behind it are allowed"
	}
	d, err := decimal.NewFromString(strings.TrimSuffix(strings.TrimPrefix(digits, "+"), "."))
	if err != nil {
		return d, "write a number such as 0.05"
	}
	if d = d.Shift(factor); d.Abs().GreaterThanOrEqual(decimal.New(1, maxWhole)) {
		return d, "it is too large"
	}
	return d, ""
}

// units of a duration, in nanoseconds; longer names before their prefixes.
var units = []struct {
	name string
	ns   int64
}{
	{"ms", 1e6}, {"us", 1e3}, {"µs", 1e3}, {"μs", 1e3}, {"ns", 1},
	{"d", 24 * 3600e9}, {"h", 3600e9}, {"m", 60e9}, {"s", 1e9},
}

// duration reads numbers with units, largest to smallest by custom but in any order, into nanoseconds.
func duration(s string) (decimal.Decimal, string) {
	const help = "write a number and its unit (ns us ms s m h d), such as 300ms, 2s or 1m30s"
	total := decimal.Zero
	if s == "0" {
		return total, ""
	}
	if strings.HasPrefix(s, "-") {
		return total, "a duration is never negative"
	}
	if isNumber(s) {
		return total, "the unit is missing; " + help
	}
	for rest := s; rest != ""; {
		n := 0
		for n < len(rest) && (rest[n] >= '0' && rest[n] <= '9' || rest[n] == '.') {
			n++
		}
		d, why := number(rest[:n], false)
		if n == 0 || why != "" {
			return total, help
		}
		rest = rest[n:]
		found := false
		for _, u := range units {
			if found = strings.HasPrefix(rest, u.name); found {
				total, rest = total.Add(d.Mul(decimal.NewFromInt(u.ns))), rest[len(u.name):]
				break
			}
		}
		if !found {
			return total, help
		}
	}
	switch {
	case s == "":
		return total, help
	case total.GreaterThan(decimal.NewFromInt(math.MaxInt64)):
		return total, "it is longer than 292 years"
	case !total.IsInteger():
		return total, "it is finer than a nanosecond"
	}
	return total, ""
}

// instant reads RFC 3339, a date (its whole day, UTC), now, or a time ago such as -24h.
func instant(s string) (low, high Value, why string) {
	const help = "write RFC 3339 with its zone (2026-05-01T12:00:00Z), a date (2026-05-01), now, or a time ago such as -24h"
	if ago, ok := strings.CutPrefix(s, "-"); ok || s == "now" {
		v := Value{Type: TypeTime, Relative: true}
		if s != "now" {
			d, why := duration(ago)
			if why != "" {
				return v, v, help
			}
			v.Number = d.Neg()
		}
		return v, v, ""
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		low, why = absolute(t)
		if why == "" {
			high, why = absolute(t.Add(24*time.Hour - 1))
		}
		return low, high, why
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return low, high, help
	}
	low, why = absolute(t)
	return low, low, why
}

func absolute(t time.Time) (Value, string) {
	if t.Before(time.Unix(0, math.MinInt64)) || t.After(time.Unix(0, math.MaxInt64)) {
		return Value{}, "times go from 1677 to 2262"
	}
	return Value{Type: TypeTime, Number: decimal.NewFromInt(t.UnixNano())}, ""
}

// expects says what a value of the field looks like.
func (f Field) expects() string {
	switch f.Type {
	case TypeEnum:
		return "allowed are " + strings.Join(f.Values, ", ")
	case TypeBoolean:
		return "allowed are true and false"
	case TypeNumber:
		return "for example 250, 10k or 1.5M"
	case TypeMoney:
		return "for example 0.05"
	case TypeDuration:
		return "for example 300ms, 2s or 1m30s"
	case TypeTime:
		return "for example 2026-05-01T12:00:00Z, 2026-05-01 or -24h"
	}
	return "for example " + f.Example
}

func article(t Type) string {
	switch t {
	case TypeEnum:
		return "one of a few words"
	case TypeBoolean:
		return "true or false"
	case TypeSearch:
		return "message text"
	}
	return "text"
}

// clip keeps a value that is quoted back in a message short.
func clip(s string) string {
	const most = 60
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return string(r[:most]) + "…"
}

func sentence(s string) string {
	if strings.HasSuffix(s, "?") {
		return s
	}
	return s + "."
}
