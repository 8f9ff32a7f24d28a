// A gRPC client: grpc-client KIND TARGET WORKERS 0 PAUSE CALLS. KIND is pick_first, as it ships, round_robin, or
// round_robin+1s: it asks the name server again after 1 s at the earliest, not after 30 s.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/resolver/dns"
	"google.golang.org/protobuf/types/known/emptypb"
)

var ended atomic.Bool

func call(channel *grpc.ClientConn) string {
	limit, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err := channel.Invoke(limit, "/app.App/Brief", new(emptypb.Empty), new(emptypb.Empty))
	if err != nil {
		return strings.ReplaceAll(err.Error(), "\n", " ")
	}
	return "ok"
}

func number(index int) int {
	value, err := strconv.Atoi(os.Args[index])
	if err != nil {
		panic(err)
	}
	return value
}

func main() {
	options := []grpc.DialOption{grpc.WithTransportCredentials(insecure.NewCredentials())}
	balancer, soon := strings.CutSuffix(os.Args[1], "+1s")
	if soon {
		dns.SetMinResolutionInterval(time.Second)
	}
	if balancer != "pick_first" {
		options = append(options, grpc.WithDefaultServiceConfig(
			fmt.Sprintf(`{"loadBalancingConfig": [{"%s": {}}]}`, balancer)))
	}
	pause, calls := time.Duration(number(5))*time.Millisecond, number(6)
	var workers sync.WaitGroup
	for range number(3) {
		channel, err := grpc.NewClient(os.Args[2], options...)
		if err != nil {
			panic(err)
		}
		workers.Go(func() {
			for n := 0; !ended.Load() && (calls == 0 || n < calls); n++ {
				fmt.Println("CALL", call(channel))
				time.Sleep(pause)
			}
			channel.Close()
		})
	}
	if calls == 0 {
		io.ReadAll(os.Stdin)
		ended.Store(true)
	}
	workers.Wait()
}
