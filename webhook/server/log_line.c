// Building one log line, as JSON or as key=value text, within a fixed buffer. A field stands whole
// or not at all, so that every line is valid. See log.h.
#include "server/log_internal.h"

#include <stdio.h>
#include <time.h>

// Kept free for what ends a line: the mark of a field left out, brackets, the line break.
enum { LOG_TAIL_ROOM = 64 };

static bool line_add(struct log_line *line, const char *bytes, size_t size)
{
    // What ends a list may have taken some of the tail's room already.
    if (line->size + size > sizeof(line->bytes) - LOG_TAIL_ROOM)
        return false;
    memcpy(line->bytes + line->size, bytes, size);
    line->size += size;
    return true;
}

static bool line_puts(struct log_line *line, const char *string)
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

// Bytes at the start of `text` that stand for themselves in JSON.
static size_t plain_length(const char *text, size_t size)
{
    size_t length = 0;
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

// Takes back a field of which only a part fits.
static void line_settle(struct log_line *line, size_t before, bool fits)
{
    if (fits)
        return;
    line->size = before;
    line->truncated = true;
}

void log_begin(struct log_line *line, struct log *log, unsigned ring, enum log_level level,
               const char *message)
{
    struct timespec now;
    struct tm parts;
    char stamp[64];

    line->log = log;
    line->ring = ring;
    line->wanted = level >= log->level;
    line->truncated = false;
    line->listing = false;
    line->size = 0;
    if (!line->wanted)
        return;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    size_t size = strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(stamp + size, sizeof(stamp) - size, ".%06ldZ", now.tv_nsec / 1000);
    if (log->format == LOG_FORMAT_JSON)
        line_puts(line, "{");
    log_string(line, "time", slice_of(stamp));
    log_string(line, "level", slice_of(log_level_names[level]));
    log_string(line, "msg", slice_of(message));
}

void log_string(struct log_line *line, const char *key, struct slice value)
{
    size_t before = line->size;
    if (line->wanted)
        line_settle(line, before, line_add_key(line, key) && line_add_value(line, value));
}

static void log_bare(struct log_line *line, const char *key, const char *value)
{
    size_t before = line->size;
    if (line->wanted)
        line_settle(line, before, line_add_key(line, key) && line_puts(line, value));
}

void log_integer(struct log_line *line, const char *key, int64_t value)
{
    char digits[24];
    snprintf(digits, sizeof(digits), "%lld", (long long)value);
    log_bare(line, key, digits);
}

void log_boolean(struct log_line *line, const char *key, bool value)
{
    log_bare(line, key, value ? "true" : "false");
}

void log_list_begin(struct log_line *line, const char *key)
{
    size_t before = line->size;
    log_bare(line, key, "[");
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
    int added = snprintf(line->bytes + line->size, sizeof(line->bytes) - line->size, "%s%s\n", mark,
                         json ? "}" : "");
    log_write(line->log, line->ring, line->bytes, line->size + (size_t)added);
}
