// Sends requests to several targets at steady rates, and counts each one that fails, with its time
// and its kind. It is open loop: a request leaves when it is due, whatever became of the ones
// before it.
//
// load PLAN: PLAN has a line for each target: NAME ADDRESS PORT REQUESTS-PER-SECOND CONNECTIONS
// TIMEOUT-MS [UPLOAD-MS]. CONNECTIONS 0: each request on a connection of its own; else that many
// are kept open and used in turn. UPLOAD-MS: each request has a body, which is sent in pieces for
// that long. It runs until SIGTERM, waits for what is under way, and prints what it counted. On
// stdout:
//
// fail NAME UNIX-SECONDS KIND          when the request was due
// total NAME sent=N ok=N refused=N … resent=N p50=MS p99=MS max=MS late=MS WORD=N…
//
// KIND is refused, unreachable, reset, closed (before the answer was whole), status (not 200) or
// timeout. WORD is the first word of an answer's body: what said it. A request on a connection that
// was open already, closed without a byte of an answer, is sent again once, on a new connection,
// and is no failure: so do Go's net/http, curl and browsers (RFC 9110, 9.2.2). It is counted as
// resent.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    TARGETS_MAX = 64,
    KEPT_MAX = 64,
    CONNECTIONS_MAX = 8192,
    ANSWER_MAX = 4096,
    WORDS_MAX = 8,
    LATENCY_MAX = 60000, // milliseconds
    PIECE_MS = 200,
    PIECE_BYTES = 1024,
};
enum kind { REFUSED, UNREACHABLE, RESET, CLOSED, STATUS, TIMEOUT, KINDS };
static const char *const kind_names[] = {"refused", "unreachable", "reset",
                                         "closed",  "status",      "timeout"};

struct target {
    char name[64], request[160];
    struct sockaddr_in address;
    double rate, first, timeout; // per second; the monotonic clock; seconds
    int kept, slots[KEPT_MAX];   // file descriptors, or -1
    int pieces;                  // of each request's body
    long sent, ok, failed[KINDS], resent, latency[LATENCY_MAX + 1];
    double late; // the most that a request left after it was due, in seconds
    struct {
        char text[32];
        long count;
    } words[WORDS_MAX];
};

enum state { FREE, CONNECTING, WAITING, IDLE };
struct connection {
    enum state state;
    struct target *target;
    int slot;               // of the target's kept ones, or -1
    double due, next_piece; // when a piece of the body is due, while pieces_left
    int pieces_left;
    bool reused, resent;
    size_t used;
    char answer[ANSWER_MAX];
};

static struct target targets[TARGETS_MAX];
static int target_count, poller, under_way, highest;
static struct connection connections[CONNECTIONS_MAX]; // by file descriptor
static volatile sig_atomic_t stopping;

static double now_of(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double now(void)
{
    return now_of(CLOCK_MONOTONIC);
}

static void open_connection(struct target *target, int slot, double due, bool resent);

static void close_connection(int fd)
{
    struct connection *connection = &connections[fd];
    under_way -= connection->state == CONNECTING || connection->state == WAITING;
    if (connection->slot >= 0)
        connection->target->slots[connection->slot] = -1;
    connection->state = FREE;
    close(fd);
}

static void fail(int fd, enum kind kind)
{
    struct connection *connection = &connections[fd];
    connection->target->failed[kind]++;
    printf("fail %s %.3f %s\n", connection->target->name,
           now_of(CLOCK_REALTIME) - (now() - connection->due), kind_names[kind]);
    close_connection(fd);
}

static enum kind kind_of(int error)
{
    switch (error) {
    case 0:
        return CLOSED;
    case ECONNREFUSED:
        return REFUSED;
    case EHOSTUNREACH:
    case ENETUNREACH:
        return UNREACHABLE;
    case ETIMEDOUT:
        return TIMEOUT;
    default:
        return RESET;
    }
}

// The connection is over before the answer is whole: a failure, or a request to send again.
static void on_broken(int fd, int error)
{
    struct connection *connection = &connections[fd], old = *connection;
    if (!old.reused || old.resent || old.used > 0) {
        fail(fd, kind_of(error));
        return;
    }
    old.target->resent++;
    close_connection(fd);
    open_connection(old.target, old.slot, old.due, true);
}

static void watch(int fd, int operation, unsigned events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};
    if (epoll_ctl(poller, operation, fd, &event) < 0) {
        perror("load: epoll_ctl");
        exit(3);
    }
}

static void send_request(int fd)
{
    struct connection *connection = &connections[fd];
    const char *request = connection->target->request;
    double late = now() - connection->due;
    connection->used = 0;
    connection->state = WAITING;
    connection->pieces_left = connection->target->pieces;
    connection->next_piece = now();
    if (connection->reused && late > connection->target->late)
        connection->target->late = late;
    if (send(fd, request, strlen(request), MSG_NOSIGNAL) < 0)
        on_broken(fd, errno);
}

static void send_piece(int fd)
{
    static const char piece[PIECE_BYTES];
    struct connection *connection = &connections[fd];
    connection->pieces_left--;
    connection->next_piece += (double)PIECE_MS / 1000;
    if (send(fd, piece, sizeof(piece), MSG_NOSIGNAL) != (ssize_t)sizeof(piece))
        on_broken(fd, errno);
}

static void send_pieces(void)
{
    for (int fd = 0; fd <= highest; fd++)
        if (connections[fd].state == WAITING && connections[fd].pieces_left > 0 &&
            connections[fd].next_piece <= now())
            send_piece(fd);
}

static void open_connection(struct target *target, int slot, double due, bool resent)
{
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || fd >= CONNECTIONS_MAX) {
        fprintf(stderr, "load: no room for another connection: %s\n", strerror(errno));
        exit(3);
    }
    struct connection *connection = &connections[fd];
    connection->state = CONNECTING;
    connection->target = target;
    connection->slot = slot;
    connection->due = due;
    connection->reused = false;
    connection->resent = resent;
    connection->used = 0;
    connection->pieces_left = 0;
    highest = fd > highest ? fd : highest;
    under_way++;
    if (slot >= 0)
        target->slots[slot] = fd;
    if (!resent && now() - due > target->late)
        target->late = now() - due;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    watch(fd, EPOLL_CTL_ADD, EPOLLOUT);
    if (connect(fd, (struct sockaddr *)&target->address, sizeof(target->address)) < 0 &&
        errno != EINPROGRESS) {
        if (errno == EADDRNOTAVAIL) {
            fprintf(stderr, "load: no local port is free\n");
            exit(3);
        }
        fail(fd, kind_of(errno));
    }
}

static void count_word(struct target *target, const char *body)
{
    char word[32] = "-";
    sscanf(body, "%31[0-9A-Za-z._]", word);
    for (int i = 0; i < WORDS_MAX; i++) {
        if (target->words[i].count == 0)
            snprintf(target->words[i].text, sizeof(target->words[i].text), "%s", word);
        if (strcmp(target->words[i].text, word) == 0) {
            target->words[i].count++;
            return;
        }
    }
}

static void on_whole(int fd, const char *body)
{
    struct connection *connection = &connections[fd];
    struct target *target = connection->target;
    double milliseconds = (now() - connection->due) * 1000;
    bool keep =
        connection->slot >= 0 && !strcasestr(connection->answer, "\r\nConnection: close\r\n");
    if (strncmp(connection->answer, "HTTP/1.1 200 ", 13) != 0) {
        fail(fd, STATUS);
        return;
    }
    target->ok++;
    target->latency[milliseconds < LATENCY_MAX ? (int)milliseconds : LATENCY_MAX]++;
    count_word(target, body);
    if (!keep) {
        close_connection(fd);
        return;
    }
    connection->state = IDLE;
    under_way--;
}

// The body of a whole answer with this head, or NULL. All chunks but the first are its stream's.
static const char *whole_body(const struct connection *connection, const char *end)
{
    const char *answer = connection->answer, *last = answer + connection->used;
    const char *length = strcasestr(answer, "\r\nContent-Length:");
    if (length && length < end)
        return last - (end + 4) >= (ssize_t)strtoul(length + 17, NULL, 10) ? end + 4 : NULL;
    const char *first = strstr(end + 4, "\r\n");
    return first && strcmp(last - 7, "\r\n0\r\n\r\n") == 0 ? first + 2 : NULL;
}

static bool has_length(const char *answer, const char *end)
{
    const char *length = strcasestr(answer, "\r\nContent-Length:");
    const char *chunked = strcasestr(answer, "\r\nTransfer-Encoding: chunked\r\n");
    return (length && length < end) || (chunked && chunked < end);
}

static void on_answer(int fd)
{
    struct connection *connection = &connections[fd];
    char *answer = connection->answer;
    ssize_t got = recv(fd, answer + connection->used, ANSWER_MAX - 1 - connection->used, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        on_broken(fd, got < 0 ? errno : 0);
        return;
    }
    connection->used += (size_t)got;
    answer[connection->used] = '\0';
    const char *end = strstr(answer, "\r\n\r\n");
    const char *body = end ? whole_body(connection, end) : NULL;
    if (end && !has_length(answer, end))
        fail(fd, STATUS);
    else if (body)
        on_whole(fd, body);
    else if (connection->used == ANSWER_MAX - 1)
        fail(fd, STATUS);
}

static void on_connected(int fd)
{
    int error = 0;
    socklen_t size = sizeof(error);
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) {
        fail(fd, kind_of(error));
        return;
    }
    watch(fd, EPOLL_CTL_MOD, EPOLLIN);
    send_request(fd);
}

static void begin(struct target *target, double due)
{
    int slot = target->kept ? (int)(target->sent % target->kept) : -1;
    int fd = slot >= 0 ? target->slots[slot] : -1;
    target->sent++;
    if (fd < 0) {
        open_connection(target, slot, due, false);
    } else if (connections[fd].state != IDLE) {
        open_connection(target, -1, due, false); // it is busy, and a request waits for no other
    } else {
        connections[fd].due = due;
        connections[fd].reused = true;
        connections[fd].resent = false;
        under_way++;
        send_request(fd);
    }
}

// Sends what is due; how long until the next is, in milliseconds.
static int send_due(void)
{
    double next = now() + 0.05;
    for (struct target *target = targets; target < targets + target_count && !stopping; target++) {
        double due;
        while ((due = target->first + (double)target->sent / target->rate) <= now())
            begin(target, due);
        next = due < next ? due : next;
    }
    double left = (next - now()) * 1000;
    return left > 0 ? (int)left + 1 : 0;
}

static void end_late(void)
{
    for (int fd = 0; fd <= highest; fd++) {
        struct connection *connection = &connections[fd];
        if ((connection->state == CONNECTING || connection->state == WAITING) &&
            now() - connection->due > connection->target->timeout)
            fail(fd, TIMEOUT);
    }
}

static void on_event(int fd)
{
    switch (connections[fd].state) {
    case CONNECTING:
        on_connected(fd);
        break;
    case WAITING:
        on_answer(fd);
        break;
    case IDLE: // the other side closes it, and nobody has lost anything
        close_connection(fd);
        break;
    case FREE:
        break;
    }
}

static int percentile(const struct target *target, double share)
{
    long below = 0;
    for (int i = 0; i <= LATENCY_MAX; i++)
        if ((below += target->latency[i]) > (long)(share * (double)target->ok))
            return i;
    return 0;
}

static void print_total(const struct target *target)
{
    int highest_seen = 0;
    for (int i = 0; i <= LATENCY_MAX; i++)
        highest_seen = target->latency[i] ? i : highest_seen;
    printf("total %s sent=%ld ok=%ld", target->name, target->sent, target->ok);
    for (int i = 0; i < KINDS; i++)
        printf(" %s=%ld", kind_names[i], target->failed[i]);
    printf(" resent=%ld p50=%d p99=%d max=%d late=%.0f", target->resent, percentile(target, 0.5),
           percentile(target, 0.99), highest_seen, target->late * 1000);
    for (int i = 0; i < WORDS_MAX && target->words[i].count; i++)
        printf(" answer:%s=%ld", target->words[i].text, target->words[i].count);
    printf("\n");
}

static void write_request(struct target *target)
{
    if (target->pieces > 0)
        snprintf(target->request, sizeof(target->request),
                 "POST / HTTP/1.1\r\nHost: web\r\nConnection: close\r\nContent-Length: %d\r\n\r\n",
                 target->pieces * PIECE_BYTES);
    else
        snprintf(target->request, sizeof(target->request), "GET / HTTP/1.1\r\nHost: web\r\n%s\r\n",
                 target->kept ? "" : "Connection: close\r\n");
}

static void read_plan(const char *path)
{
    FILE *file = fopen(path, "r");
    char line[256], address[64];
    unsigned short port;
    while (file && fgets(line, sizeof(line), file)) {
        struct target *target = &targets[target_count];
        int upload = 0;
        if (target_count == TARGETS_MAX ||
            sscanf(line, "%63s %63s %hu %lf %d %lf %d", target->name, address, &port, &target->rate,
                   &target->kept, &target->timeout, &upload) < 6 ||
            inet_pton(AF_INET, address, &target->address.sin_addr) != 1 || !(target->rate > 0) ||
            target->kept < 0 || target->kept > KEPT_MAX || upload < 0 ||
            (upload > 0 && target->kept > 0)) { // what has a body is not sent twice
            fprintf(stderr, "load: %s: not a line of a plan: %s", path, line);
            exit(2);
        }
        target->address.sin_family = AF_INET;
        target->address.sin_port = htons(port);
        target->timeout /= 1000;
        for (int i = 0; i < KEPT_MAX; i++)
            target->slots[i] = -1;
        target->pieces = (upload + PIECE_MS - 1) / PIECE_MS;
        write_request(target);
        target_count++;
    }
    if (!file || target_count == 0) {
        fprintf(stderr, "load: %s: no plan\n", path);
        exit(2);
    }
    fclose(file);
}

static void stop(int number)
{
    (void)number;
    stopping = 1;
}

int main(int argc, char **argv)
{
    struct epoll_event events[256];
    if (argc != 2) {
        fprintf(stderr, "usage: load PLAN\n");
        return 2;
    }
    read_plan(argv[1]);
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGTERM, stop);
    poller = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < target_count; i++) // so that they do not all send at one moment
        targets[i].first = now() + 1 / targets[i].rate * i / target_count;
    while (!stopping || under_way > 0) {
        int count = epoll_wait(poller, events, 256, send_due());
        for (int i = 0; i < count; i++)
            on_event(events[i].data.fd);
        send_pieces();
        end_late();
    }
    for (int i = 0; i < target_count; i++)
        print_total(&targets[i]);
    return 0;
}
