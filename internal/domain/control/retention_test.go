package control

import (
	"strings"
	"testing"

	"steward/internal/base/errs"
)

func TestRetentionCheck(t *testing.T) {
	for _, c := range []struct {
		r    Retention
		want string // field named by the error, "" for none
	}{
		{Retention{}, ""},
		{DefaultRetention(), ""},
		{Retention{1, 2, 3, 4, 36_500}, ""},
		{Retention{SpansDays: -1}, "spans_days"},
		{Retention{LogsDays: 36_501}, "logs_days"},
		{Retention{MetricsDays: -1}, "metrics_days"},
		{Retention{ScoresDays: -1}, "scores_days"},
		{Retention{BlobsDays: 1 << 40}, "blobs_days"},
	} {
		err := c.r.Check()
		if (err == nil) != (c.want == "") {
			t.Errorf("%+v: %v", c.r, err)
		}
		if err != nil && (errs.CodeOf(err) != errs.CodeInvalid || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%+v: %v does not name %s", c.r, err, c.want)
		}
	}
}
