package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"reflect"
	"strconv"
	"strings"
)

// markers are the `+name=value` lines of one Go declaration; a name may be repeated. Prose is never kept.
type markers map[string][]string

func (m markers) has(name string) bool { return len(m[name]) > 0 }

// first returns the first value of the marker, or "".
func (m markers) first(name string) string {
	if len(m[name]) == 0 {
		return ""
	}
	return m[name][0]
}

// packageMarkers holds what reflection cannot see of one package.
type packageMarkers struct {
	types  map[string]markers            // type name → markers
	fields map[string]map[string]markers // type name → Go field name → markers
	enums  map[string][]string           // type name marked +enum → its string constants
	consts map[string]string             // string constants by name
}

// readMarkers parses the source of a package of the module graph.
func readMarkers(importPath string) (*packageMarkers, error) {
	out, err := exec.Command("go", "list", "-f", "{{.Dir}}", importPath).Output()
	if err != nil {
		return nil, fmt.Errorf("go list %s: %w", importPath, err)
	}
	set := token.NewFileSet()
	parsed, err := parser.ParseDir(set, strings.TrimSpace(string(out)), nil, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	result := &packageMarkers{map[string]markers{}, map[string]map[string]markers{}, map[string][]string{}, map[string]string{}}
	for name, pkg := range parsed {
		if strings.HasSuffix(name, "_test") {
			continue
		}
		for path, file := range pkg.Files {
			if !strings.HasSuffix(path, "_test.go") {
				result.readFile(file)
			}
		}
	}
	for name := range result.enums {
		if !result.types[name].has("enum") {
			delete(result.enums, name)
		}
	}
	return result, nil
}

func (p *packageMarkers) readFile(file *ast.File) {
	for _, decl := range file.Decls {
		general, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range general.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				p.readType(general, spec, file)
			case *ast.ValueSpec:
				p.readConst(spec)
			}
		}
	}
}

func (p *packageMarkers) readType(general *ast.GenDecl, spec *ast.TypeSpec, file *ast.File) {
	found := markers{}
	collect(found, general.Doc, spec.Doc)
	// A marker may stand in a comment of its own right above the documentation.
	for _, group := range file.Comments {
		if general.Doc != nil && group.End() < general.Doc.Pos() && group.End()+3 > general.Doc.Pos() {
			collect(found, group)
		}
	}
	p.types[spec.Name.Name] = found
	structure, ok := spec.Type.(*ast.StructType)
	if !ok {
		return
	}
	fields := map[string]markers{}
	for _, field := range structure.Fields.List {
		found := markers{}
		collect(found, field.Doc)
		for _, name := range field.Names {
			fields[name.Name] = found
		}
		if len(field.Names) == 0 {
			fields[embeddedName(field.Type)] = found
		}
	}
	p.fields[spec.Name.Name] = fields
}

func (p *packageMarkers) readConst(spec *ast.ValueSpec) {
	for i, name := range spec.Names {
		if i >= len(spec.Values) {
			return
		}
		literal, ok := spec.Values[i].(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING {
			continue
		}
		value, err := strconv.Unquote(literal.Value)
		if err != nil {
			continue
		}
		p.consts[name.Name] = value
		if typeName, ok := spec.Type.(*ast.Ident); ok {
			p.enums[typeName.Name] = append(p.enums[typeName.Name], value)
		}
	}
}

func embeddedName(expression ast.Expr) string {
	switch e := expression.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.StarExpr:
		return embeddedName(e.X)
	}
	return ""
}

func collect(into markers, groups ...*ast.CommentGroup) {
	for _, group := range groups {
		if group == nil {
			continue
		}
		for _, comment := range group.List {
			line, ok := strings.CutPrefix(strings.TrimSpace(strings.TrimPrefix(comment.Text, "//")), "+")
			if !ok {
				continue
			}
			name, value, _ := strings.Cut(line, "=")
			into[name] = append(into[name], value)
		}
	}
}

// loader reads each package once.
type loader map[string]*packageMarkers

func (l loader) of(t reflect.Type) *packageMarkers {
	path := t.PkgPath()
	if l[path] == nil {
		found, err := readMarkers(path)
		if err != nil {
			panic(err)
		}
		l[path] = found
	}
	return l[path]
}
