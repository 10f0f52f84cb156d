// Command cilium-bgp-agent runs the BGP control plane of the Cilium agent by itself, without datapath, CNI or
// container runtime. One process plays one node. Which cells make up the control plane differs between
// minors: see cells_<minor>.go. "cilium-bgp-agent crds" prints the CRDs of this release as one List.
package main

import (
	"encoding/json"
	"os"

	"github.com/spf13/cobra"

	"github.com/cilium/cilium/pkg/hive"
	crds "github.com/cilium/cilium/pkg/k8s/apis/cilium.io/client"
	"github.com/cilium/cilium/pkg/logging"
	nodetypes "github.com/cilium/cilium/pkg/node/types"
	"github.com/cilium/cilium/pkg/option"
)

func main() {
	var node, ipam string
	h := hive.New(cells...)
	command := &cobra.Command{
		Use:          "cilium-bgp-agent",
		SilenceUsage: true,
		RunE: func(*cobra.Command, []string) error {
			nodetypes.SetName(node)
			configure(ipam)
			// hive stops on SIGTERM and SIGINT, in the order in which the agent stops these cells.
			return h.Run(logging.DefaultSlogLogger)
		},
	}
	h.RegisterFlags(command.Flags())
	command.Flags().StringVar(&node, "node", "", "the CiliumNode that this process plays")
	command.Flags().StringVar(&ipam, "ipam", "cluster-pool", "IPAM mode: cluster-pool, kubernetes or multi-pool")
	if err := command.MarkFlagRequired("node"); err != nil {
		panic(err)
	}
	command.AddCommand(&cobra.Command{
		Use:   "crds",
		Short: "print Cilium's custom resource definitions",
		RunE:  func(*cobra.Command, []string) error { return printCRDs() },
	})
	if command.Execute() != nil {
		os.Exit(1)
	}
}

// configure sets what the agent would read from its ConfigMap and the BGP cells look up globally.
func configure(ipam string) {
	option.Config.IPAM = ipam
	option.Config.EnableIPv4 = true
	option.Config.EnableIPv6 = true
	option.Config.EnableBGPControlPlane = true
	option.Config.EnableBGPControlPlaneStatusReport = true
	option.Config.BGPSecretsNamespace = "kube-system"
	option.Config.BGPRouterIDAllocationMode = option.BGPRouterIDAllocationModeDefault
}

func printCRDs() error {
	items := []any{}
	for _, crd := range crds.CustomResourceDefinitionList() {
		items = append(items, crds.GetPregeneratedCRD(logging.DefaultSlogLogger, crd.Name))
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{"apiVersion": "v1", "kind": "List", "items": items})
}
