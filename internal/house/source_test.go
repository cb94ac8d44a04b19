package house

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const module = "trainsim/"

// pkg is a package of this module as the tests see it.
type pkg struct {
	Path  string // within the module: "sim/engine"
	Fset  *token.FileSet
	Files []*ast.File
	Info  *types.Info
}

// listed is what go list says of a package.
type listed struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
}

// loaded keeps the packages from one test to the next.
var loaded []pkg

// load parses and type-checks every package of sim/ and cmd/, without tests.
func load(t *testing.T) []pkg {
	t.Helper()
	if len(loaded) > 0 {
		return loaded
	}
	fset, imports, list := exportsOf(t, filepath.Join("..", ".."), "./sim/...", "./cmd/...")
	for _, l := range list {
		if strings.HasPrefix(l.ImportPath, module) {
			loaded = append(loaded, check(t, fset, imports, l))
		}
	}
	if len(loaded) == 0 {
		t.Fatal("no packages found")
	}
	return loaded
}

// exportsOf lists packages of the module in dir and all that they import, each
// after its imports, with an importer for their types, which come from the build
// cache.
func exportsOf(t *testing.T, dir string, patterns ...string) (*token.FileSet, types.Importer, []listed) {
	t.Helper()
	args := []string{"list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles"}
	cmd := exec.Command("go", append(args, patterns...)...)
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	exports := map[string]string{}
	var list []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var l listed
		if err := d.Decode(&l); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		exports[l.ImportPath] = l.Export
		list = append(list, l)
	}
	fset := token.NewFileSet()
	open := func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) }
	return fset, importer.ForCompiler(fset, "gc", open), list
}

// check parses and type-checks one package.
func check(t *testing.T, fset *token.FileSet, imports types.Importer, l listed) pkg {
	t.Helper()
	p := pkg{Path: strings.TrimPrefix(l.ImportPath, module), Fset: fset, Info: &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{},
	}}
	for _, name := range l.GoFiles {
		f, err := parser.ParseFile(fset, filepath.Join(l.Dir, name), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		p.Files = append(p.Files, f)
	}
	conf := types.Config{Importer: imports, Error: func(err error) { t.Errorf("%s: %v", l.ImportPath, err) }}
	if _, err := conf.Check(l.ImportPath, fset, p.Files, p.Info); err != nil {
		t.Fatal(err)
	}
	return p
}

// where returns a place as file:line, the file within the module.
func (p *pkg) where(n ast.Node) string {
	at := p.Fset.Position(n.Pos())
	at.Filename = filepath.Join(p.Path, filepath.Base(at.Filename))
	at.Column = 0
	return at.String()
}

// each calls f for every function of the package with its name, "Type.Method"
// for methods.
func (p *pkg) each(f func(name string, d *ast.FuncDecl)) {
	for _, file := range p.Files {
		for _, d := range file.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
				f(funcName(fn), fn)
			}
		}
	}
}

func funcName(fn *ast.FuncDecl) string {
	if fn.Recv == nil {
		return fn.Name.Name
	}
	t := fn.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if generic, ok := t.(*ast.IndexExpr); ok {
		t = generic.X
	}
	return types.ExprString(t) + "." + fn.Name.Name
}
