// The longest common subsequence of lines, with the table of the textbooks. It is for texts of a
// few hundred lines. It looks only at the lines from the first difference to the last.
#include "check/line_diff.h"

#include "base/arena.h"

enum { CONTEXT = 3 };

struct lines {
    struct slice *items;
    size_t count;
};

// One line of the result: ' ' stays, '-' is removed, '+' is added.
struct edit {
    char sign;
    struct slice line;
};

struct script {
    struct edit *edits;
    size_t count;
};

// The part of both texts that differs, and how many lines its tails have in common: lengths[i *
// (new_count + 1) + k] is the number for old lines from i on and new lines from k on.
struct middle {
    const struct slice *old;
    const struct slice *new;
    size_t old_count;
    size_t new_count;
    uint16_t *lengths; // NULL: too many pairs
};

static int split_lines(struct slice text, struct arena *arena, struct lines *lines)
{
    size_t count = 0;

    for (size_t i = 0; i < text.size; i++)
        count += text.data[i] == '\n';
    *lines = (struct lines){arena_alloc(arena, (count + 1) * sizeof(struct slice)), 0};
    if (!lines->items)
        return -1;
    while (text.size > 0) {
        const char *end = memchr(text.data, '\n', text.size);
        size_t size = end ? (size_t)(end - text.data) + 1 : text.size;
        lines->items[lines->count++] = (struct slice){text.data, size};
        text = (struct slice){text.data + size, text.size - size};
    }
    return 0;
}

static int middle_measure(struct middle *middle, struct arena *arena)
{
    size_t width = middle->new_count + 1;
    size_t rows = middle->old_count + 1;
    uint16_t *lengths;

    if (width > LINE_DIFF_PAIRS_MAX / rows)
        return 0;
    lengths = arena_alloc(arena, rows * width * sizeof(lengths[0]));
    if (!lengths)
        return -1;
    for (size_t i = middle->old_count; i-- > 0;) {
        for (size_t k = middle->new_count; k-- > 0;) {
            size_t at = i * width + k;
            uint16_t down = lengths[at + width];
            uint16_t right = lengths[at + 1];
            if (slice_equal(middle->old[i], middle->new[k]))
                lengths[at] = (uint16_t)(lengths[at + width + 1] + 1);
            else
                lengths[at] = down > right ? down : right;
        }
    }
    middle->lengths = lengths;
    return 0;
}

static void script_add(struct script *script, char sign, struct slice line)
{
    script->edits[script->count++] = (struct edit){sign, line};
}

static bool old_goes_first(const struct middle *middle, size_t i, size_t k)
{
    size_t width = middle->new_count + 1;

    if (i == middle->old_count || k == middle->new_count)
        return i < middle->old_count;
    return !middle->lengths ||
           middle->lengths[(i + 1) * width + k] >= middle->lengths[i * width + k + 1];
}

static void script_add_middle(struct script *script, const struct middle *middle)
{
    size_t i = 0;
    size_t k = 0;

    while (i < middle->old_count || k < middle->new_count) {
        bool both = i < middle->old_count && k < middle->new_count;
        if (middle->lengths && both && slice_equal(middle->old[i], middle->new[k])) {
            script_add(script, ' ', middle->old[i++]);
            k++;
        } else if (old_goes_first(middle, i, k)) {
            script_add(script, '-', middle->old[i++]);
        } else {
            script_add(script, '+', middle->new[k++]);
        }
    }
}

static int compare(const struct lines *old, const struct lines *new, struct arena *arena,
                   struct script *script)
{
    size_t least = old->count < new->count ? old->count : new->count;
    size_t head = 0;
    size_t tail = 0;
    struct middle middle;

    while (head < least && slice_equal(old->items[head], new->items[head]))
        head++;
    while (tail < least - head &&
           slice_equal(old->items[old->count - 1 - tail], new->items[new->count - 1 - tail]))
        tail++;
    middle = (struct middle){.old = old->items + head,
                             .new = new->items + head,
                             .old_count = old->count - head - tail,
                             .new_count = new->count - head - tail};
    script->edits = arena_alloc(arena, (old->count + new->count + 1) * sizeof(struct edit));
    if (!script->edits || middle_measure(&middle, arena))
        return -1;
    for (size_t i = 0; i < head; i++)
        script_add(script, ' ', old->items[i]);
    script_add_middle(script, &middle);
    for (size_t i = old->count - tail; i < old->count; i++)
        script_add(script, ' ', old->items[i]);
    return 0;
}

// The first change from `at` on, or the end.
static size_t next_change(const struct script *script, size_t at)
{
    while (at < script->count && script->edits[at].sign == ' ')
        at++;
    return at;
}

// The line after the context of the last change in the hunk of change `at`.
static size_t hunk_end(const struct script *script, size_t at)
{
    size_t end = at;

    for (size_t next = at; next < script->count && next - end <= 2 * (size_t)CONTEXT;
         next = next_change(script, end))
        end = next + 1;
    return script->count - end < CONTEXT ? script->count : end + CONTEXT;
}

static size_t count_lines(const struct script *script, size_t start, size_t end, char other)
{
    size_t count = 0;

    for (size_t i = start; i < end; i++)
        count += script->edits[i].sign == ' ' || script->edits[i].sign == other;
    return count;
}

static void print_range(FILE *stream, const struct script *script, size_t start, size_t end,
                        char sign)
{
    size_t before = count_lines(script, 0, start, sign);
    size_t count = count_lines(script, start, end, sign);

    fprintf(stream, "%c%zu,%zu", sign, count ? before + 1 : before, count);
}

static void print_hunk(FILE *stream, const struct script *script, size_t start, size_t end)
{
    fputs("@@ ", stream);
    print_range(stream, script, start, end, '-');
    putc(' ', stream);
    print_range(stream, script, start, end, '+');
    fputs(" @@\n", stream);
    for (size_t i = start; i < end; i++) {
        struct slice line = script->edits[i].line;
        putc(script->edits[i].sign, stream);
        fwrite(line.data, 1, line.size, stream);
        if (line.data[line.size - 1] != '\n')
            putc('\n', stream);
    }
}

int line_diff_print(FILE *stream, struct slice old, struct slice new, struct arena *arena,
                    struct error *error)
{
    struct script script = {0};
    struct lines old_lines;
    struct lines new_lines;
    size_t end = 0;

    if (split_lines(old, arena, &old_lines) || split_lines(new, arena, &new_lines) ||
        compare(&old_lines, &new_lines, arena, &script))
        return error_set(error, "memory is short");
    for (size_t at = next_change(&script, 0); at < script.count; at = next_change(&script, end)) {
        size_t start = at - end < CONTEXT ? end : at - CONTEXT;
        end = hunk_end(&script, at);
        print_hunk(stream, &script, start, end);
    }
    return 0;
}
