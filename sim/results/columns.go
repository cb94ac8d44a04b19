package results

import (
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"
)

// columns reads the columns of one row group by name and stops at the first error.
type columns struct {
	group parquet.RowGroup
	err   error
}

func newColumns(g parquet.RowGroup) *columns { return &columns{group: g} }

func (c *columns) int64s(name string) []int64 {
	return readColumn(c, name, parquet.Int64, func(v encoding.Values) []int64 { return v.Int64() })
}

func (c *columns) int32s(name string) []int32 {
	return readColumn(c, name, parquet.Int32, func(v encoding.Values) []int32 { return v.Int32() })
}

// strings returns, of a column with a dictionary, the index of each row and the
// strings that the indices mean.
func (c *columns) strings(name string) (index []int32, names []string) {
	index = readColumn(c, name, parquet.ByteArray, func(v encoding.Values) []int32 { return v.Int32() },
		func(d parquet.Dictionary) {
			for i := len(names); i < d.Len(); i++ {
				names = append(names, d.Index(int32(i)).String())
			}
		})
	return index, names
}

// readColumn appends the values of every page of a column. Columns of strings
// give their indices, and the dictionary to each of dictionary.
func readColumn[T int32 | int64](c *columns, name string, kind parquet.Kind, values func(encoding.Values) []T, dictionary ...func(parquet.Dictionary)) []T {
	if c.err != nil {
		return nil
	}
	leaf, ok := c.group.Schema().Lookup(name)
	if !ok || leaf.Node.Type().Kind() != kind || !leaf.Node.Required() {
		c.err = fmt.Errorf("no column %s of kind %v", name, kind)
		return nil
	}
	pages := c.group.ColumnChunks()[leaf.ColumnIndex].Pages()
	defer pages.Close()
	out := make([]T, 0, c.group.NumRows())
	for {
		p, err := pages.ReadPage()
		if err == io.EOF {
			break
		}
		if err != nil {
			c.err = fmt.Errorf("column %s: %w", name, err)
			return nil
		}
		if (p.Dictionary() != nil) != (len(dictionary) > 0) {
			c.err = errors.New("column " + name + ": wrong encoding")
			return nil
		}
		for _, f := range dictionary {
			f(p.Dictionary())
		}
		out = append(out, values(p.Data())...)
		parquet.Release(p)
	}
	if int64(len(out)) != c.group.NumRows() {
		c.err = fmt.Errorf("column %s has %d values in a group of %d rows", name, len(out), c.group.NumRows())
	}
	return out
}
