package ask

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"math/big"
	"time"

	duckdb "github.com/duckdb/duckdb-go/v2"
	"github.com/shopspring/decimal"

	"steward/internal/base/errs"
	"steward/internal/domain/project"
	"steward/internal/domain/trace"
	"steward/internal/driver/duckdb/row"
)

// SQL runs one SELECT over the documented views.
func (r *Reader) SQL(ctx context.Context, q trace.SQLQuery) (out trace.Rows, err error) {
	defer errs.Op(&err, "ask.SQL")
	most := r.opt.SQLRows
	if q.MaxRows > 0 && q.MaxRows < most {
		most = q.MaxRows
	}
	waiting, stop := context.WithTimeout(ctx, r.opt.SQLTime)
	done, err := r.enter(waiting)
	stop()
	if err != nil {
		return out, err
	}
	defer done()
	ctx, cancel := context.WithTimeout(ctx, r.opt.SQLTime)
	defer cancel()
	err = r.withViews(ctx, q.Project, q.Range, func(c *sql.Conn) error {
		if err := r.check(ctx, c, q.Text); err != nil {
			return err
		}
		out, err = run(ctx, c, q.Text, most)
		return err
	})
	return out, err
}

// withViews makes the documented views for the time of fn, seen by its connection alone.
func (r *Reader) withViews(ctx context.Context, p project.ID, in trace.Range, fn func(c *sql.Conn) error) error {
	return r.src.Spans(ctx, in, func(c *sql.Conn, parts []Part) error {
		return r.src.Scores(ctx, func(_ *sql.Conn, scores string) (err error) {
			if _, err = c.ExecContext(ctx, "BEGIN TRANSACTION"); err != nil {
				return engineError(ctx, err)
			}
			defer func() {
				// Rolling back is what removes the views; it must happen however the question ended.
				_, end := c.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
				err = errors.Join(err, end)
			}()
			if _, err := c.ExecContext(ctx, "SET SESSION TimeZone = 'UTC'"); err != nil {
				return engineError(ctx, err)
			}
			for _, v := range views() {
				text, err := viewSQL(v, parts, scores, p, in)
				if err != nil {
					return err
				}
				if _, err := c.ExecContext(ctx, "CREATE TEMP VIEW "+v.Name+" AS "+text); err != nil {
					return engineError(ctx, err)
				}
			}
			return fn(c)
		})
	})
}

func run(ctx context.Context, c *sql.Conn, text string, most int) (out trace.Rows, err error) {
	rows, err := c.QueryContext(ctx, text)
	if err != nil {
		return out, userError(ctx, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	types, err := rows.ColumnTypes()
	if err != nil {
		return out, err
	}
	for _, t := range types {
		out.Columns = append(out.Columns, trace.Column{Name: t.Name(), Type: t.DatabaseTypeName()})
	}
	for rows.Next() {
		if len(out.Rows) == most {
			out.Truncated = true
			return out, nil
		}
		values := make([]any, len(types))
		dest := make([]any, len(types))
		for i := range values {
			dest[i] = &values[i]
		}
		if err := rows.Scan(dest...); err != nil {
			return out, err
		}
		for i := range values {
			values[i] = plainValue(values[i])
		}
		out.Rows = append(out.Rows, values)
	}
	return out, userError(ctx, rows.Err())
}

// userError tells what a user's SQL did wrong from what the engine did.
func userError(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return engineError(ctx, err)
	}
	var e *duckdb.Error
	if errors.As(err, &e) {
		switch e.Type {
		case duckdb.ErrorTypeOutOfMemory:
			return errs.Wrap(errs.CodeTooLarge, err, "SQL: the query needs more memory than it may use; narrow the time range or aggregate")
		case duckdb.ErrorTypeInternal, duckdb.ErrorTypeFatal, duckdb.ErrorTypeIO, duckdb.ErrorTypeTransaction:
			return err
		}
		return errs.Wrap(errs.CodeInvalid, err, "SQL: %s", e.Msg)
	}
	return err
}

// plainValue turns the engine's types into those that trace.Rows names. Integers beyond int64 become decimals, bytes
// hexadecimal text.
func plainValue(v any) any {
	switch v := v.(type) {
	case nil, bool, int64, float64, string, time.Time:
		return v
	case int8:
		return int64(v)
	case int16:
		return int64(v)
	case int32:
		return int64(v)
	case uint8:
		return int64(v)
	case uint16:
		return int64(v)
	case uint32:
		return int64(v)
	case uint64:
		if v > math.MaxInt64 {
			return decimal.NewFromBigInt(new(big.Int).SetUint64(v), 0)
		}
		return int64(v)
	case float32:
		return float64(v)
	case *big.Int:
		if v.IsInt64() {
			return v.Int64()
		}
		return decimal.NewFromBigInt(v, 0)
	case duckdb.Decimal:
		return row.Money(v)
	case duckdb.UUID:
		return v.String()
	case []byte:
		return hex.EncodeToString(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = plainValue(v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = plainValue(e)
		}
		return out
	case duckdb.Map:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[fmt.Sprint(plainValue(k))] = plainValue(e)
		}
		return out
	case duckdb.Union:
		return plainValue(v.Value)
	}
	return fmt.Sprint(v)
}
