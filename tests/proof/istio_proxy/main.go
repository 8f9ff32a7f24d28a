// A sidecar of Istio's without a control plane: Envoy with a fixed configuration, under the agent that Istio's own image
// starts, from Istio's source. So it drains and ends as Istio's sidecar does.
//
//	istio-proxy init   sends what comes to the pod's ports to Envoy, as Istio's init container does
//	istio-proxy proxy  runs Envoy; PROXY_CONFIG: the annotation proxy.istio.io/config
//	istio-proxy drain  the preStop hook of a native sidecar
package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"istio.io/istio/pilot/cmd/pilot-agent/config"
	"istio.io/istio/pkg/envoy"
)

const (
	adminPort    = 15000
	agentAddress = "127.0.0.1:15020"
	statusPort   = 15021
)

// The kubelet's probes are left out, as Istio sends them to the application past Envoy too. They come from the node's
// address in the pod's network, and so do requests from the node itself, which kube-proxy masquerades.
const redirect = `table ip istio {
	chain prerouting {
		type nat hook prerouting priority dstnat;
		ip saddr %s accept
		tcp dport != { 15006, 15020, 15021 } redirect to :15006
	}
}
`

// The pod's default route leads to the node. /proc has addresses in hexadecimal, in the machine's order of bytes.
func nodeAddress() (net.IP, error) {
	routes, err := os.ReadFile("/proc/net/route")
	if err != nil {
		return nil, err
	}
	for _, line := range strings.Split(string(routes), "\n") {
		fields := strings.Fields(line)
		if len(fields) < 3 || fields[1] != "00000000" {
			continue
		}
		gateway, err := hex.DecodeString(fields[2])
		if err != nil || len(gateway) != 4 {
			return nil, fmt.Errorf("/proc/net/route: %s", line)
		}
		return net.IPv4(gateway[3], gateway[2], gateway[1], gateway[0]), nil
	}
	return nil, errors.New("the pod has no default route")
}

func initialise() error {
	node, err := nodeAddress()
	if err != nil {
		return err
	}
	command := exec.Command("/usr/sbin/nft", "-f", "-")
	command.Stdin = strings.NewReader(fmt.Sprintf(redirect, node))
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	return command.Run()
}

func proxy() error {
	settings, err := config.ConstructProxyConfig("", "app", os.Getenv("PROXY_CONFIG"), 1)
	if err != nil {
		return err
	}
	run := envoy.NewAgent(envoy.NewProxy(envoy.ProxyConfig{
		LogLevel: "warning", NodeIPs: []string{"127.0.0.1"}, Sidecar: true, BinaryPath: "/envoy", ConfigPath: "/envoy.yaml",
		AdminPort: adminPort, DrainDuration: settings.DrainDuration, Concurrency: 1,
	}), settings.TerminationDrainDuration.AsDuration(), 5*time.Second, "127.0.0.1", adminPort, statusPort, 15090, 0, 0, false)
	http.HandleFunc("POST /drain", func(http.ResponseWriter, *http.Request) { run.DrainNow() })
	go func() { log.Fatal(http.ListenAndServe(agentAddress, nil)) }()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	run.Run(ctx)
	return nil
}

func drain() error {
	answer, err := http.Post("http://"+agentAddress+"/drain", "", nil)
	if err != nil {
		return err
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return errors.New(answer.Status)
	}
	return nil
}

func main() {
	commands := map[string]func() error{"init": initialise, "proxy": proxy, "drain": drain}
	command := commands[strings.Join(os.Args[1:], " ")]
	if command == nil {
		fmt.Fprintln(os.Stderr, "usage: istio-proxy init|proxy|drain")
		os.Exit(2)
	}
	if err := command(); err != nil {
		fmt.Fprintln(os.Stderr, "istio-proxy:", err)
		os.Exit(1)
	}
}
