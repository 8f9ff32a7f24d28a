// Drives libyaml's event API. Only this file includes it. It never builds libyaml's own documents.
// It limits the depth while the events come, which keeps libyaml's scanner fast (its time is
// quadratic in depth).
#include "yaml/yaml.h"

#include <stdlib.h>
#include <yaml.h>

#include "base/arena.h"
#include "yaml/build.h"
#include "yaml/marks.h"

#define STANDARD_TAG "tag:yaml.org,2002:"

struct yaml_reader {
    struct slice bytes;
    size_t skipped;          // of a byte order mark
    struct slice text;       // the bytes after it
    struct yaml_marks marks; // of the text
    yaml_parser_t parser;
    struct yaml_build build;
    uint32_t document_start;
    uint32_t lines_before; // the text, in its file
    bool checked;
    bool failed;
};

struct yaml_reader *yaml_reader_new(struct slice bytes)
{
    struct yaml_reader *reader = calloc(1, sizeof(*reader));
    struct slice readable;

    if (!reader)
        return NULL;
    reader->bytes = reader->build.bytes = bytes;
    reader->build.nodes_max = YAML_NODES_MAX;
    reader->skipped = slice_starts_with(bytes, "\xef\xbb\xbf") ? 3 : 0;
    reader->text = (struct slice){bytes.data + reader->skipped, bytes.size - reader->skipped};
    readable = reader->text.size > YAML_SIZE_MAX ? SLICE("") : reader->text;
    if (yaml_marks_init(&reader->marks, readable) < 0 || !yaml_parser_initialize(&reader->parser)) {
        yaml_marks_clear(&reader->marks);
        free(reader);
        return NULL;
    }
    yaml_parser_set_encoding(&reader->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader->parser, (const unsigned char *)readable.data,
                                 readable.size);
    return reader;
}

void yaml_reader_allow_duplicates(struct yaml_reader *reader)
{
    reader->build.keys_twice = true;
}

void yaml_reader_allow_nodes(struct yaml_reader *reader, uint32_t nodes)
{
    reader->build.nodes_max = nodes;
}

void yaml_reader_count_from(struct yaml_reader *reader, uint32_t line)
{
    reader->lines_before = line - 1;
}

void yaml_reader_free(struct yaml_reader *reader)
{
    if (!reader)
        return;
    yaml_parser_delete(&reader->parser);
    yaml_marks_clear(&reader->marks);
    yaml_build_clear(&reader->build);
    free(reader);
}

// libyaml compares each %TAG directive with all before it.
static bool too_many_directives(struct slice text)
{
    const char *at = text.data, *end = text.data + text.size;
    uint32_t count = 0;

    while (at && (at = memmem(at, (size_t)(end - at), "%TAG", 4))) {
        count += at == text.data || strchr("\n\r\x85\xa8\xa9", at[-1]);
        at += 4;
    }
    return count > YAML_DIRECTIVES_MAX;
}

static int check_stream(struct yaml_reader *reader, struct error *error)
{
    if (reader->checked)
        return 0;
    reader->checked = true;
    if (reader->text.size > YAML_SIZE_MAX)
        return error_set(error, "larger than %d MiB", YAML_SIZE_MAX / 1024 / 1024);
    if (slice_starts_with(reader->text, "\xff\xfe") || slice_starts_with(reader->text, "\xfe\xff"))
        return error_set_at(error, 1, 1, "the text is in UTF-16; expected UTF-8");
    if (too_many_directives(reader->text))
        return error_set(error, "more than %d %%TAG directives", YAML_DIRECTIVES_MAX);
    return 0;
}

static uint32_t offset_of(const struct yaml_reader *reader, yaml_mark_t mark)
{
    return (uint32_t)(yaml_marks_offset(&reader->marks, mark.index) + reader->skipped);
}

static uint32_t column_of(const struct yaml_reader *reader, yaml_mark_t mark)
{
    size_t line = yaml_marks_offset(&reader->marks, mark.index - mark.column);

    return (uint32_t)(yaml_marks_offset(&reader->marks, mark.index) - line) + 1;
}

static struct yaml_span span_of(const struct yaml_reader *reader, const yaml_event_t *event)
{
    return (struct yaml_span){
        (uint32_t)event->start_mark.line + 1, column_of(reader, event->start_mark),
        offset_of(reader, event->start_mark), offset_of(reader, event->end_mark)};
}

// A byte that is not UTF-8 or that YAML forbids. libyaml gives only its offset.
static int fail_byte(const struct yaml_reader *reader, struct error *error)
{
    size_t offset = reader->parser.problem_offset, start = 0;
    uint32_t line = 1;

    for (size_t i = 0; i < offset && i < reader->text.size; i++) {
        if (reader->text.data[i] == '\n') {
            line++;
            start = i + 1;
        }
    }
    return error_set_at(error, line, (uint32_t)(offset - start) + 1, "%s", reader->parser.problem);
}

static int fail_parse(const struct yaml_reader *reader, struct error *error)
{
    const yaml_parser_t *parser = &reader->parser;
    uint32_t line = (uint32_t)parser->problem_mark.line + 1, column;

    if (parser->error == YAML_MEMORY_ERROR)
        return error_set(error, "out of memory");
    if (parser->error == YAML_READER_ERROR)
        return fail_byte(reader, error);
    column = column_of(reader, parser->problem_mark);
    if (!parser->context)
        return error_set_at(error, line, column, "%s", parser->problem);
    return error_set_at(error, line, column, "%s %s (from line %zu)", parser->problem,
                        parser->context, parser->context_mark.line + 1 + reader->lines_before);
}

static enum yaml_style scalar_style(yaml_scalar_style_t style)
{
    switch (style) {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE:
        return YAML_SINGLE;
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
        return YAML_DOUBLE;
    case YAML_LITERAL_SCALAR_STYLE:
        return YAML_LITERAL;
    case YAML_FOLDED_SCALAR_STYLE:
        return YAML_FOLDED;
    default:
        return YAML_PLAIN;
    }
}

// The end of a literal or folded scalar without its last line break, and without the blank lines
// that its value drops.
static uint32_t block_scalar_end(const struct yaml_reader *reader, struct yaml_span span,
                                 struct slice value)
{
    const char *bytes = reader->bytes.data;
    uint32_t end = span.end, breaks = 0;
    bool keep = false;

    for (uint32_t i = span.start;
         i < end && bytes[i] != '#' && yaml_break_at(reader->bytes, i) == 0; i++)
        keep = keep || bytes[i] == '+';
    while (value.size > 0 && value.data[value.size - 1] == '\n')
        value.size--;
    bool blank_end = value.size > 0 && strchr(" \t", value.data[value.size - 1]);
    while (end > span.start && (!keep || breaks == 0)) {
        uint32_t size = yaml_break_before(reader->bytes, end);
        if (size == 0 && (blank_end || keep || !strchr(" \t", bytes[end - 1])))
            break;
        end -= size > 0 ? size : 1;
        breaks++;
    }
    return end;
}

// The part of a scalar's tag after "tag:yaml.org,2002:". NULL: its text decides. Any other tag
// makes it a string, as in the API's reader.
static const char *scalar_tag(const yaml_event_t *event)
{
    const char *tag = (const char *)event->data.scalar.tag;

    if (!tag)
        return event->data.scalar.plain_implicit ? NULL : "str";
    if (strncmp(tag, STANDARD_TAG, strlen(STANDARD_TAG)) != 0)
        return "str";
    return tag + strlen(STANDARD_TAG);
}

// If the stream ends in a block scalar's last line, kubectl reads it as if that line had its end.
static struct slice with_last_break(struct yaml_reader *reader, const yaml_event_t *event,
                                    struct yaml_span span, struct slice text)
{
    struct slice header = {reader->bytes.data + span.start, span.end - span.start};
    const char *line = memchr(header.data, '\n', header.size);
    struct text longer;

    if (!line || span.end != reader->bytes.size || text.size == 0 ||
        memchr(header.data, '-', (size_t)(line - header.data)) ||
        text.data[text.size - 1] == '\n' || event->end_mark.column == 0)
        return text;
    text_init(&longer, reader->build.arena, text.size + 2);
    text_add(&longer, text);
    text_putc(&longer, '\n');
    return text_slice(&longer);
}

static int read_scalar(struct yaml_reader *reader, const yaml_event_t *event, struct error *error)
{
    struct yaml_span span = span_of(reader, event);
    enum yaml_style style = scalar_style(event->data.scalar.style);
    struct slice text = {(const char *)event->data.scalar.value, event->data.scalar.length};

    if (style == YAML_LITERAL || style == YAML_FOLDED) {
        text = with_last_break(reader, event, span, text);
        if (!text.data)
            return error_set_at(error, span.line, span.column, "out of memory");
        span.end = block_scalar_end(reader, span, text);
    }
    return yaml_build_scalar(&reader->build, span, style, scalar_tag(event), text,
                             (const char *)event->data.scalar.anchor, error);
}

static int read_open(struct yaml_reader *reader, const yaml_event_t *event, enum yaml_type type,
                     const yaml_char_t *anchor, bool flow, struct error *error)
{
    // A collection's tag means nothing to the API's reader.
    return yaml_build_open(&reader->build, span_of(reader, event), type,
                           flow ? YAML_FLOW : YAML_BLOCK, (const char *)anchor, error);
}

static int read_node(struct yaml_reader *reader, const yaml_event_t *event, struct error *error)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return read_scalar(reader, event, error);
    case YAML_ALIAS_EVENT:
        return yaml_build_alias(&reader->build, span_of(reader, event),
                                (const char *)event->data.alias.anchor, error);
    case YAML_MAPPING_START_EVENT:
        return read_open(reader, event, YAML_MAPPING, event->data.mapping_start.anchor,
                         event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE, error);
    case YAML_SEQUENCE_START_EVENT:
        return read_open(reader, event, YAML_SEQUENCE, event->data.sequence_start.anchor,
                         event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE, error);
    default:
        return yaml_build_close(&reader->build, offset_of(reader, event->end_mark), error);
    }
}

// Reads up to the event that ends the document or the stream. Returns 1, or 0 at the stream's end.
static int read_document(struct yaml_reader *reader, uint32_t *end, struct error *error)
{
    yaml_event_t event;
    int result = -2;

    while (result == -2) {
        if (!yaml_parser_parse(&reader->parser, &event))
            return fail_parse(reader, error);
        *end = offset_of(reader, event.end_mark);
        if (event.type == YAML_STREAM_END_EVENT || event.type == YAML_NO_EVENT)
            result = 0;
        else if (event.type == YAML_DOCUMENT_END_EVENT)
            result = 1;
        else if (event.type != YAML_STREAM_START_EVENT && event.type != YAML_DOCUMENT_START_EVENT)
            result = read_node(reader, &event, error) < 0 ? -1 : -2;
        yaml_event_delete(&event);
    }
    return result;
}

// `---` with nothing after it. libyaml makes it an empty scalar.
static bool is_empty_root(const struct yaml_build *build)
{
    const struct yaml_node *root = build->nodes;

    return build->count == 1 && root->type == YAML_NULL && root->start == root->end;
}

int yaml_reader_next(struct yaml_reader *reader, struct arena *arena,
                     struct yaml_document *document, struct error *error)
{
    struct yaml_document result = {.start = reader->document_start};
    struct error inner = {0};
    int status;

    if (reader->failed)
        return error_set(error, "nothing can be read after an error");
    yaml_build_start(&reader->build, arena);
    status = check_stream(reader, &inner) < 0 ? -1 : read_document(reader, &result.end, &inner);
    if (status == 1) {
        result.nodes = yaml_build_nodes(&reader->build);
        result.count = is_empty_root(&reader->build) ? 0 : reader->build.count;
        if (!result.nodes)
            status = error_set(&inner, "out of memory");
    }
    if (inner.line > 0)
        error_set_at(error, inner.line + reader->lines_before, inner.column, "%s", inner.text);
    else if (status < 0)
        error_set(error, "%s", inner.text);
    reader->failed = status < 0;
    if (status == 1) {
        reader->document_start = result.end;
        *document = result;
    }
    return status;
}
