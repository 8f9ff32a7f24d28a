// What Alibaba's cloud-controller-manager makes of Services, by its own packages and its mock cloud.
// check_ccm.py builds it inside a checkout of that project, without changing the checkout.
//
// One JSON object a line on stdin, {"service": Service, "live": Service or null}: the Service as it is
// now, and as it was when its load balancer was made. One line each on stdout: which load balancer
// serves it, its listeners and backends, and the errors of building and of updating it.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/alibabacloud-go/tea/tea"
	v1 "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/record"
	"k8s.io/cloud-provider-alibaba-cloud/pkg/controller/helper"
	"k8s.io/cloud-provider-alibaba-cloud/pkg/controller/service/clbv1"
	"k8s.io/cloud-provider-alibaba-cloud/pkg/controller/service/nlbv2"
	"k8s.io/cloud-provider-alibaba-cloud/pkg/controller/service/reconcile/annotation"
	svcctx "k8s.io/cloud-provider-alibaba-cloud/pkg/controller/service/reconcile/context"
	"k8s.io/cloud-provider-alibaba-cloud/pkg/model"
	nlbmodel "k8s.io/cloud-provider-alibaba-cloud/pkg/model/nlb"
	prvd "k8s.io/cloud-provider-alibaba-cloud/pkg/provider"
	"k8s.io/cloud-provider-alibaba-cloud/pkg/provider/vmock"
	"k8s.io/cloud-provider-alibaba-cloud/pkg/util"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
)

const (
	nodeName = "cn-hangzhou.192.0.168.68"
	podIP    = "10.96.0.15"
)

type question struct {
	Service *v1.Service `json:"service"`
	Live    *v1.Service `json:"live"`
}

type listener struct {
	Port      int    `json:"port"`
	Protocol  string `json:"protocol"`
	Scheduler string `json:"scheduler"`
	Drain     string `json:"drain"`
	Timeout   int    `json:"timeout"`
}

type answer struct {
	Class       string     `json:"class"` // clb, nlb or none
	Error       string     `json:"error"`
	UpdateError string     `json:"updateError"`
	AddressType string     `json:"addressType"`
	Listeners   []listener `json:"listeners"`
	Backends    []string   `json:"backends"` // their types
}

// A cluster with one node, and one pod behind the Service's ports.
func cluster(service *v1.Service) client.Client {
	node := &v1.Node{ObjectMeta: metav1.ObjectMeta{Name: nodeName, Labels: map[string]string{"app": "nginx"}},
		Spec: v1.NodeSpec{PodCIDR: "10.96.0.64/26", ProviderID: "cn-hangzhou.ecs-id"},
		Status: v1.NodeStatus{Conditions: []v1.NodeCondition{
			{Reason: "KubeletReady", Status: v1.ConditionTrue, Type: v1.NodeReady}}}}
	ready, tcp := true, v1.ProtocolTCP
	slice := &discovery.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{Name: service.Name, Namespace: service.Namespace,
			Labels: map[string]string{discovery.LabelServiceName: service.Name}},
		AddressType: discovery.AddressTypeIPv4,
		Endpoints: []discovery.Endpoint{{Addresses: []string{podIP}, NodeName: &node.Name,
			Conditions: discovery.EndpointConditions{Ready: &ready}}}}
	for i := range service.Spec.Ports {
		port := service.Spec.Ports[i].TargetPort.IntVal
		slice.Ports = append(slice.Ports, discovery.EndpointPort{Name: &service.Spec.Ports[i].Name, Port: &port, Protocol: &tcp})
	}
	return fake.NewClientBuilder().WithObjects(node, slice, service).Build()
}

func cloud() prvd.Provider {
	return vmock.MockCloud{MockCLB: vmock.NewMockCLB(nil), MockNLB: vmock.NewMockNLB(nil), MockECS: vmock.NewMockECS(nil),
		MockVPC: vmock.NewMockVPC(nil), MockCAS: vmock.NewMockCAS(nil),
		IMetaData: vmock.NewMockMetaData("vpc-single-route-table")}
}

func request(service *v1.Service) *svcctx.RequestContext {
	return &svcctx.RequestContext{Ctx: context.TODO(), Service: service, Anno: annotation.NewAnnotationRequest(service),
		Log: util.ServiceLog, Recorder: record.NewFakeRecorder(100)}
}

func buildCLB(service *v1.Service) (*model.LoadBalancer, *clbv1.LoadBalancerManager, error) {
	groups, err := clbv1.NewVGroupManager(cluster(service), cloud())
	if err != nil {
		return nil, nil, err
	}
	manager := clbv1.NewLoadBalancerManager(cloud())
	builder := clbv1.NewModelBuilder(manager, clbv1.NewListenerManager(cloud()), groups)
	built, err := builder.BuildModel(request(service), clbv1.LocalModel)
	return built, manager, err
}

// The cloud's own view of a load balancer that was made from this model: what the model leaves out has
// the defaults with which the controller made it.
func madeFrom(built *model.LoadBalancer) {
	attribute := &built.LoadBalancerAttribute
	attribute.LoadBalancerId = vmock.ExistLBID
	if attribute.AddressType == "" {
		attribute.AddressType = model.InternetAddressType
	}
	if attribute.AddressIPVersion == "" {
		attribute.AddressIPVersion = model.IPv4
	}
}

func judgeCLB(asked question, out *answer) {
	built, manager, err := buildCLB(asked.Service)
	if err != nil {
		out.Error = err.Error()
		return
	}
	out.AddressType = string(built.LoadBalancerAttribute.AddressType)
	for _, each := range built.Listeners {
		out.Listeners = append(out.Listeners, listener{each.ListenerPort, each.Protocol, each.Scheduler,
			string(each.ConnectionDrain), each.ConnectionDrainTimeout})
		if each.ConnectionDrain == model.OnFlag && each.ConnectionDrainTimeout == 0 {
			out.Error = "the cloud takes a drain that is on with a time-out only"
		}
	}
	for _, group := range built.VServerGroups {
		for _, backend := range group.Backends {
			out.Backends = append(out.Backends, backend.Type)
		}
	}
	if asked.Live == nil {
		return
	}
	remote, _, err := buildCLB(asked.Live)
	if err != nil {
		return // it never had one
	}
	madeFrom(remote)
	if err := manager.Update(request(asked.Service), built, remote); err != nil {
		out.UpdateError = err.Error()
	}
}

func buildNLB(service *v1.Service) (*nlbmodel.NetworkLoadBalancer, error) {
	groups, err := nlbv2.NewServerGroupManager(cluster(service), cloud())
	if err != nil {
		return nil, err
	}
	builder := nlbv2.NewModelBuilder(nlbv2.NewNLBManager(cloud()), nlbv2.NewListenerManager(cloud()), groups)
	return builder.BuildModel(request(service), nlbv2.LocalModel)
}

func judgeNLB(asked question, out *answer) {
	built, err := buildNLB(asked.Service)
	if err != nil {
		out.Error = err.Error()
		return
	}
	out.AddressType = built.LoadBalancerAttribute.AddressType
	for _, group := range built.ServerGroups {
		drain := ""
		if group.ConnectionDrainEnabled != nil {
			drain = map[bool]string{true: "on", false: "off"}[tea.BoolValue(group.ConnectionDrainEnabled)]
		}
		out.Listeners = append(out.Listeners, listener{int(group.ServicePort.Port), group.Protocol, group.Scheduler, drain,
			int(group.ConnectionDrainTimeout)})
		if drain == "on" && group.ConnectionDrainTimeout == 0 {
			out.Error = "the cloud takes a drain that is on with a time-out only"
		}
		for _, server := range group.Servers {
			out.Backends = append(out.Backends, string(server.ServerType))
		}
	}
	if asked.Live == nil {
		return
	}
	remote, err := buildNLB(asked.Live)
	if err != nil {
		return
	}
	was, is := remote.LoadBalancerAttribute.AddressType, built.LoadBalancerAttribute.AddressType
	if is != "" && is != was && !(was == "" && is == nlbmodel.InternetAddressType) {
		out.UpdateError = fmt.Sprintf("the load balancer turns from %q to %q", was, is)
	}
}

func judge(asked question) answer {
	out := answer{Class: "none", Listeners: []listener{}, Backends: []string{}}
	switch {
	case helper.NeedCLB(asked.Service):
		out.Class = "clb"
		judgeCLB(asked, &out)
	case helper.NeedNLB(asked.Service):
		out.Class = "nlb"
		judgeNLB(asked, &out)
	}
	return out
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), 1<<24)
	answers := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var asked question
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			fmt.Fprintln(os.Stderr, "judge:", err)
			os.Exit(2)
		}
		if err := answers.Encode(judge(asked)); err != nil {
			os.Exit(2)
		}
	}
}
