package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"steward/internal/domain/price/schema"
)

//go:embed overlay.json
var overlayJSON []byte

type overlay struct {
	Providers map[string]schema.Provider `json:"providers"`
	Unpriced  []string                   `json:"unpriced"`
	// ModelServices gives services to the models of a provider whose id matches; the first that matches counts.
	ModelServices []struct {
		Provider string            `json:"provider"`
		Match    string            `json:"match"`
		Services map[string]string `json:"services"`
		Once     []string          `json:"once"`
	} `json:"model_services"`
	Models []struct {
		Provider string            `json:"provider"`
		ID       string            `json:"id"`
		Services map[string]string `json:"services"`
	} `json:"models"`
	// HourWrite gives models with a cache write price one for an hour as well, as a multiple of their input price.
	HourWrite struct {
		Contains   string          `json:"contains"`
		TimesInput decimal.Decimal `json:"times_input"`
	} `json:"hour_write"`
}

// convert writes the catalogue in a stable order: providers and models as the source has them, our own models after.
func convert(data []byte, date string) ([]byte, error) {
	var over overlay
	if err := decodeStrict(overlayJSON, &over); err != nil {
		return nil, fmt.Errorf("overlay.json: %w", err)
	}
	var in []inProvider
	if err := json.Unmarshal(data, &in); err != nil {
		return nil, err
	}
	out := schema.Catalogue{ID: "builtin/" + date, Currency: "USD",
		Source: "token prices: pydantic/genai-prices (MIT); names, batch factors and services: the providers' published price pages"}
	for i := range in {
		p, err := over.provider(&in[i])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", in[i].ID, err)
		}
		out.Providers = append(out.Providers, p)
		delete(over.Providers, p.ID)
	}
	for id := range over.Providers {
		return nil, fmt.Errorf("overlay.json: the price file has no provider %s", id)
	}
	return encode(out)
}

func (o *overlay) provider(in *inProvider) (schema.Provider, error) {
	p := o.Providers[in.ID]
	p.ID = in.ID
	p.Fallback = in.Fallback
	infer, err := patterns(in.ModelMatch)
	if err != nil {
		return p, err
	}
	p.Infer = append(infer, p.Infer...)
	for i := range in.Models {
		m, err := o.model(in.ID, &in.Models[i])
		if err != nil {
			return p, fmt.Errorf("%s: %w", in.Models[i].ID, err)
		}
		p.Models = append(p.Models, m)
	}
	for _, m := range o.Models {
		if m.Provider == p.ID {
			p.Models = append(p.Models, schema.Model{ID: m.ID, Prices: []schema.Period{{Services: m.Services}}})
		}
	}
	return p, nil
}

func (o *overlay) model(provider string, in *inModel) (schema.Model, error) {
	m := schema.Model{ID: in.ID, Window: in.Window}
	match, err := patterns(in.Match)
	if err != nil {
		return m, err
	}
	m.Match = slices.DeleteFunc(match, func(s string) bool { return s == strings.ToLower(in.ID) })
	if slices.Contains(o.Unpriced, provider+"/"+in.ID) {
		m.Unpriced = true
		return m, nil
	}
	conditional, err := in.periods()
	if err != nil {
		return m, err
	}
	for i, c := range conditional {
		pd, err := c.period()
		if err != nil {
			return m, err
		}
		if i == 0 && (pd.ValidFrom != "" || pd.Daily != nil) {
			return m, fmt.Errorf("the first price has a constraint")
		}
		if err := o.extend(provider, in.ID, &pd); err != nil {
			return m, err
		}
		m.Prices = append(m.Prices, pd)
	}
	return m, nil
}

// extend adds what the source lacks: the price of an hour's cache write, and services.
func (o *overlay) extend(provider, id string, pd *schema.Period) error {
	for _, s := range o.ModelServices {
		ok, err := path.Match(s.Match, id)
		if err != nil {
			return err
		}
		if ok && s.Provider == provider {
			pd.Services, pd.Once = s.Services, s.Once
			break
		}
	}
	if !strings.Contains(id, o.HourWrite.Contains) {
		return nil
	}
	all := []map[string]string{pd.Rates}
	for _, t := range pd.Tiers {
		all = append(all, t.Rates)
	}
	for _, rates := range all {
		if rates["cache_write"] == "" {
			continue
		}
		input, err := decimal.NewFromString(rates["input"])
		if err != nil {
			return err
		}
		rates["cache_write_1h"] = input.Mul(o.HourWrite.TimesInput).String()
	}
	return nil
}

func decodeStrict(data []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	return dec.Decode(v)
}

// encode writes one model a line, so that a new price shows as one changed line.
func encode(f schema.Catalogue) ([]byte, error) {
	var b bytes.Buffer
	var failed error
	put := func(v any) {
		var line bytes.Buffer
		enc := json.NewEncoder(&line)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(v); err != nil {
			failed = err
		}
		b.Write(bytes.TrimRight(line.Bytes(), "\n"))
	}
	b.WriteString(`{"id":`)
	put(f.ID)
	b.WriteString(",\n\"source\":")
	put(f.Source)
	b.WriteString(",\n\"currency\":")
	put(f.Currency)
	b.WriteString(",\n\"providers\":[\n")
	for i, p := range f.Providers {
		models := p.Models
		p.Models = []schema.Model{}
		put(p)
		b.Truncate(bytes.LastIndex(b.Bytes(), []byte("[]}")))
		b.WriteString("[\n")
		for j, m := range models {
			put(m)
			b.WriteString(sep(j, len(models)))
		}
		b.WriteString("]}" + sep(i, len(f.Providers)))
	}
	b.WriteString("]}\n")
	return b.Bytes(), failed
}

func sep(i, n int) string {
	if i == n-1 {
		return "\n"
	}
	return ",\n"
}
