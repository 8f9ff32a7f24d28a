// Reads the user's probes and compares them with those before the request. It does not judge ports.
#include "run/source.h"

#include "base/arena.h"
#include "object/handlers.h"

enum {
    SOURCE_HANDLER_MAX = 2048, // bytes: it stands in the record too, for which the API has a limit
    SOURCE_PROBE_MAX = 8192,
};

// As in the API's HTTPGetAction, TCPSocketAction and GRPCAction.
static const char *const source_order[] = {"path",    "port",        "host", "scheme",
                                           "service", "httpHeaders", NULL};

static int64_t source_number(struct run *run, struct place *place, const char *key,
                             int64_t fallback)
{
    int64_t number = fallback;
    if (run_is_left_over(run, place, slice_of(key)))
        return fallback;
    return value_integer(value_get(place->now, key), &number) && number > 0 && number <= INT32_MAX
               ? number
               : fallback;
}

// The user's own handler. A handler of evenkeel's that was merged into it will be removed.
static struct value source_handler(struct run *run, struct place *place, const char *key)
{
    struct slice ours =
        evidence_merged_handler(&run->evidence, place, plan_path_text(&run->plan, place));
    struct value handler = value_get(place->now, key);
    bool users = value_type(handler) == TAPE_OBJECT && !slice_is(ours, key);
    return users ? handler : (struct value){handler.tape, 0};
}

static bool source_is_ours(struct run *run, struct place *place)
{
    return evidence_intent(&run->evidence, place, plan_path_text(&run->plan, place), NULL) ==
           INTENT_OURS;
}

static bool source_has_host(struct run *run, struct value handler)
{
    return value_string(value_get(handler, "host"), run->arena).size > 0;
}

// Bytes that the tape left unread are read here, because they will be written.
static enum reason source_check(struct run *run, struct value handler)
{
    struct slice json = value_raw(handler);
    if (source_has_host(run, handler))
        return REASON_HANDLER_HOST;
    if (json.size > SOURCE_HANDLER_MAX || tape_parse(run->value_tape, json, TAPE_FULL, NULL) < 0)
        return REASON_HANDLER_TOO_LONG;
    return REASON_NONE;
}

static enum reason source_read(struct run *run, struct place *place, struct source *source)
{
    for (int i = 0; handlers_of_ports[i] != NULL; i++) {
        struct value handler = source_handler(run, place, handlers_of_ports[i]);
        if (!value_exists(handler))
            continue;
        enum reason reason = source_check(run, handler);
        if (reason != REASON_NONE)
            return reason;
        source->key = handlers_of_ports[i];
        source->handler = handler;
        source->initial_delay = source_number(run, place, "initialDelaySeconds", 0);
        source->timeout = source_number(run, place, "timeoutSeconds", 1);
        source->period = source_number(run, place, "periodSeconds", 10);
        source->failure_threshold = source_number(run, place, "failureThreshold", 3);
        return REASON_NONE;
    }
    return REASON_NONE;
}

// The place of a present probe that is the user's own. NULL if there is none.
static struct place *source_place(struct run *run, const struct container *container,
                                  const char *name)
{
    struct place *place = plan_member(&run->plan, container->place, name);
    if (place == NULL || !value_exists(place->now) || place->action != ACTION_NONE ||
        source_is_ours(run, place))
        return NULL;
    return place;
}

enum reason source_find(struct run *run, const struct container *container, bool startup_too,
                        struct source *source)
{
    *source = (struct source){.key = NULL};
    struct place *place = source_place(run, container, "livenessProbe");
    if (place != NULL) {
        if (value_exists(source_handler(run, place, "exec")))
            return REASON_LIVENESS_EXEC;
        return source_read(run, place, source);
    }
    if (startup_too)
        place = source_place(run, container, "startupProbe");
    source->startup = true;
    return place != NULL ? source_read(run, place, source) : REASON_NONE;
}

static bool source_is_ordered(struct value key)
{
    for (int i = 0; source_order[i] != NULL; i++)
        if (value_is(key, source_order[i]))
            return true;
    return false;
}

// Names of members have no escapes, except in an unknown key, which is copied as it is.
static void source_write_member(struct text *json, struct slice key, struct value member)
{
    if (json->data[json->size - 1] != '{')
        text_putc(json, ',');
    text_add(json, key);
    text_putc(json, ':');
    text_add(json, value_raw(member));
}

void source_write_handler(const struct source *source, struct run *run, struct text *json)
{
    text_printf(json, "\"%s\":{", source->key);
    for (int i = 0; source_order[i] != NULL && !json->failed; i++) {
        struct value member = value_get(source->handler, source_order[i]);
        struct text key;
        text_init(&key, run->arena, SOURCE_HANDLER_MAX);
        text_json_string(&key, slice_of(source_order[i]));
        if (value_exists(member))
            source_write_member(json, text_slice(&key), member);
    }
    for (struct value item = value_first(source->handler); item.node && !json->failed;
         item = value_next(item))
        if (!source_is_ordered(value_key(item)))
            source_write_member(json, value_raw(value_key(item)), item);
    text_putc(json, '}');
}

int32_t source_failures(const struct source *source, int32_t period)
{
    int64_t patience = source->period * source->failure_threshold;
    int64_t failures = patience / period + (patience % period != 0);
    return failures > INT32_MAX ? INT32_MAX : (int32_t)failures;
}

// The container of this name before the request.
static struct value source_old_container(struct run *run, struct slice name)
{
    struct value template = value_get(value_get(run->old_object, "spec"), "template");
    struct value list = value_get(value_get(template, "spec"), "containers");
    for (struct value item = value_first(list); item.node; item = value_next(item))
        if (value_is_slice(value_get(item, "name"), name))
            return item;
    return (struct value){list.tape, 0};
}

// Whether evenkeel's present probe asks what the probe `name` of the old container asked, which was
// not evenkeel's either.
static bool source_was(struct run *run, struct value ours, struct value old,
                       const struct container *container, const char *name)
{
    struct value probe = value_get(old, name);
    struct place *place = plan_member(&run->plan, container->place, name);
    if (place == NULL ||
        value_exists(evidence_recorded(&run->evidence, plan_path_text(&run->plan, place))))
        return false;
    for (int i = 0; handlers_of_ports[i] != NULL; i++) {
        struct value handler = value_get(probe, handlers_of_ports[i]);
        if (value_exists(handler) && value_equal(handler, value_get(ours, handlers_of_ports[i])))
            return true;
    }
    return false;
}

static int64_t source_at_least(struct value probe, const char *key, int64_t fallback, int64_t least)
{
    int64_t number = fallback;
    if (!value_integer(value_get(probe, key), &number) || number < 1 || number > INT32_MAX)
        number = fallback;
    return number < least ? least : number;
}

// evenkeel's probe with the handler of `source`, and as patient as that.
static struct slice source_rewrite(struct run *run, struct value ours, const struct source *source)
{
    int64_t period = source_at_least(ours, "periodSeconds", 10, 1);
    struct text json;
    text_init(&json, run->arena, SOURCE_PROBE_MAX);
    text_putc(&json, '{');
    source_write_handler(source, run, &json);
    int64_t delay = source_at_least(ours, "initialDelaySeconds", 0, 0);
    if (delay > 0)
        text_printf(&json, ",\"initialDelaySeconds\":%d", (int)delay);
    text_printf(&json,
                ",\"timeoutSeconds\":%d,\"periodSeconds\":%d,\"successThreshold\":%d,"
                "\"failureThreshold\":%d}",
                (int)source_at_least(ours, "timeoutSeconds", 1, source->timeout), (int)period,
                (int)source_at_least(ours, "successThreshold", 1, 1),
                (int)source_at_least(ours, "failureThreshold", 3,
                                     source_failures(source, (int32_t)period)));
    return text_slice(&json);
}

static void source_take_out(struct run *run, struct place *place)
{
    bool observing = run->observing;
    run->observing = false;
    run_withdraw(run, place);
    run->observing = observing;
    run->untangled = true;
}

static bool source_write(struct run *run, struct place *place, struct slice json)
{
    if (json.data == NULL || tape_parse(run->value_tape, json, TAPE_FULL, NULL) < 0) {
        run->plan.failed = true;
        return false;
    }
    if (value_subset(value_root(run->value_tape), place->now))
        return false;
    run->untangled = true;
    plan_set(&run->plan, place, json);
    if (plan_has_path(place))
        record_set(&run->record, plan_path_text(&run->plan, place), json);
    return true;
}

bool source_follow(struct run *run, const struct container *container)
{
    struct place *place = plan_member(&run->plan, container->place, "readinessProbe");
    struct value old = source_old_container(run, container->name);
    struct source source;
    if (place == NULL || run->template_locked || place->action != ACTION_NONE ||
        !run_is_ours(run, place))
        return false;
    if (!source_was(run, place->now, old, container, "livenessProbe") &&
        !source_was(run, place->now, old, container, "startupProbe"))
        return false;
    if (source_find(run, container, true, &source) != REASON_NONE || source.key == NULL) {
        source_take_out(run, place);
        return false;
    }
    return source_write(run, place, source_rewrite(run, place->now, &source));
}

void source_follow_all(struct run *run)
{
    for (uint32_t i = 0; i < run->facts.container_count; i++)
        source_follow(run, &run->facts.containers[i]);
}
