// Reads the marks. admit.c and update.c decide what follows from them.
#include "admit/past.h"

#include "admit/override.h"
#include "admit/rollback.h"
#include "base/arena.h"
#include "object/annotations.h"
#include "object/opt_out.h"
#include "object/rollout.h"

// The API takes 256 KiB of annotations, and a byte of them may be written in six (\u003c).
enum { PAST_TEXT_MAX = 2 * 6 * 256 * 1024 };

static struct value past_annotations(struct value object)
{
    return value_get(value_get(object, "metadata"), "annotations");
}

static bool past_is_ours(struct value member, struct arena *arena)
{
    return slice_starts_with(value_string(value_key(member), arena), ANNOTATION_PREFIX);
}

// Whether an undo leaves this annotation as the old object has it. The note of the user's own grace
// period belongs to the template that comes back.
static bool past_outlives_undo(struct value member, struct arena *arena)
{
    return past_is_ours(member, arena) && !value_is(value_key(member), ANNOTATION_USERS_GRACE);
}

// The same without an arena: evenkeel's keys need no escapes.
static bool past_has_prefix(struct value member)
{
    return slice_starts_with(value_raw(value_key(member)), "\"" ANNOTATION_PREFIX);
}

// Whether `b` has each of evenkeel's keys in `a`, with the same value.
static bool past_covers(struct value a, struct value b)
{
    for (struct value item = value_first(a); item.node; item = value_next(item))
        if (past_has_prefix(item)) {
            struct slice key = value_raw(value_key(item));
            key = (struct slice){key.data + 1, key.size - 2};
            if (!value_equal(item, value_get_slice(b, key)))
                return false;
        }
    return true;
}

static bool past_map_changed(struct value now, struct value old)
{
    return !slice_equal(value_raw(now), value_raw(old)) &&
           !(past_covers(now, old) && past_covers(old, now));
}

bool past_marks_changed(const struct review *review)
{
    struct value now = value_get(review->object, "metadata");
    struct value old = value_get(review->old_object, "metadata");
    return past_map_changed(value_get(now, "annotations"), value_get(old, "annotations")) ||
           past_map_changed(value_get(now, "labels"), value_get(old, "labels"));
}

bool past_carries(struct value object)
{
    struct value annotations = past_annotations(object);
    return value_exists(value_get(annotations, ANNOTATION_INJECTED)) ||
           value_exists(value_get(annotations, ANNOTATION_HISTORY));
}

// Whether the specs are the same, except for their templates.
static bool past_only_template_changed(struct value now, struct value old)
{
    if (value_count(now) != value_count(old) ||
        value_same(value_get(now, "template"), value_get(old, "template")))
        return false;
    for (struct value item = value_first(now); item.node; item = value_next(item)) {
        struct slice key = value_raw(value_key(item));
        if (!slice_is(key, "\"template\"") &&
            !value_same(item, value_get_slice(old, (struct slice){key.data + 1, key.size - 2})))
            return false;
    }
    return true;
}

static bool past_books_replaced(struct value now, struct value old)
{
    return !value_equal(value_get(now, ANNOTATION_INJECTED), value_get(old, ANNOTATION_INJECTED)) ||
           !value_equal(value_get(now, ANNOTATION_HISTORY), value_get(old, ANNOTATION_HISTORY));
}

// Whether everything is as before, except the template and the bookkeeping.
static bool past_looks_undone(const struct run *run, const struct review *review)
{
    struct value old = review->old_object;
    struct value now = past_annotations(review->object), before = past_annotations(old);
    struct value revision = value_get(now, ANNOTATION_REVISION);
    return value_exists(revision) &&
           value_equal(revision, value_get(before, ANNOTATION_REVISION)) &&
           value_equal(value_get(now, ANNOTATION_LAST_APPLIED),
                       value_get(before, ANNOTATION_LAST_APPLIED)) &&
           value_same(value_get(run->facts.metadata, "labels"),
                      value_get(value_get(old, "metadata"), "labels")) &&
           past_only_template_changed(run->facts.spec, value_get(old, "spec"));
}

// Whether the history in the request is that of evenkeel's own answer to this request, decided
// again: it was written over the same generation. Where nothing says the generation, it knows the
// old object's template, which the history of an old ReplicaSet mostly cannot know.
static bool past_is_own_answer(const struct history *came, struct slice old, int64_t generation)
{
    if (came->generation > 0 && generation > 0)
        return came->generation == generation;
    return history_find(came, old) != NULL;
}

// Whether a mark opts out of evenkeel or of one rule.
static bool past_is_refusal(struct run *run, struct slice key, struct slice text)
{
    struct slice name = {key.data + strlen(ANNOTATION_PREFIX),
                         key.size - strlen(ANNOTATION_PREFIX)};
    if (slice_is(name, "inject"))
        return opt_out_is_refusal(text);
    return switch_word_read(text) == SWITCH_OFF && override_is_rule(run, name);
}

// Whether the request refuses what the old object did not, and brings no bookkeeping: somebody opts
// out. (An undo brings this from a version that was opted out; see past_remembers().)
static bool past_opts_out_anew(struct run *run, struct value now, struct value old)
{
    if (value_exists(value_get(now, ANNOTATION_INJECTED)) ||
        value_exists(value_get(now, ANNOTATION_HISTORY)))
        return false;
    for (struct value item = value_first(now); item.node; item = value_next(item)) {
        struct slice key = value_string(value_key(item), run->arena);
        if (past_is_ours(item, run->arena) &&
            past_is_refusal(run, key, value_string(item, run->arena)) &&
            !value_equal(item, value_get_slice(old, key)))
            return true;
    }
    return false;
}

// Whether the old object knows the request's template as one that ran before.
static bool past_remembers(struct run *run, struct value old)
{
    struct history before;
    history_read(&before, old, run->history_tape, run->arena);
    return rollback_remembers(run, &before);
}

static bool past_is_undo(struct run *run, const struct review *review)
{
    struct history came;
    struct value now = past_annotations(review->object),
                 before = past_annotations(review->old_object);
    if (!(run->facts.kind->flags & KIND_HISTORY) || !past_books_replaced(now, before) ||
        (past_opts_out_anew(run, now, before) && !past_remembers(run, before)))
        return false;
    history_read(&came, now, run->history_tape, run->arena);
    bool looks = past_looks_undone(run, review);
    if (!looks && came.undone.size == 0)
        return false;
    struct slice old = rollback_old_hash(run, review);
    bool again = past_is_own_answer(&came, old, rollout_generation(review->old_object));
    return slice_equal(came.undone, old) ||
           (looks && !again && rollback_is_other_version(run, review));
}

static void past_add_member(struct text *text, struct value member)
{
    text_putc(text, text->size == 0 ? '{' : ',');
    text_add(text, value_raw(value_key(member)));
    text_putc(text, ':');
    text_add(text, value_raw(member));
}

static struct value past_parse(struct run *run, struct text *text, struct tape *tape)
{
    if (text->size == 0)
        text_putc(text, '{');
    text_putc(text, '}');
    struct slice json = text_slice(text);
    if (json.data == NULL || tape_parse(tape, json, TAPE_FULL, NULL) < 0) {
        run->plan.failed = true;
        return (struct value){tape, 0};
    }
    return value_root(tape);
}

// The request's annotations, with the old object's instead of those that outlive an undo.
static struct value past_merge_annotations(struct run *run, const struct review *review,
                                           struct tape *tape)
{
    struct value now = past_annotations(review->object);
    struct value old = past_annotations(review->old_object);
    struct text text;
    text_init(&text, run->arena, PAST_TEXT_MAX);
    for (struct value item = value_first(now); item.node; item = value_next(item))
        if (!past_outlives_undo(item, run->arena))
            past_add_member(&text, item);
    for (struct value item = value_first(old); item.node; item = value_next(item))
        if (past_outlives_undo(item, run->arena))
            past_add_member(&text, item);
    return past_parse(run, &text, tape);
}

// The entries of a record whose places are in the template or go with it, or the others.
static void past_add_entries(struct text *text, struct value record, bool in_template,
                             struct arena *arena)
{
    for (struct value entry = value_first(record); entry.node; entry = value_next(entry)) {
        struct slice path = value_string(value_key(entry), arena);
        bool is_in = slice_starts_with(path, "spec.template.") ||
                     slice_is(path, "metadata.annotations[" ANNOTATION_USERS_GRACE "]");
        if (is_in == in_template)
            past_add_member(text, entry);
    }
}

// What is recorded as evenkeel's after an undo: in the template, the record that came with it;
// elsewhere, the old object's record.
static void past_merge_records(struct run *run)
{
    struct text text;
    text_init(&text, run->arena, PAST_TEXT_MAX);
    past_add_entries(&text, evidence_record(&run->evidence), true, run->arena);
    past_add_entries(&text, evidence_record(&run->before.evidence), false, run->arena);
    text_putc(&text, text.size == 0 ? '{' : '}');
    if (text.size == 1)
        text_putc(&text, '}');
    evidence_set_record(&run->evidence, text_slice(&text));
}

// A record that a request dropped, or that it broke, is the old object's.
static void past_read_record(struct run *run, const struct review *review)
{
    struct value now = value_get(past_annotations(review->object), ANNOTATION_INJECTED);
    struct value old = value_get(past_annotations(review->old_object), ANNOTATION_INJECTED);
    bool lost = !value_exists(now) || value_type(evidence_record(&run->evidence)) != TAPE_OBJECT;
    run->record_dropped = lost && value_type(evidence_record(&run->before.evidence)) == TAPE_OBJECT;
    if (run->undone)
        past_merge_records(run);
    else if (run->record_dropped)
        evidence_set_record(&run->evidence, value_string(old, run->arena));
}

// Whether somebody had declared the mark and then removed it from their manifest: that is a
// decision.
static bool past_was_declared(struct run *run, struct slice key, const struct place *place)
{
    struct plan *plan = &run->before.plan;
    struct place *old =
        plan_map_entry(plan, plan_path(plan, plan->root, "metadata.annotations"), key);
    return old != NULL && evidence_is_declared(&run->before.evidence, old) &&
           !evidence_declares(&run->evidence, place);
}

// Marks that the release keeps itself, bookkeeping that is written anew, and what came with the
// template.
static bool past_is_kept_elsewhere(struct slice key)
{
    static const char *const keys[] = {ANNOTATION_INJECTED, ANNOTATION_HISTORY, ANNOTATION_BATCH,
                                       ANNOTATION_RELEASE, ANNOTATION_USERS_GRACE};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (slice_is(key, keys[i]))
            return true;
    return false;
}

static void past_undo_marks(struct run *run, struct value old)
{
    struct value now = run->facts.annotations->now;
    for (struct value item = value_first(old); item.node; item = value_next(item)) {
        struct slice key = value_string(value_key(item), run->arena);
        if (past_is_ours(item, run->arena) && !past_is_kept_elsewhere(key) &&
            !value_equal(item, value_get_slice(now, key)))
            plan_set(&run->plan, plan_map_entry(&run->plan, run->facts.annotations, key),
                     value_raw(item));
    }
    for (struct value item = value_first(now); item.node; item = value_next(item)) {
        struct slice key = value_string(value_key(item), run->arena);
        if (past_is_ours(item, run->arena) && !past_is_kept_elsewhere(key) &&
            value_get_slice(old, key).node == 0)
            plan_remove(&run->plan, plan_map_entry(&run->plan, run->facts.annotations, key));
    }
}

// Puts back the refusals that a tool dropped. Returns the annotations that count then.
static struct value past_keep_refusals(struct run *run, struct value old, struct tape *tape)
{
    struct value now = run->facts.annotations->now;
    struct text text;
    text_init(&text, run->arena, PAST_TEXT_MAX);
    for (struct value item = value_first(old); item.node; item = value_next(item)) {
        struct slice key = value_string(value_key(item), run->arena);
        if (!past_is_ours(item, run->arena) ||
            !past_is_refusal(run, key, value_string(item, run->arena)))
            continue;
        struct place *place = plan_map_entry(&run->plan, run->facts.annotations, key);
        if (place == NULL || place->now.node != 0 || past_was_declared(run, key, place))
            continue;
        plan_set(&run->plan, place, value_raw(item));
        past_add_member(&text, item);
        run_warn(
            run,
            "evenkeel put %.*s back, because a request dropped it; to end it, set it to \"true\"",
            (int)key.size, key.data);
    }
    if (text.size == 0)
        return now;
    for (struct value item = value_first(now); item.node; item = value_next(item))
        past_add_member(&text, item);
    return past_parse(run, &text, tape);
}

static void past_read_before(struct scratch *scratch, const struct review *review)
{
    struct run *run = &scratch->run;
    struct plan *plan = &run->before.plan;
    if (plan_init(plan, run->arena, review->old_object) < 0) {
        run->plan.failed = true;
        return;
    }
    bool service = run->facts.kind->flags & KIND_SERVICE;
    struct place *template = service ? NULL : plan_path(plan, plan->root, "spec.template");
    if (template != NULL)
        template->in_template = true;
    struct place *coverage =
        plan_path(plan, plan->root, service ? "spec" : "spec.template.spec.containers");
    evidence_init(&run->before.evidence, value_get(review->old_object, "metadata"),
                  plan_path(plan, plan->root, "metadata.annotations"), coverage,
                  run->facts.kind->flags & KIND_BUILT_IN, run->arena,
                  &scratch->tapes[TAPE_OF_OLD_APPLIED], &scratch->tapes[TAPE_OF_OLD_RECORD]);
    run->before.known = true;
}

static void past_read_update(struct scratch *scratch, const struct review *review)
{
    struct run *run = &scratch->run;
    struct tape *tape = &scratch->tapes[TAPE_OF_ANNOTATIONS];
    struct value old = past_annotations(review->old_object);
    past_read_before(scratch, review);
    if (!run->before.known)
        return;
    run->undone = past_is_undo(run, review);
    run->template_changed =
        !(run->facts.kind->flags & KIND_SERVICE) &&
        !value_same(run->facts.template,
                    value_get(value_get(review->old_object, "spec"), "template"));
    // If the template changed, everything is decided again from what the old object knew.
    bool anew =
        run->template_changed || !value_exists(value_get(run->annotations, ANNOTATION_HISTORY));
    history_read(&run->history, anew ? old : run->annotations, &scratch->tapes[TAPE_OF_HISTORY],
                 run->arena);
    past_read_record(run, review);
    if (run->undone) {
        run->history.undone = rollback_old_hash(run, review);
        run->annotations = past_merge_annotations(run, review, tape);
        past_undo_marks(run, old);
        return;
    }
    // A preview of a live object does not know the template from before.
    if (value_exists(value_get(value_get(review->old_object, "spec"), "template")))
        run->history.undone = (struct slice){NULL, 0};
    history_read_declined(&run->history, run->annotations, &scratch->tapes[TAPE_OF_HISTORY],
                          run->arena);
    if (run->policy->mode == MODE_ENFORCE)
        run->annotations = past_keep_refusals(run, old, tape);
}

void past_read(struct scratch *scratch, const struct review *review)
{
    struct run *run = &scratch->run;
    run->annotations = run->facts.annotations->now;
    if (!run->facts.create && value_exists(review->old_object))
        past_read_update(scratch, review);
    else
        history_read(&run->history, run->annotations, &scratch->tapes[TAPE_OF_HISTORY], run->arena);
    run->opt_out = opt_out_read(review->object, run->annotations, run->arena);
    override_read_switches(run);
}
