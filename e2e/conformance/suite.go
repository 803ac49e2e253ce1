// Package conformance names the module whose tests run.sh builds: the end-to-end tests of Kubernetes.
package conformance

import _ "k8s.io/kubernetes/test/e2e"
