// A gRPC server with unary calls, app.App/Quick and app.App/Slow, which answer a string, and a stream of 60 s,
// app.App/Watch: grpc-app ADDRESS [graceful [AGE [GRACE | ends]]]. AGE and GRACE are what MaxConnectionAge and
// MaxConnectionAgeGrace are, in seconds; 0: as they ship. ends: on SIGTERM the streams end by themselves.
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
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/status"
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

// watch sends a message every half second, for 60 s.
func watch(stop context.Context) grpc.StreamHandler {
	ends := len(os.Args) > 4 && os.Args[4] == "ends"
	return func(_ any, stream grpc.ServerStream) error {
		if err := stream.RecvMsg(new(emptypb.Empty)); err != nil {
			return err
		}
		for range 120 {
			if err := stream.SendMsg(new(emptypb.Empty)); err != nil {
				return err
			}
			time.Sleep(500 * time.Millisecond)
			if ends && stop.Err() != nil {
				return status.Error(codes.Unavailable, "this server is stopping: open the stream again")
			}
		}
		return nil
	}
}

// seconds is what an argument says; 0 if it is not there.
func seconds(index int) time.Duration {
	if len(os.Args) <= index {
		return 0
	}
	duration, _ := time.ParseDuration(os.Args[index] + "s")
	return duration
}

func main() {
	server := grpc.NewServer(grpc.KeepaliveParams(keepalive.ServerParameters{
		MaxConnectionAge: seconds(3), MaxConnectionAgeGrace: seconds(4)}))
	stop, cancel := context.WithCancel(context.Background())
	if len(os.Args) > 2 {
		stop, cancel = signal.NotifyContext(context.Background(), syscall.SIGTERM)
	}
	defer cancel()
	server.RegisterService(&grpc.ServiceDesc{ServiceName: "app.App", HandlerType: (*any)(nil), Methods: []grpc.MethodDesc{
		{MethodName: "Quick", Handler: call(0)},
		{MethodName: "Brief", Handler: call(50 * time.Millisecond)},
		{MethodName: "Slow", Handler: call(3 * time.Second)},
	}, Streams: []grpc.StreamDesc{{StreamName: "Watch", ServerStreams: true, Handler: watch(stop)}}}, struct{}{})
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	if len(os.Args) == 2 {
		log.Fatal(server.Serve(listener))
	}
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
