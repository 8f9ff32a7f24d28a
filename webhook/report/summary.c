// Counts and bars. A workload that serves nobody loses nothing, and is in no share.
#include "report/summary.h"

#include <stdlib.h>

#include "base/arena.h"
#include "report/escape.h"

enum { NAMESPACES_SHOWN = 200 };

static void count(struct tally *tally, const struct outlook *before, const struct outlook *after)
{
    tally->count++;
    tally->serve += before->serves || after->serves;
    tally->lose_before += (before->losses & LOSES_REQUESTS) != 0;
    tally->lose_after += (after->losses & LOSES_REQUESTS) != 0;
}

int summary_add(struct summary *summary, struct arena *arena, struct slice namespace,
                const struct outlook *before, const struct outlook *after)
{
    struct index_entry *entry = index_find(&summary->namespaces, (struct index_name){{namespace}});
    struct tally *tally = entry ? entry->first : NULL;

    count(&summary->all, before, after);
    for (unsigned i = 0; i < LOSSES; i++) {
        summary->before[i] += (before->losses & 1u << i) != 0;
        summary->after[i] += (after->losses & 1u << i) != 0;
    }
    if (!tally) {
        tally = arena_alloc(arena, sizeof(*tally));
        if (!tally)
            return -1;
        tally->namespace = slice_copy(arena, namespace);
        entry = tally->namespace.data
                    ? index_add(&summary->namespaces, (struct index_name){{tally->namespace}})
                    : NULL;
        if (!entry)
            return -1;
        entry->first = tally;
    }
    count(tally, before, after);
    return 0;
}

static int share(size_t part, size_t whole)
{
    return whole ? (int)((part * 100 + whole / 2) / whole) : 0;
}

static void add_bar(struct text *text, const char *class, size_t part, size_t whole)
{
    if (part > 0)
        text_printf(text, "<span class=\"%s\" style=\"width:%d%%\"></span>", class,
                    share(part, whole));
    else
        text_puts(text, "<span></span>");
}

static void add_bars(struct text *text, size_t before, size_t after, size_t whole)
{
    text_puts(text, "<span class=\"bar\" aria-hidden=\"true\">");
    add_bar(text, "was", before, whole);
    add_bar(text, "will", after, whole);
    text_puts(text, "</span>");
}

static void write_header(const struct summary *summary, struct text *text, struct slice policy)
{
    const struct tally *all = &summary->all;

    text_puts(text, "<header><p class=\"mark\">evenkeel preview</p><h1>");
    if (all->lose_before == 0)
        text_puts(text, "No workload loses requests when it is deployed");
    else
        text_printf(text, "%zu of %zu workloads lose requests each time they are deployed",
                    all->lose_before, all->serve);
    text_puts(text, "</h1><p>This is computed from their manifests. With the policy <code>");
    escape_markup(text, policy);
    text_printf(
        text,
        "</code> it would be %zu. %zu more serve no requests, as far as the manifests show: they "
        "declare no TCP port, and no Service selects them.</p></header>\n<main>\n",
        all->lose_after, all->count - all->serve);
}

static void write_cards(const struct summary *summary, struct text *text)
{
    const struct tally *all = &summary->all;

    text_printf(text,
                "<section class=\"cards\" aria-label=\"In short\"><div class=\"card bad\"><p>Today"
                "</p><strong>%d%%</strong><p>lose requests at each deploy<br>%zu of %zu</p></div>"
                "<div class=\"card good\"><p>With evenkeel</p><strong>%d%%</strong><p>would still"
                "<br>%zu of %zu</p></div></section>\n",
                share(all->lose_before, all->serve), all->lose_before, all->serve,
                share(all->lose_after, all->serve), all->lose_after, all->serve);
}

static void write_reasons(const struct summary *summary, struct text *text)
{
    text_puts(text, "<section aria-labelledby=\"y\"><h2 id=\"y\">Why</h2><table class=\"sum\">"
                    "<thead><tr><th scope=\"col\">Reason"
                    "<th scope=\"col\">Today<th scope=\"col\">With evenkeel<th></thead><tbody>\n");
    for (unsigned i = 0; i < LOSSES; i++) {
        text_printf(text, "<tr><th scope=\"row\">%s<p>%s</p><td>%zu<td>%zu<td>", loss_name(i),
                    loss_doc(i), summary->before[i], summary->after[i]);
        add_bars(text, summary->before[i], summary->after[i], summary->all.serve);
        text_putc(text, '\n');
    }
    text_puts(text, "</tbody></table></section>\n");
}

static int compare(const void *left, const void *right)
{
    const struct tally *a = *(const struct tally *const *)left;
    const struct tally *b = *(const struct tally *const *)right;
    size_t size = a->namespace.size < b->namespace.size ? a->namespace.size : b->namespace.size;
    int order = size ? memcmp(a->namespace.data, b->namespace.data, size) : 0;

    if (a->lose_before != b->lose_before)
        return a->lose_before > b->lose_before ? -1 : 1;
    if (order == 0)
        order = a->namespace.size < b->namespace.size ? -1 : 1;
    return order;
}

// All tallies, those that lose most first; the caller frees the list. NULL when memory is short.
static const struct tally **sorted(const struct summary *summary)
{
    const struct index *index = &summary->namespaces;
    const struct tally **tallies = calloc(index->used + 1, sizeof(struct tally *));
    size_t count = 0;

    for (size_t i = 0; tallies && i < index->capacity; i++) {
        if (index->slots[i].first)
            tallies[count++] = index->slots[i].first;
    }
    if (tallies && count > 0)
        qsort(tallies, count, sizeof(tallies[0]), compare);
    return tallies;
}

static void write_namespaces(const struct summary *summary, struct text *text)
{
    const struct tally **tallies = sorted(summary);

    if (!tallies) {
        text_fail(text);
        return;
    }
    text_puts(text, "<section aria-labelledby=\"s1\"><h2 id=\"s1\">Where</h2><table class=\"sum\">"
                    "<thead><tr><th scope=\"col\">Namespace<th scope=\"col\">Serve requests"
                    "<th scope=\"col\">Lose today<th scope=\"col\">With evenkeel<th></thead>"
                    "<tbody>\n");
    for (size_t i = 0; tallies[i] && i < NAMESPACES_SHOWN; i++) {
        text_puts(text, "<tr><th scope=\"row\">");
        escape_markup(text, tallies[i]->namespace);
        text_printf(text, "<td>%zu<td>%zu<td>%zu<td>", tallies[i]->serve, tallies[i]->lose_before,
                    tallies[i]->lose_after);
        add_bars(text, tallies[i]->lose_before, tallies[i]->lose_after, tallies[i]->serve);
        text_putc(text, '\n');
    }
    text_puts(text, "</tbody></table></section>\n");
    free(tallies);
}

void summary_write(const struct summary *summary, struct text *text, struct slice policy)
{
    write_header(summary, text, policy);
    write_cards(summary, text);
    text_puts(text, "<div class=\"two\">");
    write_reasons(summary, text);
    write_namespaces(summary, text);
    text_puts(text, "</div>");
}

void summary_clear(struct summary *summary)
{
    index_clear(&summary->namespaces);
}
