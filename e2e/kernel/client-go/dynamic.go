package main

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
)

// dynamicClients finds kinds by discovery and works with them unseen: the dynamic and the metadata client.
func dynamicClients(ctx context.Context, config *rest.Config, namespace string, _ []string) error {
	found, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return err
	}
	groups, err := restmapper.GetAPIGroupResources(found)
	if err != nil {
		return err
	}
	mapping, err := restmapper.NewDiscoveryRESTMapper(groups).RESTMapping(schema.GroupKind{Group: "apps", Kind: "Deployment"})
	if err != nil {
		return err
	}
	say("mapped: %s, namespaced %v", mapping.Resource, mapping.Scope.Name() == meta.RESTScopeNameNamespace)
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return err
	}
	maps := client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}).Namespace(namespace)
	draft := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap",
		"metadata": map[string]any{"name": "dynamic", "labels": map[string]any{"set": "dynamic"}},
		"data":     map[string]any{"x": "1"},
	}}
	made, err := maps.Apply(ctx, "dynamic", draft, metav1.ApplyOptions{FieldManager: "test"})
	if err != nil {
		return err
	}
	say("applied: %v", made.Object["data"])
	heads, err := metadata.NewForConfig(config)
	if err != nil {
		return err
	}
	list, err := heads.Resource(schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}).Namespace(namespace).
		List(ctx, metav1.ListOptions{LabelSelector: "set=dynamic"})
	if err != nil {
		return err
	}
	if len(list.Items) != 1 {
		return fmt.Errorf("want 1 head, got %d", len(list.Items))
	}
	say("head: %s %s %v", list.Items[0].Kind, list.Items[0].Name, list.Items[0].Labels)
	preferred, err := found.ServerPreferredResources()
	if err != nil {
		return err
	}
	say("preferred resources: %v", len(preferred) > 5)
	document, err := found.OpenAPISchema()
	if err != nil {
		return err
	}
	say("openapi v2: %v", len(document.GetDefinitions().GetAdditionalProperties()) > 100)
	return nil
}
