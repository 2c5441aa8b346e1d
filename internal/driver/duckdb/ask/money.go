package ask

// Amounts add up where they are of one currency. Over several there is no sum: NULL, and mixed says so. A filter says
// which rows count; roll-ups never do.

// priced says which rows of a group have an amount that counts.
func priced(prefix string) string { return "NOT " + prefix + "rollup AND " + isPriced(prefix) }

// reported says which rows of a group have an emitter's own amount that counts.
func reported(prefix string) string {
	return "NOT " + prefix + "rollup AND " + prefix + "reported_cost IS NOT NULL"
}

// mixed is true where the counted rows are in several currencies, and never NULL.
func mixed(currency, counts string) string {
	return "coalesce(min(" + currency + ") FILTER (" + counts + ") <> max(" + currency + ") FILTER (" + counts + "), FALSE)"
}

// oneSum is the sum of the counted rows, NULL where there are none and where they are mixed.
func oneSum(amount, currency, counts string) string {
	return "CASE WHEN NOT " + mixed(currency, counts) + " THEN sum(" + amount + ") FILTER (" + counts + ") END"
}

// oneCurrency is the currency of oneSum, ” where that is NULL.
func oneCurrency(currency, counts string) string {
	return "CASE WHEN NOT " + mixed(currency, counts) + " THEN coalesce(max(" + currency + ") FILTER (" + counts + "), '') ELSE '' END"
}
