package results

import (
	"bytes"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"

	"trainsim/sim/engine"
	"trainsim/sim/trace"
)

// seriesRow is a row of series.parquet: the mean of one series in one bin.
type seriesRow struct {
	Series string  `parquet:"series,dict"`
	Part   string  `parquet:"part,dict"`
	Unit   string  `parquet:"unit,dict"`
	TimeS  float64 `parquet:"time_s"`
	WidthS float64 `parquet:"width_s"`
	Mean   float64 `parquet:"mean"`
}

func writeSeries(w io.Writer, d *Data) error {
	for i := range d.Series {
		if s := &d.Series[i]; d.Find(s.Name, s.Part) != s {
			return fmt.Errorf("two series are named %q of %q", s.Name, s.Part)
		}
	}
	t := newTable[seriesRow](w)
	if err := setMeta(t, metaSeries, d.Series); err != nil {
		return err
	}
	rows := make([]seriesRow, 0, trace.MaxBins)
	for i := range d.Series {
		s := &d.Series[i]
		rows = rows[:0]
		for b, mean := range s.Values {
			start := engine.Time(b) * engine.Time(s.Width)
			width := s.Width
			if start < d.End { // the last bin covers the part up to the end only
				width = min(width, d.End.Sub(start))
			}
			rows = append(rows, seriesRow{s.Name, s.Part, s.Unit, start.Seconds(), width.Seconds(), mean})
		}
		if _, err := t.Write(rows); err != nil {
			return err
		}
	}
	return t.Close()
}

func readSeries(data []byte) ([]SeriesData, error) {
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	var list []SeriesData
	if err := meta(f, metaSeries, &list); err != nil {
		return nil, err
	}
	type key struct{ name, part string }
	index := make(map[key]int, len(list))
	for i := range list {
		index[key{list[i].Name, list[i].Part}] = i
	}
	err = eachBatch(f, func(rows []seriesRow) error {
		for _, r := range rows {
			i, ok := index[key{r.Series, r.Part}]
			if !ok {
				return fmt.Errorf("series %q of %q is not in %s", r.Series, r.Part, metaSeries)
			}
			list[i].Values = append(list[i].Values, r.Mean)
		}
		return nil
	})
	return list, err
}
