package main

import (
	"context"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// elect is a candidate: while it leads it says so every 20 ms with the time.
func elect(ctx context.Context, config *rest.Config, namespace string, args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("want the name of the lease and who is asking")
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	lock := &resourcelock.LeaseLock{
		LeaseMeta:  metav1.ObjectMeta{Namespace: namespace, Name: args[0]},
		Client:     client.CoordinationV1(),
		LockConfig: resourcelock.ResourceLockConfig{Identity: args[1]},
	}
	for ctx.Err() == nil {
		leaderelection.RunOrDie(ctx, leaderelection.LeaderElectionConfig{
			Lock:            lock,
			ReleaseOnCancel: true,
			LeaseDuration:   3 * time.Second,
			RenewDeadline:   2 * time.Second,
			RetryPeriod:     250 * time.Millisecond,
			Callbacks: leaderelection.LeaderCallbacks{
				OnStartedLeading: lead,
				OnStoppedLeading: func() { say("stopped %d", time.Now().UnixMilli()) },
			},
		})
	}
	return nil
}

func lead(ctx context.Context) {
	for ctx.Err() == nil {
		say("leads %d", time.Now().UnixMilli())
		time.Sleep(20 * time.Millisecond)
	}
}
