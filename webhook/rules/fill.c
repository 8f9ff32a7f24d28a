// JSON for run_fill(), and one finding for several places. It never looks at who set a value.
#include "rules/fill.h"

enum { FILL_TEXT_MAX = 64 * 1024 }; // bytes of one written string

struct finding fill_integer(struct run *run, struct place *place, const char *api_default,
                            int32_t number)
{
    struct text json;

    text_init(&json, run->arena, FILL_TEXT_MAX);
    text_integer(&json, number);
    return run_fill(run, place, api_default, text_slice(&json));
}

struct finding fill_beyond_default(struct run *run, struct place *place, const char *api_default,
                                   int32_t number)
{
    int64_t fallback;

    if (place && !value_exists(place->now) &&
        slice_integer(slice_of(api_default), 0, INT32_MAX, &fallback) && number == fallback)
        return fill_withhold(run, place, api_default, REASON_NOT_NEEDED);
    return fill_integer(run, place, api_default, number);
}

struct finding fill_string(struct run *run, struct place *place, const char *api_default,
                           struct slice text)
{
    struct text json;

    text_init(&json, run->arena, FILL_TEXT_MAX);
    if (!text.data)
        return run_fill(run, place, api_default, text);
    text_json_string(&json, text);
    return run_fill(run, place, api_default, text_slice(&json));
}

struct finding fill_annotation(struct run *run, struct place *annotations, struct slice key,
                               struct slice text)
{
    return fill_string(run, plan_map_entry(&run->plan, annotations, key), NULL, text);
}

struct finding fill_withhold(struct run *run, struct place *place, const char *api_default,
                             enum reason reason)
{
    if (run_users_choice(run, place, api_default))
        return finding_of(VERDICT_KEPT, REASON_USER_SET);
    run_withdraw(run, place);
    return skipped(reason);
}

int64_t fill_number_after(const struct place *place, int64_t fallback)
{
    int64_t number = fallback;

    slice_integer(run_value_after(place), 0, INT32_MAX, &number);
    return number;
}

static int finding_weight(struct finding finding)
{
    switch (finding.verdict) {
    case VERDICT_INJECTED:
        return 5;
    case VERDICT_WOULD_INJECT:
        return 4;
    case VERDICT_IGNORED:
        return 3;
    case VERDICT_SKIPPED:
        return 2;
    default:
        return finding.reason == REASON_AS_WANTED ? 0 : 1;
    }
}

struct finding fill_combine(struct finding a, struct finding b)
{
    return finding_weight(b) > finding_weight(a) ? b : a;
}
