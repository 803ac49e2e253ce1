"""Uses an API server with the Python client and prints one fact a line: smoke.py KUBECONFIG NAMESPACE"""

import sys

from kubernetes import client, config, dynamic, watch
from kubernetes.client.rest import ApiException

kubeconfig, namespace = sys.argv[1:]
config.load_kube_config(kubeconfig)
core = client.CoreV1Api()


def labelled(name, data):
    metadata = client.V1ObjectMeta(name=name, labels={"set": "python"})
    return client.V1ConfigMap(metadata=metadata, data=data)


made = core.create_namespaced_config_map(namespace, labelled("a", {"x": "1"}))
print("created", made.metadata.name, made.metadata.creation_timestamp.tzinfo is not None)
for name in "bcd":
    core.create_namespaced_config_map(namespace, labelled(name, {"x": "1"}))

sizes, token = [], None
while token != "":
    page = core.list_namespaced_config_map(namespace, label_selector="set=python", limit=3, _continue=token)
    sizes.append(len(page.items))
    token = page.metadata._continue or ""
print("pages", *sizes)

patched = core.patch_namespaced_config_map("a", namespace, {"data": {"x": "2", "y": "1"}})
print("patched", *sorted(patched.data.items()))
patched = core.patch_namespaced_config_map("a", namespace, [{"op": "remove", "path": "/data/y"}])
print("patched", *sorted(patched.data.items()))
try:
    core.replace_namespaced_config_map("a", namespace, made)
except ApiException as error:
    print("stale replace", error.status, error.reason)

events = watch.Watch()
stream = events.stream(
    core.list_namespaced_config_map,
    namespace,
    label_selector="set=python",
    resource_version=page.metadata.resource_version,
    timeout_seconds=10,
)
core.delete_namespaced_config_map("b", namespace)
for event in stream:
    print("event", event["type"], event["object"].metadata.name)
    if event["type"] == "DELETED":
        events.stop()

kinds = dynamic.DynamicClient(client.ApiClient())
deployments = kinds.resources.get(api_version="apps/v1", kind="Deployment")
template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "main", "image": "nginx:1"}]}}
body = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web"},
    "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "template": template},
}
applied = kinds.server_side_apply(deployments, body=body, name="web", namespace=namespace, field_manager="python")
print("applied", applied.metadata.name, applied.spec.replicas, applied.metadata.managedFields[0].operation)
deployments.delete(name="web", namespace=namespace)
print("left", len(deployments.get(namespace=namespace).items))
