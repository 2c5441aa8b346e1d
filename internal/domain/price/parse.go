package price

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"steward/internal/base/errs"
	"steward/internal/domain/price/schema"
)

func parseProvider(f *schema.Provider) (*provider, error) {
	p := &provider{id: f.ID, fallback: f.Fallback, exact: make(map[string]*model, 2*len(f.Models))}
	var err error
	if p.infer, err = parsePatterns(f.Infer); err != nil {
		return nil, err
	}
	if p.inferNot, err = parsePatterns(f.InferNot); err != nil {
		return nil, err
	}
	if f.Batch != "" {
		p.hasBatch = true
		if p.batch, err = parseAmount(f.ID+".batch", f.Batch); err != nil {
			return nil, err
		}
	}
	if p.services, err = parseServices(f.ID+".services", f.Services); err != nil {
		return nil, err
	}
	if p.once, err = parseOnce(f.ID+".once", f.Once, p.services); err != nil {
		return nil, err
	}
	// Ids come first: another model's match never takes a model's own id.
	for i := range f.Models {
		m, err := parseModel(f.ID, &f.Models[i])
		if err != nil {
			return nil, err
		}
		if p.exact[strings.ToLower(m.id)] != nil {
			return nil, errs.Invalid("provider %s holds model %q twice", f.ID, m.id)
		}
		p.models = append(p.models, m)
		p.exact[strings.ToLower(m.id)] = m
	}
	for i := range f.Models {
		patterns, err := parsePatterns(f.Models[i].Match)
		if err != nil {
			return nil, err
		}
		for _, pt := range patterns {
			if !pt.isLiteral() {
				p.globs = append(p.globs, glob{pt, p.models[i]})
			} else if p.exact[pt.literal] == nil {
				p.exact[pt.literal] = p.models[i]
			}
		}
	}
	return p, nil
}

func parseModel(provider string, f *schema.Model) (*model, error) {
	where := provider + "/" + f.ID
	if f.ID == "" || f.Unpriced != (len(f.Prices) == 0) {
		return nil, errs.Invalid("%s: a model has an id and either prices or the mark unpriced", where)
	}
	if f.Window < 0 {
		return nil, errs.Invalid("%s.context_window: %d is below zero; leave out what is not known", where, f.Window)
	}
	m := &model{id: f.ID, window: f.Window, unpriced: f.Unpriced}
	for i := range f.Prices {
		pd, err := parsePeriod(fmt.Sprintf("%s.prices[%d]", where, i), &f.Prices[i])
		if err != nil {
			return nil, err
		}
		m.periods = append(m.periods, pd)
	}
	return m, nil
}

func parsePeriod(where string, f *schema.Period) (Period, error) {
	var pd Period
	var err error
	if f.ValidFrom != "" {
		day, err := time.Parse(time.DateOnly, f.ValidFrom)
		if err != nil {
			return pd, errs.Invalid("%s.valid_from: %q is no date such as 2026-03-13", where, f.ValidFrom)
		}
		pd.ValidFrom = day.UnixNano()
	}
	if len(f.Daily) > 0 {
		if pd.Daily, err = parseDaily(f.Daily); err != nil {
			return pd, errs.Wrap(errs.CodeInvalid, err, "%s.daily: write two times such as 00:30 and 16:30", where)
		}
	}
	if pd.Rates, err = parseRates(where+".rates", f.Rates); err != nil {
		return pd, err
	}
	if pd.Services, err = parseServices(where+".services", f.Services); err != nil {
		return pd, err
	}
	if pd.Once, err = parseOnce(where+".once", f.Once, pd.Services); err != nil {
		return pd, err
	}
	pd.Tiers, err = parseTiers(where+".tiers", f.Tiers)
	return pd, err
}

func parseDaily(s []string) (*Daily, error) {
	if len(s) != 2 {
		return nil, errs.Invalid("%d times given", len(s))
	}
	var at [2]int
	for i, text := range s {
		t, err := time.Parse("15:04", text)
		if err != nil {
			return nil, err
		}
		at[i] = t.Hour()*60 + t.Minute()
	}
	return &Daily{From: at[0], To: at[1]}, nil
}

func parseRates(where string, in map[string]string) (Rates, error) {
	if len(in) == 0 {
		return nil, nil
	}
	out := make(Rates, len(in))
	for name, text := range in {
		if !slices.Contains(tokenUnits[:], Unit(name)) {
			return nil, errs.Invalid("%s: %q is no unit; use one of %s, or services for anything else", where, name, unitList())
		}
		d, err := parseAmount(where+"."+name, text)
		if err != nil {
			return nil, err
		}
		out[Unit(name)] = d
	}
	return out, nil
}

func parseServices(where string, in map[string]string) (Services, error) {
	if len(in) == 0 {
		return nil, nil
	}
	out := make(Services, len(in))
	for name, text := range in {
		if !validService(name) {
			return nil, errs.Invalid("%s: %q is no service name; write lower-case words such as web_search, and token units under rates", where, name)
		}
		d, err := parseAmount(where+"."+name, text)
		if err != nil {
			return nil, err
		}
		out[name] = d
	}
	return out, nil
}

// parseOnce checks that every name is one of the services.
func parseOnce(where string, names []string, services Services) ([]string, error) {
	for _, name := range names {
		if _, ok := services[name]; !ok {
			return nil, errs.Invalid("%s: %q is not among the services", where, name)
		}
	}
	return names, nil
}

func parseTiers(where string, in []schema.Tier) ([]Tier, error) {
	var out []Tier
	for i := range in {
		if in[i].Over <= 0 || i > 0 && in[i].Over <= in[i-1].Over {
			return nil, errs.Invalid("%s[%d].over: %d is not above the tier before it; tiers rise and start above zero", where, i, in[i].Over)
		}
		rates, err := parseRates(fmt.Sprintf("%s[%d].rates", where, i), in[i].Rates)
		if err != nil {
			return nil, err
		}
		if len(rates) == 0 {
			return nil, errs.Invalid("%s[%d].rates: a tier names every rate that applies in it", where, i)
		}
		out = append(out, Tier{Over: in[i].Over, Rates: rates})
	}
	return out, nil
}

func unitList() string {
	names := make([]string, len(tokenUnits))
	for i, u := range tokenUnits {
		names[i] = string(u)
	}
	return strings.Join(names, ", ")
}
