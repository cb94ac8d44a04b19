package report

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"html"
	"io"
	"os"
	"path/filepath"

	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// svg returns the figure as an SVG document. Its text is drawn as outlines, so
// the words are repeated as title and description for search and for readers
// that speak.
func (f *figure) svg() ([]byte, error) {
	h := f.height()
	canvas := vgsvg.New(pageWidth, h)
	f.draw(draw.NewCanvas(canvas, pageWidth, h))
	var buf bytes.Buffer
	if _, err := canvas.WriteTo(&buf); err != nil {
		return nil, err
	}
	doc := buf.Bytes()
	// The library declares embedded images as JPEG though they are PNG, and lets
	// viewers blur and letterbox them.
	doc = bytes.ReplaceAll(doc, []byte(`xlink:href="data:image/jpg;`),
		[]byte(`preserveAspectRatio="none" style="image-rendering:pixelated" xlink:href="data:image/png;`))
	open := []byte(`xmlns:xlink="http://www.w3.org/1999/xlink">`)
	words := fmt.Sprintf("%s\n<title>%s</title>\n<desc>%s</desc>", open, html.EscapeString(f.title), html.EscapeString(f.describe()))
	return bytes.Replace(doc, open, []byte(words), 1), nil
}

// png returns the figure as a PNG image at 200 dots per inch.
func (f *figure) png() ([]byte, error) {
	h := f.height()
	canvas := vgimg.NewWith(vgimg.UseWH(pageWidth, h), vgimg.UseDPI(dpi))
	f.draw(draw.NewCanvas(&crisp{canvas}, pageWidth, h))
	var buf bytes.Buffer
	_, err := vgimg.PngCanvas{Canvas: canvas}.WriteTo(&buf)
	return buf.Bytes(), err
}

// writePNG writes the figure as a PNG image.
func (f *figure) writePNG(w io.Writer) error {
	data, err := f.png()
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

// csv returns the numbers behind the figure.
func (f *figure) csv() ([]byte, error) {
	var buf bytes.Buffer
	w := csv.NewWriter(&buf)
	if err := w.Write(f.table.header); err != nil {
		return nil, err
	}
	if err := w.WriteAll(f.table.rows); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// write writes NAME.svg, NAME.png and NAME.csv into dir and returns their paths.
func (f *figure) write(dir string) ([]string, error) {
	var paths []string
	for _, format := range []struct {
		ending string
		encode func() ([]byte, error)
	}{{".svg", f.svg}, {".png", f.png}, {".csv", f.csv}} {
		data, err := format.encode()
		if err != nil {
			return paths, fmt.Errorf("figure %s%s: %w", f.name, format.ending, err)
		}
		path := filepath.Join(dir, f.name+format.ending)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			return paths, err
		}
		paths = append(paths, path)
	}
	return paths, nil
}
