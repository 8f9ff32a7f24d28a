// A gRPC server with two unary calls, app.App/Quick and app.App/Slow, which answer a string: grpc-app ADDRESS [graceful].
package main

import (
	"cmp"
	"context"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

func call(takes time.Duration) func(any, context.Context, func(any) error, grpc.UnaryServerInterceptor) (any, error) {
	return func(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
		if err := decode(new(emptypb.Empty)); err != nil {
			return nil, err
		}
		time.Sleep(takes)
		return wrapperspb.String(cmp.Or(os.Getenv("ANSWER"), "quick")), nil
	}
}

func main() {
	server := grpc.NewServer()
	server.RegisterService(&grpc.ServiceDesc{ServiceName: "app.App", HandlerType: (*any)(nil), Methods: []grpc.MethodDesc{
		{MethodName: "Quick", Handler: call(0)},
		{MethodName: "Slow", Handler: call(3 * time.Second)},
	}}, struct{}{})
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	if len(os.Args) == 2 {
		log.Fatal(server.Serve(listener))
	}
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	go func() {
		<-stop.Done()
		time.AfterFunc(20*time.Second, server.Stop)
		server.GracefulStop()
		os.Exit(0)
	}()
	if err := server.Serve(listener); err != nil {
		log.Fatal(err)
	}
	select {} // GracefulStop goes on
}
