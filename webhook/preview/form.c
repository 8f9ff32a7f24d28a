// The simple forms: patched text, JSON and patches.
#include "preview/form.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "manifest/edit.h"
#include "manifest/render.h"
#include "preview/arguments.h"
#include "preview/progress.h"

static void print(struct slice text)
{
    fwrite(text.data, 1, text.size, stdout);
}

// Straight from the file's bytes: a large stream is not built a second time.
static void form_yaml(struct output *output, const struct file *file)
{
    struct slice rest = file->bytes;
    size_t at = 0;

    if (!rest.size)
        return;
    progress_erase(stdout);
    if (output->open_line)
        putchar('\n');
    if (output->started && !slice_starts_with(rest, "---"))
        puts("---");
    for (size_t i = 0; i < file->splices->count; i++) {
        const struct splice *splice = &file->splices->items[i];
        print((struct slice){rest.data + at, splice->start - at});
        print(splice->text);
        at = splice->end;
        output->open_line = splice->text.size && splice->text.data[splice->text.size - 1] != '\n';
    }
    print((struct slice){rest.data + at, rest.size - at});
    if (at < rest.size)
        output->open_line = rest.data[rest.size - 1] != '\n';
    output->started = true;
}

// A string as JSON.
static void print_string(struct output *output, struct slice string)
{
    struct text text;

    text_init(&text, output->arena, EDIT_SIZE_MAX);
    text_json_string(&text, string);
    print(text_slice(&text));
}

static void form_patch(struct output *output, const char *file, const struct decision *decision)
{
    if (!decision->patch.size)
        return;
    progress_erase(stdout);
    printf("{\"file\":");
    print_string(output, slice_of(file));
    printf(",\"line\":%u,\"apiVersion\":", decision->object->line);
    print_string(output, decision->object->api_version);
    printf(",\"kind\":");
    print_string(output, decision->object->kind);
    printf(",\"namespace\":");
    print_string(output, decision->namespace);
    printf(",\"name\":");
    print_string(output, decision->name);
    printf(",\"patch\":");
    print(decision->patch);
    printf("}\n");
}

static struct slice pretty(struct output *output, struct slice json, uint32_t column)
{
    const struct render_style style = {.step = 2, .line_end = "\n", .arena = output->arena};
    struct tape tape = {0};
    struct text text;

    text_init(&text, output->arena, (size_t)4 * EDIT_SIZE_MAX);
    if (tape_parse(&tape, json, TAPE_FULL, NULL) == 0)
        render_pretty(&text, &style, value_root(&tape), column);
    tape_clear(&tape);
    return text_slice(&text);
}

static void print_item(struct output *output, struct slice json)
{
    progress_erase(stdout);
    printf(output->listed
               ? ",\n    "
               : "{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"List\",\n  \"items\": [\n    ");
    print(pretty(output, json, 4));
    output->listed = true;
}

static bool is_empty_list(const struct decision *decision)
{
    struct value items = value_get(decision->value, "items");

    return slice_is(decision->object->kind, "List") && value_type(items) == TAPE_ARRAY &&
           value_count(items) == 0;
}

static void hold(struct output *output, struct slice json)
{
    char *copy = malloc(json.size);

    if (copy)
        memcpy(copy, json.data, json.size);
    free((char *)output->held.data);
    output->held = (struct slice){copy, copy ? json.size : 0};
}

// One object alone, or several as a List. So the first one waits for a second. A List without items
// is shown if there is nothing else.
static void form_json(struct output *output, const char *file, const struct decision *decision)
{
    (void)file;
    if (is_empty_list(decision) && output->held.data)
        return;
    if (!is_empty_list(decision))
        output->objects++;
    if (output->objects <= 1) {
        hold(output, decision->json);
        return;
    }
    if (!output->listed)
        print_item(output, output->held);
    print_item(output, decision->json);
}

static void end_json(struct output *output)
{
    if (output->listed)
        printf("\n  ]\n}\n");
    else if (output->held.data) {
        print(pretty(output, output->held, 0));
        putchar('\n');
    }
    free((char *)output->held.data);
    output->held = (struct slice){0};
}

static const struct form forms[] = {
    {.name = "diff", .asks = true, .file = form_diff},
    {.name = "yaml", .file = form_yaml},
    {.name = "json", .object = form_json, .end = end_json},
    {.name = "patch", .object = form_patch},
    {.name = "html", .object = form_html, .end = form_html_end},
    {.name = "svg", .object = form_svg, .end = form_svg_end},
    {.name = "sarif", .of_engine = true, .object = form_sarif, .end = form_sarif_end},
    {.name = "github", .of_engine = true, .object = form_github, .end = form_github_end},
    {.name = "junit", .of_engine = true, .object = form_junit, .end = form_junit_end},
    {.name = "summary",
     .asks = true,
     .of_engine = true,
     .object = form_summary,
     .end = form_summary_end},
};

const struct form *form_find(const char *name)
{
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (!strcmp(forms[i].name, name))
            return &forms[i];
    }
    return NULL;
}
