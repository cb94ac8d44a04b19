package study

import (
	"strings"
	"testing"
)

// header and row are a whole table of one run that can be simulated.
const (
	header = "id,model,layers,hidden,heads,vocab,seq_len,gpu,gpus,tp,pp,mbs,gbs,recompute,precision,iter_time_s"
	row    = "a,GPT-1.7B,24,2304,24,51200,2048,A100-80GB-SXM,32,1,1,16,512,full,fp16,3.528"
)

func read(t *testing.T, lines ...string) []Measured {
	t.Helper()
	rows, err := ReadMeasured("runs.csv", strings.NewReader(strings.Join(lines, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestReadMeasured(t *testing.T) {
	rows := read(t, "\ufeff"+header+",note", row+`,"two, with a comma"`, "b"+row[1:]+",")
	if len(rows) != 2 {
		t.Fatalf("%d rows, want 2", len(rows))
	}
	m := rows[0]
	if m.ID != "a" || m.Layers != 24 || m.Tensor != 1 || m.IterTimeS != 3.528 || m.Line != 2 || m.Note != "two, with a comma" {
		t.Errorf("read %+v", m)
	}
	if m.KVHeads != 0 || m.Virtual != "" || m.short {
		t.Errorf("columns that are not there must stay unknown: %+v", m)
	}
}

// The short form gives milliseconds and no GPU.
func TestReadShortForm(t *testing.T) {
	rows := read(t, "id,gpus,layers,hidden,heads,vocab,seq_len,tp,pp,mbs,gbs,iter_time_ms", "s,64,30,3072,32,50257,2048,1,1,8,512,3566.5")
	if m := rows[0]; !m.short || m.IterTimeS != 3.5665 {
		t.Errorf("short %v, time %v s; want true, 3.5665 s", m.short, m.IterTimeS)
	}
}

func TestReadMeasuredErrors(t *testing.T) {
	tests := []struct {
		name string
		text []string
		want []string
	}{
		{"empty", nil, []string{"runs.csv:1:1: the table is empty; its first line must name the columns"}},
		{"no rows", []string{header}, []string{"runs.csv:1:1: the table has no rows"}},
		{
			"near miss of a column that is needed",
			[]string{strings.Replace(header, "iter_time_s", "iter_time", 1), row},
			[]string{`runs.csv:1:87: column "iter_time" is not known; write "iter_time_s"`},
		},
		{
			"near misses and what is left",
			[]string{"id,layer,hiden,Heads,speed", "a,1,2,3,4"},
			[]string{
				"runs.csv:1:1: missing columns: vocab, seq_len, gpu, gpus, tp, pp, mbs, gbs, recompute, precision, iter_time_s",
				`runs.csv:1:4: column "layer" is not known; write "layers"`,
				`runs.csv:1:10: column "hiden" is not known; write "hidden"`,
				`runs.csv:1:16: column "Heads" is not known; write "heads"`,
			},
		},
		{
			"semicolons",
			[]string{strings.ReplaceAll(header, ",", ";"), strings.ReplaceAll(row, ",", ";")},
			[]string{"runs.csv:1:1: the columns are separated by semicolons; write a CSV table, with commas, in UTF-8"},
		},
		{"tabs", []string{"id\tlayers", "a\t1"}, []string{"runs.csv:1:1: the columns are separated by tabs; write a CSV table, with commas, in UTF-8"}},
		{"a spreadsheet", []string{"PK\x03\x04\x00\xff"}, []string{"runs.csv:1:1: the file is not text in UTF-8; write a CSV table, with commas, in UTF-8"}},
		{
			"a scenario",
			[]string{"[model]", "layers = 3"},
			[]string{"runs.csv:1:1: the first line names none of the columns of a table of measured runs, such as id, layers, gpus, iter_time_s; docs/accuracy.md lists them"},
		},
		{
			"missing columns, all at once",
			[]string{"id,layers,hidden", "a,1,2"},
			[]string{"runs.csv:1:1: missing columns: heads, vocab, seq_len, gpu, gpus, tp, pp, mbs, gbs, recompute, precision, iter_time_s"},
		},
		{
			// Without gpu it is the full form that lacks a column, not the short one.
			"seconds are the full form",
			[]string{strings.Replace(header, "gpu,", "", 1), row},
			[]string{"runs.csv:1:1: missing columns: gpu"},
		},
		{
			"misspelt",
			[]string{header + ",TP-Overlap,colour", row + ",yes,red"},
			[]string{`runs.csv:1:99: column "TP-Overlap" is not known; write "tp_overlap"`},
		},
		{"twice", []string{header + ",tp", row + ",1"}, []string{`runs.csv:1:99: column "tp" is there twice`}},
		{
			"values, every one with its place",
			[]string{header + ",complete", "a,m,0,-1,two,1.5,,g,9999999999,1,1,1,1,full,fp16,NaN,perhaps", ",m,1,1,1,1,1,g,1,1,1,1,1,full,fp16,-2,"},
			[]string{
				`runs.csv:2:5: layers is "0"; allowed: a whole number from 1, or nothing where it is not known`,
				`runs.csv:2:7: hidden is "-1"; allowed: a whole number from 1, or nothing where it is not known`,
				`runs.csv:2:10: heads is "two"; allowed: a whole number from 1, or nothing where it is not known`,
				`runs.csv:2:14: vocab is "1.5"; allowed: a whole number from 1, or nothing where it is not known`,
				`runs.csv:2:21: gpus is "9999999999"; allowed: a whole number from 1, or nothing where it is not known`,
				`runs.csv:2:50: iter_time_s is "NaN"; allowed: a number above 0, or nothing where it is not known`,
				`runs.csv:2:54: complete is "perhaps"; allowed: yes, minor, no`,
				`runs.csv:3:1: id is empty; every run needs a name`,
				`runs.csv:3:36: iter_time_s is "-2"; allowed: a number above 0, or nothing where it is not known`,
			},
		},
		{"same id", []string{header, row, row}, []string{`runs.csv:3:1: id "a" is also on line 2`}},
		{"short row", []string{header, "a,b", row}, []string{"runs.csv:2:1: wrong number of fields"}},
		{"quote", []string{header, `a,"b`}, []string{`runs.csv:2:5: extraneous or missing " in quoted-field`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := ReadMeasured("runs.csv", strings.NewReader(strings.Join(test.text, "\n")))
			if err == nil {
				t.Fatal("no error")
			}
			if _, ok := err.(TableErrors); !ok {
				t.Errorf("error is %T, want TableErrors", err)
			}
			if want := strings.Join(test.want, "\n"); err.Error() != want {
				t.Errorf("got\n%s\nwant\n%s", err, want)
			}
		})
	}
}

// FuzzReadMeasured: no table makes the reader or the mapping panic, and what is
// read keeps the promises of the format.
func FuzzReadMeasured(f *testing.F) {
	f.Add(header + "\n" + row)
	f.Add(header + ",vp,note,interconnect\n" + row + ",1 layer per chunk,schedule GPipe;,\"8x 200 Gb/s\"")
	f.Add("id,gpus,layers,hidden,heads,vocab,seq_len,tp,pp,mbs,gbs,iter_time_ms\ns,64,30,3072,32,50257,2048,1,1,8,512,3566.5")
	f.Fuzz(func(t *testing.T, text string) {
		rows, err := ReadMeasured("fuzz.csv", strings.NewReader(text))
		if err != nil {
			return
		}
		if len(rows) == 0 {
			t.Fatal("neither rows nor an error")
		}
		for i := range rows {
			m := &rows[i]
			if m.ID == "" || m.IterTimeS < 0 || m.GPUs < 0 {
				t.Fatalf("read %+v", m)
			}
			if text, _, err := m.Scenario(); (err == nil) != (len(text) > 0) {
				t.Fatalf("scenario %q with error %v", text, err)
			}
		}
	})
}
