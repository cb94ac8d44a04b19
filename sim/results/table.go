package results

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

// rowsPerGroup bounds what a writer holds in memory; batch is what it is given at once.
const (
	rowsPerGroup = 200_000
	batch        = 4096
)

// The keys of the metadata that a table cannot hold in its rows.
const (
	metaFormat  = "trainsim.format_version"
	metaSeries  = "trainsim.series"  // JSON list of SeriesData
	metaStreams = "trainsim.streams" // JSON lists of names, in the order of their indices
	metaPhases  = "trainsim.phases"
	metaLabels  = "trainsim.labels"
)

func newTable[T any](w io.Writer) *parquet.GenericWriter[T] {
	return parquet.NewGenericWriter[T](w,
		parquet.Compression(&zstd.Codec{Level: zstd.SpeedFastest}),
		parquet.MaxRowsPerRowGroup(rowsPerGroup),
		parquet.KeyValueMetadata(metaFormat, fmt.Sprint(Version)))
}

func setMeta[T any](t *parquet.GenericWriter[T], key string, v any) error {
	b, err := json.Marshal(v)
	t.SetKeyValueMetadata(key, string(b))
	return err
}

// meta decodes one entry of a table's metadata.
func meta(f *parquet.File, key string, v any) error {
	text, ok := f.Lookup(key)
	if !ok {
		return fmt.Errorf("no %s in the metadata", key)
	}
	if err := json.Unmarshal([]byte(text), v); err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	return nil
}

// eachBatch gives the rows of a table to f, in order.
func eachBatch[T any](f *parquet.File, do func(rows []T) error) error {
	t := parquet.NewGenericReader[T](f)
	defer t.Close()
	rows := make([]T, batch)
	for {
		n, err := t.Read(rows)
		if n > 0 {
			if err := do(rows[:n]); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
