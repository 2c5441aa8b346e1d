package cli

import (
	"fmt"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// progress shows how far work is: a bar on a terminal, a line every few seconds elsewhere. It goes to standard error, so
// that output stays clean. at and end may be called from one goroutine only.
type progress struct {
	p       *program
	name    string
	unit    string
	bars    *mpb.Progress
	bar     *mpb.Bar
	said    time.Time
	done    int64
	total   int64
	started bool
}

// sayEvery is how often a line is printed where there is no terminal.
const sayEvery = 5 * time.Second

func (p *program) newProgress(name, unit string) *progress {
	return &progress{p: p, name: name, unit: unit, said: p.Clock.Now()}
}

// at says that done of total are done; total 0 is not known yet.
func (g *progress) at(done, total int64) {
	g.done, g.total = done, total
	if terminal(g.p.Stderr) {
		g.draw()
		return
	}
	if now := g.p.Clock.Now(); now.Sub(g.said) >= sayEvery && total > 0 {
		g.said = now
		fmt.Fprintf(g.p.Stderr, "%s: %s of %s (%d%%)\n", g.name, count(done), of(total, g.unit[:len(g.unit)-1]), done*100/total)
	}
}

func (g *progress) draw() {
	if !g.started {
		g.started = true
		g.bars = mpb.New(mpb.WithOutput(g.p.Stderr), mpb.WithWidth(48), mpb.WithRefreshRate(120*time.Millisecond))
		format := "%d / %d " + g.unit
		counter := decor.CountersNoUnit(format)
		if g.unit == "bytes" {
			counter = decor.CountersKibiByte("% .1f / % .1f")
		}
		g.bar = g.bars.AddBar(g.total, mpb.BarRemoveOnComplete(),
			mpb.PrependDecorators(decor.Name(g.name+" ")), mpb.AppendDecorators(counter, decor.Name("  "), decor.Percentage(decor.WCSyncSpace)))
	}
	g.bar.SetTotal(g.total, false)
	g.bar.SetCurrent(g.done)
}

// end takes the bar away. It is safe to call twice.
func (g *progress) end() {
	if g.bars == nil {
		return
	}
	g.bar.Abort(true)
	g.bars.Wait()
	g.bars = nil
}
