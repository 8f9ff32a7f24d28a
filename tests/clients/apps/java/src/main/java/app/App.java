package app;

import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;

/** A client: App KIND URL GETS POSTS PAUSE CALLS. Says one line for each call. */
public class App {
    private static final AtomicBoolean ENDED = new AtomicBoolean();

    static Callable<Integer> caller(String kind, String url, String method) throws Exception {
        switch (kind) {
            case "jdk": return Kinds.jdk(url, method);
            case "urlconnection": return Kinds.urlConnection(url, method);
            case "okhttp": return Kinds.okHttp(url, method);
            case "apache": return Kinds.apache(url, method);
            case "grpc": return Grpc.call(url);
            default: throw new IllegalArgumentException(kind);
        }
    }

    static void work(Callable<Integer> caller, String method, long pause, int calls) {
        for (int n = 0; !ENDED.get() && (calls == 0 || n < calls); n++) {
            String said;
            try {
                int status = caller.call();
                said = status == 200 ? "ok" : "status " + status;
            } catch (Exception error) {
                said = error.toString().replace('\n', ' ');
            }
            System.out.println(method + " " + said);
            try {
                Thread.sleep(pause);
            } catch (InterruptedException error) {
                return;
            }
        }
    }

    public static void main(String[] a) throws Exception {
        int gets = Integer.parseInt(a[2]);
        int workers = gets + Integer.parseInt(a[3]);
        long pause = Long.parseLong(a[4]);
        int calls = Integer.parseInt(a[5]);
        Thread[] threads = new Thread[workers];
        for (int i = 0; i < workers; i++) {
            String method = a[0].equals("grpc") ? "CALL" : i < gets ? "GET" : "POST";
            Callable<Integer> caller = caller(a[0], a[1], method);
            threads[i] = new Thread(() -> work(caller, method, pause, calls));
            threads[i].start();
        }
        if (calls == 0) {
            System.in.readAllBytes();
            ENDED.set(true);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        System.exit(0);
    }
}
