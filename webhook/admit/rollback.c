// Finds a remembered template by its hash, and plans its values.
#include "admit/rollback.h"

#include "base/arena.h"
#include "object/annotations.h"
#include "object/handlers.h"
#include "object/rollout.h"
#include "object/template_hash.h"

enum {
    ROLLBACK_TEXT_MAX = 256 * 1024,
    RECORDS_OF_NOW = 2, // the request's and the old object's
};

static bool rollback_stood(struct run *run, struct value entry, struct slice path, uint32_t *steps)
{
    const struct place *was = plan_locate(&run->before.plan, path);
    return was != NULL && was->in_template && record_may_name(path) &&
           value_subset_within(entry, was->now, steps);
}

// evenkeel's values in the old template, as the record has them: JSON.
static struct slice rollback_old_values(struct run *run)
{
    struct value record = evidence_record(&run->before.evidence);
    struct record values = {.arena = run->arena};
    struct text text;
    uint32_t steps = 0;
    for (struct value entry = value_first(record); entry.node; entry = value_next(entry)) {
        struct slice path = value_string(value_key(entry), run->arena);
        if (rollback_stood(run, entry, path, &steps))
            record_set(&values, path, value_raw(entry));
    }
    text_init(&text, run->arena, ROLLBACK_TEXT_MAX);
    record_write(&values, &text);
    return values.failed ? (struct slice){NULL, 0} : text_slice(&text);
}

// All remembered values, as one list on run->history_tape.
static struct value rollback_parse_values(struct run *run)
{
    struct text text;
    text_init(&text, run->arena, ROLLBACK_TEXT_MAX);
    for (uint32_t i = 0; i < run->history.template_count; i++) {
        text_putc(&text, i == 0 ? '[' : ',');
        text_add(&text, run->history.templates[i].values);
    }
    text_putc(&text, text.size == 0 ? '[' : ']');
    if (text.size == 1)
        text_putc(&text, ']');
    struct slice json = text_slice(&text);
    if (json.data == NULL || tape_parse(run->history_tape, json, TAPE_FULL, NULL) < 0)
        return (struct value){run->history_tape, 0};
    return value_root(run->history_tape);
}

// The hash of what the user wrote in the new template, without any value that was ever known as
// evenkeel's.
static int rollback_hash(struct run *run, struct value remembered, char *digits)
{
    struct value records[RECORDS_OF_NOW + HISTORY_TEMPLATES_MAX] = {
        evidence_record(&run->evidence),
        evidence_record(&run->before.evidence),
    };
    uint32_t count = RECORDS_OF_NOW;
    for (struct value values = value_first(remembered); values.node; values = value_next(values))
        records[count++] = values;
    return template_hash_without(digits, run->facts.object, records, count, run->arena);
}

// Whether later decisions allow a remembered value.
static bool rollback_takes(struct run *run, struct slice path, struct value entry)
{
    return record_may_name(path) && !run_rule_is_among(run, path, run->refused) &&
           record_get(&run->history.declined, path).data == NULL &&
           !history_forbids(&run->history, path, value_raw(entry), run->value_tape);
}

// Removes values of evenkeel's that the remembered template did not have, or had with another
// value.
static void rollback_clear(struct run *run, struct value values)
{
    struct record_entry *next;
    for (struct record_entry *entry = run->record.first; entry; entry = next) {
        next = entry->next;
        struct place *place = plan_locate(&run->plan, entry->path);
        struct value remembered = value_get_slice(values, entry->path);
        if (place == NULL || !place->in_template ||
            (remembered.node != 0 && rollback_takes(run, entry->path, remembered)))
            continue;
        run_take_out(run, place);
        record_drop(&run->record, entry->path);
    }
}

static void rollback_apply(struct run *run, struct value values)
{
    uint32_t steps = 0;
    rollback_clear(run, values);
    for (struct value entry = value_first(values); entry.node; entry = value_next(entry)) {
        struct slice path = value_string(value_key(entry), run->arena);
        struct place *place = plan_locate(&run->plan, path);
        if (place == NULL || !place->in_template || !rollback_takes(run, path, entry))
            continue;
        if (!value_subset_within(entry, place->now, &steps))
            plan_set(&run->plan, place, value_raw(entry));
        record_set(&run->record, path, value_raw(entry));
    }
    run->rolled_back = run->template_locked = true;
    run->taken = 0;
    if (value_count(values) == 0)
        run_warn(
            run,
            "this version is from before evenkeel: it comes back as it was, without protection");
}

// What was evenkeel's in the template that comes back. An undo brings the old ReplicaSet's own
// record: one version may have run with the values of two policies.
static struct value rollback_values(struct run *run, const struct review *review,
                                    struct value remembered)
{
    struct value annotations = value_get(value_get(review->object, "metadata"), "annotations");
    bool came = run->undone && value_exists(value_get(annotations, ANNOTATION_INJECTED));
    return came ? evidence_record(&run->evidence) : remembered;
}

// The handler of a probe as JSON. {NULL, 0} if it has none that a port answers.
static struct slice rollback_handler(struct run *run, struct value probe)
{
    struct text text;
    text_init(&text, run->arena, ROLLBACK_TEXT_MAX);
    for (int i = 0; handlers_of_ports[i] != NULL; i++) {
        struct value handler = value_get(probe, handlers_of_ports[i]);
        if (!value_exists(handler))
            continue;
        text_printf(&text, "{\"%s\":", handlers_of_ports[i]);
        text_add(&text, value_raw(handler));
        text_putc(&text, '}');
        return text_slice(&text);
    }
    return (struct slice){NULL, 0};
}

static void rollback_judge_probe(struct run *run, struct slice path, struct value probe,
                                 bool complete, bool never)
{
    struct slice handler = rollback_handler(run, probe);
    struct slice passed = record_get(&run->history.passed, path);
    if (handler.data == NULL)
        return;
    if (complete)
        record_set(&run->history.passed, path, handler);
    else if (never && !slice_equal(passed, handler) && !run_rule_is_among(run, path, run->insisted))
        history_never_passed(&run->history, path, value_raw(probe), run->value_tape);
}

// What the old object's status says about evenkeel's readiness probes in it.
static void rollback_judge_probes(struct run *run, struct rollout rollout, bool taken_back)
{
    struct value record = evidence_record(&run->before.evidence);
    bool never = rollout.suspicious && (rollout.exceeded || taken_back);
    uint32_t steps = 0;
    if (rollout.complete)
        history_finished(&run->history, run->value_tape);
    for (struct value entry = value_first(record); entry.node; entry = value_next(entry)) {
        struct slice path = value_string(value_key(entry), run->arena);
        if (slice_glob(path, SLICE("*.readinessProbe")) && rollback_stood(run, entry, path, &steps))
            rollback_judge_probe(run, path, entry, rollout.complete, never);
    }
}

struct slice rollback_old_hash(struct run *run, const struct review *review)
{
    char digits[TEMPLATE_HASH_SIZE + 1];
    struct value record = evidence_record(&run->before.evidence);
    if (run->before.hash.data != NULL)
        return run->before.hash;
    if (template_hash_without(digits, review->old_object, &record, 1, run->arena) < 0) {
        run->plan.failed = true;
        return (struct slice){NULL, 0};
    }
    run->before.hash = slice_copy(run->arena, slice_of(digits));
    return run->before.hash;
}

// The hash of the request's template without what the two objects record. 0, or -1 if memory is
// short.
static int rollback_recorded_hash(struct run *run, char *digits)
{
    if (rollback_hash(run, (struct value){NULL, 0}, digits) == 0)
        return 0;
    run->plan.failed = true;
    return -1;
}

bool rollback_is_other_version(struct run *run, const struct review *review)
{
    char now[TEMPLATE_HASH_SIZE + 1];
    return rollback_recorded_hash(run, now) == 0 && !slice_is(rollback_old_hash(run, review), now);
}

bool rollback_remembers(struct run *run, const struct history *before)
{
    char now[TEMPLATE_HASH_SIZE + 1];
    return rollback_recorded_hash(run, now) == 0 && history_find(before, slice_of(now)) != NULL;
}

void rollback_read(struct run *run, const struct review *review)
{
    char now[TEMPLATE_HASH_SIZE + 1];
    struct value old_template = value_get(value_get(review->old_object, "spec"), "template");
    if (!(run->facts.kind->flags & KIND_HISTORY) || !value_exists(old_template))
        return;
    struct rollout rollout = rollout_read(review->old_object);
    struct value remembered = rollback_parse_values(run);
    struct slice old = rollback_old_hash(run, review);
    if (rollback_hash(run, remembered, now) < 0 || old.data == NULL) {
        run->plan.failed = true;
        return;
    }
    bool other = !slice_is(old, now);
    const struct remembered *found = other ? history_find(&run->history, slice_of(now)) : NULL;
    bool returns = found != NULL && (rollout.unfinished || run->undone);
    rollback_judge_probes(run, rollout, returns);
    if (returns)
        rollback_apply(
            run,
            rollback_values(run, review,
                            value_item(remembered, (uint32_t)(found - run->history.templates))));
    if (!other)
        return;
    history_remember(&run->history, old, rollback_old_values(run), slice_of(now));
    run->history.generation = rollout_generation(review->old_object);
}
