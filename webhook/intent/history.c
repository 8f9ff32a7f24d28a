// Reads and writes the annotation. It decides nothing.
#include "intent/history.h"

#include "base/arena.h"
#include "object/annotations.h"
#include "object/template_hash.h"

enum {
    HISTORY_SIZE_MAX = 256 * 1024, // the API's limit for all annotations together
    HISTORY_ENTRIES_MAX = 1024,
    TIMES_MAX = 2, // suspicions until a probe is given up
};

// Each entry of `map` whose value has the `member`, unless that is NULL.
static void history_read_map(struct record *record, struct value map, const char *member,
                             struct arena *arena)
{
    uint32_t count = 0;
    record->arena = arena;
    for (struct value item = value_first(map); item.node && count < HISTORY_ENTRIES_MAX;
         item = value_next(item), count++) {
        struct slice path = value_string(value_key(item), arena);
        if (record_may_name(path) && (member == NULL || value_exists(value_get(item, member))))
            record_set(record, slice_copy(arena, path), slice_copy(arena, value_raw(item)));
    }
}

static void history_read_templates(struct history *history, struct value list, struct arena *arena)
{
    for (struct value item = value_first(list);
         item.node && history->template_count < HISTORY_TEMPLATES_MAX; item = value_next(item)) {
        struct slice hash = value_string(value_get(item, "hash"), arena);
        struct value values = value_get(item, "values");
        if (hash.size != TEMPLATE_HASH_SIZE || value_type(values) != TAPE_OBJECT)
            continue;
        history->templates[history->template_count++] = (struct remembered){
            slice_copy(arena, hash),
            slice_copy(arena, value_raw(values)),
        };
    }
}

static struct value history_parse(struct value annotations, struct tape *tape, struct arena *arena)
{
    struct slice json = value_string(value_get(annotations, ANNOTATION_HISTORY), arena);
    if (json.data == NULL || json.size > HISTORY_SIZE_MAX ||
        tape_parse(tape, json, TAPE_FULL, NULL) < 0)
        return (struct value){tape, 0};
    return value_root(tape);
}

void history_read(struct history *history, struct value annotations, struct tape *tape,
                  struct arena *arena)
{
    struct value root = history_parse(annotations, tape, arena);
    *history = (struct history){.template_count = 0};
    history_read_map(&history->declined, value_get(root, "declined"), NULL, arena);
    history_read_map(&history->never_passed, value_get(root, "neverPassed"), "probe", arena);
    history_read_map(&history->passed, value_get(root, "passed"), NULL, arena);
    history_read_templates(history, value_get(root, "templates"), arena);
    history->undone = slice_copy(arena, value_string(value_get(root, "undone"), arena));
    value_integer(value_get(root, "generation"), &history->generation);
}

void history_read_declined(struct history *history, struct value annotations, struct tape *tape,
                           struct arena *arena)
{
    struct value root = history_parse(annotations, tape, arena);
    history_read_map(&history->declined, value_get(root, "declined"), NULL, arena);
}

void history_remember(struct history *history, struct slice hash, struct slice values,
                      struct slice present)
{
    struct remembered templates[HISTORY_TEMPLATES_MAX] = {{hash, values}};
    uint32_t count = 1;
    for (uint32_t i = 0; i < history->template_count && count < HISTORY_TEMPLATES_MAX; i++)
        if (!slice_equal(history->templates[i].hash, hash) &&
            !slice_equal(history->templates[i].hash, present))
            templates[count++] = history->templates[i];
    memcpy(history->templates, templates, sizeof(templates));
    history->template_count = count;
}

const struct remembered *history_find(const struct history *history, struct slice hash)
{
    for (uint32_t i = 0; i < history->template_count; i++)
        if (slice_equal(history->templates[i].hash, hash))
            return &history->templates[i];
    return NULL;
}

// The note on the probe at `path`, parsed. Absent if there is none.
static struct value history_note(const struct history *history, struct slice path,
                                 struct tape *tape)
{
    struct slice json = record_get(&history->never_passed, path);
    if (json.data == NULL || tape_parse(tape, json, TAPE_FULL, NULL) < 0)
        return (struct value){tape, 0};
    return value_root(tape);
}

static void history_write_note(struct history *history, struct slice path, struct slice probe,
                               int64_t times, const char *state)
{
    struct text text;
    text_init(&text, history->never_passed.arena, HISTORY_SIZE_MAX);
    text_puts(&text, "{\"probe\":");
    text_add(&text, probe);
    text_puts(&text, ",\"times\":");
    text_integer(&text, times);
    text_puts(&text, state);
    text_putc(&text, '}');
    record_set(&history->never_passed, path, text_slice(&text));
}

static int64_t history_times(struct value note)
{
    int64_t times = 0;
    return value_integer(value_get(note, "times"), &times) && times > 0 ? times : 0;
}

void history_never_passed(struct history *history, struct slice path, struct slice probe,
                          struct tape *tape)
{
    struct value note = history_note(history, path, tape);
    bool same = slice_equal(value_raw(value_get(note, "probe")), probe);
    int64_t times = (same ? history_times(note) : 0) + 1;
    history_write_note(history, path, probe, times < TIMES_MAX ? times : TIMES_MAX, "");
}

bool history_forbids(const struct history *history, struct slice path, struct slice probe,
                     struct tape *tape)
{
    struct value note = history_note(history, path, tape);
    return slice_equal(value_raw(value_get(note, "probe")), probe) &&
           !value_is_true(value_get(note, "again"));
}

void history_goes_without(struct history *history, struct slice path, struct tape *tape)
{
    struct value note = history_note(history, path, tape);
    if (note.node != 0)
        history_write_note(history, path, value_raw(value_get(note, "probe")), history_times(note),
                           ",\"without\":true");
}

void history_finished(struct history *history, struct tape *tape)
{
    struct record_entry *next;
    for (struct record_entry *entry = history->never_passed.first; entry; entry = next) {
        next = entry->next;
        struct value note = history_note(history, entry->path, tape);
        if (value_is_true(value_get(note, "without")) && history_times(note) < TIMES_MAX)
            history_write_note(history, entry->path, value_raw(value_get(note, "probe")),
                               history_times(note), ",\"again\":true");
    }
}

static void history_write_map(struct text *text, const char *name, const struct record *record)
{
    if (record->first == NULL)
        return;
    text_puts(text, text->size == 0 ? "{" : ",");
    text_json_string(text, slice_of(name));
    text_putc(text, ':');
    record_write(record, text);
}

// As many remembered templates as there is room for, the latest first.
static void history_write_templates(struct text *text, const struct history *history)
{
    size_t start = text->size, room = HISTORY_TEMPLATES_SIZE_MAX;
    for (uint32_t i = 0; i < history->template_count; i++) {
        const struct remembered *template = &history->templates[i];
        if (template->values.size + TEMPLATE_HASH_SIZE > room)
            break;
        room -= template->values.size + TEMPLATE_HASH_SIZE;
        if (i == 0)
            text_puts(text, start == 0 ? "{\"templates\":[" : ",\"templates\":[");
        text_puts(text, i == 0 ? "{\"hash\":" : ",{\"hash\":");
        text_json_string(text, template->hash);
        text_puts(text, ",\"values\":");
        text_add(text, template->values);
        text_putc(text, '}');
    }
    if (text->size > start)
        text_putc(text, ']');
}

static struct slice history_json(const struct history *history, bool templates, struct arena *arena)
{
    struct text text;
    text_init(&text, arena, HISTORY_SIZE_MAX);
    history_write_map(&text, "declined", &history->declined);
    history_write_map(&text, "neverPassed", &history->never_passed);
    history_write_map(&text, "passed", &history->passed);
    if (templates)
        history_write_templates(&text, history);
    if (history->undone.size == TEMPLATE_HASH_SIZE) {
        text_puts(&text, text.size == 0 ? "{\"undone\":" : ",\"undone\":");
        text_json_string(&text, history->undone);
    }
    if (text.size > 0 && history->generation > 0) {
        text_puts(&text, ",\"generation\":");
        text_integer(&text, history->generation);
    }
    if (text.size > 0)
        text_putc(&text, '}');
    return text_slice(&text);
}

void history_plan(const struct history *history, struct plan *plan, struct place *annotations)
{
    struct place *place = plan_map_entry(plan, annotations, SLICE(ANNOTATION_HISTORY));
    if (place == NULL || history->declined.failed || history->never_passed.failed ||
        history->passed.failed) {
        plan->failed = true;
        return;
    }
    size_t size = value_raw(annotations->now).size;
    struct slice json = history_json(
        history, size + HISTORY_TEMPLATES_SIZE_MAX <= HISTORY_ANNOTATIONS_SIZE_MAX, plan->arena);
    if (json.data != NULL && json.size == 0) {
        plan_remove(plan, place);
        return;
    }
    if (json.data != NULL && value_is_slice(place->now, json))
        return;
    struct text quoted;
    text_init(&quoted, plan->arena, 2 * HISTORY_SIZE_MAX);
    text_json_string(&quoted, json);
    plan_set(plan, place, json.data ? text_slice(&quoted) : json);
}
