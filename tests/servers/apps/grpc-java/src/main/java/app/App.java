package app;

import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/**
 * Unary calls with messages of bytes, app.App/Quick and app.App/Slow, and a stream of 60 s, app.App/Watch: App HOST PORT
 * [graceful [AGE]]. AGE is what maxConnectionAge is, in seconds.
 */
public class App {
    private static final MethodDescriptor.Marshaller<byte[]> BYTES = new MethodDescriptor.Marshaller<>() {
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException error) {
                throw new IllegalArgumentException(error);
            }
        }
    };

    private static MethodDescriptor<byte[], byte[]> method(String name) {
        return MethodDescriptor.newBuilder(BYTES, BYTES).setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName("app.App/" + name).build();
    }

    private static ServerCalls.UnaryMethod<byte[], byte[]> takes(long milliseconds) {
        return (request, responses) -> {
            try {
                Thread.sleep(milliseconds);
            } catch (InterruptedException error) {
                responses.onError(error);
                return;
            }
            responses.onNext(System.getenv().getOrDefault("ANSWER", "quick").getBytes());
            responses.onCompleted();
        };
    }

    /** Sends a message every half second, for 60 s. */
    private static void watch(byte[] request, StreamObserver<byte[]> responses) {
        ServerCallStreamObserver<byte[]> call = (ServerCallStreamObserver<byte[]>) responses;
        try {
            for (int n = 0; n < 120 && !call.isCancelled(); n++) {
                call.onNext(new byte[0]);
                Thread.sleep(500);
            }
        } catch (InterruptedException error) {
            call.onError(error);
            return;
        }
        call.onCompleted();
    }

    private static MethodDescriptor<byte[], byte[]> stream(String name) {
        return method(name).toBuilder().setType(MethodDescriptor.MethodType.SERVER_STREAMING).build();
    }

    public static void main(String[] arguments) throws Exception {
        NettyServerBuilder builder = NettyServerBuilder.forAddress(
            new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1])));
        if (arguments.length > 3) {
            builder.maxConnectionAge(Integer.parseInt(arguments[3]), TimeUnit.SECONDS);
        }
        Server server = builder
            .addService(ServerServiceDefinition.builder("app.App")
                .addMethod(method("Quick"), ServerCalls.asyncUnaryCall(takes(0)))
                .addMethod(method("Brief"), ServerCalls.asyncUnaryCall(takes(50)))
                .addMethod(stream("Watch"), ServerCalls.asyncServerStreamingCall(App::watch))
                .addMethod(method("Slow"), ServerCalls.asyncUnaryCall(takes(3000))).build())
            .build().start();
        if (arguments.length > 2) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                try {
                    server.shutdown().awaitTermination(20, TimeUnit.SECONDS);
                } catch (InterruptedException error) {
                    server.shutdownNow();
                }
            }));
        }
        server.awaitTermination();
    }
}
