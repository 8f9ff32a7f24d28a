// A unified diff, made directly from the edits. No lines are compared, so it is exact and fast.
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "manifest/edit.h"
#include "preview/arguments.h"
#include "preview/form.h"
#include "preview/progress.h"

enum { CONTEXT = 3 }; // lines, as diff -u has it

// Whole lines [start, end) of the old text, which are replaced by those of [start, end) with the
// splices in it.
struct region {
    uint32_t start;
    uint32_t end;
};

void names_add(struct names *names, const struct decision *decision)
{
    const struct object *object = decision->object;
    size_t capacity = names->count == names->capacity ? 2 * names->capacity + 16 : names->capacity;
    struct name *items = realloc(names->items, capacity * sizeof(*items));
    char *text;

    if (!items)
        return;
    names->items = items;
    names->capacity = capacity;
    if (asprintf(&text, "%.*s/%.*s/%.*s", (int)object->kind.size, object->kind.data,
                 (int)decision->namespace.size, decision->namespace.data, (int)decision->name.size,
                 decision->name.data ? decision->name.data : "") < 0)
        return;
    for (char *byte = text; *byte; byte++)
        if ((unsigned char)*byte < ' ' || *byte == 0x7f)
            *byte = '?';
    names->items[names->count++] = (struct name){object->start, text};
}

const char *names_at(const struct names *names, uint32_t at)
{
    size_t low = 0, high = names->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (names->items[middle].start <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? names->items[low - 1].text : NULL;
}

void names_clear(struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->items[i].text);
    free(names->items);
    *names = (struct names){0};
}

struct walk {
    struct output *output;
    const struct file *file;
    size_t next;       // splice to look at
    uint32_t counted;  // the old text's lines are counted up to here
    uint32_t old_line; // of `counted`, from 0
    int64_t drift;     // how many more lines the new text has before `counted`
};

static uint32_t size_of(const struct walk *walk)
{
    return (uint32_t)walk->file->bytes.size;
}

static uint32_t line_start(const struct walk *walk, uint32_t at)
{
    while (at > 0 && walk->file->bytes.data[at - 1] != '\n')
        at--;
    return at;
}

static uint32_t line_end(const struct walk *walk, uint32_t at)
{
    while (at < size_of(walk) && walk->file->bytes.data[at] != '\n')
        at++;
    return at < size_of(walk) ? at + 1 : at;
}

static bool is_line_start(const struct walk *walk, uint32_t at)
{
    return at == 0 || walk->file->bytes.data[at - 1] == '\n';
}

// The lines that one splice changes. It changes no old line if it only puts whole lines between
// them.
static struct region region_of(const struct walk *walk, const struct splice *splice)
{
    struct slice text = splice->text;
    bool whole = is_line_start(walk, splice->start) && is_line_start(walk, splice->end) &&
                 (text.size == 0 || text.data[text.size - 1] == '\n');

    if (whole)
        return (struct region){splice->start, splice->end};
    return (struct region){line_start(walk, splice->start), line_end(walk, splice->end)};
}

static uint32_t next_splice(const struct walk *walk)
{
    const struct splices *splices = walk->file->splices;

    return walk->next < splices->count ? splices->items[walk->next].start : 0;
}

// The next region: the next splice and all that touch it.
static bool next_region(struct walk *walk, struct region *region)
{
    const struct splices *splices = walk->file->splices;

    if (walk->next == splices->count)
        return false;
    *region = region_of(walk, &splices->items[walk->next++]);
    while (walk->next < splices->count) {
        struct region other = region_of(walk, &splices->items[walk->next]);
        if (other.start > region->end)
            break;
        region->end = other.end > region->end ? other.end : region->end;
        walk->next++;
    }
    return true;
}

static uint32_t count_lines(struct slice text)
{
    uint32_t lines = text.size > 0 && text.data[text.size - 1] != '\n';

    for (size_t i = 0; i < text.size; i++)
        lines += text.data[i] == '\n';
    return lines;
}

static struct slice old_text(const struct walk *walk, uint32_t start, uint32_t end)
{
    return (struct slice){walk->file->bytes.data + start, end - start};
}

static struct slice new_text(const struct walk *walk, struct region region)
{
    struct text text;

    text_init(&text, walk->output->arena, EDIT_SIZE_MAX);
    splices_apply(walk->file->splices, walk->file->bytes, region.start, region.end, &text);
    return text_slice(&text);
}

static void print_lines(const struct walk *walk, struct slice text, char sign)
{
    const char *colour = sign == '-' ? "\033[31m" : sign == '+' ? "\033[32m" : "";
    const char *plain = *colour ? "\033[0m" : "";

    if (!walk->output->arguments->colour)
        colour = plain = "";
    while (text.size > 0) {
        const char *end = memchr(text.data, '\n', text.size);
        size_t size = end ? (size_t)(end - text.data) : text.size;
        printf("%s%c", colour, sign);
        fwrite(text.data, 1, size, stdout);
        printf("%s\n", plain);
        if (!end)
            printf("\\ No newline at end of file\n");
        size += end != NULL;
        text = (struct slice){text.data + size, text.size - size};
    }
}

static uint32_t lines_back(const struct walk *walk, uint32_t at, uint32_t stop, int count)
{
    while (count-- > 0 && at > stop)
        at = line_start(walk, at - 1);
    return at;
}

static uint32_t lines_on(const struct walk *walk, uint32_t at, uint32_t stop, int count)
{
    while (count-- > 0 && at < stop)
        at = line_end(walk, at);
    return at;
}

enum { HUNK_REGIONS_MAX = 1024 };

// One hunk: regions with no more than twice the context between them.
struct hunk {
    struct region regions[HUNK_REGIONS_MAX];
    struct slice texts[HUNK_REGIONS_MAX];
    size_t count;
    uint32_t start;
    uint32_t end;
    uint32_t first; // where the first splice is
};

static void print_range(char sign, uint32_t line, uint32_t count)
{
    printf("%c%u", sign, count ? line + 1 : line);
    if (count != 1)
        printf(",%u", count);
}

static void print_header(const struct walk *walk, uint32_t old_line, uint32_t old_count,
                         uint32_t new_line, uint32_t new_count, const char *name)
{
    const char *colour = walk->output->arguments->colour ? "\033[36m" : "";

    printf("%s@@ ", colour);
    print_range('-', old_line, old_count);
    putchar(' ');
    print_range('+', new_line, new_count);
    printf(" @@%s", *colour ? "\033[0m" : "");
    if (name)
        printf(" %s", name);
    putchar('\n');
}

static void print_hunk(struct walk *walk, const struct hunk *hunk)
{
    uint32_t old_count = count_lines(old_text(walk, hunk->start, hunk->end));
    uint32_t new_count = old_count;
    uint32_t at = hunk->start;

    walk->old_line += count_lines(old_text(walk, walk->counted, hunk->start));
    for (size_t i = 0; i < hunk->count; i++) {
        struct region region = hunk->regions[i];
        new_count += count_lines(hunk->texts[i]);
        new_count -= count_lines(old_text(walk, region.start, region.end));
    }
    print_header(walk, walk->old_line, old_count, (uint32_t)(walk->old_line + walk->drift),
                 new_count, walk->file->names ? names_at(walk->file->names, hunk->first) : NULL);
    for (size_t i = 0; i < hunk->count; i++) {
        struct region region = hunk->regions[i];
        print_lines(walk, old_text(walk, at, region.start), ' ');
        print_lines(walk, old_text(walk, region.start, region.end), '-');
        print_lines(walk, hunk->texts[i], '+');
        at = region.end;
    }
    print_lines(walk, old_text(walk, at, hunk->end), ' ');
    walk->old_line += old_count;
    walk->counted = hunk->end;
    walk->drift += (int64_t)new_count - old_count;
}

static void hunk_add(struct walk *walk, struct hunk *hunk, struct region region)
{
    hunk->texts[hunk->count] = new_text(walk, region);
    hunk->regions[hunk->count++] = region;
    hunk->end = region.end;
}

static bool belongs(const struct walk *walk, const struct hunk *hunk, struct region region)
{
    return hunk->count < HUNK_REGIONS_MAX &&
           lines_on(walk, hunk->end, region.start, 2 * CONTEXT) == region.start;
}

// As GNU diff writes it and patch(1) reads it: a name with a quote, a backslash or a control
// character is a C string. After a name with a space comes a tab, which ends it.
static void print_file_name(const char *name)
{
    bool quoted = false;

    for (const char *at = name; *at; at++)
        quoted = quoted || (unsigned char)*at < ' ' || *at == 0x7f || *at == '"' || *at == '\\';
    if (!quoted) {
        printf("%s%s", name, strchr(name, ' ') ? "\t" : "");
        return;
    }
    putchar('"');
    for (; *name; name++) {
        if ((unsigned char)*name < ' ' || *name == 0x7f)
            printf("\\%03o", (unsigned)*name);
        else
            printf("%s%c", *name == '"' || *name == '\\' ? "\\" : "", *name);
    }
    putchar('"');
}

static void print_file_names(const struct walk *walk)
{
    const char *colour = walk->output->arguments->colour ? "\033[1m" : "";
    const char *plain = *colour ? "\033[0m" : "";
    const char *const signs[] = {"---", "+++"};

    progress_erase(stdout);
    for (size_t i = 0; i < 2; i++) {
        printf("%s%s ", colour, signs[i]);
        print_file_name(walk->file->name);
        printf("%s\n", plain);
    }
}

void form_diff(struct output *output, const struct file *file)
{
    struct walk walk = {.output = output, .file = file};
    struct hunk *hunk = arena_alloc(output->arena, sizeof(*hunk));
    struct region region;
    uint32_t first = next_splice(&walk);
    bool more = hunk && next_region(&walk, &region);

    if (more)
        print_file_names(&walk);
    while (more) {
        hunk->count = 0;
        hunk->first = first;
        hunk->start = lines_back(&walk, region.start, walk.counted, CONTEXT);
        do {
            hunk_add(&walk, hunk, region);
            first = next_splice(&walk);
            more = next_region(&walk, &region);
        } while (more && belongs(&walk, hunk, region));
        hunk->end = lines_on(&walk, hunk->end, more ? region.start : size_of(&walk), CONTEXT);
        print_hunk(&walk, hunk);
    }
}
