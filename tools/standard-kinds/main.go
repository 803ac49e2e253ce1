// Standard-kinds writes the facts about the kinds of k8s.io/api that the kernel serves: field names, types, protobuf
// numbers, list and map semantics and patch strategies. It copies no documentation.
//
// Run it in this folder: go run . ../../kernel/schema
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"strings"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	certificatesv1 "k8s.io/api/certificates/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	eventsv1 "k8s.io/api/events/v1"
	flowcontrolv1 "k8s.io/api/flowcontrol/v1"
	networkingv1 "k8s.io/api/networking/v1"
	nodev1 "k8s.io/api/node/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	resourcev1 "k8s.io/api/resource/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	storagev1 "k8s.io/api/storage/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	apiregistrationv1 "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
)

// groups in the order in which they may claim a plain TypeScript name.
var groups = []func(*runtime.Scheme) error{
	corev1.AddToScheme, appsv1.AddToScheme, batchv1.AddToScheme, rbacv1.AddToScheme, networkingv1.AddToScheme,
	policyv1.AddToScheme, coordinationv1.AddToScheme, discoveryv1.AddToScheme, autoscalingv2.AddToScheme,
	autoscalingv1.AddToScheme, storagev1.AddToScheme, schedulingv1.AddToScheme, nodev1.AddToScheme,
	certificatesv1.AddToScheme, authenticationv1.AddToScheme, authorizationv1.AddToScheme,
	admissionregistrationv1.AddToScheme, apiextensionsv1.AddToScheme, flowcontrolv1.AddToScheme, eventsv1.AddToScheme,
	resourcev1.AddToScheme, apiregistrationv1.AddToScheme,
}

// metaRoots are the shared types that requests and responses carry by themselves.
var metaRoots = []any{
	metav1.ObjectMeta{}, metav1.ListMeta{}, metav1.DeleteOptions{}, metav1.ListOptions{}, metav1.GetOptions{},
	metav1.CreateOptions{}, metav1.UpdateOptions{}, metav1.PatchOptions{}, metav1.Status{}, metav1.Condition{},
	metav1.LabelSelector{},
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: standard-kinds SCHEMA-FOLDER")
		os.Exit(2)
	}
	c := &collector{load: loader{}, messages: map[string]*message{}, enums: map[string][]string{}}
	order := []string{}
	for _, addToScheme := range groups {
		order = append(order, c.addGroup(addToScheme)...)
	}
	for _, root := range metaRoots {
		c.add(reflect.TypeOf(root))
	}
	c.markReported()
	write(filepath.Join(os.Args[1], "standard/fields.json"), c.fieldsJSON())
	write(filepath.Join(os.Args[1], "standard/types.ts"), c.typeScript(order))
	write(filepath.Join(os.Args[1], "testdata/protobuf.txt"), c.vectors())
}

// addGroup gathers the kinds one package registers, without lists and the shared types of meta/v1.
func (c *collector) addGroup(addToScheme func(*runtime.Scheme) error) []string {
	scheme := runtime.NewScheme()
	if err := addToScheme(scheme); err != nil {
		panic(err)
	}
	added := map[string]bool{}
	for gvk, t := range scheme.AllKnownTypes() {
		if t.PkgPath() == "k8s.io/apimachinery/pkg/apis/meta/v1" || strings.HasSuffix(gvk.Kind, "List") {
			continue
		}
		c.add(t)
		added[t.PkgPath()] = true
	}
	paths := []string{}
	for path := range added {
		paths = append(paths, path)
	}
	return paths
}

// fieldsJSON writes one line per field, so that a change of the upstream version reads well as a diff.
func (c *collector) fieldsJSON() []byte {
	var out bytes.Buffer
	out.WriteString("{\n\"enums\": {\n")
	names := sortedKeys(c.enums)
	for i, name := range names {
		fmt.Fprintf(&out, "%s: %s%s\n", quote(name), quote(strings.Join(c.enums[name], "|")), comma(i, len(names)))
	}
	out.WriteString("},\n\"messages\": {\n")
	names = sortedKeys(c.messages)
	for i, name := range names {
		m := c.messages[name]
		lines := []string{}
		if flags := m.flags(); flags != "" {
			lines = append(lines, `"": `+quote(flags))
		}
		for _, f := range m.fields {
			text := strings.ReplaceAll(f.String(), " "+groupOf(name)+".", " ")
			text = strings.ReplaceAll(text, "]"+groupOf(name)+".", "]")
			lines = append(lines, quote(f.name)+": "+quote(text))
		}
		fmt.Fprintf(&out, "%s: {\n%s}%s\n", quote(name), strings.Join(lines, ",\n"), comma(i, len(names)))
	}
	out.WriteString("}\n}\n")
	return out.Bytes()
}

func groupOf(name string) string { return name[:strings.LastIndex(name, ".")] }

func comma(i, count int) string {
	if i == count-1 {
		return ""
	}
	return ","
}

func quote(text string) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		panic(err)
	}
	return strings.TrimSpace(out.String())
}

func sortedKeys[V any](m map[string]V) []string {
	keys := []string{}
	for key := range m {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

func write(path string, content []byte) {
	if err := os.WriteFile(path, content, 0o644); err != nil {
		panic(err)
	}
}
