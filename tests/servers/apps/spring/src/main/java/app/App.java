package app;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

@SpringBootApplication
@RestController
public class App {
    public static void main(String[] arguments) {
        SpringApplication.run(App.class, arguments);
    }

    @GetMapping("/")
    public String quick() {
        return System.getenv().getOrDefault("ANSWER", "quick") + "\n";
    }

    @RequestMapping("/brief")
    public String brief() throws InterruptedException {
        Thread.sleep(50);
        return "brief\n";
    }

    @GetMapping("/long")
    public String long40() throws InterruptedException {
        Thread.sleep(40000);
        return "long\n";
    }

    @RequestMapping("/upload")
    public String upload(@RequestBody byte[] body) {
        return body.length + "\n";
    }

    @GetMapping("/slow")
    public String slow() throws InterruptedException {
        Thread.sleep(3000);
        return "slow\n";
    }
}
