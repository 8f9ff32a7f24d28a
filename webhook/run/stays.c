// Reads present values, and leaves out those that will be removed.
#include "run/stays.h"

static int64_t stays_read(struct value value, int64_t fallback)
{
    int64_t number = fallback;
    return value_integer(value, &number) && number >= 0 && number <= INT32_MAX ? number : fallback;
}

int64_t stays_number(struct value object, const char *key, int64_t fallback)
{
    return stays_read(value_get(object, key), fallback);
}

bool stays_not(struct run *run, struct place *place, bool looked_after)
{
    return !looked_after && run->policy->mode == MODE_ENFORCE &&
           !(run->template_locked && place->in_template) && run_is_ours(run, place);
}

int64_t stays_seconds(struct run *run, struct place *place, bool looked_after, int64_t api_default)
{
    if (place == NULL || stays_not(run, place, looked_after))
        return api_default;
    return stays_read(place->now, api_default);
}
