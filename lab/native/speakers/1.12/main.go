// Command speaker plays one node's BGP speaker of Cilium 1.12 in MetalLB mode (pkg/bgp/speaker, unmodified).
// From this release on the agent hands it the object that the IPAM mode allocates from: the Node with
// ipam=kubernetes, the CiliumNode with ipam=cluster-pool.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os/signal"
	"syscall"

	"github.com/cilium/cilium/pkg/bgp/speaker"
	ciliumv2 "github.com/cilium/cilium/pkg/k8s/apis/cilium.io/v2"
	"github.com/cilium/cilium/pkg/k8s/client/clientset/versioned"
	"github.com/cilium/cilium/pkg/lock"
	nodetypes "github.com/cilium/cilium/pkg/node/types"
	"github.com/cilium/cilium/pkg/option"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/client-go/kubernetes"
	restclient "k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

func main() {
	node := flag.String("node", "", "the node that this process plays")
	kubeconfig := flag.String("kubeconfig", "", "path of a kubeconfig")
	config := flag.String("bgp-config", "", "path of a MetalLB configuration (the agent's bgp-config ConfigMap)")
	ipam := flag.String("ipam", "cluster-pool", "IPAM mode: kubernetes or cluster-pool")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *node, *kubeconfig, *config, *ipam); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, node, kubeconfig, config, ipam string) error {
	rest, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	// The speaker finds its name and its configuration in these globals.
	nodetypes.SetName(node)
	option.Config.BGPConfigPath = config
	bgp, err := speaker.New(ctx, speaker.Opts{PodCIDR: true})
	if err != nil {
		return err
	}
	informer, err := informerFor(ipam, rest, fields.OneTermEqualSelector("metadata.name", node), bgp)
	if err != nil {
		return err
	}
	informer.Run(ctx.Done())
	return nil
}

func informerFor(ipam string, rest *restclient.Config, own fields.Selector, bgp *speaker.MetalLBSpeaker) (cache.Controller, error) {
	group := lock.NewStoppableWaitGroup()
	switch ipam {
	case "kubernetes":
		client, err := kubernetes.NewForConfig(rest)
		if err != nil {
			return nil, err
		}
		nodes := cache.NewListWatchFromClient(client.CoreV1().RESTClient(), "nodes", metav1.NamespaceAll, own)
		_, informer := cache.NewInformer(nodes, &corev1.Node{}, 0, cache.ResourceEventHandlerFuncs{
			AddFunc: func(object interface{}) { complain(bgp.OnAddNode(object.(*corev1.Node), group)) },
			UpdateFunc: func(before, after interface{}) {
				complain(bgp.OnUpdateNode(before.(*corev1.Node), after.(*corev1.Node), group))
			},
			DeleteFunc: func(object interface{}) {
				if gone, ok := object.(*corev1.Node); ok {
					complain(bgp.OnDeleteNode(gone, group))
				}
			},
		})
		return informer, nil
	case "cluster-pool":
		client, err := versioned.NewForConfig(rest)
		if err != nil {
			return nil, err
		}
		nodes := cache.NewListWatchFromClient(client.CiliumV2().RESTClient(), "ciliumnodes", metav1.NamespaceAll, own)
		_, informer := cache.NewInformer(nodes, &ciliumv2.CiliumNode{}, 0, cache.ResourceEventHandlerFuncs{
			AddFunc: func(object interface{}) { complain(bgp.OnAddCiliumNode(object.(*ciliumv2.CiliumNode), group)) },
			UpdateFunc: func(before, after interface{}) {
				complain(bgp.OnUpdateCiliumNode(before.(*ciliumv2.CiliumNode), after.(*ciliumv2.CiliumNode), group))
			},
			DeleteFunc: func(object interface{}) {
				if gone, ok := object.(*ciliumv2.CiliumNode); ok {
					complain(bgp.OnDeleteCiliumNode(gone, group))
				}
			},
		})
		return informer, nil
	default:
		return nil, fmt.Errorf("no IPAM mode %q here: kubernetes or cluster-pool", ipam)
	}
}

func complain(err error) {
	if err != nil {
		log.Print(err)
	}
}
