// One line for each request and event, as JSON or text, on one descriptor. Each thread writes into
// its own ring, and one thread writes the rings out. So a blocked descriptor stops nobody: a line
// that finds its ring full is dropped and counted. Never give it the content of an object.
#ifndef EVENKEEL_SERVER_LOG_H
#define EVENKEEL_SERVER_LOG_H

#include "base/error.h"
#include "base/text.h"

enum {
    LOG_LINE_MAX = 8192,         // bytes of one line; a field that does not fit is left out
    LOG_STRING_MAX = 512,        // bytes of one string; the rest is cut off
    LOG_RING_SIZE = 1024 * 1024, // bytes that wait for the writer, for each thread; a power of two
};

enum log_level { LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };
enum log_format { LOG_FORMAT_JSON, LOG_FORMAT_TEXT };

extern const char *const log_level_names[];  // info warning error, NULL
extern const char *const log_format_names[]; // json text, NULL

struct log;

// A log with `rings` rings, one for each thread that writes lines. Lines below `level` are
// dropped uncounted. NULL with the reason on failure. `descriptor` stays the caller's.
struct log *log_new(int descriptor, enum log_format format, enum log_level level, unsigned rings,
                    struct error *error);

// Starts the thread that writes. Lines logged before wait in their rings. Returns
// 0, or -1 with the reason.
int log_start(struct log *log, struct error *error);

// Waits at most `milliseconds` until everything logged is written, and stops the writer. True:
// everything is written and log_free() may be called. False: the descriptor is blocked, and the log
// must stay.
bool log_stop(struct log *log, unsigned milliseconds);
void log_free(struct log *log); // NULL is fine

uint64_t log_dropped(const struct log *log);

// A line being built, on its thread's stack.
struct log_line {
    struct log *log;
    unsigned ring;
    bool wanted;    // false: below the level; nothing is built
    bool truncated; // a field was left out
    bool listing;   // within a list
    bool first;     // the next item is its list's first
    size_t size;
    char bytes[LOG_LINE_MAX];
};

// Begins a line with time, level and msg; the ring is this thread's alone.
void log_begin(struct log_line *line, struct log *log, unsigned ring, enum log_level level,
               const char *message);
void log_string(struct log_line *line, const char *key, struct slice value); // any bytes
void log_integer(struct log_line *line, const char *key, int64_t value);
void log_boolean(struct log_line *line, const char *key, bool value);
// A list of strings: begin, items, end. An item that does not fit is left out.
void log_list_begin(struct log_line *line, const char *key);
void log_list_item(struct log_line *line, struct slice value);
void log_list_end(struct log_line *line);
// Ends the line and hands it over, or drops and counts it.
void log_end(struct log_line *line);

#endif
