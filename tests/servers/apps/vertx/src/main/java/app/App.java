package app;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.util.concurrent.TimeUnit;

public class App {
    public static void main(String[] arguments) {
        String answer = System.getenv().getOrDefault("ANSWER", "quick") + "\n";
        Vertx vertx = Vertx.vertx();
        HttpServer server = vertx.createHttpServer().requestHandler(request -> {
            if (request.path().equals("/slow")) {
                vertx.setTimer(3000, timer -> request.response().end("slow\n"));
            } else {
                request.response().end(answer);
            }
        });
        server.listen(Integer.parseInt(arguments[1]), arguments[0]);
        if (arguments.length > 2) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                server.shutdown(20, TimeUnit.SECONDS).await();
                vertx.close().await();
            }));
        }
    }
}
