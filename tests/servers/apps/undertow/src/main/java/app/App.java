package app;

import io.undertow.Handlers;
import io.undertow.Undertow;
import io.undertow.server.HttpHandler;
import io.undertow.server.handlers.BlockingHandler;
import io.undertow.server.handlers.GracefulShutdownHandler;
import java.util.Objects;

/** A server with Undertow by itself: App HOST PORT [graceful]. */
public class App {
    public static void main(String[] arguments) {
        String answer = Objects.requireNonNullElse(System.getenv("ANSWER"), "quick");
        HttpHandler slow = new BlockingHandler(exchange -> {
            Thread.sleep(3000);
            exchange.getResponseSender().send("slow\n");
        });
        GracefulShutdownHandler handler = Handlers.gracefulShutdown(Handlers.path(exchange ->
            exchange.getResponseSender().send(answer + "\n")).addExactPath("/slow", slow));
        Undertow server = Undertow.builder().addHttpListener(Integer.parseInt(arguments[1]), arguments[0])
            .setHandler(handler).build();
        server.start();
        if (arguments.length > 2) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                handler.shutdown();
                try {
                    handler.awaitShutdown(20000);
                } catch (InterruptedException error) {
                    Thread.currentThread().interrupt();
                }
                server.stop();
            }));
        }
    }
}
