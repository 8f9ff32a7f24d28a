package app;

import java.time.Duration;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

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

    @GetMapping("/slow")
    public Mono<String> slow() {
        return Mono.delay(Duration.ofSeconds(3)).map(tick -> "slow\n");
    }
}
