package app;

import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/** Two unary calls with messages of bytes, app.App/Quick and app.App/Slow: App HOST PORT [graceful]. */
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

    public static void main(String[] arguments) throws Exception {
        Server server = NettyServerBuilder.forAddress(new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1])))
            .addService(ServerServiceDefinition.builder("app.App")
                .addMethod(method("Quick"), ServerCalls.asyncUnaryCall(takes(0)))
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
