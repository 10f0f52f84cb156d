package main

import (
	"github.com/cilium/hive/cell"
	"github.com/cilium/statedb"

	daemonk8s "github.com/cilium/cilium/daemon/k8s"
	"github.com/cilium/cilium/pkg/bgpv1"
	"github.com/cilium/cilium/pkg/datapath/tables"
	envoy "github.com/cilium/cilium/pkg/envoy/config"
	k8sclient "github.com/cilium/cilium/pkg/k8s/client"
	"github.com/cilium/cilium/pkg/metrics"
	"github.com/cilium/cilium/pkg/option"
)

// The cells that Cilium 1.18 assembles in pkg/bgpv1/test/script_test.go, except that the
// Kubernetes client is the real one. This minor reads Services and endpoints from Kubernetes resources; it has
// no load-balancer table yet.
var cells = []cell.Cell{
	metrics.Cell,

	// The BGP control plane.
	bgpv1.Cell,

	// What it reads from Kubernetes.
	k8sclient.Cell,
	daemonk8s.ResourcesCell,
	cell.Config(envoy.SecretSyncConfig{}),

	// Tables that only a datapath could fill: they stay empty.
	cell.Provide(
		tables.NewRouteTable,
		tables.NewDeviceTable,
		statedb.RWTable[*tables.Route].ToTable,
		statedb.RWTable[*tables.Device].ToTable,
		func() *option.DaemonConfig { return option.Config },
	),
	// Tables do not register themselves before 1.19.
	cell.Invoke(
		statedb.RegisterTable[*tables.Route],
		statedb.RegisterTable[*tables.Device],
	),
}
