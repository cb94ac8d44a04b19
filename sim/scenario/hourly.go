package scenario

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"trainsim/sim/budget"
)

// hourlyType is a quantity that may change by the hour. It is written as one value,
// as a list of them, or as the name of a CSV file, which is read into the list:
// written in full, a scenario needs no second file.
var hourlyType = reflect.TypeFor[budget.Hourly]()

// maxHours bounds a series: a leap year.
const maxHours = 8784

// seriesFile returns the file that a value of a key by the hour names.
func seriesFile(f *field, raw any) (string, bool) {
	name, ok := raw.(string)
	return name, ok && f.typ == hourlyType && strings.EqualFold(filepath.Ext(name), ".csv")
}

// series stores what a CSV file beside the scenario has of a key by the hour.
func (d *decoder) series(v reflect.Value, f *field, name, path string) {
	file := name
	if !filepath.IsAbs(file) {
		file = filepath.Join(filepath.Dir(d.file), file)
	}
	data, err := readTrace(file)
	switch {
	case errors.Is(err, os.ErrNotExist):
		d.report(path, false, wrong("there is no file %s", name).or("its path is relative to the folder of the scenario"))
		return
	case err != nil:
		d.report(path, false, wrong("%s", err))
		return
	}
	h, errs := f.hours(file, data)
	d.errs = append(d.errs, errs...)
	v.Set(reflect.ValueOf(h))
}

// ReadHourly reads a series by the hour of a key, such as "site.carbon", from a CSV
// file. The error is Errors unless the file cannot be read.
func ReadHourly(key, file string) (budget.Hourly, error) {
	data, err := readTrace(file)
	if err != nil {
		return nil, err
	}
	h, errs := lookup(key).hours(file, data)
	if len(errs) > 0 {
		return nil, errs
	}
	return h, nil
}

// hours reads a value a line, in the first of the units of f: the last column where
// there are several. The first line may name the columns. Where the first of
// several columns counts hours, it must do so one by one.
func (f *field) hours(file string, data []byte) (budget.Hourly, Errors) {
	r := hourReader{field: f, file: file}
	for i, text := range bytes.Split(trimMark(data), []byte{'\n'}) {
		r.line = i + 1
		r.row(strings.TrimRight(string(text), " \t\r"))
	}
	switch n := len(r.values); {
	case n == 0 && len(r.errs) == 0:
		r.line = 1
		r.add(1, wrong("no values").or("write one for each hour, a line each"))
	case n > maxHours:
		r.line = maxHours
		r.add(1, wrong("%d hours are too many", n).or(fmt.Sprintf("at most %d, a leap year: a shorter series repeats", maxHours)))
	}
	return r.values, r.errs
}

const notNumber = "is no number"

// ofHour returns the value of an hour, in base units, or what is wrong with it.
func (f *field) ofHour(text string) (float64, *mistake) {
	symbol := &f.unit.symbols[0]
	allowed := "allowed: " + symbol.name + ", " + f.allowed.describe(f.unit)
	if numberLen(text) != len(text) || text == "" {
		return 0, wrong(notNumber).or(allowed)
	}
	exact, err := exactNumber(text)
	if err != nil {
		return 0, wrong("is too long, too large or too small").or(allowed)
	}
	value, _ := new(big.Rat).Mul(exact, symbol.size).Float64()
	if !f.allowed.contains(value) {
		return 0, wrong("is out of range").or(allowed)
	}
	return value, nil
}
