// Builds one log line, as JSON or as key=value text, in a fixed buffer. A field is complete or
// absent, so that every line is valid. See log.h.
#include "server/log_internal.h"

#include <stdio.h>
#include <time.h>

// Reserved for the end of a line: the mark of a field that was left out, brackets, the line break.
enum { LOG_TAIL_ROOM = 64 };

static bool line_add(struct log_line *line, const char *bytes, size_t size)
{
    // The end of a list may have used some of the reserved bytes already.
    if (line->size + size > sizeof(line->bytes) - LOG_TAIL_ROOM)
        return false;
    bytes_copy(line->bytes + line->size, bytes, size);
    line->size += size;
    return true;
}

// Inline, so that the compiler counts a literal's bytes.
static inline __attribute__((always_inline)) bool line_puts(struct log_line *line,
                                                            const char *string)
{
    return line_add(line, string, strlen(string));
}

// Length of the well-formed UTF-8 sequence at `text` (Unicode 15, table 3-7), 0 when it is none.
static size_t utf8_length(const unsigned char *text, size_t size)
{
    if (text[0] < 0x80)
        return 1;
    size_t length = text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;
    if (text[0] < 0xc2 || text[0] > 0xf4 || length > size)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    }
    unsigned pair = (unsigned)text[0] << 8 | text[1];
    bool overlong = (pair >= 0xe080 && pair < 0xe0a0) || (pair >= 0xf080 && pair < 0xf090);
    bool surrogate = pair >= 0xeda0 && pair <= 0xedbf;
    return overlong || surrogate || pair >= 0xf490 ? 0 : length;
}

// Whether all of eight bytes stand for themselves in JSON; false also for some that do.
static bool is_plain_eight(const char *text)
{
    const uint64_t ones = 0x0101010101010101;
    uint64_t eight;
    memcpy(&eight, text, sizeof(eight));
    uint64_t quotes = eight ^ ones * '"', backslashes = eight ^ ones * '\\';
    // The top bit of each byte: past ASCII, DEL, below a space, a quote, a backslash.
    return ((eight | (eight + ones) | (eight - ones * ' ') | (quotes - ones) |
             (backslashes - ones)) &
            ones * 0x80) == 0;
}

// Bytes at the start of `text` that stand for themselves in JSON.
static size_t plain_length(const char *text, size_t size)
{
    size_t length = 0;
    while (size - length >= 8 && is_plain_eight(text + length))
        length += 8;
    while (length < size && text[length] >= ' ' && text[length] < 0x7f && text[length] != '"' &&
           text[length] != '\\')
        length++;
    return length;
}

// One character in JSON; `length` gets the bytes of `text` that it took.
static bool line_add_character(struct log_line *line, const char *text, size_t size, size_t *length)
{
    unsigned char byte = (unsigned char)text[0];
    char escape[8];
    *length = utf8_length((const unsigned char *)text, size);
    if (*length == 0) {
        *length = 1;
        return line_puts(line, "\\ufffd");
    }
    if (byte == '"' || byte == '\\') {
        escape[0] = '\\';
        escape[1] = (char)byte;
        return line_add(line, escape, 2);
    }
    if (byte >= 0x20 && byte != 0x7f)
        return line_add(line, text, *length);
    snprintf(escape, sizeof(escape), "\\u%04x", byte);
    return line_puts(line, escape);
}

static bool line_add_quoted(struct log_line *line, struct slice value)
{
    size_t size = value.size < LOG_STRING_MAX ? value.size : LOG_STRING_MAX;
    // A cut must not leave half a character, which would read as an invalid one.
    while (size < value.size && size > 0 && ((unsigned char)value.data[size] & 0xc0) == 0x80)
        size--;
    bool fits = line_puts(line, "\"");
    for (size_t at = 0, length; at < size && fits; at += length) {
        length = plain_length(value.data + at, size - at);
        fits = length > 0 ? line_add(line, value.data + at, length)
                          : line_add_character(line, value.data + at, size - at, &length);
    }
    return fits && (size == value.size || line_puts(line, "...")) && line_puts(line, "\"");
}

static bool is_plain(struct slice value)
{
    for (size_t i = 0; i < value.size; i++) {
        unsigned char byte = (unsigned char)value.data[i];
        if (byte <= ' ' || byte >= 0x7f || byte == '"' || byte == '\\' || byte == ',')
            return false;
    }
    return value.size > 0 && value.size <= LOG_STRING_MAX;
}

static bool line_add_value(struct log_line *line, struct slice value)
{
    if (line->log->format == LOG_FORMAT_TEXT && is_plain(value))
        return line_add(line, value.data, value.size);
    return line_add_quoted(line, value);
}

static bool line_add_key(struct log_line *line, const char *key)
{
    if (line->log->format == LOG_FORMAT_TEXT)
        return line_puts(line, line->size ? " " : "") && line_puts(line, key) &&
               line_puts(line, "=");
    return line_puts(line, line->size > 1 ? ",\"" : "\"") && line_puts(line, key) &&
           line_puts(line, "\":");
}

// Removes a field of which only a part fits.
static void line_settle(struct log_line *line, size_t before, bool fits)
{
    if (fits)
        return;
    line->size = before;
    line->truncated = true;
}

// `count` digits of `number`, with zeros in front.
static char *stamp_digits(char *at, unsigned count, unsigned long number)
{
    for (unsigned i = count; i > 0; i--, number /= 10)
        at[i - 1] = (char)('0' + number % 10);
    return at + count;
}

// RFC 3339 with microseconds: "2024-05-06T07:08:09.123456Z". Each part ends with its separator.
static struct slice stamp_write(char *stamp)
{
    struct timespec now;
    struct tm parts;
    char *at = stamp;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    at = stamp_digits(at, 4, (unsigned long)parts.tm_year + 1900);
    *at++ = '-';
    at = stamp_digits(at, 2, (unsigned long)parts.tm_mon + 1);
    *at++ = '-';
    at = stamp_digits(at, 2, (unsigned long)parts.tm_mday);
    *at++ = 'T';
    at = stamp_digits(at, 2, (unsigned long)parts.tm_hour);
    *at++ = ':';
    at = stamp_digits(at, 2, (unsigned long)parts.tm_min);
    *at++ = ':';
    at = stamp_digits(at, 2, (unsigned long)parts.tm_sec);
    *at++ = '.';
    at = stamp_digits(at, 6, (unsigned long)now.tv_nsec / 1000);
    *at++ = 'Z';
    return (struct slice){stamp, (size_t)(at - stamp)};
}

void log_begin(struct log_line *line, struct log *log, unsigned ring, enum log_level level,
               const char *message)
{
    char stamp[32];

    line->log = log;
    line->ring = ring;
    line->wanted = level >= log->level;
    line->truncated = false;
    line->listing = false;
    line->size = 0;
    if (!line->wanted)
        return;
    if (log->format == LOG_FORMAT_JSON)
        line_puts(line, "{");
    log_string(line, "time", stamp_write(stamp));
    log_string(line, "level", slice_of(log_level_names[level]));
    log_string(line, "msg", slice_of(message));
}

void log_string(struct log_line *line, const char *key, struct slice value)
{
    size_t before = line->size;
    if (line->wanted)
        line_settle(line, before, line_add_key(line, key) && line_add_value(line, value));
}

static void log_bare(struct log_line *line, const char *key, struct slice value)
{
    size_t before = line->size;
    if (line->wanted)
        line_settle(line, before,
                    line_add_key(line, key) && line_add(line, value.data, value.size));
}

void log_integer(struct log_line *line, const char *key, int64_t value)
{
    char digits[24];
    char *end = digits + sizeof(digits), *at = end;
    uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;
    do {
        *--at = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (value < 0)
        *--at = '-';
    log_bare(line, key, (struct slice){at, (size_t)(end - at)});
}

void log_boolean(struct log_line *line, const char *key, bool value)
{
    log_bare(line, key, value ? SLICE("true") : SLICE("false"));
}

void log_list_begin(struct log_line *line, const char *key)
{
    size_t before = line->size;
    log_bare(line, key, SLICE("["));
    line->listing = line->size > before;
    line->first = true;
}

void log_list_item(struct log_line *line, struct slice value)
{
    size_t before = line->size;
    if (!line->listing)
        return;
    bool fits = (line->first || line_puts(line, ",")) && line_add_value(line, value);
    line_settle(line, before, fits);
    if (fits)
        line->first = false;
}

void log_list_end(struct log_line *line)
{
    if (line->listing)
        line->bytes[line->size++] = ']'; // of the tail's room, as all that follows
    line->listing = false;
}

void log_end(struct log_line *line)
{
    if (!line->wanted)
        return;
    bool json = line->log->format == LOG_FORMAT_JSON;
    const char *mark = !line->truncated ? "" : json ? ",\"truncated\":true" : " truncated=true";
    struct slice parts[] = {slice_of(mark), slice_of(json ? "}\n" : "\n")};
    for (int i = 0; i < 2; i++) { // of the tail's room
        memcpy(line->bytes + line->size, parts[i].data, parts[i].size);
        line->size += parts[i].size;
    }
    log_write(line->log, line->ring, line->bytes, line->size);
}
