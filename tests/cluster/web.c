// The application that the cluster's tests roll out: a small static HTTP/1.1 server that is alone
// in its image, with no shell beside it. It starts and stops as real applications do, well or
// badly:
//
// web --listen=PORT [--ready-after=SECONDS] [--warm-up=SECONDS] [--on-term=exit|drain|ignore]
//     [--delay=MS] [--stream=MS] [--answer=TEXT] [--lock=FILE]
//
// ready-after: the port opens only then. warm-up: the port is open, and everything is 503 until
// then. on-term: on SIGTERM it exits at once; or takes no more connections, closes idle ones, ends
// what it has begun and exits; or goes on. delay: how long each answer takes. stream: for how long
// each answer is sent, in chunks. Each answer is `TEXT HOSTNAME`; TEXT is $VERSION where the option
// is not given. /healthz is 503 before it is warm and while it drains, and never waits. lock: as an
// embedded database does, it waits for a lock on the file before its port opens. Bodies of requests
// are read, where they have a Content-Length, and dropped.
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    HEAD_MAX = 8192,
    CONNECTIONS_MAX = 2048,
    STACK_BYTES = 128 * 1024,
    BACKLOG = 1024,
    CHUNK_MS = 500,
};
enum on_term { ON_TERM_EXIT, ON_TERM_DRAIN, ON_TERM_IGNORE };

static struct {
    unsigned short port;
    double ready_after, warm_at; // seconds; of the monotonic clock
    long delay, stream;          // milliseconds
    enum on_term on_term;
    const char *answer;
    const char *lock; // NULL: none
    char hostname[256];
    int stop_fd; // readable for ever once it drains
    atomic_int connections;
} web = {.port = 8080, .answer = ""};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void sleep_for(double seconds)
{
    double until = now() + seconds;
    for (double left; (left = until - now()) > 0;)
        poll(NULL, 0, (int)(left * 1000) + 1);
}

static bool is_draining(void)
{
    struct pollfd stop = {.fd = web.stop_fd, .events = POLLIN};
    return poll(&stop, 1, 0) > 0;
}

// The length of the next request's head, read behind the `*used` bytes that are there; 0 when there
// is none: the client has closed, its head is too long, or the server drains and no request has
// begun.
static size_t read_head(int fd, char *head, size_t *used)
{
    for (;;) {
        char *end = memmem(head, *used, "\r\n\r\n", 4);
        if (end)
            return (size_t)(end - head) + 4;
        struct pollfd wait[] = {{.fd = fd, .events = POLLIN},
                                {.fd = web.stop_fd, .events = POLLIN}};
        poll(wait, *used ? 1 : 2, -1);
        if (!wait[0].revents && wait[1].revents)
            return 0;
        ssize_t got = wait[0].revents ? read(fd, head + *used, HEAD_MAX - *used) : -1;
        if (got > 0)
            *used += (size_t)got;
        else if (wait[0].revents && (got == 0 || errno != EINTR))
            return 0;
    }
}

// Reads the body behind a head of this length, and leaves in `head` what follows it.
static bool drop_body(int fd, char *head, size_t length, size_t *used)
{
    char scratch[4096];
    const char *field = memmem(head, length, "\r\nContent-Length:", 17);
    size_t left = field ? strtoul(field + 17, NULL, 10) : 0, there = *used - length;
    size_t here = left < there ? left : there;
    *used = there - here;
    memmove(head, head + length + here, *used);
    for (left -= here; left > 0;) {
        ssize_t got = read(fd, scratch, left < sizeof(scratch) ? left : sizeof(scratch));
        if (got == 0 || (got < 0 && errno != EINTR))
            return false;
        left -= got > 0 ? (size_t)got : 0;
    }
    return true;
}

static bool write_all(int fd, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(fd, text, length, MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR)
            return false;
        text += sent > 0 ? sent : 0;
        length -= sent > 0 ? (size_t)sent : 0;
    }
    return true;
}

// An answer in chunks, one each CHUNK_MS, for as long as a stream takes.
static bool stream(int fd, const char *body, bool close_it)
{
    char text[1024];
    int size = snprintf(text, sizeof(text),
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n%s\r\n%zx\r\n%s\r\n",
                        close_it ? "Connection: close\r\n" : "", strlen(body), body);
    bool well = write_all(fd, text, (size_t)size);
    for (double ends = now() + (double)web.stream / 1000; well && now() < ends;) {
        sleep_for((double)CHUNK_MS / 1000);
        well = write_all(fd, "2\r\n.\n\r\n", 7);
    }
    return well && write_all(fd, "0\r\n\r\n", 5) && !close_it;
}

struct request {
    bool health, close_it;
};

// Whether the connection stays open for another request.
static bool answer(int fd, struct request request)
{
    char body[512], text[1024];
    bool health = request.health;
    if (!health && web.delay)
        sleep_for((double)web.delay / 1000);
    bool draining = is_draining();
    bool well = now() >= web.warm_at && !(health && draining);
    bool close_it = draining || request.close_it;
    int size = snprintf(body, sizeof(body), "%s %s\n", web.answer, web.hostname);
    if (web.stream && well && !health)
        return stream(fd, body, close_it);
    int whole =
        snprintf(text, sizeof(text),
                 "HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n%s\r\n%s",
                 well ? "200 OK" : "503 Service Unavailable", size,
                 close_it ? "Connection: close\r\n" : "", body);
    return write_all(fd, text, (size_t)whole) && !close_it;
}

static void *serve(void *argument)
{
    int fd = (int)(long)argument;
    char head[HEAD_MAX];
    size_t used = 0, length;
    bool open = true;
    while (open && (length = read_head(fd, head, &used)) > 0) {
        struct request request = {
            .health = length > 13 && memcmp(head, "GET /healthz ", 13) == 0,
            .close_it = memmem(head, length, "onnection: close", 16) != NULL,
        };
        open = drop_body(fd, head, length, &used) && answer(fd, request);
    }
    close(fd);
    atomic_fetch_sub(&web.connections, 1);
    return NULL;
}

static void accept_one(int listener)
{
    pthread_attr_t attributes;
    pthread_t thread;
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0)
        return;
    bool room = atomic_fetch_add(&web.connections, 1) < CONNECTIONS_MAX;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    if (!room || pthread_create(&thread, &attributes, serve, (void *)(long)fd) != 0) {
        atomic_fetch_sub(&web.connections, 1);
        close(fd);
    }
    pthread_attr_destroy(&attributes);
}

static void drain(int listener)
{
    close(listener);
    eventfd_write(web.stop_fd, 1);
    while (atomic_load(&web.connections) > 0)
        sleep_for(0.01);
    exit(0);
}

// Signals are read from `signals`, so that they are seen before the port is open too.
static void on_signal(int signals, int listener)
{
    struct signalfd_siginfo info;
    if (read(signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
        return;
    if (info.ssi_signo == SIGINT || web.on_term == ON_TERM_EXIT)
        _exit(0);
    if (web.on_term == ON_TERM_DRAIN)
        drain(listener);
}

static int make_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC);
}

static int open_listener(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(web.port)};
    int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        listen(listener, BACKLOG) < 0) {
        perror("web");
        exit(1);
    }
    return listener;
}

// The kernel takes the lock back when the process ends.
static void take_lock(void)
{
    int file = open(web.lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0 || flock(file, LOCK_EX) < 0) {
        perror(web.lock);
        exit(1);
    }
}

static enum on_term parse_on_term(const char *text)
{
    static const char *const names[] = {"exit", "drain", "ignore"};
    for (int i = 0; i < 3; i++)
        if (strcmp(text, names[i]) == 0)
            return (enum on_term)i;
    fprintf(stderr, "web: --on-term=%s: exit, drain or ignore\n", text);
    exit(2);
}

static void parse(int argc, char **argv)
{
    static const struct option options[] = {{"listen", required_argument, NULL, 'l'},
                                            {"ready-after", required_argument, NULL, 'r'},
                                            {"warm-up", required_argument, NULL, 'w'},
                                            {"on-term", required_argument, NULL, 't'},
                                            {"delay", required_argument, NULL, 'd'},
                                            {"answer", required_argument, NULL, 'a'},
                                            {"lock", required_argument, NULL, 'k'},
                                            {"stream", required_argument, NULL, 's'},
                                            {NULL, 0, NULL, 0}};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'l':
            web.port = (unsigned short)strtoul(optarg, NULL, 10);
            break;
        case 'r':
            web.ready_after = strtod(optarg, NULL);
            break;
        case 'w':
            web.warm_at = now() + strtod(optarg, NULL);
            break;
        case 't':
            web.on_term = parse_on_term(optarg);
            break;
        case 'd':
            web.delay = strtol(optarg, NULL, 10);
            break;
        case 'a':
            web.answer = optarg;
            break;
        case 'k':
            web.lock = optarg;
            break;
        case 's':
            web.stream = strtol(optarg, NULL, 10);
            break;
        default:
            exit(2);
        }
    }
}

int main(int argc, char **argv)
{
    int listener = -1, signals = make_signals();
    web.answer = getenv("VERSION") ? getenv("VERSION") : web.answer;
    web.stop_fd = eventfd(0, EFD_CLOEXEC);
    gethostname(web.hostname, sizeof(web.hostname) - 1);
    parse(argc, argv);
    for (double opens = now() + web.ready_after; now() < opens;) {
        struct pollfd wait = {.fd = signals, .events = POLLIN};
        if (poll(&wait, 1, (int)((opens - now()) * 1000) + 1) > 0)
            on_signal(signals, listener);
    }
    if (web.lock)
        take_lock();
    for (listener = open_listener();;) {
        struct pollfd wait[] = {{.fd = signals, .events = POLLIN},
                                {.fd = listener, .events = POLLIN}};
        poll(wait, 2, -1);
        if (wait[0].revents)
            on_signal(signals, listener);
        if (wait[1].revents)
            accept_one(listener);
    }
}
