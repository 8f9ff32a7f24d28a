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

/** Two unary calls with messages of bytes, app.App/Quick and app.App/Slow: App PORT [graceful]. */
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
            responses.onNext(new byte[0]);
            responses.onCompleted();
        };
    }

    public static void main(String[] arguments) throws Exception {
        Server server = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[0])))
            .addService(ServerServiceDefinition.builder("app.App")
                .addMethod(method("Quick"), ServerCalls.asyncUnaryCall(takes(0)))
                .addMethod(method("Slow"), ServerCalls.asyncUnaryCall(takes(3000))).build())
            .build().start();
        if (arguments.length > 1) {
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
