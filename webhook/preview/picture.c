// The forms that people look at: a page, and drawings of the rollouts. Both show what happens
// before and after, judged by the manifest alone.
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "preview/form.h"
#include "preview/hints.h"
#include "preview/progress.h"
#include "preview/services.h"
#include "report/page.h"
#include "report/timeline.h"

enum { KEPT_MAX = 1024 * 1024 * 1024, SAID_MAX = 512, EDITS_MAX = 256 };

static bool is_workload(const struct decision *decision)
{
    return decision->known &&
           value_exists(value_get(value_get(decision->value, "spec"), "template"));
}

static bool is_selected(struct output *output, const struct decision *decision)
{
    struct service *matches[SERVICE_MATCHES_MAX];
    struct value template = value_get(value_get(decision->value, "spec"), "template");
    struct value labels = value_get(value_get(template, "metadata"), "labels");

    return services_select(output->services, decision->namespace, labels, matches) > 0;
}

static void read_rollouts(struct output *output, const struct decision *decision,
                          struct outlook *before, struct outlook *after)
{
    bool selected = is_selected(output, decision);

    if (!outlook_read(decision->object->json, selected, before) ||
        !outlook_read(decision->json, selected, after))
        output->failed = true;
}

static struct slice labelled(struct output *output, const char *label, struct slice said)
{
    struct text text;

    text_init(&text, output->arena, 64 * 1024);
    text_puts(&text, label);
    text_add(&text, said);
    return text_slice(&text);
}

// What was decided and what the whole input says, a line each.
static uint32_t say(struct output *output, const struct admission *admission,
                    struct slice said[SAID_MAX])
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < admission->outcome_count && count < SAID_MAX / 2; i++) {
        const struct outcome *outcome = &admission->outcomes[i];
        struct text text;
        text_init(&text, output->arena, 64 * 1024);
        text_puts(&text, outcome->rule ? outcome->rule->name : "annotation");
        if (outcome->container.size) {
            text_puts(&text, " of ");
            text_add(&text, outcome->container);
        }
        text_printf(&text, ": %s, %s", verdict_name(outcome->finding.verdict),
                    reason_name(outcome->finding.reason));
        if (*reason_doc(outcome->finding.reason))
            text_printf(&text, ": %s", reason_doc(outcome->finding.reason));
        said[count++] = text_slice(&text);
    }
    for (uint32_t i = 0; i < admission->warning_count && count < SAID_MAX; i++)
        said[count++] = labelled(output, "warning: ", admission->warnings[i]);
    for (uint32_t i = 0; i < output->hints->count && count < SAID_MAX; i++)
        said[count++] = labelled(output, output->hints->items[i].warning ? "warning: " : "hint: ",
                                 output->hints->items[i].text);
    return count;
}

static uint32_t line_of(const struct output *output, const struct decision *decision, uint32_t at)
{
    uint32_t line = decision->object->line;

    for (uint32_t i = decision->object->start; i < at; i++)
        line += output->bytes.data[i] == '\n';
    return line;
}

// evenkeel's own record does not interest a reader.
static bool is_record(struct slice text)
{
    return text.size > 0 && memmem(text.data, text.size, "evenkeel.dev/injected", 21) != NULL;
}

// What separates a new member of JSON from the one before it.
static struct slice without_comma(struct slice text)
{
    if (!slice_starts_with(text, ","))
        return text;
    while (text.size > 0 && strchr(", \r\n", text.data[0])) {
        text.data++;
        text.size--;
    }
    return text;
}

static int compare_edits(const void *left, const void *right)
{
    const struct page_edit *a = left;
    const struct page_edit *b = right;

    return a->line == b->line ? 0 : a->line < b->line ? -1 : 1;
}

static uint32_t list_edits(const struct output *output, const struct decision *decision,
                           struct page_edit edits[EDITS_MAX])
{
    uint32_t count = 0;

    for (size_t i = output->first_splice; i < output->splices->count && count < EDITS_MAX; i++) {
        const struct splice *splice = &output->splices->items[i];
        if (is_record(splice->text))
            continue;
        edits[count++] =
            (struct page_edit){line_of(output, decision, splice->start),
                               {output->bytes.data + splice->start, splice->end - splice->start},
                               without_comma(splice->text)};
    }
    if (count > 0)
        qsort(edits, count, sizeof(edits[0]), compare_edits);
    return count;
}

static struct slice passed_over(const struct decision *decision)
{
    if (decision->left_alone)
        return slice_of(decision->left_alone);
    if (decision->outside)
        return SLICE("its namespace is not opted in");
    if (decision->admission.reason != REASON_NONE)
        return slice_of(reason_doc(decision->admission.reason));
    return (struct slice){0};
}

void form_html(struct output *output, const char *file, const struct decision *decision)
{
    struct slice said[SAID_MAX];
    struct page_edit edits[EDITS_MAX];
    struct page_entry entry = {
        .file = file,
        .line = decision->object->line,
        .namespace = decision->namespace,
        .kind = decision->object->kind,
        .name = decision->name,
        .passed_over = passed_over(decision),
        .changed = decision->changed,
        .said = said,
        .edits = edits,
    };

    if (!output->page)
        output->page = page_new();
    if (!is_workload(decision) || !output->page) {
        output->failed = output->failed || !output->page;
        return;
    }
    read_rollouts(output, decision, &entry.before, &entry.after);
    entry.said_count = say(output, &decision->admission, said);
    entry.edit_count = decision->changed ? list_edits(output, decision, edits) : 0;
    page_add(output->page, &entry);
}

static void add_services(struct output *output)
{
    struct hints hints;

    for (const struct service *service = output->services->first; service;
         service = service->next) {
        hints_service(service, output->arena, &hints);
        for (uint32_t i = 0; i < hints.count; i++)
            page_note(output->page, service->file, service->line, hints.items[i].text);
    }
}

void form_html_end(struct output *output)
{
    struct slice text;

    if (!output->page)
        output->page = page_new();
    if (output->page)
        add_services(output);
    text = output->page ? page_text(output->page, slice_of(output->policy)) : (struct slice){0};
    progress_erase(stdout);
    if (text.data)
        fwrite(text.data, 1, text.size, stdout);
    output->failed = output->failed || !text.data;
    page_free(output->page);
    output->page = NULL;
}

static bool start_drawing(struct output *output)
{
    if (!output->kept)
        output->kept = arena_new(KEPT_MAX);
    if (output->kept && !output->drawing) {
        output->drawing = arena_alloc(output->kept, sizeof(*output->drawing));
        if (output->drawing)
            text_init(output->drawing, output->kept, KEPT_MAX / 4);
    }
    output->failed = output->failed || !output->drawing;
    return output->drawing != NULL;
}

void form_svg(struct output *output, const char *file, const struct decision *decision)
{
    struct outlook before;
    struct outlook after;
    struct text title;

    (void)file;
    if (!is_workload(decision) || !start_drawing(output))
        return;
    read_rollouts(output, decision, &before, &after);
    text_init(&title, output->arena, 64 * 1024);
    text_add(&title, decision->namespace);
    text_putc(&title, '/');
    text_add(&title, decision->object->kind);
    text_putc(&title, '/');
    text_add(&title, decision->name);
    timeline_add(output->drawing, &before, &after, text_slice(&title), output->height);
    output->height += timeline_height(&before, &after, true) + 12;
}

void form_svg_end(struct output *output)
{
    struct slice text = start_drawing(output) ? text_slice(output->drawing) : (struct slice){0};
    int height = output->height > 0 ? output->height : 1;

    progress_erase(stdout);
    printf("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
           "viewBox=\"0 0 %d %d\">\n<style>%s</style>\n",
           TIMELINE_WIDTH, height, TIMELINE_WIDTH, height, timeline_style);
    if (text.data)
        fwrite(text.data, 1, text.size, stdout);
    printf("\n</svg>\n");
    output->failed = output->failed || !text.data;
    arena_free(output->kept);
    output->kept = NULL;
    output->drawing = NULL;
}
