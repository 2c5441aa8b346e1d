package stat_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"steward/internal/base/stat"
)

func near(a, b, tolerance float64) bool { return math.Abs(a-b) <= tolerance }

// TestWilson holds it to Newcombe's published table ("Two-sided confidence intervals for the single proportion",
// Statistics in Medicine 17, 1998, table I, method 3).
func TestWilson(t *testing.T) {
	for _, c := range []struct{ hits, n, low, high float64 }{
		{81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718},
	} {
		got := stat.Wilson(c.hits, c.n, stat.Z95)
		if !near(got.Low, c.low, 5e-5) || !near(got.High, c.high, 5e-5) {
			t.Errorf("%v of %v: %.4f, want %v to %v", c.hits, c.n, got, c.low, c.high)
		}
	}
	if stat.Wilson(0, 0, stat.Z95) != (stat.Interval{Low: 0, High: 1}) {
		t.Error("no trials say something")
	}
}

// TestNewcombe holds it to the published examples of its own paper, table II, method 10.
func TestNewcombe(t *testing.T) {
	for _, c := range []struct{ a, m, b, n, low, high float64 }{
		{56, 70, 48, 80, 0.0524, 0.3339}, {9, 10, 3, 10, 0.1705, 0.8090}, {6, 7, 2, 7, 0.0582, 0.8062},
		{5, 56, 0, 29, -0.0381, 0.1926}, {0, 10, 0, 20, -0.1611, 0.2775}, {10, 10, 0, 10, 0.6075, 1},
	} {
		got := stat.Newcombe(c.a, c.m, c.b, c.n, stat.Z95)
		if !near(got.Low, c.low, 5e-5) || !near(got.High, c.high, 5e-5) {
			t.Errorf("%v/%v - %v/%v: %.4f, want %v to %v", c.a, c.m, c.b, c.n, got, c.low, c.high)
		}
	}
}

// TestCoverage simulates: intervals of 95 % must hold the truth about that often.
func TestCoverage(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const rounds = 4000
	var difference, quantile int
	draw := func(n int, p float64) (hits float64) {
		for range n {
			if r.Float64() < p {
				hits++
			}
		}
		return hits
	}
	xs := make([]float64, 400)
	for range rounds {
		if stat.Newcombe(draw(60, 0.2), 60, draw(90, 0.08), 90, stat.Z95).Holds(0.12) {
			difference++
		}
		for i := range xs {
			xs[i] = r.ExpFloat64()
		}
		slices.Sort(xs)
		low, high, ok := stat.QuantileRanks(0.95, float64(len(xs)), stat.Z95)
		at := func(q float64) float64 { return xs[int(math.Round(q*float64(len(xs)-1)))] }
		if truth := -math.Log(0.05); ok && at(low) <= truth && truth <= at(high) {
			quantile++
		}
	}
	for name, n := range map[string]int{"difference": difference, "quantile": quantile} {
		if share := float64(n) / rounds; share < 0.94 || share > 0.975 {
			t.Errorf("%s: the interval holds the truth in %.3f of cases", name, share)
		}
	}
}

func TestQuantileRanksOfFew(t *testing.T) {
	if _, _, ok := stat.QuantileRanks(0.95, 20, stat.Z95); ok {
		t.Error("twenty observations bound a 95th percentile from above")
	}
	low, high, ok := stat.QuantileRanks(0.5, 100, stat.Z95)
	if !ok || !near(low, 40.0/99, 1e-9) || !near(high, 59.0/99, 1e-9) { // ranks 41 and 60
		t.Errorf("median of 100: %v to %v, %v", low, high, ok)
	}
}
