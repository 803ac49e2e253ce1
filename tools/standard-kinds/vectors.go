package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// vectors writes one line per message: its name, its protobuf bytes and its JSON, as Go encodes the same value with
// every field set; messages inside it are empty.
func (c *collector) vectors() []byte {
	var out bytes.Buffer
	for _, name := range sortedKeys(c.messages) {
		value := reflect.New(c.messages[name].goType)
		marshaler, ok := value.Interface().(interface{ Marshal() ([]byte, error) })
		if !ok {
			continue
		}
		(&filler{}).fill(value.Elem(), 0)
		encoded, err := marshaler.Marshal()
		if err != nil {
			panic(err)
		}
		text, err := json.Marshal(value.Interface())
		if err != nil {
			panic(err)
		}
		fmt.Fprintf(&out, "%s %s %s\n", name, base64.StdEncoding.EncodeToString(encoded), text)
	}
	return out.Bytes()
}

// filler gives every field a value that is not zero and differs from its neighbours.
type filler struct{ count int }

var someTime = time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)

func (f *filler) fill(v reflect.Value, depth int) {
	f.count++
	if f.fillSpecial(v) {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("é%d", f.count))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int32:
		v.SetInt(int64(f.count%2*1000 - 7))
	case reflect.Int64, reflect.Int:
		v.SetInt([]int64{-1 << 63, 1<<53 + 1, 300, -1}[f.count%4])
	case reflect.Float64:
		v.SetFloat(float64(f.count) + 0.25)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(v.Elem(), depth)
	case reflect.Map:
		f.fillMap(v, depth)
	case reflect.Slice:
		f.fillSlice(v, depth)
	case reflect.Struct:
		f.fillStruct(v, depth)
	}
}

func (f *filler) fillMap(v reflect.Value, depth int) {
	key, item := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
	f.fill(key, depth)
	f.fill(item, depth)
	v.Set(reflect.MakeMap(v.Type()))
	v.SetMapIndex(key, item)
}

func (f *filler) fillSlice(v reflect.Value, depth int) {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		v.SetBytes([]byte{1, 2, 0xff, byte(f.count)})
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), 2, 2))
	f.fill(v.Index(0), depth)
	f.fill(v.Index(1), depth)
}

func (f *filler) fillStruct(v reflect.Value, depth int) {
	if depth > 0 {
		return
	}
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if !field.IsExported() || field.Name == "TypeMeta" {
			continue
		}
		inner := depth + 1
		if name := field.Tag.Get("json"); field.Anonymous && len(name) > 0 && name[0] == ',' {
			inner = depth
		}
		f.fill(v.Field(i), inner)
	}
}

func (f *filler) fillSpecial(v reflect.Value) bool {
	switch target := v.Addr().Interface().(type) {
	case *metav1.Time:
		*target = metav1.NewTime(someTime.Add(time.Duration(f.count) * time.Second))
	case *metav1.MicroTime:
		*target = metav1.NewMicroTime(someTime.Add(time.Duration(f.count) * time.Microsecond))
	case *resource.Quantity:
		*target = resource.MustParse(fmt.Sprintf("%dm", f.count*1000+1))
	case *intstr.IntOrString:
		*target = intstr.Parse([]string{"50%", "8080", "-1"}[f.count%3])
	case *runtime.RawExtension:
		target.Raw = []byte(`{"raw":[1]}`)
	case *metav1.FieldsV1:
		target.Raw = []byte(`{"f:x":{}}`)
	case *apiextensionsv1.JSON:
		target.Raw = []byte(fmt.Sprintf(`"json%d"`, f.count))
	case *apiextensionsv1.JSONSchemaPropsOrArray:
		target.Schema = &apiextensionsv1.JSONSchemaProps{Title: "one"}
	case *apiextensionsv1.JSONSchemaPropsOrBool:
		target.Allows = true
	case *apiextensionsv1.JSONSchemaPropsOrStringArray:
		target.Property = []string{"a", "b"}
	default:
		return false
	}
	return true
}
