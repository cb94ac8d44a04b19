package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files instead of comparing with them")

var embedded = regexp.MustCompile(`base64,[^"]*`)

// Each figure of a tiny run as SVG, with its text left as text so that a change
// can be read, and without the bytes of images, which have tests of their own.
func TestGoldenFigures(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the last digit of a coordinate may differ between architectures")
	}
	handler.asText = true
	defer func() { handler.asText = false }()
	for _, f := range figures(tiny.make()) {
		t.Run(f.name, func(t *testing.T) {
			f.stamp = "stamp"
			got, err := f.svg()
			if err != nil {
				t.Fatal(err)
			}
			compare(t, filepath.Join("testdata", f.name+".svg"), embedded.ReplaceAll(got, []byte("base64,…")))
		})
	}
}

// The numbers behind the figures that are made of few.
func TestGoldenTables(t *testing.T) {
	for _, f := range figures(tiny.make()) {
		switch f.name {
		case "operations", "buckets", "mfu", "energy", "links", "link-heat", "timeline-warmup":
			t.Run(f.name, func(t *testing.T) {
				got, err := f.csv()
				if err != nil {
					t.Fatal(err)
				}
				compare(t, filepath.Join("testdata", f.name+".csv"), got)
			})
		}
	}
}

func compare(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	a, b := bytes.Split(got, []byte("\n")), bytes.Split(want, []byte("\n"))
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) || !bytes.Equal(a[i], b[i]) {
			t.Fatalf("%s differs in line %d; look at the figure, then run with -update\n got %s\nwant %s", path, i+1, at(a, i), at(b, i))
		}
	}
}

func at(lines [][]byte, i int) []byte {
	if i >= len(lines) {
		return []byte("(nothing)")
	}
	return lines[i][:min(len(lines[i]), 200)]
}

// The same result gives the same bytes, from a fresh reading of it too.
func TestPlotsAreDeterministic(t *testing.T) {
	skipRace(t)
	first, second := t.TempDir(), t.TempDir()
	paths, err := Plots(tiny.make(), first)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Plots(tiny.make(), second)
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 || len(paths) != len(again) {
		t.Fatalf("%d and %d files", len(paths), len(again))
	}
	for i := range paths {
		a, errA := os.ReadFile(paths[i])
		b, errB := os.ReadFile(again[i])
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if filepath.Base(paths[i]) != filepath.Base(again[i]) || !bytes.Equal(a, b) {
			t.Errorf("%s differs", filepath.Base(paths[i]))
		}
	}
}

// SVG files are well-formed and hold no font; PNG files have the width of the
// page at 200 dots per inch and a white rim: nothing is clipped.
func TestFilesAreSound(t *testing.T) {
	skipRace(t)
	for _, f := range figures(tiny.make()) {
		doc, err := f.svg()
		if err != nil {
			t.Fatal(err)
		}
		d := xml.NewDecoder(bytes.NewReader(doc))
		for {
			if _, err = d.Token(); err != nil {
				break
			}
		}
		if !errors.Is(err, io.EOF) {
			t.Errorf("%s.svg: %v", f.name, err)
		}
		if bytes.Contains(doc, []byte("<text")) || bytes.Contains(doc, []byte("image/jpg")) || !bytes.Contains(doc, []byte("<title>"+subject(tiny.make()))) {
			t.Errorf("%s.svg: text, a wrong type of image, or no title", f.name)
		}
		data, err := f.png()
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		size := img.Bounds().Size()
		if size.X != 1380 || size.Y < 300 || size.Y > 2200 {
			t.Errorf("%s.png: %v", f.name, size)
		}
		for y := range size.Y {
			for _, x := range []int{0, 4, size.X - 5, size.X - 1} {
				if r, g, b, _ := img.At(x, y).RGBA(); r+g+b != 3*0xFFFF {
					t.Fatalf("%s.png: a mark at the edge, %d, %d", f.name, x, y)
				}
			}
		}
	}
}
