// YAML 1.1 section 9.1: a line that starts with --- and white space begins a document everywhere,
// in quoted and block scalars too. Directives (%YAML, %TAG) belong to the document whose ---
// follows.
#include "manifest/chunk.h"

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static bool is_marker(struct slice line)
{
    return slice_starts_with(line, "---") && (line.size == 3 || is_space(line.data[3]));
}

static bool is_blank(struct slice line)
{
    size_t i = 0;

    while (i < line.size && is_space(line.data[i]))
        i++;
    return i == line.size || line.data[i] == '#';
}

static struct slice line_at(struct slice bytes, size_t start)
{
    const char *end = memchr(bytes.data + start, '\n', bytes.size - start);

    return (struct slice){bytes.data + start,
                          end ? (size_t)(end - bytes.data) - start + 1 : bytes.size - start};
}

bool chunks_next(struct chunks *chunks, struct chunk *chunk)
{
    size_t at = chunks->at;
    uint32_t lines = chunks->lines;
    bool directives = false;

    if (at >= chunks->bytes.size)
        return false;
    *chunk = (struct chunk){.start = at, .line = lines + 1};
    while (at < chunks->bytes.size) {
        struct slice line = line_at(chunks->bytes, at);
        if (at > chunk->start && is_marker(line) && !directives)
            break;
        if (line.data[0] == '%')
            directives = true;
        else if (!is_blank(line))
            directives = false;
        at += line.size;
        lines += line.data[line.size - 1] == '\n';
    }
    chunk->end = at;
    chunks->at = at;
    chunks->lines = lines;
    return true;
}

size_t chunk_skip_space(const struct chunk *chunk, struct slice bytes, size_t at)
{
    while (at < chunk->end && is_space(bytes.data[at]))
        at++;
    return at;
}

// Returns the offset after the string that starts at `at`.
static size_t string_end(const struct chunk *chunk, struct slice bytes, size_t at)
{
    for (at++; at < chunk->end; at++) {
        if (bytes.data[at] == '\\')
            at++;
        else if (bytes.data[at] == '"')
            return at + 1;
    }
    return chunk->end;
}

size_t chunk_json_end(const struct chunk *chunk, struct slice bytes, size_t at)
{
    size_t depth = 0;

    while (at < chunk->end) {
        char byte = bytes.data[at];
        if (byte == '"') {
            at = string_end(chunk, bytes, at);
            continue;
        }
        at++;
        if (byte == '{' || byte == '[')
            depth++;
        else if ((byte == '}' || byte == ']') && --depth == 0)
            return at;
    }
    return chunk->end;
}
