// How a rule writes. Intent, the template lock, the mode and the bookkeeping are handled here for
// all rules.
#include "run/run.h"

#include "base/arena.h"
#include "object/annotations.h"
#include "object/handlers.h"
#include "object/limits.h"

static enum intent run_intent(struct run *run, const struct place *place, struct slice path,
                              const char *api_default)
{
    enum intent intent = evidence_intent(&run->evidence, place, path, api_default);
    bool free = intent == INTENT_UNSET || intent == INTENT_AMBIGUOUS_DEFAULT;
    return free && record_get(&run->history.declined, path).data != NULL ? INTENT_DECLINED : intent;
}

static bool run_is_users(const struct run *run, enum intent intent)
{
    return intent == INTENT_USER_SET || intent == INTENT_DECLARED_DEFAULT ||
           intent == INTENT_DECLINED ||
           (intent == INTENT_AMBIGUOUS_DEFAULT &&
            run->policy->when_ambiguous == WHEN_AMBIGUOUS_KEEP);
}

bool run_is_chosen(struct run *run, struct place *place, const char *api_default)
{
    struct slice path = plan_path_text(&run->plan, place);
    return place == NULL || run_is_users(run, run_intent(run, place, path, api_default));
}

bool run_users_choice(struct run *run, struct place *place, const char *api_default)
{
    if (place != NULL)
        place->claimed = true;
    return run_is_chosen(run, place, api_default);
}

// Whether `place` already has everything in `json`. The API or others may have added to it.
static bool run_stands(struct run *run, const struct place *place, struct slice json)
{
    if (!value_exists(place->now))
        return false;
    if (slice_equal(value_raw(place->now), json))
        return true;
    return tape_parse(run->value_tape, json, TAPE_FULL, NULL) == 0 &&
           value_subset(value_root(run->value_tape), place->now);
}

// Whether somebody added to a value of evenkeel's. Then it stays as it is, because a newer value,
// or none, would drop their part.
bool run_is_extended(struct run *run, struct place *place)
{
    struct slice path = plan_path_text(&run->plan, place);
    return place != NULL && value_exists(place->now) &&
           !value_equal(evidence_recorded(&run->evidence, path), place->now);
}

bool run_is_ours(struct run *run, struct place *place)
{
    struct slice path = plan_path_text(&run->plan, place);
    return place != NULL && run_intent(run, place, path, NULL) == INTENT_OURS &&
           !run_is_extended(run, place);
}

static struct finding run_kept(struct run *run, const struct place *place, enum intent intent)
{
    switch (intent) {
    case INTENT_USER_SET:
        return finding_of(VERDICT_KEPT, REASON_USER_SET);
    case INTENT_DECLINED:
        return finding_of(VERDICT_KEPT, REASON_DECLINED);
    case INTENT_DECLARED_DEFAULT:
        return finding_of(VERDICT_KEPT, place && evidence_declares_whole(&run->evidence, place)
                                            ? REASON_DECLARED_WHOLE
                                            : REASON_DECLARED_DEFAULT);
    default:
        return finding_of(VERDICT_KEPT, REASON_AMBIGUOUS_DEFAULT);
    }
}

static enum reason run_why(enum intent intent)
{
    if (intent == INTENT_OURS)
        return REASON_REFITTED;
    return intent == INTENT_UNSET ? REASON_UNSET : REASON_AMBIGUOUS_DEFAULT;
}

// A probe that never passed is not written again. If it is still there, it is removed.
static struct finding run_leave_out(struct run *run, struct place *place, struct slice path)
{
    run_withdraw(run, place);
    if (!run->template_locked && !run->observing) {
        history_goes_without(&run->history, path, run->value_tape);
        run->goes_without = true;
    }
    return skipped(REASON_NEVER_PASSED);
}

static struct finding run_write(struct run *run, struct place *place, struct slice path,
                                struct slice json, enum reason why)
{
    if (run->template_locked && place->in_template)
        return skipped(REASON_TEMPLATE_UNCHANGED);
    if (run->observing)
        return finding_of(VERDICT_WOULD_INJECT, why);
    plan_set(&run->plan, place, json);
    // The API may refuse the name.
    if (plan_has_path(place))
        record_set(&run->record, path, json);
    return finding_of(VERDICT_INJECTED, why);
}

struct finding run_fill(struct run *run, struct place *place, const char *api_default,
                        struct slice json)
{
    if (place == NULL || json.data == NULL) {
        run->plan.failed = true;
        return skipped(REASON_OUT_OF_MEMORY);
    }
    place->claimed = true;
    struct slice path = plan_path_text(&run->plan, place);
    if (place->action == ACTION_SET) {
        // A pod template goes back exactly. Elsewhere the policy may want another value now.
        if (!place->in_template && !run->observing) {
            place->json = json;
            record_set(&run->record, path, json);
        }
        return finding_of(VERDICT_INJECTED, REASON_RESTORED);
    }
    if (plan_removes(place))
        return skipped(run->rolled_back ? REASON_ROLLED_BACK : REASON_NOT_NEEDED);
    enum intent intent = run_intent(run, place, path, api_default);
    if (run_is_users(run, intent)) {
        record_drop(&run->record, path);
        return run_kept(run, place, intent);
    }
    if (history_forbids(&run->history, path, json, run->value_tape))
        return run_leave_out(run, place, path);
    if (run_stands(run, place, json))
        return finding_of(VERDICT_KEPT, REASON_AS_WANTED);
    if (intent == INTENT_OURS && run_is_extended(run, place)) {
        record_drop(&run->record, path);
        return run_kept(run, place, INTENT_USER_SET);
    }
    return run_write(run, place, path, json, run_why(intent));
}

struct finding run_fill_over(struct run *run, struct place *place, struct slice json)
{
    if (place == NULL || json.data == NULL) {
        run->plan.failed = true;
        return skipped(REASON_OUT_OF_MEMORY);
    }
    place->claimed = true;
    if (place->action != ACTION_NONE)
        return run_kept(run, place, INTENT_USER_SET);
    return run_write(run, place, plan_path_text(&run->plan, place), json, REASON_RAISED);
}

struct finding run_extend(struct run *run, struct place *place, struct slice json)
{
    if (place == NULL || json.data == NULL) {
        run->plan.failed = true;
        return skipped(REASON_OUT_OF_MEMORY);
    }
    if (place->action != ACTION_NONE)
        return run_kept(run, place, INTENT_USER_SET);
    if (run->template_locked && place->in_template)
        return skipped(REASON_TEMPLATE_UNCHANGED);
    if (run->observing)
        return finding_of(VERDICT_WOULD_INJECT, REASON_MERGED);
    plan_set(&run->plan, place, json);
    return finding_of(VERDICT_INJECTED, REASON_MERGED);
}

const char *run_api_default(const struct run *run, const struct place *place)
{
    const struct kind *kind = run->facts.kind;
    if (slice_is(place->key, "minReadySeconds"))
        return "0";
    if (slice_is(place->key, "externalTrafficPolicy"))
        return "\"Cluster\"";
    if (!(kind->flags & KIND_BUILT_IN))
        return NULL;
    if (slice_is(place->key, "terminationGracePeriodSeconds"))
        return "30";
    if (slice_is(place->key, "progressDeadlineSeconds"))
        return "600";
    if (slice_is(place->key, "maxSurge"))
        return kind->max_surge_default;
    return slice_is(place->key, "maxUnavailable") ? kind->max_unavailable_default : NULL;
}

uint32_t run_rule_bit(const struct run *run, struct slice path)
{
    const char *name = record_rule(path);
    for (uint32_t i = 0; name != NULL && i < run->rules->count; i++)
        if (strcmp(run->rules->items[i]->name, name) == 0)
            return 1u << i;
    return 0;
}

bool run_rule_is_among(const struct run *run, struct slice path, uint32_t rules)
{
    return run_rule_bit(run, path) & rules;
}

struct slice run_users_grace(const struct run *run)
{
    struct value old = value_get(value_get(run->old_object, "metadata"), "annotations");
    struct value note = value_get(run->annotations, ANNOTATION_USERS_GRACE);
    if (!value_exists(note) && !run->undone)
        note = value_get(old, ANNOTATION_USERS_GRACE);
    return value_string(note, run->arena);
}

// What to write where a value of evenkeel's is removed. The absent slice if there may be no value.
static struct slice run_written_back(const struct run *run, const struct place *place)
{
    struct slice users = run_users_grace(run);
    int64_t seconds;
    // A Service of another type must not have the field at all.
    if (run->facts.kind->flags & KIND_SERVICE)
        return (struct slice){NULL, 0};
    if (slice_is(place->key, "terminationGracePeriodSeconds") &&
        slice_integer(users, 0, INT32_MAX, &seconds))
        return users;
    return slice_of(run_api_default(run, place));
}

void run_take_out(struct run *run, struct place *place)
{
    struct slice back = run_written_back(run, place);
    run->taken |= run_rule_bit(run, plan_path_text(&run->plan, place));
    if (back.size > 0)
        plan_set(&run->plan, place, back);
    else if (place->in_template)
        plan_remove_emptied(&run->plan, place);
    else
        plan_remove(&run->plan, place);
}

void run_withdraw(struct run *run, struct place *place)
{
    if (place == NULL || run->observing || (run->template_locked && place->in_template))
        return;
    // The note says what to put back when evenkeel's grace period is removed. It stays as long as
    // that does.
    if (run->template_locked && slice_is(place->key, ANNOTATION_USERS_GRACE))
        return;
    struct slice path = plan_path_text(&run->plan, place);
    // A value that the request dropped and that was planned to be put back.
    if (place->action == ACTION_SET) {
        plan_unset(place);
        record_drop(&run->record, path);
        return;
    }
    if (plan_removes(place) || run_intent(run, place, path, NULL) != INTENT_OURS ||
        run_is_extended(run, place))
        return;
    if (limits_hold(&run->plan, place, run_written_back(run, place)))
        run_warn(run, "%.*s stays: a longer value of your own needs it; declare your own",
                 (int)place->key.size, place->key.data);
    else
        run_take_out(run, place);
    record_drop(&run->record, path);
}

void run_withdraw_orphans(struct run *run)
{
    struct record_entry *next;
    run->observing = false;
    // Without bookkeeping in the object, everything in the record is from this run.
    if (evidence_record(&run->evidence).node == 0)
        return;
    for (struct record_entry *entry = run->record.first; entry; entry = next) {
        next = entry->next;
        struct place *place = plan_locate(&run->plan, entry->path);
        bool selected =
            place != NULL && place->in_template && facts_selects(&run->facts, place->key);
        if (place != NULL && !place->claimed && place->action == ACTION_NONE && !selected)
            run_withdraw(run, place);
    }
}

bool run_declares_handler(struct run *run, struct place *place)
{
    for (int i = 0; handlers_all[i] != NULL; i++) {
        struct place *handler = plan_map_entry(&run->plan, place, slice_of(handlers_all[i]));
        if (handler != NULL && value_exists(handler->now) &&
            evidence_declares(&run->evidence, handler))
            return true;
    }
    return false;
}

static bool run_was_ours(struct run *run, struct place *place, struct value recorded)
{
    return place != NULL && value_exists(recorded) && value_equal(recorded, place->now) &&
           evidence_leaves_out(&run->evidence, place);
}

bool run_is_left_over(struct run *run, struct place *place, struct slice key)
{
    struct value recorded = evidence_recorded(&run->evidence, plan_path_text(&run->plan, place));
    return value_exists(recorded) &&
           run_was_ours(run, plan_map_entry(&run->plan, place, key),
                        value_get_slice(recorded, key)) &&
           run_declares_handler(run, place);
}

// Gives a member back to the API: writes the default that the API would write.
static void run_give_back(struct run *run, struct place *place)
{
    static const struct {
        const char *key;
        const char *json;
    } defaults[] = {
        {"timeoutSeconds", "1"},   {"periodSeconds", "10"}, {"successThreshold", "1"},
        {"failureThreshold", "3"}, {"path", "\"/\""},       {"scheme", "\"HTTP\""},
        {"service", "\"\""},
    };
    for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++) {
        if (!slice_is(place->key, defaults[i].key))
            continue;
        if (!slice_is(value_raw(place->now), defaults[i].json))
            plan_set(&run->plan, place, slice_of(defaults[i].json));
        return;
    }
    plan_remove(&run->plan, place);
}

// Removes evenkeel's members that were merged into the user's probe at `place`, or into a handler
// in it. A port is never removed, because the handler would be incomplete without it.
static void run_drop_left_over(struct run *run, struct place *place, struct value recorded)
{
    for (struct value item = value_first(recorded); item.node; item = value_next(item)) {
        struct place *member =
            plan_map_entry(&run->plan, place, value_string(value_key(item), run->arena));
        if (member == NULL || member->action != ACTION_NONE || slice_is(member->key, "port"))
            continue;
        if (value_type(item) == TAPE_OBJECT)
            run_drop_left_over(run, member, item);
        else if (run_was_ours(run, member, item))
            run_give_back(run, member);
    }
}

void run_shed_handler(struct run *run, struct place *place)
{
    struct slice path = plan_path_text(&run->plan, place);
    struct slice ours = evidence_merged_handler(&run->evidence, place, path);
    struct value recorded = evidence_recorded(&run->evidence, path);
    if (ours.size > 0)
        plan_remove(&run->plan, plan_map_entry(&run->plan, place, ours));
    if (value_exists(place->now) && value_exists(recorded) && run_declares_handler(run, place))
        run_drop_left_over(run, place, recorded);
    record_drop(&run->record, path);
}

struct finding run_keep_handler(struct run *run, struct place *place)
{
    struct slice path = plan_path_text(&run->plan, place);
    bool may_edit = place != NULL && !run->observing && !run->template_locked;
    if (may_edit && place->action == ACTION_NONE)
        run_shed_handler(run, place);
    if (place != NULL && value_exists(place->now))
        return finding_of(VERDICT_KEPT, REASON_USER_SET);
    bool declined = record_get(&run->history.declined, path).data != NULL;
    return run_kept(run, place, declined ? INTENT_DECLINED : INTENT_DECLARED_DEFAULT);
}

struct slice run_value_after(const struct place *place)
{
    if (place == NULL || plan_removes(place))
        return (struct slice){NULL, 0};
    return place->action == ACTION_SET ? place->json : value_raw(place->now);
}
