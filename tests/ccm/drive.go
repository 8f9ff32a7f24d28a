// Alibaba's cloud-controller-manager's own controllers for CLB and NLB, on a real API server, over a
// cloud that is simulated here. check_ccm_cluster.py builds it inside a checkout of that project,
// without changing the checkout.
//
// drive -kubeconfig FILE [-call DURATION] [-workers N] [-backend eni|ecs]: each call of the cloud
// takes DURATION, and has its effect at the end of it. On stdout, one JSON object a line whenever a
// server group or its drain has changed: the Service, all servers with their weights, and after how
// many seconds the cloud cuts what a removed server has (null: it does not).
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/alibabacloud-go/tea/tea"
	"github.com/spf13/pflag"
	"k8s.io/client-go/tools/clientcmd"
	ctrlcfg "k8s.io/cloud-provider-alibaba-cloud/pkg/config"
	"k8s.io/cloud-provider-alibaba-cloud/pkg/context/shared"
	"k8s.io/cloud-provider-alibaba-cloud/pkg/controller"
	"k8s.io/cloud-provider-alibaba-cloud/pkg/model"
	nlbmodel "k8s.io/cloud-provider-alibaba-cloud/pkg/model/nlb"
	"k8s.io/cloud-provider-alibaba-cloud/pkg/model/tag"
	"k8s.io/cloud-provider-alibaba-cloud/pkg/provider/alibaba/base"
	"k8s.io/cloud-provider-alibaba-cloud/pkg/provider/vmock"
	"k8s.io/klog/v2/klogr"
	ctrl "sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/manager/signals"
)

type server struct {
	ID      string `json:"id"`
	Address string `json:"address"` // of a pod; "" for a node
	Port    int    `json:"port"`
	Weight  int    `json:"weight"`
}

type event struct {
	Service string   `json:"service"` // namespace/name
	Servers []server `json:"servers"`
	Drain   *int     `json:"drain"` // seconds
}

type classic struct { // a CLB
	attribute model.LoadBalancerAttribute
	listeners map[int]model.ListenerAttribute
	groups    map[string]*model.VServerGroup
}

type network struct { // an NLB
	attribute nlbmodel.LoadBalancerAttribute
	listeners map[string]*nlbmodel.ListenerAttribute
}

// What is not simulated is the mock's. All is guarded by the mutex.
type cloud struct {
	vmock.MockCloud
	mutex    sync.Mutex
	takes    time.Duration
	made     int
	classics map[string]*classic
	networks map[string]*network
	groups   map[string]*nlbmodel.ServerGroup
	events   *json.Encoder
}

func newCloud(takes time.Duration) *cloud {
	return &cloud{MockCloud: vmock.MockCloud{MockCLB: vmock.NewMockCLB(nil), MockNLB: vmock.NewMockNLB(nil),
		MockECS: vmock.NewMockECS(nil), MockVPC: vmock.NewMockVPC(nil), MockCAS: vmock.NewMockCAS(nil),
		IMetaData: vmock.NewMockMetaData("vpc-single-route-table")},
		takes: takes, classics: map[string]*classic{}, networks: map[string]*network{},
		groups: map[string]*nlbmodel.ServerGroup{}, events: json.NewEncoder(os.Stdout)}
}

// Waits as long as a call takes, and holds the mutex until what it returns is called.
func (c *cloud) call() func() {
	time.Sleep(c.takes)
	c.mutex.Lock()
	return c.mutex.Unlock
}

func (c *cloud) name(kind string) string {
	c.made++
	return kind + "-" + strconv.Itoa(c.made)
}

func (c *cloud) tell(namespace, name string, servers []server, drain *int) {
	if err := c.events.Encode(event{namespace + "/" + name, servers, drain}); err != nil {
		fmt.Fprintln(os.Stderr, "drive:", err)
		os.Exit(1)
	}
}

func (c *cloud) DescribeNetworkInterfaces(_ string, ips []string, _ model.AddressIPVersionType) (
	map[string]string, error) {
	defer c.call()()
	found := map[string]string{}
	for _, ip := range ips {
		found[ip] = "eni-" + ip
	}
	return found, nil
}

func (c *cloud) classicOf(id string) (*classic, error) {
	if found, ok := c.classics[id]; ok {
		return found, nil
	}
	return nil, fmt.Errorf("LoadBalancerId does not exist: %q", id)
}

func (c *cloud) groupOf(id string) (*classic, *model.VServerGroup, error) {
	for _, balancer := range c.classics {
		if group, ok := balancer.groups[id]; ok {
			return balancer, group, nil
		}
	}
	return nil, nil, fmt.Errorf("the vserver group does not exist: %q", id)
}

func (c *cloud) FindLoadBalancer(_ context.Context, wanted *model.LoadBalancer) error {
	defer c.call()()
	for id, balancer := range c.classics {
		if id == wanted.LoadBalancerAttribute.LoadBalancerId || (wanted.LoadBalancerAttribute.LoadBalancerId == "" &&
			balancer.attribute.LoadBalancerName == wanted.LoadBalancerAttribute.LoadBalancerName) {
			wanted.LoadBalancerAttribute = balancer.attribute
			return nil
		}
	}
	return nil
}

func (c *cloud) DescribeLoadBalancer(ctx context.Context, wanted *model.LoadBalancer) error {
	return c.FindLoadBalancer(ctx, wanted)
}

func (c *cloud) CreateLoadBalancer(_ context.Context, wanted *model.LoadBalancer, _ string) error {
	defer c.call()()
	attribute := &wanted.LoadBalancerAttribute
	attribute.LoadBalancerId = c.name("lb")
	stored := *attribute
	stored.Address = fmt.Sprintf("203.0.113.%d", c.made%250+1)
	stored.AddressIPVersion = model.IPv4
	c.classics[stored.LoadBalancerId] = &classic{stored, map[int]model.ListenerAttribute{},
		map[string]*model.VServerGroup{}}
	return nil
}

func (c *cloud) DeleteLoadBalancer(_ context.Context, wanted *model.LoadBalancer) error {
	defer c.call()()
	delete(c.classics, wanted.LoadBalancerAttribute.LoadBalancerId)
	return nil
}

func (c *cloud) ListCLBTagResources(_ context.Context, id string) ([]tag.Tag, error) {
	defer c.call()()
	balancer, err := c.classicOf(id)
	if err != nil {
		return nil, err
	}
	return balancer.attribute.Tags, nil
}

func (c *cloud) DescribeLoadBalancerListeners(_ context.Context, id string) ([]model.ListenerAttribute, error) {
	defer c.call()()
	balancer, err := c.classicOf(id)
	if err != nil {
		return nil, err
	}
	var listeners []model.ListenerAttribute
	for _, listener := range balancer.listeners {
		listener.NamedKey, err = model.LoadListenerNamedKey(listener.Description)
		listener.IsUserManaged = err != nil
		listeners = append(listeners, listener)
	}
	return listeners, nil
}

func (c *cloud) setListener(id string, listener model.ListenerAttribute) error {
	defer c.call()()
	balancer, err := c.classicOf(id)
	if err != nil {
		return err
	}
	if listener.ConnectionDrain == model.OnFlag && listener.ConnectionDrainTimeout == 0 {
		return fmt.Errorf("a drain that is on needs a time-out")
	}
	if listener.Status == "" {
		listener.Status = "running"
	}
	balancer.listeners[listener.ListenerPort] = listener
	if group, ok := balancer.groups[listener.VGroupId]; ok {
		c.tellClassic(balancer, group)
	}
	return nil
}

func (c *cloud) CreateLoadBalancerTCPListener(_ context.Context, id string, listener model.ListenerAttribute) error {
	return c.setListener(id, listener)
}

func (c *cloud) SetLoadBalancerTCPListenerAttribute(_ context.Context, id string, listener model.ListenerAttribute) error {
	return c.setListener(id, listener)
}

func (c *cloud) StartLoadBalancerListener(context.Context, string, int, string) error {
	defer c.call()()
	return nil
}

func (c *cloud) DeleteLoadBalancerListener(_ context.Context, id string, port int, _ string) error {
	defer c.call()()
	balancer, err := c.classicOf(id)
	if err == nil {
		delete(balancer.listeners, port)
	}
	return err
}

func (c *cloud) DescribeVServerGroups(_ context.Context, id string) ([]model.VServerGroup, error) {
	defer c.call()()
	balancer, err := c.classicOf(id)
	if err != nil {
		return nil, err
	}
	var groups []model.VServerGroup
	for _, group := range balancer.groups {
		listed := *group
		listed.Backends = nil // as by the real call: each group's are asked for
		groups = append(groups, listed)
	}
	return groups, nil
}

func (c *cloud) CreateVServerGroup(_ context.Context, wanted *model.VServerGroup, id string) error {
	defer c.call()()
	balancer, err := c.classicOf(id)
	if err != nil {
		return err
	}
	wanted.VGroupId = c.name("rsp")
	balancer.groups[wanted.VGroupId] = &model.VServerGroup{VGroupId: wanted.VGroupId, VGroupName: wanted.VGroupName,
		NamedKey: wanted.NamedKey}
	return nil
}

func (c *cloud) DescribeVServerGroupAttribute(_ context.Context, id string) (model.VServerGroup, error) {
	defer c.call()()
	_, group, err := c.groupOf(id)
	if err != nil {
		return model.VServerGroup{}, err
	}
	described := *group
	described.Backends = append([]model.BackendAttribute{}, group.Backends...)
	return described, nil
}

func (c *cloud) DeleteVServerGroup(_ context.Context, id string) error {
	defer c.call()()
	balancer, _, err := c.groupOf(id)
	if err == nil {
		delete(balancer.groups, id)
	}
	return err
}

func sameBackend(a, b model.BackendAttribute) bool {
	return a.ServerId == b.ServerId && a.ServerIp == b.ServerIp && a.Port == b.Port
}

// Changes a group: those that are listed are put in, or get their new weight, or are taken out.
func (c *cloud) changeClassic(id, text string, out bool) error {
	defer c.call()()
	var listed []model.BackendAttribute
	balancer, group, err := c.groupOf(id)
	if err == nil {
		err = json.Unmarshal([]byte(text), &listed)
	}
	if err != nil {
		return err
	}
	var kept []model.BackendAttribute
	for _, backend := range group.Backends {
		found := false
		for _, each := range listed {
			found = found || sameBackend(each, backend)
		}
		if !found {
			kept = append(kept, backend)
		}
	}
	if !out {
		kept = append(kept, listed...)
	}
	group.Backends = kept
	c.tellClassic(balancer, group)
	return nil
}

func (c *cloud) AddVServerGroupBackendServers(_ context.Context, id, backends string) error {
	return c.changeClassic(id, backends, false)
}

func (c *cloud) SetVServerGroupAttribute(_ context.Context, id, backends string) error {
	return c.changeClassic(id, backends, false)
}

func (c *cloud) RemoveVServerGroupBackendServers(_ context.Context, id, backends string) error {
	return c.changeClassic(id, backends, true)
}

func (c *cloud) tellClassic(balancer *classic, group *model.VServerGroup) {
	servers := []server{}
	for _, each := range group.Backends {
		servers = append(servers, server{each.ServerId, each.ServerIp, each.Port, each.Weight})
	}
	var drain *int
	for _, listener := range balancer.listeners {
		if listener.VGroupId == group.VGroupId && listener.ConnectionDrain == model.OnFlag {
			seconds := listener.ConnectionDrainTimeout
			drain = &seconds
		}
	}
	c.tell(group.NamedKey.Namespace, group.NamedKey.ServiceName, servers, drain)
}

func (c *cloud) FindNLB(_ context.Context, wanted *nlbmodel.NetworkLoadBalancer) error {
	defer c.call()()
	for id, balancer := range c.networks {
		if id == wanted.LoadBalancerAttribute.LoadBalancerId || (wanted.LoadBalancerAttribute.LoadBalancerId == "" &&
			balancer.attribute.Name == wanted.LoadBalancerAttribute.Name) {
			stored := balancer.attribute
			wanted.LoadBalancerAttribute = &stored
			return nil
		}
	}
	return nil
}

func (c *cloud) DescribeNLB(ctx context.Context, wanted *nlbmodel.NetworkLoadBalancer) error {
	return c.FindNLB(ctx, wanted)
}

func (c *cloud) CreateNLB(_ context.Context, wanted *nlbmodel.NetworkLoadBalancer, _ string) error {
	defer c.call()()
	wanted.LoadBalancerAttribute.LoadBalancerId = c.name("nlb")
	stored := *wanted.LoadBalancerAttribute
	stored.DNSName = stored.LoadBalancerId + ".nlb.example.com"
	stored.AddressIpVersion = nlbmodel.IPv4
	c.networks[stored.LoadBalancerId] = &network{stored, map[string]*nlbmodel.ListenerAttribute{}}
	return nil
}

func (c *cloud) DeleteNLB(_ context.Context, wanted *nlbmodel.NetworkLoadBalancer) error {
	defer c.call()()
	delete(c.networks, wanted.LoadBalancerAttribute.LoadBalancerId)
	return nil
}

func (c *cloud) ListNLBTagResources(_ context.Context, id string) ([]tag.Tag, error) {
	defer c.call()()
	if balancer, ok := c.networks[id]; ok {
		return balancer.attribute.Tags, nil
	}
	return nil, fmt.Errorf("ResourceNotFound.loadBalancer: %q", id)
}

func (c *cloud) ListNLBListeners(_ context.Context, id string) ([]*nlbmodel.ListenerAttribute, error) {
	defer c.call()()
	balancer, ok := c.networks[id]
	if !ok {
		return nil, fmt.Errorf("ResourceNotFound.loadBalancer: %q", id)
	}
	var listeners []*nlbmodel.ListenerAttribute
	for _, each := range balancer.listeners {
		listener := *each
		listeners = append(listeners, &listener)
	}
	return listeners, nil
}

func (c *cloud) CreateNLBListener(_ context.Context, id string, wanted *nlbmodel.ListenerAttribute) error {
	defer c.call()()
	balancer, ok := c.networks[id]
	if !ok {
		return fmt.Errorf("ResourceNotFound.loadBalancer: %q", id)
	}
	wanted.ListenerId = c.name("lsn")
	stored := *wanted
	stored.ListenerStatus = "Running"
	stored.LoadBalancerId = id
	balancer.listeners[stored.ListenerId] = &stored
	return nil
}

func (c *cloud) CreateNLBListenerAsync(ctx context.Context, id string, wanted *nlbmodel.ListenerAttribute) (string, error) {
	return "job", c.CreateNLBListener(ctx, id, wanted)
}

func (c *cloud) UpdateNLBListenerAsync(_ context.Context, wanted *nlbmodel.ListenerAttribute) (string, error) {
	defer c.call()()
	for _, balancer := range c.networks {
		if _, ok := balancer.listeners[wanted.ListenerId]; ok {
			stored := *wanted
			balancer.listeners[wanted.ListenerId] = &stored
			return "job", nil
		}
	}
	return "", fmt.Errorf("ResourceNotFound.listener: %q", wanted.ListenerId)
}

func (c *cloud) DeleteNLBListenerAsync(_ context.Context, id string) (string, error) {
	defer c.call()()
	for _, balancer := range c.networks {
		delete(balancer.listeners, id)
	}
	return "job", nil
}

func hasTags(group *nlbmodel.ServerGroup, tags []tag.Tag) bool {
	for _, wanted := range tags {
		found := false
		for _, each := range group.Tags {
			found = found || each == wanted
		}
		if !found {
			return false
		}
	}
	return true
}

func (c *cloud) ListNLBServerGroups(_ context.Context, tags []tag.Tag) ([]*nlbmodel.ServerGroup, error) {
	defer c.call()()
	var groups []*nlbmodel.ServerGroup
	for _, each := range c.groups {
		if hasTags(each, tags) {
			group := *each
			group.Servers = append([]nlbmodel.ServerGroupServer{}, each.Servers...)
			groups = append(groups, &group)
		}
	}
	return groups, nil
}

func (c *cloud) networkGroupOf(id string) (*nlbmodel.ServerGroup, error) {
	if group, ok := c.groups[id]; ok {
		return group, nil
	}
	return nil, fmt.Errorf("ResourceNotFound.serverGroup: %q", id)
}

func (c *cloud) CreateNLBServerGroup(_ context.Context, wanted *nlbmodel.ServerGroup) error {
	defer c.call()()
	wanted.ServerGroupId = c.name("sgp")
	stored := *wanted
	stored.Servers = nil
	if stored.ConnectionDrainEnabled == nil {
		stored.ConnectionDrainEnabled = tea.Bool(false)
	}
	if stored.Scheduler == "" {
		stored.Scheduler = "Wrr"
	}
	c.groups[stored.ServerGroupId] = &stored
	return nil
}

func (c *cloud) DeleteNLBServerGroup(_ context.Context, id string) error {
	defer c.call()()
	delete(c.groups, id)
	return nil
}

func (c *cloud) UpdateNLBServerGroup(_ context.Context, wanted *nlbmodel.ServerGroup) error {
	defer c.call()()
	group, err := c.networkGroupOf(wanted.ServerGroupId)
	if err != nil {
		return err
	}
	stored := *wanted
	stored.Servers = group.Servers
	c.groups[stored.ServerGroupId] = &stored
	c.tellNetwork(&stored)
	return nil
}

func (c *cloud) changeNetwork(id string, listed []nlbmodel.ServerGroupServer, out bool) error {
	defer c.call()()
	group, err := c.networkGroupOf(id)
	if err != nil {
		return err
	}
	var kept []nlbmodel.ServerGroupServer
	for _, server := range group.Servers {
		found := false
		for _, each := range listed {
			found = found || (each.ServerId == server.ServerId && each.ServerIp == server.ServerIp && each.Port == server.Port)
		}
		if !found {
			kept = append(kept, server)
		}
	}
	if !out {
		kept = append(kept, listed...)
	}
	group.Servers = kept
	c.tellNetwork(group)
	return nil
}

func (c *cloud) AddNLBServers(_ context.Context, id string, servers []nlbmodel.ServerGroupServer) error {
	return c.changeNetwork(id, servers, false)
}

func (c *cloud) UpdateNLBServers(_ context.Context, id string, servers []nlbmodel.ServerGroupServer) error {
	return c.changeNetwork(id, servers, false)
}

func (c *cloud) RemoveNLBServers(_ context.Context, id string, servers []nlbmodel.ServerGroupServer) error {
	return c.changeNetwork(id, servers, true)
}

func (c *cloud) tellNetwork(group *nlbmodel.ServerGroup) {
	servers := []server{}
	for _, each := range group.Servers {
		servers = append(servers, server{each.ServerId, each.ServerIp, int(each.Port), int(each.Weight)})
	}
	var drain *int
	if tea.BoolValue(group.ConnectionDrainEnabled) {
		seconds := int(group.ConnectionDrainTimeout)
		drain = &seconds
	}
	c.tell(group.NamedKey.Namespace, group.NamedKey.ServiceName, servers, drain)
}

func run() error {
	options := flag.NewFlagSet("drive", flag.ExitOnError)
	kubeconfig := options.String("kubeconfig", "", "of the API server")
	takes := options.Duration("call", 500*time.Millisecond, "how long a call of the cloud takes")
	workers := options.Int("workers", 3, "how many Services are reconciled at once")
	backend := options.String("backend", model.ENIBackendType, "what the servers of a Service are that says nothing: eni or ecs")
	if err := options.Parse(os.Args[1:]); err != nil {
		return err
	}
	ctrl.SetLogger(klogr.New())
	own := pflag.NewFlagSet("controllers", pflag.ContinueOnError)
	ctrlcfg.ControllerCFG.BindFlags(own) // their defaults
	if err := own.Parse([]string{"--leader-elect=false", "--metrics-bind-addr=0", "--health-probe-bind-addr=0",
		"--pprof-bind-addr=", "--concurrent-service-syncs=" + strconv.Itoa(*workers)}); err != nil {
		return err
	}
	ctrlcfg.CloudCFG.Global.ServiceBackendType = *backend
	base.CLUSTER_ID = "clusterid"
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		return err
	}
	config.QPS, config.Burst = ctrlcfg.ControllerCFG.RuntimeConfig.QPS, ctrlcfg.ControllerCFG.RuntimeConfig.Burst
	made, err := manager.New(config, ctrlcfg.BuildRuntimeOptions(ctrlcfg.ControllerCFG.RuntimeConfig))
	if err != nil {
		return err
	}
	provided := shared.NewSharedContext(newCloud(*takes))
	if err := controller.AddToManager(made, provided, []string{"service", "nlb"}); err != nil {
		return err
	}
	return made.Start(signals.SetupSignalHandler())
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "drive:", err)
		os.Exit(1)
	}
}
