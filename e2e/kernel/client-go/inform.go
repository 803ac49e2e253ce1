package main

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

// requests says how the reflector asks: WATCHLIST, LIST or WATCH.
type requests struct{ next http.RoundTripper }

func (r requests) RoundTrip(request *http.Request) (*http.Response, error) {
	query := request.URL.Query()
	kind := "LIST"
	if query.Get("sendInitialEvents") == "true" {
		kind = "WATCHLIST"
	} else if query.Get("watch") != "" {
		kind = "WATCH"
	}
	response, err := r.next.RoundTrip(request)
	if err == nil && strings.HasSuffix(request.URL.Path, "/configmaps") {
		say("request %s %d", kind, response.StatusCode)
	}
	return response, err
}

// inform follows the ConfigMaps with label set=informed and prints what its handler is told, until it is stopped.
func inform(ctx context.Context, config *rest.Config, namespace string, _ []string) error {
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return requests{next} })
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace(namespace),
		informers.WithTweakListOptions(func(options *metav1.ListOptions) { options.LabelSelector = "set=informed" }))
	informer := factory.Core().V1().ConfigMaps().Informer()
	_, err = informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { tell("add", object) },
		UpdateFunc: func(_, object any) { tell("update", object) },
		DeleteFunc: func(object any) { tell("delete", object) },
	})
	if err != nil {
		return err
	}
	factory.Start(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
		return ctx.Err()
	}
	say("synced")
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(100 * time.Millisecond):
			say("store %s", strings.Join(sorted(informer.GetStore()), " "))
		}
	}
}

func tell(what string, object any) {
	if tombstone, ok := object.(cache.DeletedFinalStateUnknown); ok {
		object = tombstone.Obj
	}
	if config, ok := object.(*corev1.ConfigMap); ok {
		say("%s %s=%s", what, config.Name, config.Data["x"])
	}
}

// sorted lists the ConfigMaps of a store as name=value.
func sorted(store cache.Store) []string {
	texts := []string{}
	for _, object := range store.List() {
		if config, ok := object.(*corev1.ConfigMap); ok {
			texts = append(texts, config.Name+"="+config.Data["x"])
		}
	}
	slices.Sort(texts)
	return texts
}
