// readinessGates: a pod counts as ready only when its load balancer says that it is attached. Only
// an absent list is filled: the list is atomic, and with a wrong gate a pod never gets ready.
#include "balancer/keys.h"
#include "object/names.h"
#include "policy/rule.h"
#include "rules/fill.h"

enum { GATES_TEXT_MAX = 64 * 1024 };

struct gates_settings {
    struct settings common;
    struct slices condition_types;
};

static const struct field fields[] = {
    {.key = "conditionTypes",
     .doc = "Pod conditions that must be true. {app_name} and {namespace} are replaced.",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct gates_settings, condition_types),
     .annotation = "readiness-gates"},
    FIELDS_COMMON,
};

// A type with a placeholder can be checked only with the object's name in it.
static int check(const struct settings *settings, struct error *error)
{
    const struct slices *types = &((const struct gates_settings *)settings)->condition_types;

    for (uint32_t i = 0; i < types->count; i++) {
        struct slice type = types->items[i];

        if (!names_is_qualified(type) && !memchr(type.data, '{', type.size))
            return error_set(error, "conditionTypes: \"%.*s\" is not the name of a condition",
                             type.size < 100 ? (int)type.size : 100, type.data);
    }
    return 0;
}

// Alibaba's controller looks at its gates only from time to time, whoever wrote them.
static void wish(const struct settings *settings, const struct facts *facts, struct wishes *wishes)
{
    const struct slices *types = &((const struct gates_settings *)settings)->condition_types;
    struct value gates = value_get(facts->pod_spec, "readinessGates");

    for (uint32_t i = 0; i < types->count; i++)
        if (slice_starts_with(types->items[i], ALIBABA_GATE))
            wishes->gate_seconds = ALIBABA_GATE_SECONDS;
    for (struct value gate = value_first(gates); gate.node; gate = value_next(gate))
        if (slice_starts_with(value_raw(value_get(gate, "conditionType")), "\"" ALIBABA_GATE))
            wishes->gate_seconds = ALIBABA_GATE_SECONDS;
}

static enum reason write_gates(struct run *run, const struct slices *types, struct text *json)
{
    text_putc(json, '[');
    for (uint32_t i = 0; i < types->count; i++) {
        struct slice type = run_expand(run, NULL, types->items[i]);

        if (slice_starts_with(types->items[i], ALIBABA_GATE) &&
            run->policy->network != NETWORK_TERWAY)
            return REASON_NETWORK;
        if (!type.data)
            return REASON_NO_NAME;
        // The API refuses a condition type that is not a qualified name. A Deployment's name may be
        // longer than that.
        if (!names_is_qualified(type))
            return REASON_INVALID_NAME;
        text_puts(json, i > 0 ? ",{\"conditionType\":" : "{\"conditionType\":");
        text_json_string(json, type);
        text_putc(json, '}');
    }
    text_putc(json, ']');
    return types->count > 0 ? REASON_NONE : REASON_NOT_NEEDED;
}

static struct finding apply(struct run *run, const struct settings *settings,
                            const struct container *container)
{
    const struct gates_settings *own = (const struct gates_settings *)settings;
    struct place *place = plan_member(&run->plan, run->facts.pod_spec_place, "readinessGates");
    struct text json;

    (void)container;
    text_init(&json, run->arena, GATES_TEXT_MAX);
    enum reason reason = write_gates(run, &own->condition_types, &json);

    if (reason != REASON_NONE)
        return fill_withhold(run, place, NULL, reason);
    return run_fill(run, place, NULL, text_slice(&json));
}

const struct rule readiness_gates_rule = {
    .name = "readinessGates",
    .summary = "Makes a rollout wait until the load balancer has attached each new pod.",
    .scope = RULE_WORKLOAD,
    .settings_size = sizeof(struct gates_settings),
    .settings = fields,
    .scalar = "conditionTypes",
    .check = check,
    .wish = wish,
    .apply = apply,
};
