package main

import (
	"github.com/cilium/hive/cell"
	"github.com/cilium/statedb"

	daemonk8s "github.com/cilium/cilium/daemon/k8s"
	"github.com/cilium/cilium/pkg/bgp"
	"github.com/cilium/cilium/pkg/datapath/tables"
	envoy "github.com/cilium/cilium/pkg/envoy/config"
	k8sclient "github.com/cilium/cilium/pkg/k8s/client"
	"github.com/cilium/cilium/pkg/kpr"
	"github.com/cilium/cilium/pkg/lbipamconfig"
	"github.com/cilium/cilium/pkg/loadbalancer"
	"github.com/cilium/cilium/pkg/loadbalancer/reflectors"
	"github.com/cilium/cilium/pkg/loadbalancer/writer"
	"github.com/cilium/cilium/pkg/metrics"
	"github.com/cilium/cilium/pkg/node"
	"github.com/cilium/cilium/pkg/nodeipamconfig"
	"github.com/cilium/cilium/pkg/option"
	"github.com/cilium/cilium/pkg/source"
	"github.com/cilium/cilium/pkg/svcrouteconfig"
)

// The cells that Cilium 1.19 assembles in pkg/bgp/test/script_test.go, except that the
// Kubernetes client is the real one.
var cells = []cell.Cell{
	metrics.Cell,

	// The BGP control plane.
	bgp.Cell,
	svcrouteconfig.Cell,

	// What it reads from Kubernetes.
	k8sclient.Cell,
	daemonk8s.ResourcesCell,
	daemonk8s.TablesCell,
	cell.Config(envoy.SecretSyncConfig{}),

	// Services and EndpointSlices on their way to the frontend table.
	loadbalancer.ConfigCell,
	writer.Cell,
	reflectors.Cell,
	lbipamconfig.Cell,
	nodeipamconfig.Cell,

	// Tables that only a datapath could fill: they stay empty.
	node.LocalNodeStoreTestCell,
	cell.Provide(
		tables.NewRouteTable,
		tables.NewDeviceTable,
		tables.NewNodeAddressTable,
		statedb.RWTable[*tables.Route].ToTable,
		statedb.RWTable[*tables.Device].ToTable,
		statedb.RWTable[tables.NodeAddress].ToTable,
		func() source.Sources { return source.Sources{} },
		func() kpr.KPRConfig { return kpr.KPRConfig{KubeProxyReplacement: true} },
		func() *option.DaemonConfig { return option.Config },
	),
}
