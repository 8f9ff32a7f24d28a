package app;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.util.concurrent.TimeUnit;

public class App {
    public static void main(String[] arguments) {
        Vertx vertx = Vertx.vertx();
        HttpServer server = vertx.createHttpServer().requestHandler(request -> {
            if (request.path().equals("/slow")) {
                vertx.setTimer(3000, timer -> request.response().end("slow\n"));
            } else {
                request.response().end("quick\n");
            }
        });
        server.listen(Integer.parseInt(arguments[0]), "127.0.0.1");
        if (arguments.length > 1) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                server.shutdown(20, TimeUnit.SECONDS).await();
                vertx.close().await();
            }));
        }
    }
}
