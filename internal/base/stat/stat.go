// Package stat is the mathematics of uncertainty: intervals for proportions, their differences and quantiles. It is
// pure. Levels of confidence are given as the two-sided standard normal quantile, Z95 for 95 %.
package stat

import "math"

// Z95 is the standard normal quantile of two-sided 95 % confidence.
const Z95 = 1.959963984540054

// Interval is a range of plausible values, both ends included.
type Interval struct{ Low, High float64 }

// Holds says whether x lies within.
func (i Interval) Holds(x float64) bool { return i.Low <= x && x <= i.High }

// Wilson answers the score interval of a proportion of hits among n trials (Wilson, 1927). With no trials it is [0, 1].
func Wilson(hits, n, z float64) Interval {
	if n <= 0 {
		return Interval{0, 1}
	}
	p := hits / n
	centre := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return Interval{max(0, centre-half), min(1, centre+half)}
}

// Newcombe answers the hybrid score interval of the difference of two independent proportions, the first less the second
// (Newcombe, "Interval estimation for the difference between independent proportions", Statistics in Medicine 17, 1998,
// method 10). Where either side has no trials it is [-1, 1].
func Newcombe(hits1, n1, hits2, n2, z float64) Interval {
	if n1 <= 0 || n2 <= 0 {
		return Interval{-1, 1}
	}
	p1, p2 := hits1/n1, hits2/n2
	a, b := Wilson(hits1, n1, z), Wilson(hits2, n2, z)
	d := p1 - p2
	return Interval{
		d - math.Sqrt((p1-a.Low)*(p1-a.Low)+(b.High-p2)*(b.High-p2)),
		d + math.Sqrt((a.High-p1)*(a.High-p1)+(p2-b.Low)*(p2-b.Low)),
	}
}

// QuantileRanks answers between which two quantiles of a sample of n the population's quantile p lies, distribution-free,
// from the binomial law of how many observations lie below it in its normal approximation (Conover, "Practical
// Nonparametric Statistics", 3rd edition, section 3.2). ok is false where the sample is too small to bound it on both
// sides.
func QuantileRanks(p, n, z float64) (low, high float64, ok bool) {
	if n <= 1 {
		return 0, 1, false
	}
	half := z * math.Sqrt(n*p*(1-p))
	r, s := math.Ceil(n*p-half), math.Ceil(n*p+half) // 1-based ranks
	if r < 1 || s > n {
		return 0, 1, false
	}
	return (r - 1) / (n - 1), (s - 1) / (n - 1), true
}
