// Writes what a policy describes. A Service that already has its load balancer gets only what was
// asked for, and never what its controller cannot change.
#include "balancer/annotate.h"

#include "balancer/alibaba.h"

enum { LIST_SIZE_MAX = 64 * 1024 }; // bytes of a merged list

static bool is_any(const struct slices *patterns, struct slice text)
{
    for (uint32_t i = 0; i < patterns->count; i++)
        if (slice_glob(text, patterns->items[i]))
            return true;
    return false;
}

// Whether `wanted`, such as "key" or "key=value", will be among the annotations.
static bool will_say(struct run *run, struct place *annotations, struct slice wanted)
{
    struct slice key = wanted, value;
    bool valued = slice_split(wanted, '=', &key, &value);
    struct slice text = balancer_text(run, annotations, key);

    return text.data && (!valued || slice_equal(text, value));
}

static bool holds(struct run *run, struct place *annotations, const struct annotate_when *when)
{
    for (uint32_t i = 0; i < when->present.count; i++)
        if (!will_say(run, annotations, when->present.items[i]))
            return false;
    for (uint32_t i = 0; i < when->absent.count; i++)
        if (will_say(run, annotations, when->absent.items[i]))
            return false;
    return true;
}

// The type and the class. A key that only Alibaba's controller reads needs one of its classes, if
// the policy names none.
static enum reason unfit_service(struct run *run, const struct annotate_item *item)
{
    const struct annotate_when *when = &item->when;
    struct slice type = value_string(value_get(run->facts.spec, "type"), run->arena);
    struct slice class = value_string(value_get(run->facts.spec, "loadBalancerClass"), run->arena);

    if (when->types.count == 0 && !slice_is(type, "LoadBalancer"))
        return REASON_NOT_LOAD_BALANCER;
    if (when->types.count > 0 && !is_any(&when->types, type.data ? type : SLICE("ClusterIP")))
        return REASON_WHEN;
    if (when->classes.count > 0)
        return is_any(&when->classes, class.data ? class : SLICE("")) ? REASON_NONE : REASON_WHEN;
    return alibaba_is_key(item->name) && alibaba_is_foreign(run) ? REASON_FOREIGN_LOAD_BALANCER
                                                                 : REASON_NONE;
}

static bool may_change(const struct run *run, const struct annotate_item *item)
{
    if (alibaba_is_new(&run->facts))
        return true;
    return item->live && !balancer_immutable(item->name);
}

static enum reason unfit(struct run *run, struct place *annotations,
                         const struct annotate_item *item)
{
    enum reason reason = REASON_NONE;

    if (run->facts.kind->flags & KIND_SERVICE)
        reason = unfit_service(run, item);
    if (reason != REASON_NONE)
        return reason;
    return holds(run, annotations, &item->when) ? REASON_NONE : REASON_WHEN;
}

const struct annotate_item *annotate_pick(struct run *run, struct place *annotations,
                                          const struct annotate_list *list, uint32_t index)
{
    const struct annotate_item *item = &list->items[index];

    for (uint32_t i = 0; i < index; i++)
        if (slice_equal(list->items[i].name, item->name))
            return NULL;
    for (uint32_t i = index; i < list->count; i++)
        if (slice_equal(list->items[i].name, item->name) &&
            unfit(run, annotations, &list->items[i]) == REASON_NONE)
            return &list->items[i];
    return item;
}

// Takes the part before the next comma from `rest`.
static struct slice take_part(struct slice *rest)
{
    const char *comma = memchr(rest->data, ',', rest->size);
    struct slice part = {rest->data, comma ? (size_t)(comma - rest->data) : rest->size};
    size_t used = part.size + (comma ? 1 : 0);

    *rest = (struct slice){rest->data + used, rest->size - used};
    while (part.size > 0 && part.data[0] == ' ') {
        part.data++;
        part.size--;
    }
    return part;
}

static struct slice key_of(struct slice part)
{
    struct slice key = {part.data, 0}, value;

    slice_split(part, '=', &key, &value);
    return key;
}

// Whether the list has the key. Also true if it is not a list of key=value: then evenkeel may not
// add to it.
static bool has_key(struct slice list, struct slice key)
{
    while (list.size > 0) {
        struct slice found = key_of(take_part(&list));

        if (found.size == 0 || slice_equal(found, key))
            return true;
    }
    return false;
}

static struct slice json_of(struct run *run, struct slice text)
{
    struct text json;

    text_init(&json, run->arena, LIST_SIZE_MAX);
    if (text.data)
        text_json_string(&json, text);
    return text.data ? text_slice(&json) : text;
}

static struct finding merge(struct run *run, struct place *place, struct slice theirs,
                            struct slice ours)
{
    struct text list;
    bool added = false;

    text_init(&list, run->arena, LIST_SIZE_MAX);
    text_add(&list, theirs);
    while (ours.size > 0) {
        struct slice part = take_part(&ours);

        if (theirs.size == 0 || has_key(theirs, key_of(part)))
            continue;
        text_putc(&list, ',');
        text_add(&list, part);
        added = true;
    }
    if (!added)
        return finding_of(VERDICT_KEPT, REASON_USER_SET);
    return run_extend(run, place, json_of(run, text_slice(&list)));
}

// A pod template is decided anew each time. The values that a load balancer was built with stay.
static struct finding withhold(struct run *run, struct place *place, enum reason reason)
{
    if (!(run->facts.kind->flags & KIND_SERVICE))
        run_withdraw(run, place);
    return skipped(reason);
}

static bool is_users(struct run *run, struct place *place, const struct annotate_item *item)
{
    const char *word = alibaba_word(item->name).data;

    if (word && run->facts.kind->flags & KIND_SERVICE)
        return alibaba_users_choice(run, place, alibaba_word(item->name));
    return run_users_choice(run, place, NULL);
}

struct finding annotate(struct run *run, struct place *annotations,
                        const struct annotate_item *item)
{
    struct place *place = plan_map_entry(&run->plan, annotations, item->name);
    bool service = run->facts.kind->flags & KIND_SERVICE;
    bool users = is_users(run, place, item);

    if (users && !item->merge)
        return finding_of(VERDICT_KEPT, REASON_USER_SET);
    enum reason reason = unfit(run, annotations, item);

    if (reason != REASON_NONE)
        return users ? skipped(reason) : withhold(run, place, reason);
    struct slice text = item->literal ? item->value : run_expand(run, NULL, item->value);

    if (!text.data)
        return withhold(run, place, REASON_NO_NAME);
    struct slice json = json_of(run, text);
    bool stands = slice_equal(run_value_after(place), json);

    if (service && !stands && !may_change(run, item))
        return users ? finding_of(VERDICT_KEPT, REASON_USER_SET) : skipped(REASON_LIVE_SERVICE);
    if (users)
        return merge(run, place, balancer_text(run, annotations, item->name), text);
    return run_fill(run, place, NULL, json);
}
