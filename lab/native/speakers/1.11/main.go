// Command speaker plays one node's BGP speaker of Cilium 1.11 in MetalLB mode (pkg/bgp/speaker, unmodified).
// In this release the agent hands it Node objects whatever the IPAM mode, so it announces Node.spec.podCIDRs.
package main

import (
	"context"
	"flag"
	"log"
	"os/signal"
	"syscall"

	"github.com/cilium/cilium/pkg/bgp/speaker"
	"github.com/cilium/cilium/pkg/lock"
	nodetypes "github.com/cilium/cilium/pkg/node/types"
	"github.com/cilium/cilium/pkg/option"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

func main() {
	node := flag.String("node", "", "the Node that this process plays")
	kubeconfig := flag.String("kubeconfig", "", "path of a kubeconfig")
	config := flag.String("bgp-config", "", "path of a MetalLB configuration (the agent's bgp-config ConfigMap)")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *node, *kubeconfig, *config); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, node, kubeconfig, config string) error {
	rest, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(rest)
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

	group := lock.NewStoppableWaitGroup()
	own := fields.OneTermEqualSelector("metadata.name", node)
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
	informer.Run(ctx.Done())
	return nil
}

func complain(err error) {
	if err != nil {
		log.Print(err)
	}
}
