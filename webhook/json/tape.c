// The functions of the tape. tape_reader.h has the pass over the bytes.
#include "json/tape.h"

#include "json/tape_reader.h"

static int report(const struct tape *tape, uint32_t at, const char *problem, struct error *error)
{
    uint32_t line = 1, column = 1;

    for (uint32_t i = 0; i < at; i++) {
        bool newline = tape->bytes[i] == '\n';

        line += newline;
        column = newline ? 1 : column + 1;
    }
    return error_set_at(error, line, column, "JSON: %s", problem);
}

// Appends the value in bytes [start, end) of the tape's text to its nodes.
static int tape_read(struct tape *tape, uint32_t start, uint32_t end, enum laziness laziness,
                     struct error *error)
{
    const uint8_t *bytes = (const uint8_t *)tape->bytes;
    struct reader reader = {.bytes = bytes,
                            .at = start,
                            .end = end,
                            .tape = tape,
                            .nodes = tape->nodes,
                            .count = tape->count,
                            .capacity = tape->capacity,
                            .laziness = laziness};

    if (read_tree(&reader)) {
        if (next_byte(&reader) == END) {
            tape->count = reader.count;
            return 0;
        }
        reader.problem = "expected nothing after the value";
    }
    return report(tape, (uint32_t)reader.at, reader.problem, error);
}

int tape_parse(struct tape *tape, struct slice text, enum tape_mode mode, struct error *error)
{
    enum laziness laziness = mode == TAPE_LAZY ? LAZY_BULK_AND_OLD_OBJECT : LAZY_NOTHING;

    tape->count = 0;
    if (text.size > UINT32_MAX)
        return error_set(error, "JSON: the text has 4 GiB or more");
    if (!tape->nodes && !tape_grow(tape))
        return error_set(error, "JSON: out of memory");
    tape->bytes = text.data ? text.data : "";
    tape->size = text.size;
    tape->stepped = (struct tape_stepped){0, 0, 0};
    tape->nodes[0] = (struct tape_node){.type = TAPE_NONE};
    tape->count = 1;
    if (tape_read(tape, 0, (uint32_t)text.size, laziness, error) == 0)
        return 0;
    tape->count = 0;
    return -1;
}

int tape_open(struct tape *tape, uint32_t index, struct error *error)
{
    struct tape_node raw = tape->nodes[index];
    uint32_t opened = tape->count;

    if (raw.type != TAPE_RAW || raw.opened != 0)
        return 0;
    // Each step leaves less unread, so no byte is read more than three times.
    bool bulk = is_bulk((const uint8_t *)tape->bytes, &tape->nodes[index - 1]);
    enum laziness laziness = bulk ? LAZY_NOTHING : LAZY_BULK;

    if (tape_read(tape, raw.start, raw.end, laziness, error) != 0) {
        tape->nodes[index].type = TAPE_NULL;
        tape->malformed = !tape->was_short;
        return -1;
    }
    tape->nodes[index].opened = opened;
    return 0;
}

void tape_clear(struct tape *tape)
{
    free(tape->nodes);
    *tape = (struct tape){0};
}
