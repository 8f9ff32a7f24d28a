// The rings and the thread that writes them out. See log.h.
#include "server/log_internal.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

// Under load, lines wait for this time and are written together, because a wake-up for each costs
// more than the line. A ring has room for the lines of 200,000 reviews a second.
enum { GATHER_US = 10000 };

const char *const log_level_names[] = {"info", "warning", "error", NULL};
const char *const log_format_names[] = {"json", "text", NULL};

struct log *log_new(int descriptor, enum log_format format, enum log_level level, unsigned rings,
                    struct error *error)
{
    struct log *log = calloc(1, sizeof(*log));
    if (log) {
        log->wake = eventfd(0, EFD_CLOEXEC);
        log->rings = calloc(rings, sizeof(*log->rings));
    }
    if (!log || log->wake < 0 || !log->rings) {
        error_set(error, "the log cannot be set up: %s", strerror(errno));
        log_free(log);
        return NULL;
    }
    log->descriptor = descriptor;
    log->format = format;
    log->level = level;
    log->ring_count = rings;
    return log;
}

void log_free(struct log *log)
{
    if (!log)
        return;
    if (log->wake >= 0)
        close(log->wake);
    free(log->rings);
    free(log);
}

static void log_wake(struct log *log)
{
    uint64_t one = 1;
    // It can only fail when the counter is full, and then the writer is awake.
    ssize_t result = write(log->wake, &one, sizeof(one));
    (void)result;
}

void log_write(struct log *log, unsigned index, const char *bytes, size_t size)
{
    struct log_ring *ring = &log->rings[index];
    uint64_t written = atomic_load_explicit(&ring->written, memory_order_relaxed);
    uint64_t waiting = written - atomic_load(&ring->read);
    if (size > LOG_RING_SIZE - waiting) {
        atomic_fetch_add(&ring->dropped, 1);
        return;
    }
    size_t at = written % LOG_RING_SIZE;
    size_t head = size < LOG_RING_SIZE - at ? size : LOG_RING_SIZE - at;
    memcpy(ring->bytes + at, bytes, head);
    memcpy(ring->bytes, bytes + head, size - head);
    // Sequentially consistent with the writer's asleep-then-look: one of the two sees the other.
    atomic_store(&ring->written, written + size);
    if (atomic_load(&log->asleep) && atomic_exchange(&log->asleep, false))
        log_wake(log);
}

static void drop_lines(struct log_ring *ring, const char *bytes, size_t size)
{
    uint64_t lines = 0;
    for (size_t i = 0; i < size; i++)
        lines += bytes[i] == '\n';
    atomic_fetch_add(&ring->dropped, lines);
}

// If the descriptor is gone, waiting lines are dropped, because nobody can read them.
static void write_all(struct log *log, struct log_ring *ring, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t count = write(log->descriptor, bytes, size);
        if (count < 0 && errno == EAGAIN) {
            struct pollfd ready = {.fd = log->descriptor, .events = POLLOUT};
            poll(&ready, 1, -1);
        } else if (count < 0 && errno != EINTR) {
            drop_lines(ring, bytes, size);
            return;
        } else if (count > 0) {
            bytes += count;
            size -= (size_t)count;
        }
    }
}

static bool write_ring(struct log *log, struct log_ring *ring)
{
    uint64_t read = atomic_load_explicit(&ring->read, memory_order_relaxed);
    uint64_t waiting = atomic_load(&ring->written) - read;
    size_t at = read % LOG_RING_SIZE;
    size_t head = waiting < LOG_RING_SIZE - at ? waiting : LOG_RING_SIZE - at;
    if (waiting == 0)
        return false;
    write_all(log, ring, ring->bytes + at, head);
    write_all(log, ring, ring->bytes, waiting - head);
    atomic_store(&ring->read, read + waiting);
    return true;
}

static bool write_rings(struct log *log)
{
    bool any = false;
    for (unsigned i = 0; i < log->ring_count; i++)
        any |= write_ring(log, &log->rings[i]);
    return any;
}

static void *log_thread(void *context)
{
    struct log *log = context;
    uint64_t count;
    for (;;) {
        bool stopping = atomic_load(&log->stopping);
        if (write_rings(log)) {
            usleep(GATHER_US);
            continue;
        }
        if (stopping)
            return NULL;
        atomic_store(&log->asleep, true);
        if (!write_rings(log) && !atomic_load(&log->stopping) &&
            read(log->wake, &count, sizeof(count)) < 0 && errno != EINTR)
            return NULL;
        atomic_store(&log->asleep, false);
    }
}

int log_start(struct log *log, struct error *error)
{
    int failure = pthread_create(&log->thread, NULL, log_thread, log);
    if (failure)
        return error_set(error, "the log's thread cannot be started: %s", strerror(failure));
    log->started = true;
    return 0;
}

bool log_stop(struct log *log, unsigned milliseconds)
{
    struct timespec until;
    if (!log->started) {
        write_rings(log);
        return true;
    }
    atomic_store(&log->stopping, true);
    log_wake(log);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += milliseconds / 1000;
    until.tv_nsec += (long)(milliseconds % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    return pthread_timedjoin_np(log->thread, NULL, &until) == 0;
}

uint64_t log_dropped(const struct log *log)
{
    uint64_t dropped = 0;
    for (unsigned i = 0; i < log->ring_count; i++)
        dropped += atomic_load(&log->rings[i].dropped);
    return dropped;
}
