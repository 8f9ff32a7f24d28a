// Rows are HTML that reads without the script; what a row unfolds to is data, in which equal texts
// stand once. Every text of the input goes through report/escape.h.
#include "report/page.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/index.h"
#include "report/assets.h"
#include "report/escape.h"
#include "report/summary.h"
#include "report/timeline.h"

enum { PAGE_SIZE_MAX = 1024 * 1024 * 1024 };

struct page {
    struct arena *arena;
    struct text rows;
    struct text data;
    struct text strings;
    struct text templates;
    struct text notes;
    struct index known; // strings and timelines, by their number
    size_t string_count;
    size_t timeline_count;
    size_t count;
    struct summary summary;
    bool failed;
};

struct page *page_new(void)
{
    struct page *page = calloc(1, sizeof(*page));

    if (page)
        page->arena = arena_new((size_t)4 * PAGE_SIZE_MAX);
    if (!page || !page->arena) {
        free(page);
        return NULL;
    }
    text_init(&page->rows, page->arena, PAGE_SIZE_MAX);
    text_init(&page->data, page->arena, PAGE_SIZE_MAX);
    text_init(&page->strings, page->arena, PAGE_SIZE_MAX);
    text_init(&page->templates, page->arena, PAGE_SIZE_MAX);
    text_init(&page->notes, page->arena, PAGE_SIZE_MAX);
    return page;
}

void page_free(struct page *page)
{
    if (!page)
        return;
    index_clear(&page->known);
    summary_clear(&page->summary);
    arena_free(page->arena);
    free(page);
}

// The number of a name, which is new where it is `next`.
static size_t number_of(struct page *page, const char *sort, struct slice name, size_t next)
{
    struct index_name key = {{slice_of(sort), name}};
    struct index_entry *entry = index_find(&page->known, key);

    if (entry)
        return entry->count;
    key.parts[1] = slice_copy(page->arena, name);
    entry = key.parts[1].data ? index_add(&page->known, key) : NULL;
    if (entry)
        entry->count = next;
    else
        page->failed = true;
    return next;
}

static void add_string(struct page *page, struct slice string)
{
    size_t number = number_of(page, "string", string, page->string_count);

    text_printf(&page->data, "%zu", number);
    if (number < page->string_count)
        return;
    if (page->string_count++ > 0)
        text_puts(&page->strings, ",\n");
    escape_script(&page->strings, string);
}

static size_t timeline_of(struct page *page, const struct page_entry *entry)
{
    const struct outlook *a = &entry->before;
    const struct outlook *b = &entry->after;
    char name[256];
    size_t number;

    snprintf(name, sizeof(name), "%" PRId64 " %d %d %d %d %" PRId64 " %d %d %d %d", a->ready,
             a->min_ready, a->sleep, a->drain, a->serves, b->ready, b->min_ready, b->sleep,
             b->drain, b->serves);
    number = number_of(page, "timeline", slice_of(name), page->timeline_count);
    if (number < page->timeline_count)
        return number;
    page->timeline_count++;
    text_printf(&page->templates, "<template id=\"t%zu\">", number);
    timeline_add(&page->templates, a, b, (struct slice){0}, 0);
    text_puts(&page->templates, "</template>\n");
    return number;
}

static void add_losses(struct text *text, const struct outlook *rollout)
{
    for (unsigned i = 0; i < LOSSES; i++) {
        if (rollout->losses & 1u << i)
            text_printf(text, "<b>%s</b> ", loss_name(i));
    }
    if (!rollout->losses)
        text_puts(text, rollout->serves ? "<i>nothing lost</i>" : "<em>serves nobody</em>");
}

static const char *state_of(const struct page_entry *entry)
{
    return entry->changed ? "changes" : entry->passed_over.size ? "passed over" : "stays";
}

static void add_row(struct page *page, const struct page_entry *entry)
{
    struct text *rows = &page->rows;

    text_printf(rows, "<tr data-b=\"%u\" data-a=\"%u\" data-s=\"%s\"><th scope=\"row\"><button>",
                entry->before.losses, entry->after.losses, state_of(entry));
    escape_markup(rows, entry->name);
    text_puts(rows, "</button><td>");
    escape_markup(rows, entry->kind);
    text_puts(rows, "<td>");
    escape_markup(rows, entry->namespace);
    text_puts(rows, "<td>");
    add_losses(rows, &entry->before);
    text_puts(rows, "<td>");
    add_losses(rows, &entry->after);
    text_printf(rows, "<td>%s\n", state_of(entry));
}

// [file, line, passed over, timeline, [said…], [[line, removed, added]…]]
static void add_data(struct page *page, const struct page_entry *entry)
{
    struct text *data = &page->data;

    text_puts(data, page->count ? ",\n[" : "[");
    add_string(page, slice_of(entry->file));
    text_printf(data, ",%" PRIu32 ",", entry->line);
    add_string(page, entry->passed_over);
    text_printf(data, ",%zu,[", timeline_of(page, entry));
    for (uint32_t i = 0; i < entry->said_count; i++) {
        text_puts(data, i ? "," : "");
        add_string(page, entry->said[i]);
    }
    text_puts(data, "],[");
    for (uint32_t i = 0; i < entry->edit_count; i++) {
        text_printf(data, "%s[%" PRIu32 ",", i ? "," : "", entry->edits[i].line);
        add_string(page, entry->edits[i].removed);
        text_putc(data, ',');
        add_string(page, entry->edits[i].added);
        text_putc(data, ']');
    }
    text_puts(data, "]]");
}

void page_add(struct page *page, const struct page_entry *entry)
{
    add_row(page, entry);
    add_data(page, entry);
    if (summary_add(&page->summary, page->arena, entry->namespace, &entry->before, &entry->after))
        page->failed = true;
    page->count++;
}

void page_note(struct page *page, const char *file, uint32_t line, struct slice note)
{
    struct text *notes = &page->notes;

    text_puts(notes, "<li>");
    escape_markup(notes, note);
    text_puts(notes, " <small>");
    escape_markup(notes, slice_of(file));
    text_printf(notes, ", line %" PRIu32 "</small>\n", line);
}

static void add_notes(struct text *text, struct text *notes)
{
    if (notes->size == 0)
        return;
    text_puts(text, "<section aria-labelledby=\"v\"><h2 id=\"v\">Services</h2>\n<ul>");
    text_add(text, text_slice(notes));
    text_puts(text, "</ul></section>\n");
}

// The page may not fetch anything, not even by a mistake in this code.
static void add_head(struct text *text, const struct page *page)
{
    text_puts(text,
              "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
              "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
              "<meta name=\"color-scheme\" content=\"light dark\">\n"
              "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
              "style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; "
              "form-action 'none'\">\n<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
    text_printf(text, "Rollouts: %zu of %zu workloads lose requests</title>\n<style>",
                page->summary.all.lose_before, page->summary.all.serve);
    text_add(text, page_css());
    text_puts(text, timeline_style);
    text_puts(text, "</style></head><body>\n");
}

static void add_filters(struct text *text)
{
    text_printf(text,
                "<section aria-labelledby=\"w\"><h2 id=\"w\">Workloads</h2>\n"
                "<form role=\"search\" onsubmit=\"return false\">"
                "<label>Search <input id=\"q\" type=\"search\" "
                "placeholder=\"name, kind or namespace\"></label>"
                "<label>Namespace <select id=\"n\"><option value=\"\">all</select></label>"
                "<label>Today <select id=\"l\"><option value=\"\">any"
                "<option value=\"%u\">loses requests<option value=\"0\">loses nothing",
                LOSES_REQUESTS);
    for (unsigned i = 0; i < LOSSES; i++)
        text_printf(text, "<option value=\"%u\">%s", 1u << i, loss_name(i));
    text_puts(text, "</select></label><label>With evenkeel <select id=\"s\"><option value=\"\">any"
                    "<option>changes<option>stays<option>passed over</select></label>"
                    "<button type=\"button\" id=\"x\">Open all</button>"
                    "<output id=\"c\" aria-live=\"polite\"></output></form>\n"
                    "<div class=\"wide\"><table id=\"t\"><thead><tr><th scope=\"col\">Name"
                    "<th scope=\"col\">Kind<th scope=\"col\">Namespace<th scope=\"col\">Today"
                    "<th scope=\"col\">With evenkeel<th scope=\"col\">Manifest</thead><tbody>\n");
}

struct slice page_text(struct page *page, struct slice policy)
{
    struct text text;

    text_init(&text, page->arena, PAGE_SIZE_MAX);
    add_head(&text, page);
    summary_write(&page->summary, &text, policy);
    add_filters(&text);
    text_add(&text, text_slice(&page->rows));
    text_puts(&text, "</tbody></table></div></section>\n");
    add_notes(&text, &page->notes);
    text_puts(&text, "</main>\n");
    text_add(&text, text_slice(&page->templates));
    text_puts(&text, "<script type=\"application/json\" id=\"d\">{\"s\":[");
    text_add(&text, text_slice(&page->strings));
    text_puts(&text, "],\"w\":[");
    text_add(&text, text_slice(&page->data));
    text_puts(&text, "]}</script>\n<script>");
    text_add(&text, page_js());
    text_puts(&text, "</script></body></html>\n");
    if (page->failed || page->rows.failed || page->data.failed || page->strings.failed ||
        page->templates.failed || page->notes.failed)
        return (struct slice){0};
    return text_slice(&text);
}
