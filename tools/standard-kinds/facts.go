package main

import (
	"fmt"
	"reflect"
	"regexp"
	"sort"
	"strings"
)

// fact is what the kernel must know of one field.
type fact struct {
	name      string   // JSON name
	proto     []string // field numbers from the outer message inwards; more than one where JSON inlines a message
	kind      string   // see kindOf
	goType    reflect.Type
	required  bool // upstream OpenAPI lists it as required
	omitEmpty bool
	flags     []string
}

func (f fact) String() string {
	proto := strings.Join(f.proto, ".")
	if proto == "" {
		proto = "-"
	}
	parts := append([]string{proto, f.kind}, f.flags...)
	return strings.Join(parts, " ")
}

// message is one Go struct.
type message struct {
	name     string // `core/v1.PodSpec`
	goType   reflect.Type
	atomic   bool
	topLevel bool
	reported bool // only found below a `status` field
	fields   []fact
}

func (m *message) flags() string {
	flags := []string{}
	if m.atomic {
		flags = append(flags, "atomic")
	}
	if m.reported {
		flags = append(flags, "reported")
	}
	return strings.Join(flags, " ")
}

// collector walks types from the roots and gathers messages and enumerations.
type collector struct {
	load     loader
	messages map[string]*message
	enums    map[string][]string
}

// scalars are the Go types with a wire form or JSON form of their own.
var scalars = map[string]string{
	"k8s.io/apimachinery/pkg/apis/meta/v1.Time":       "Time",
	"k8s.io/apimachinery/pkg/apis/meta/v1.MicroTime":  "MicroTime",
	"k8s.io/apimachinery/pkg/apis/meta/v1.Duration":   "Duration",
	"k8s.io/apimachinery/pkg/apis/meta/v1.FieldsV1":   "FieldsV1",
	"k8s.io/apimachinery/pkg/api/resource.Quantity":   "Quantity",
	"k8s.io/apimachinery/pkg/util/intstr.IntOrString": "IntOrString",
	"k8s.io/apimachinery/pkg/runtime.RawExtension":    "RawExtension",
	apiextensions + ".JSON":                           "JSON",
	apiextensions + ".JSONSchemaPropsOrBool":          "SchemaOrBool",
	apiextensions + ".JSONSchemaPropsOrArray":         "SchemaOrArray",
	apiextensions + ".JSONSchemaPropsOrStringArray":   "SchemaOrStringArray",
}

const apiextensions = "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"

var versionPath = regexp.MustCompile(`([a-z0-9]+)/(v[0-9a-z]+)$`)

// shortName is `core/v1.Pod` for k8s.io/api/core/v1.Pod.
func shortName(t reflect.Type) string {
	found := versionPath.FindStringSubmatch(t.PkgPath())
	if found == nil {
		panic(fmt.Sprintf("no group and version in %s.%s", t.PkgPath(), t.Name()))
	}
	return found[1] + "/" + found[2] + "." + t.Name()
}

// kindOf names the type of a value: string, bool, int32, int64, double, bytes, one of `scalars`, `[]T`, `map[]T`
// (keys are always strings), `items T` (a list that protobuf wraps in a message), or the name of a message or enum.
func (c *collector) kindOf(t reflect.Type) string {
	if t.Kind() == reflect.Pointer {
		return c.kindOf(t.Elem())
	}
	if scalar := scalars[t.PkgPath()+"."+t.Name()]; scalar != "" {
		return scalar
	}
	switch t.Kind() {
	case reflect.String:
		return c.stringKind(t)
	case reflect.Bool:
		return "bool"
	case reflect.Int32:
		return "int32"
	case reflect.Int64, reflect.Int:
		return "int64"
	case reflect.Float64:
		return "double"
	case reflect.Map:
		return "map[]" + c.kindOf(t.Elem())
	case reflect.Slice:
		return c.sliceKind(t)
	case reflect.Struct:
		c.add(t)
		return shortName(t)
	}
	panic("unexpected type " + t.String())
}

func (c *collector) stringKind(t reflect.Type) string {
	if t.PkgPath() == "" {
		return "string"
	}
	values := c.load.of(t).enums[t.Name()]
	if len(values) == 0 {
		return "string"
	}
	name := shortName(t)
	sort.Strings(values)
	c.enums[name] = values
	return name
}

func (c *collector) sliceKind(t reflect.Type) string {
	if t.Elem().Kind() == reflect.Uint8 {
		return "bytes"
	}
	prefix := "[]"
	if t.PkgPath() != "" && c.load.of(t).types[t.Name()].has("protobuf.nullable") {
		prefix = "items[]"
	}
	return prefix + c.kindOf(t.Elem())
}

// add gathers a struct and everything it contains.
func (c *collector) add(t reflect.Type) {
	name := shortName(t)
	if c.messages[name] != nil {
		return
	}
	m := &message{name: name, goType: t, topLevel: isTopLevel(t)}
	c.messages[name] = m
	m.atomic = isAtomic(c.load.of(t).types[t.Name()])
	m.fields = c.fieldsOf(t, nil)
}

func isAtomic(found markers) bool {
	return found.first("structType") == "atomic" || found.first("mapType") == "atomic"
}

func isTopLevel(t reflect.Type) bool {
	_, typed := t.FieldByName("TypeMeta")
	field, meta := t.FieldByName("ObjectMeta")
	return typed && meta && field.Anonymous
}

func (c *collector) fieldsOf(t reflect.Type, outer []string) []fact {
	fields := []fact{}
	for i := range t.NumField() {
		field := t.Field(i)
		if !field.IsExported() {
			continue
		}
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		proto := append(append([]string{}, outer...), protoNumber(field)...)
		switch {
		case name == "-":
		case name == "" && strings.Contains(options, "inline"):
			fields = append(fields, c.inlined(field, proto)...)
		default:
			fields = append(fields, c.fieldOf(t, field, name, proto))
		}
	}
	return fields
}

// inlined returns the fields of a struct that JSON merges into its parent. TypeMeta is no part of protobuf messages:
// the envelope carries it.
func (c *collector) inlined(field reflect.StructField, proto []string) []fact {
	fields := c.fieldsOf(field.Type, proto)
	for i := range fields {
		if len(protoNumber(field)) == 0 {
			fields[i].proto = nil
		}
	}
	return fields
}

func protoNumber(field reflect.StructField) []string {
	parts := strings.Split(field.Tag.Get("protobuf"), ",")
	if len(parts) < 2 {
		return nil
	}
	return []string{parts[1]}
}

func (c *collector) fieldOf(parent reflect.Type, field reflect.StructField, name string, proto []string) fact {
	owner := c.load.of(parent)
	found := owner.fields[parent.Name()][field.Name]
	omitEmpty := strings.Contains(field.Tag.Get("json"), ",omitempty") || strings.Contains(field.Tag.Get("json"), ",omitzero")
	f := fact{name: name, proto: proto, goType: field.Type, kind: c.kindOf(field.Type), omitEmpty: omitEmpty}
	f.required = !omitEmpty && !found.has("optional")
	f.flag(f.required, "required")
	f.flag(omitEmpty && field.Type.Kind() != reflect.Pointer && field.Type.Kind() != reflect.Struct, "omitzero")
	f.flag(field.Type.Kind() == reflect.Struct && c.messages[f.kind] != nil && !strings.Contains(field.Tag.Get("json"), ",omitzero"), "struct")
	listType := found.first("listType")
	f.flag(listType == "set", "set")
	f.flag(listType == "atomic", "atomic")
	f.flag(listType == "map", "keys="+strings.Join(found["listMapKey"], ","))
	f.flag(found.first("mapType") == "atomic" || found.first("structType") == "atomic", "atomic")
	f.flag(found.first("structType") == "granular", "granular")
	patchStrategy := field.Tag.Get("patchStrategy")
	f.flag(patchStrategy != "", "patch="+patchStrategy)
	mergeKey := field.Tag.Get("patchMergeKey")
	f.flag(mergeKey != "", "mergeKey="+mergeKey)
	if value := found.first("default"); value != "" {
		f.flags = append(f.flags, "default="+resolveDefault(owner, value))
	}
	return f
}

var constReference = regexp.MustCompile(`^ref\((?:.*\.)?(\w+)\)$`)

// resolveDefault turns `ref(Name)` into the JSON text of that constant.
func resolveDefault(owner *packageMarkers, value string) string {
	if found := constReference.FindStringSubmatch(value); found != nil {
		resolved, ok := owner.consts[found[1]]
		if !ok {
			panic("unknown constant in default " + value)
		}
		return fmt.Sprintf("%q", resolved)
	}
	return value
}

func (f *fact) flag(set bool, text string) {
	if set {
		f.flags = append(f.flags, text)
	}
}

// markReported finds the messages that only appear below a `status` field of a kind: what controllers report rather
// than what people write.
func (c *collector) markReported() {
	desired := map[string]bool{}
	var visit func(m *message)
	visit = func(m *message) {
		if desired[m.name] {
			return
		}
		desired[m.name] = true
		for _, f := range m.fields {
			inner := c.messages[f.kind[strings.LastIndex(f.kind, "]")+1:]]
			if inner != nil && !(m.topLevel && f.name == "status") {
				visit(inner)
			}
		}
	}
	for _, m := range c.messages {
		if m.topLevel {
			visit(m)
		}
	}
	for name, m := range c.messages {
		m.reported = !desired[name]
	}
}
