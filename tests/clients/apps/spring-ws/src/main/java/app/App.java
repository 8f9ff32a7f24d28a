package app;

import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.socket.CloseStatus;
import org.springframework.web.socket.TextMessage;
import org.springframework.web.socket.WebSocketSession;
import org.springframework.web.socket.config.annotation.EnableWebSocket;
import org.springframework.web.socket.config.annotation.WebSocketConfigurer;
import org.springframework.web.socket.config.annotation.WebSocketHandlerRegistry;
import org.springframework.web.socket.handler.TextWebSocketHandler;

/** A WebSocket server that sends back what it gets. --closes: it closes its sessions with 1001 when it stops. */
@SpringBootApplication
@RestController
@EnableWebSocket
public class App implements WebSocketConfigurer {
    private final Set<WebSocketSession> sessions = ConcurrentHashMap.newKeySet();

    public static void main(String[] arguments) {
        SpringApplication.run(App.class, arguments);
    }

    @EventListener(condition = "@environment.containsProperty('closes')")
    public void stopping(ContextClosedEvent event) throws IOException {
        for (WebSocketSession session : sessions) {
            session.close(CloseStatus.GOING_AWAY);
        }
    }

    @GetMapping("/")
    public String quick() {
        return "quick\n";
    }

    @Override
    public void registerWebSocketHandlers(WebSocketHandlerRegistry registry) {
        registry.addHandler(new TextWebSocketHandler() {
            @Override
            public void afterConnectionEstablished(WebSocketSession session) {
                sessions.add(session);
            }

            @Override
            public void afterConnectionClosed(WebSocketSession session, CloseStatus status) {
                sessions.remove(session);
            }

            @Override
            protected void handleTextMessage(WebSocketSession session, TextMessage message) throws Exception {
                session.sendMessage(message);
            }
        }, "/ws");
    }
}
