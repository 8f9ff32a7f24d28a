// Arithmetic of steps. It knows nothing of objects.
#include "release/steps.h"

static int steps_read(struct int_or_percent *step, struct slice word, struct error *error)
{
    int64_t number;
    bool percent = word.size > 0 && word.data[word.size - 1] == '%';
    struct slice digits = {word.data, word.size - percent};
    if (!slice_integer(digits, 1, percent ? 100 : INT32_MAX, &number))
        return error_set(error,
                         "expected a number of pods or a share from 1%% to 100%%, found \"%.*s\"",
                         (int)(word.size < 32 ? word.size : 32), word.data);
    *step = (struct int_or_percent){(int32_t)number, percent};
    return 0;
}

static int steps_append(struct steps *steps, struct slice word, struct error *error)
{
    struct int_or_percent step;
    if (steps_read(&step, word, error) < 0)
        return -1;
    if (steps->count == STEPS_MAX - 1)
        return error_set(error, "more than %d steps", STEPS_MAX - 1);
    for (uint32_t i = 0; i < steps->count; i++)
        if (steps->items[i].percent == step.percent && steps->items[i].value >= step.value)
            return error_set(error, "steps must increase: %d%s cannot follow %d%s", step.value,
                             step.percent ? "%" : "", steps->items[i].value,
                             step.percent ? "%" : "");
    steps->items[steps->count++] = step;
    return 0;
}

static void steps_complete(struct steps *steps)
{
    const struct int_or_percent all = {100, true};
    bool ends = steps->count == 0 || (steps->items[steps->count - 1].percent &&
                                      steps->items[steps->count - 1].value == 100);
    if (!ends)
        steps->items[steps->count++] = all;
}

int steps_parse(struct steps *steps, struct slices words, struct error *error)
{
    struct steps read = {.count = 0};
    for (uint32_t i = 0; i < words.count; i++)
        if (steps_append(&read, words.items[i], error) < 0)
            return -1;
    steps_complete(&read);
    *steps = read;
    return 0;
}

int steps_parse_text(struct steps *steps, struct slice text, struct error *error)
{
    struct steps read = {.count = 0};
    const char *end = text.size ? text.data + text.size : NULL;
    for (const char *at = text.data; end && at < end;) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        const char *stop = comma ? comma : end;
        if (steps_append(&read, (struct slice){at, (size_t)(stop - at)}, error) < 0)
            return -1;
        at = stop + 1;
    }
    steps_complete(&read);
    *steps = read;
    return 0;
}

int64_t steps_pods(const struct steps *steps, uint32_t step, int64_t replicas)
{
    if (step == 0 || steps->count == 0)
        return 0;
    const struct int_or_percent *at =
        &steps->items[step <= steps->count ? step - 1 : steps->count - 1];
    int64_t pods = at->percent ? (replicas * at->value + 99) / 100 : at->value;
    return pods < replicas ? pods : replicas;
}

uint32_t steps_next(const struct steps *steps, uint32_t step, int64_t replicas)
{
    for (uint32_t next = step + 1; next <= steps->count; next++)
        if (steps_pods(steps, next, replicas) > steps_pods(steps, step, replicas))
            return next;
    return 0;
}

// Whole percents of more than 100 pods for a number of pods. Their differences add up, so no step
// removes more old pods than the step before it has new ones.
static int64_t steps_share(int64_t pods, int64_t replicas)
{
    int64_t share = 100 * pods / replicas;
    return pods > 0 && share == 0 ? 1 : share;
}

struct steps_hold steps_hold(const struct steps *steps, uint32_t step, uint32_t from,
                             int64_t replicas)
{
    int64_t pods = steps_pods(steps, step, replicas), before = steps_pods(steps, from, replicas);
    struct steps_hold hold = {.surge = 1};
    if (pods < 1)
        return hold;
    if (before >= pods) // scaling has brought the two together
        before = pods - 1;
    if (replicas > 100) {
        hold.unavailable = steps_share(before, replicas);
        hold.surge = steps_share(pods, replicas) - hold.unavailable;
    } else {
        hold.unavailable = (100 * before + replicas - 1) / replicas;
        hold.surge = 100 * (pods - before) / replicas;
    }
    if (hold.surge < 1)
        hold.surge = 1;
    hold.pods = (hold.surge * replicas + 99) / 100 + hold.unavailable * replicas / 100;
    return hold;
}

void steps_write(struct text *text, const struct steps *steps)
{
    for (uint32_t i = 0; i < steps->count; i++)
        text_printf(text, "%s%d%s", i ? "," : "", steps->items[i].value,
                    steps->items[i].percent ? "%" : "");
}
