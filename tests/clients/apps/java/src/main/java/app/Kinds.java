package app;

import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Callable;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.http.io.entity.StringEntity;

/** HTTP clients as they ship, but for a limit of 10 s. One of each serves all workers, as in an application. */
final class Kinds {
    private static HttpClient jdk;
    private static OkHttpClient okHttp;
    private static CloseableHttpClient apache;

    static Callable<Integer> jdk(String url, String method) {
        jdk = jdk != null ? jdk : HttpClient.newHttpClient();
        HttpRequest.BodyPublisher body = method.equals("POST") ? HttpRequest.BodyPublishers.ofString("ok")
            : HttpRequest.BodyPublishers.noBody();
        HttpRequest request = HttpRequest.newBuilder(URI.create(url)).method(method, body)
            .timeout(Duration.ofSeconds(10)).build();
        return () -> jdk.send(request, HttpResponse.BodyHandlers.ofString()).statusCode();
    }

    static Callable<Integer> urlConnection(String url, String method) {
        return () -> {
            HttpURLConnection connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
            connection.setReadTimeout(10000);
            connection.setConnectTimeout(10000);
            connection.setRequestMethod(method);
            if (method.equals("POST")) {
                connection.setDoOutput(true);
                connection.getOutputStream().write("ok".getBytes(StandardCharsets.UTF_8));
            }
            int status = connection.getResponseCode();
            try (InputStream body = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
                if (body != null) {
                    body.readAllBytes();
                }
            }
            return status;
        };
    }

    static Callable<Integer> okHttp(String url, String method) {
        okHttp = okHttp != null ? okHttp : new OkHttpClient();
        RequestBody body = method.equals("POST") ? RequestBody.create("ok".getBytes(StandardCharsets.UTF_8)) : null;
        Request request = new Request.Builder().url(url).method(method, body).build();
        return () -> {
            try (okhttp3.Response answer = okHttp.newCall(request).execute()) {
                answer.body().bytes();
                return answer.code();
            }
        };
    }

    static Callable<Integer> apache(String url, String method) {
        apache = apache != null ? apache : HttpClients.createDefault();
        return () -> {
            HttpUriRequestBase request = new HttpUriRequestBase(method, URI.create(url));
            if (method.equals("POST")) {
                request.setEntity(new StringEntity("ok"));
            }
            return apache.execute(request, answer -> {
                EntityUtils.consume(answer.getEntity());
                return answer.getCode();
            });
        };
    }

    private Kinds() {
    }
}
