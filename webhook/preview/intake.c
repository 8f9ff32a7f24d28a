// Reads files, standard input and what kustomize builds. Input that can be read only once is kept.
#include "preview/intake.h"

#include <stdlib.h>

#include "manifest/utf16.h"
#include "preview/kustomize.h"

struct intake_item {
    struct slice kept; // owned
    bool built;
};

int intake_init(struct intake *intake, const struct arguments *arguments, struct error *error)
{
    size_t count = arguments->inputs.count;
    size_t next = 0;

    *intake = (struct intake){arguments, calloc(count ? count : 1, sizeof(intake->items[0]))};
    if (!intake->items)
        return error_set(error, "memory is short");
    for (size_t i = 0; i < arguments->source_count; i++) {
        while (next < arguments->sources[i].end)
            intake->items[next++].built = arguments->sources[i].built;
    }
    return 0;
}

bool intake_is_built(const struct intake *intake, size_t input)
{
    return intake->items[input].built;
}

static bool is_stdin(const struct intake *intake, size_t input)
{
    return !strcmp(intake->arguments->inputs.names[input], "-") && !intake_is_built(intake, input);
}

const char *intake_name(const struct intake *intake, size_t input)
{
    return is_stdin(intake, input) ? "stdin" : intake->arguments->inputs.names[input];
}

// Standard input may be named twice.
static struct slice *place(struct intake *intake, size_t input)
{
    size_t first = 0;

    if (!is_stdin(intake, input))
        return &intake->items[input].kept;
    while (!is_stdin(intake, first))
        first++;
    return &intake->items[first].kept;
}

// UTF-16 is shown as UTF-8. The encoding of a file does not change.
static int as_utf8(const struct intake *intake, struct slice *bytes, struct error *error)
{
    struct slice utf8;
    bool decodes = utf16_is(*bytes);

    if (!decodes)
        return 0;
    utf8 = intake->arguments->write ? (struct slice){0} : utf16_decode(*bytes);
    free((char *)bytes->data);
    *bytes = utf8;
    if (utf8.data)
        return 0;
    return error_set(error, intake->arguments->write ? "the text is in UTF-16; save it as UTF-8"
                                                     : "memory is short");
}

int intake_read(struct intake *intake, size_t input, struct slice *bytes, struct error *error)
{
    const char *name = intake->arguments->inputs.names[input];
    bool built = intake_is_built(intake, input);
    struct slice *kept = place(intake, input);

    if (!built && !is_stdin(intake, input))
        return input_read(name, bytes, error) || as_utf8(intake, bytes, error) ? -1 : 0;
    if (!kept->data && (built ? kustomize_build(name, kept, error)
                              : input_read(name, kept, error) || as_utf8(intake, kept, error)))
        return -1;
    *bytes = *kept;
    return 0;
}

void intake_release(struct intake *intake, size_t input, struct slice bytes)
{
    if (!intake_is_built(intake, input) && !is_stdin(intake, input))
        free((char *)bytes.data);
}

void intake_clear(struct intake *intake)
{
    for (size_t i = 0; intake->items && i < intake->arguments->inputs.count; i++)
        free((char *)intake->items[i].kept.data);
    free(intake->items);
    *intake = (struct intake){0};
}
