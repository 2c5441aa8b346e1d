package price

import (
	"math/big"
	"strings"

	"github.com/shopspring/decimal"

	"steward/internal/base/errs"
)

// Amounts have at most amountScale decimal places and stay below maxAmount, so that no call's cost outgrows
// DECIMAL(38,12).
const amountScale = 12

var maxAmount = decimal.New(1, 6)

// parseAmount reads a decimal string that checkAmount accepts.
func parseAmount(where, s string) (decimal.Decimal, error) {
	d, err := parseDecimal(s)
	if err != nil {
		return decimal.Decimal{}, errs.Invalid("%s: %q is no amount; write a decimal number in quotes, for example \"2.50\"", where, s)
	}
	return d, checkAmount(where, d)
}

// checkAmount refuses what is negative, finer than amountScale or above a million.
func checkAmount(where string, d decimal.Decimal) error {
	switch {
	case d.Exponent() > 6 || d.GreaterThan(maxAmount):
		return errs.Invalid("%s: %s is above the limit of %s", where, d, maxAmount)
	case d.IsNegative():
		return errs.Invalid("%s: %s is negative", where, d)
	case !d.Equal(d.Truncate(amountScale)):
		return errs.Invalid("%s: %s has more than %d decimal places", where, d, amountScale)
	}
	return nil
}

// parseDecimal reads plain digits with an optional sign and point. Exponents are refused: a short text such as 1e999999
// would make arithmetic unbounded.
func parseDecimal(s string) (decimal.Decimal, error) {
	if s == "" || len(s) > 40 || strings.Trim(s, "-.0123456789") != "" {
		return decimal.Decimal{}, errs.Invalid("not a plain decimal number")
	}
	return decimal.NewFromString(s)
}

// amount is an exact decimal, coef × 10^-scale.
type amount struct {
	coef  *big.Int
	scale int
}

// exact takes a checked amount apart. A discount's factor has two places more than its percent.
func exact(d decimal.Decimal) amount {
	const most = amountScale + 2
	if d.Exponent() < -most {
		d = d.Truncate(most) // zeros only
	}
	if e := int(d.Exponent()); e <= 0 {
		return amount{d.Coefficient(), -e}
	}
	return amount{d.BigInt(), 0}
}

func atScale(d decimal.Decimal, scale int) *big.Int {
	a := exact(d)
	return new(big.Int).Mul(a.coef, pow10(scale-a.scale))
}

// powers of ten as far as prices, factors and rates of exchange can reach together; never written to.
var powers = func() (p [80]*big.Int) {
	for i := range p {
		p[i] = new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(i)), nil)
	}
	return p
}()

// pow10 answers 10^n, shared: it must not be changed.
func pow10(n int) *big.Int { return powers[n] }
