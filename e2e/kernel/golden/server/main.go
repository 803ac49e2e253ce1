// Command crdserver is the custom resource API server of Kubernetes as its authors build it, with OpenAPI v2 served too.
package main

import (
	"os"

	"github.com/spf13/cobra"
	extensionsapiserver "k8s.io/apiextensions-apiserver/pkg/apiserver"
	"k8s.io/apiextensions-apiserver/pkg/cmd/server/options"
	generatedopenapi "k8s.io/apiextensions-apiserver/pkg/generated/openapi"
	openapinamer "k8s.io/apiserver/pkg/endpoints/openapi"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/apiserver/pkg/util/openapi"
	"k8s.io/component-base/cli"
)

func main() {
	chosen := options.NewCustomResourceDefinitionsServerOptions(os.Stdout, os.Stderr)
	command := &cobra.Command{
		Use: "crdserver",
		PersistentPreRunE: func(*cobra.Command, []string) error {
			return chosen.ServerRunOptions.ComponentGlobalsRegistry.Set()
		},
		RunE: func(command *cobra.Command, _ []string) error { return serve(command, chosen) },
	}
	command.SetContext(genericapiserver.SetupSignalContext())
	chosen.AddFlags(command.Flags())
	os.Exit(cli.Run(command))
}

func serve(command *cobra.Command, chosen *options.CustomResourceDefinitionsServerOptions) error {
	if err := chosen.Complete(); err != nil {
		return err
	}
	if err := chosen.Validate(); err != nil {
		return err
	}
	config, err := chosen.Config()
	if err != nil {
		return err
	}
	definitions := openapi.GetOpenAPIDefinitionsWithoutDisabledFeatures(generatedopenapi.GetOpenAPIDefinitions)
	namer := openapinamer.NewDefinitionNamer(extensionsapiserver.Scheme)
	config.GenericConfig.OpenAPIConfig = genericapiserver.DefaultOpenAPIConfig(definitions, namer)
	server, err := config.Complete().New(genericapiserver.NewEmptyDelegate())
	if err != nil {
		return err
	}
	return server.GenericAPIServer.PrepareRun().RunWithContext(command.Context())
}
