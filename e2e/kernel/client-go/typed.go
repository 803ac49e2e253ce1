package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	appsac "k8s.io/client-go/applyconfigurations/apps/v1"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
	metav1ac "k8s.io/client-go/applyconfigurations/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/retry"
)

// bodies counts the content types of what is sent.
type bodies struct {
	next  http.RoundTripper
	count map[string]int
}

func (b *bodies) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Body != nil {
		b.count[request.Header.Get("Content-Type")]++
	}
	return b.next.RoundTrip(request)
}

// typed walks through the verbs of the typed clients. Every line it prints was checked by the caller's eyes: the test.
func typed(ctx context.Context, config *rest.Config, namespace string, _ []string) error {
	sent := &bodies{count: map[string]int{}}
	config.Wrap(func(next http.RoundTripper) http.RoundTripper {
		sent.next = next
		return sent
	})
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	for _, step := range []func(context.Context, *kubernetes.Clientset, string) error{
		configMaps, deployments, leases, reviews,
	} {
		if err := step(ctx, client, namespace); err != nil {
			return err
		}
	}
	say("protobuf bodies: %v", sent.count["application/vnd.kubernetes.protobuf"] > 5)
	say("json bodies: %d", sent.count["application/json"])
	return nil
}

func configMaps(ctx context.Context, client *kubernetes.Clientset, namespace string) error {
	maps := client.CoreV1().ConfigMaps(namespace)
	draft := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "made-", Labels: map[string]string{"set": "typed"}},
		Data:       map[string]string{"x": "1"},
		BinaryData: map[string][]byte{"b": {0, 255}},
	}
	made, err := maps.Create(ctx, draft, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	say("created: %v %d %v", strings.HasPrefix(made.Name, "made-"), len(made.BinaryData["b"]), made.UID != "")
	err = retry.RetryOnConflict(retry.DefaultRetry, func() error {
		current, err := maps.Get(ctx, made.Name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		current.Data["x"] = "2"
		_, err = maps.Update(ctx, current, metav1.UpdateOptions{})
		return err
	})
	if err != nil {
		return err
	}
	made.Data["x"] = "3"
	_, err = maps.Update(ctx, made, metav1.UpdateOptions{})
	say("stale update: conflict %v", errors.IsConflict(err))
	patched, err := maps.Patch(ctx, made.Name, types.JSONPatchType,
		[]byte(`[{"op":"replace","path":"/data/x","value":"4"}]`), metav1.PatchOptions{})
	if err != nil {
		return err
	}
	say("patched: %s", patched.Data["x"])
	apply := corev1ac.ConfigMap("applied", namespace).WithData(map[string]string{"x": "1"})
	if _, err = maps.Apply(ctx, apply, metav1.ApplyOptions{FieldManager: "one"}); err != nil {
		return err
	}
	_, err = maps.Apply(ctx, apply.WithData(map[string]string{"x": "2"}), metav1.ApplyOptions{FieldManager: "two"})
	say("apply of what another owns: conflict %v", errors.IsConflict(err) && metav1.StatusReasonConflict == errors.ReasonForError(err))
	_, err = maps.Get(ctx, "none", metav1.GetOptions{})
	say("get of nothing: not found %v", errors.IsNotFound(err))
	return pages(ctx, client, namespace)
}

// pages reads a list in pieces, deletes it as a collection.
func pages(ctx context.Context, client *kubernetes.Clientset, namespace string) error {
	maps := client.CoreV1().ConfigMaps(namespace)
	for i := range 7 {
		draft := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("page-%d", i), Labels: map[string]string{"set": "pages"}}}
		if _, err := maps.Create(ctx, draft, metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	sizes := []int{}
	options := metav1.ListOptions{LabelSelector: "set=pages", Limit: 3}
	for {
		page, err := maps.List(ctx, options)
		if err != nil {
			return err
		}
		sizes = append(sizes, len(page.Items))
		if page.Continue == "" {
			break
		}
		options.Continue = page.Continue
	}
	say("pages: %v", sizes)
	err := maps.DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: "set=pages"})
	if err != nil {
		return err
	}
	left, err := maps.List(ctx, metav1.ListOptions{LabelSelector: "set=pages"})
	if err != nil {
		return err
	}
	say("left of the collection: %d", len(left.Items))
	return nil
}

func deployments(ctx context.Context, client *kubernetes.Clientset, namespace string) error {
	labels := map[string]string{"app": "web"}
	container := corev1ac.Container().WithName("main").WithImage("nginx:1")
	draft := appsac.Deployment("web", namespace).WithSpec(appsac.DeploymentSpec().
		WithReplicas(2).
		WithSelector(metav1ac.LabelSelector().WithMatchLabels(labels)).
		WithTemplate(corev1ac.PodTemplateSpec().WithLabels(labels).WithSpec(corev1ac.PodSpec().WithContainers(container))))
	web, err := client.AppsV1().Deployments(namespace).Apply(ctx, draft, metav1.ApplyOptions{FieldManager: "test"})
	if err != nil {
		return err
	}
	scale, err := client.AppsV1().Deployments(namespace).GetScale(ctx, "web", metav1.GetOptions{})
	if err != nil {
		return err
	}
	scale.Spec.Replicas = 5
	scaled, err := client.AppsV1().Deployments(namespace).UpdateScale(ctx, "web", scale, metav1.UpdateOptions{})
	if err != nil {
		return err
	}
	say("scaled: %d to %d", *web.Spec.Replicas, scaled.Spec.Replicas)
	web, err = client.AppsV1().Deployments(namespace).Get(ctx, "web", metav1.GetOptions{})
	if err != nil {
		return err
	}
	web.Status = appsv1.DeploymentStatus{ObservedGeneration: web.Generation, Replicas: 5}
	web, err = client.AppsV1().Deployments(namespace).UpdateStatus(ctx, web, metav1.UpdateOptions{})
	if err != nil {
		return err
	}
	say("status: %d replicas, surge %s", web.Status.Replicas, web.Spec.Strategy.RollingUpdate.MaxSurge.String())
	background := metav1.DeletePropagationBackground
	uid := types.UID("00000000-0000-4000-8000-000000000000")
	wrong := metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &uid}}
	err = client.AppsV1().Deployments(namespace).Delete(ctx, "web", wrong)
	say("delete of another uid: conflict %v", errors.IsConflict(err))
	return client.AppsV1().Deployments(namespace).Delete(ctx, "web", metav1.DeleteOptions{PropagationPolicy: &background})
}

func leases(ctx context.Context, client *kubernetes.Clientset, namespace string) error {
	holder, now := "me", metav1.NowMicro()
	draft := &coordinationv1.Lease{
		ObjectMeta: metav1.ObjectMeta{Name: "typed"},
		Spec:       coordinationv1.LeaseSpec{HolderIdentity: &holder, RenewTime: &now},
	}
	lease, err := client.CoordinationV1().Leases(namespace).Create(ctx, draft, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	say("lease: %s, time kept to the microsecond %v", *lease.Spec.HolderIdentity, lease.Spec.RenewTime.UnixMicro() == now.UnixMicro())
	return nil
}

func reviews(ctx context.Context, client *kubernetes.Clientset, namespace string) error {
	attributes := &authorizationv1.ResourceAttributes{Namespace: namespace, Verb: "delete", Resource: "pods"}
	draft := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: attributes}}
	review, err := client.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, draft, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	say("may delete pods: %v", review.Status.Allowed)
	version, err := client.Discovery().ServerVersion()
	if err != nil {
		return err
	}
	text, err := json.Marshal(version.Minor)
	if err != nil {
		return err
	}
	say("minor version: %s", text)
	return nil
}
