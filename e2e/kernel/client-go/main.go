// Command client-go uses an API server as controllers do, with nothing but client-go. Tests start it, read what it
// prints, one fact a line, and meanwhile kill and restore the server.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// run is one way of using the server; it works in a namespace that exists.
type run func(ctx context.Context, config *rest.Config, namespace string, args []string) error

var runs = map[string]run{
	"typed":   typed,
	"dynamic": dynamicClients,
	"inform":  inform,
	"elect":   elect,
}

func main() {
	if len(os.Args) < 4 || runs[os.Args[1]] == nil {
		fail(fmt.Errorf("usage: client-go typed|dynamic|inform|elect KUBECONFIG NAMESPACE [ARGUMENT …]"))
	}
	config, err := clientcmd.BuildConfigFromFlags("", os.Args[2])
	if err != nil {
		fail(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := runs[os.Args[1]](ctx, config, os.Args[3], os.Args[4:]); err != nil {
		fail(err)
	}
}

// say prints one fact at once.
func say(format string, arguments ...any) {
	fmt.Printf(format+"\n", arguments...)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
