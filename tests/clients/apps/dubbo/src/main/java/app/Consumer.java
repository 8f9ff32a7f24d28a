package app;

import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.dubbo.config.ApplicationConfig;
import org.apache.dubbo.config.ReferenceConfig;
import org.apache.dubbo.config.bootstrap.DubboBootstrap;

/** A consumer of one address, as it ships but for a limit of 10 s: Consumer URL WORKERS 0 PAUSE CALLS. */
public class Consumer {
    private static final AtomicBoolean ENDED = new AtomicBoolean();

    static void work(Hello hello, long pause, int calls) {
        for (int n = 0; !ENDED.get() && (calls == 0 || n < calls); n++) {
            String said;
            try {
                said = hello.brief("ok");
            } catch (RuntimeException error) {
                said = error.toString().replace('\n', ' ');
            }
            System.out.println("CALL " + said);
            try {
                Thread.sleep(pause);
            } catch (InterruptedException error) {
                return;
            }
        }
    }

    public static void main(String[] arguments) throws Exception {
        ApplicationConfig application = new ApplicationConfig("consumer");
        application.setQosEnable(false);
        ReferenceConfig<Hello> reference = new ReferenceConfig<>();
        reference.setInterface(Hello.class);
        reference.setUrl(arguments[0]);
        reference.setTimeout(10000);
        DubboBootstrap.getInstance().application(application).reference(reference).start();
        Hello hello = reference.get();
        int calls = Integer.parseInt(arguments[4]);
        Thread[] threads = new Thread[Integer.parseInt(arguments[1])];
        for (int i = 0; i < threads.length; i++) {
            threads[i] = new Thread(() -> work(hello, Long.parseLong(arguments[3]), calls));
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
