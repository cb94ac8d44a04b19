package house

import (
	"go/ast"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	maxFunction = 70  // lines
	maxFile     = 420 // lines
)

// anyOrder are the functions that range over a map, each with why the order
// cannot reach a result.
var anyOrder = map[string]string{
	"sim/results.Verify":                  "names are sorted",
	"sim/results.descending":              "entries are sorted by value and key",
	"sim/report.buckets":                  "adds each key of its own",
	"sim/report.sorted":                   "entries are sorted by value and name",
	"sim/scenario.decoder.overrideInside": "takes the least key",
	"sim/scenario.decoder.table":          "keys are sorted",
	"sim/scenario.loader.sections":        "fills a map",
	"sim/scenario.loader.preset":          "fills a map",
	"sim/scenario.normalize":              "changes each value by itself",
}

// TestBans walks every function under sim/ for what it may not do.
func TestBans(t *testing.T) {
	used := map[string]bool{}
	for _, p := range load(t) {
		if !strings.HasPrefix(p.Path, "sim/") {
			continue
		}
		p.each(func(name string, d *ast.FuncDecl) {
			full := p.Path + "." + name
			for _, m := range bans(&p, d) {
				if m.rule == "ranges over a map" && anyOrder[full] != "" {
					used[full] = true
					continue
				}
				t.Errorf("%s: %s %s", p.where(m.at), full, m.rule)
			}
		})
	}
	for name := range anyOrder {
		if !used[name] {
			t.Errorf("anyOrder lists %s, which ranges over no map", name)
		}
	}
}

// breach is one thing that a function may not do.
type breach struct {
	at   ast.Node
	rule string
}

// bans lists the breaches of one function.
func bans(p *pkg, d *ast.FuncDecl) []breach {
	var found []breach
	add := func(n ast.Node, rule string) { found = append(found, breach{n, rule}) }
	lines := p.Fset.Position(d.End()).Line - p.Fset.Position(d.Pos()).Line + 1
	if lines > maxFunction {
		add(d, "is longer than 70 lines")
	}
	sorted := map[ast.Node]bool{} // calls whose result is sorted at once
	ast.Inspect(d, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			if !slices.Contains(startGo, p.Path) {
				add(n, "starts a goroutine")
			}
		case *ast.RangeStmt:
			if _, ok := p.Info.TypeOf(n.X).Underlying().(*types.Map); ok {
				add(n, "ranges over a map")
			}
		case *ast.CallExpr:
			switch f := callee(p, n); {
			case strings.HasPrefix(f, "slices.Sorted"):
				sorted[n.Args[0]] = true
			case strings.HasPrefix(f, "maps.") && !sorted[n]:
				if f == "maps.Keys" || f == "maps.Values" || f == "maps.All" {
					add(n, "ranges over a map")
				}
			default:
				if rule := banned(p.Path, f); rule != "" {
					add(n, rule)
				}
			}
		}
		return true
	})
	return found
}

// callee returns what a call calls: "time.Now" for a function of another
// package, "print" for a builtin, "" for methods and variables.
func callee(p *pkg, call *ast.CallExpr) string {
	fun := call.Fun
	if generic, ok := fun.(*ast.IndexExpr); ok {
		fun = generic.X
	}
	switch f := fun.(type) {
	case *ast.SelectorExpr:
		if fn, ok := p.Info.Uses[f.Sel].(*types.Func); ok && fn.Signature().Recv() == nil && fn.Pkg() != nil {
			return fn.Pkg().Path() + "." + fn.Name()
		}
	case *ast.Ident:
		if b, ok := p.Info.Uses[f].(*types.Builtin); ok {
			return b.Name()
		}
	}
	return ""
}

// banned returns the rule that a call in a package breaks, or "".
func banned(path, f string) string {
	pkg, name, _ := strings.Cut(f, ".")
	switch {
	case f == "print" || f == "println" || pkg == "log" || strings.HasPrefix(pkg, "log/"):
		return "prints"
	case pkg == "fmt" && strings.HasPrefix(name, "Print"):
		return "prints"
	case pkg == "time" && name == "Sleep":
		return "sleeps"
	case strings.HasPrefix(pkg, "math/rand"):
		return "draws random numbers that do not hang on the seed"
	case slices.Contains(touchFiles, path):
		return ""
	case pkg == "time" && (name == "Now" || name == "Since" || name == "Until" || name == "After" || name == "Tick"):
		return "reads the clock"
	case pkg == "os" || pkg == "io/ioutil":
		return "touches files"
	}
	return ""
}

// TestFileLength keeps one noun to a file.
func TestFileLength(t *testing.T) {
	for _, p := range load(t) {
		for _, f := range p.Files {
			if n := p.Fset.File(f.Pos()).LineCount(); n > maxFile {
				t.Errorf("%s has %d lines; %d is the most", p.where(f), n, maxFile)
			}
		}
	}
}

// TestBansFind proves on a file with every breach that each is found.
func TestBansFind(t *testing.T) {
	const source = `package bad
import ("fmt"; "maps"; "math/rand"; "os"; "slices"; "time")
func f(m map[int]int) {
	for range m {}
	for range maps.Keys(m) {}
	_ = slices.Sorted(maps.Keys(m))
	fmt.Println(time.Now())
	_ = fmt.Sprint(rand.Int())
	_, _ = os.Open("")
	go func() {}()
	time.Sleep(1)
	println()
}
`
	p := typed(t, "sim/engine", source)
	var got []string
	p.each(func(_ string, d *ast.FuncDecl) {
		for _, m := range bans(&p, d) {
			got = append(got, m.rule)
		}
	})
	want := []string{
		"ranges over a map", "ranges over a map", "prints", "reads the clock",
		"draws random numbers that do not hang on the seed", "touches files", "starts a goroutine", "sleeps", "prints",
	}
	if !slices.Equal(got, want) {
		t.Errorf("found\n%q, want\n%q", got, want)
	}
	if rule := banned("sim/study", "time.Now"); rule != "" {
		t.Errorf("study may read the clock, but %s", rule)
	}
	if rule := banned("sim/study", "fmt.Println"); rule == "" {
		t.Error("study may not print")
	}
}

// typed type-checks one file as a package of this module.
func typed(t *testing.T, path, source string) pkg {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module bad\n\ngo 1.26.0\n", "bad.go": source} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	fset, types, list := exportsOf(t, dir, ".")
	p := check(t, fset, types, list[len(list)-1])
	p.Path = path
	return p
}
