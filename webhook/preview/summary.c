// A line for each object that evenkeel knows: what would happen to it, and why.
#include <stdio.h>

#include "preview/form.h"
#include "preview/progress.h"

static void print(struct slice text)
{
    for (size_t i = 0; i < text.size; i++)
        putchar((unsigned char)text.data[i] < ' ' || text.data[i] == 0x7f ? '?' : text.data[i]);
}

static bool same(const struct outcome *a, const struct outcome *b)
{
    return a->finding.verdict == b->finding.verdict && a->finding.reason == b->finding.reason;
}

static bool said_before(const struct admission *admission, uint32_t index)
{
    for (uint32_t i = 0; i < index; i++) {
        if (same(&admission->outcomes[i], &admission->outcomes[index]))
            return true;
    }
    return false;
}

static void print_target(const struct outcome *outcome)
{
    printf("%s", outcome->rule ? outcome->rule->name : "annotation");
    if (!outcome->container.size)
        return;
    putchar('[');
    print(outcome->container);
    putchar(']');
}

// `injected (unset): preStop[app], readinessProbe[app]`
static void print_group(const struct admission *admission, uint32_t first)
{
    const struct outcome *outcome = &admission->outcomes[first];
    const char *between = ": ";

    printf("%s (%s)", verdict_name(outcome->finding.verdict), reason_name(outcome->finding.reason));
    for (uint32_t i = first; i < admission->outcome_count; i++) {
        if (!same(&admission->outcomes[i], outcome))
            continue;
        printf("%s", between);
        print_target(&admission->outcomes[i]);
        between = ", ";
    }
}

static void print_outcomes(const struct admission *admission)
{
    const char *between = "  ";

    for (uint32_t i = 0; i < admission->outcome_count; i++) {
        if (said_before(admission, i))
            continue;
        printf("%s", between);
        print_group(admission, i);
        between = "; ";
    }
}

void form_summary(struct output *output, const char *file, const struct decision *decision)
{
    const struct admission *admission = &decision->admission;

    if (!decision->known)
        return;
    output->known++;
    output->changed += decision->changed;
    output->passed_over += !decision->changed && (decision->left_alone || decision->outside ||
                                                  admission->reason != REASON_NONE);
    progress_erase(stdout);
    printf("%s:%u  ", file, decision->object->line);
    print(decision->namespace);
    putchar('/');
    print(decision->object->kind);
    putchar('/');
    print(decision->name);
    printf("  %s", decision->changed ? "would change" : "unchanged");
    if (decision->left_alone)
        printf("  passed over (a fragment: %s)", decision->left_alone);
    else if (decision->outside)
        printf("  passed over (namespace not opted in)");
    else if (admission->reason != REASON_NONE)
        printf("  passed over (%s)", reason_name(admission->reason));
    else
        print_outcomes(admission);
    putchar('\n');
}

void form_summary_end(struct output *output)
{
    if (output->known > 1)
        printf("%u objects: %u would change, %u unchanged, %u passed over\n", output->known,
               output->changed, output->known - output->changed - output->passed_over,
               output->passed_over);
}
