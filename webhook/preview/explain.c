// Decisions in words. It decides nothing: everything comes from the engine's outcomes and budget.
#include "preview/explain.h"

#include <inttypes.h>

#include "balancer/alibaba.h"
#include "preview/course.h"
#include "preview/progress.h"
#include "report/ready.h"
#include "run/run.h"

static void print(FILE *stream, struct slice text)
{
    for (size_t i = 0; i < text.size; i++)
        putc((unsigned char)text.data[i] < ' ' || text.data[i] == 0x7f ? '?' : text.data[i],
             stream);
}

static void print_outcome(FILE *stream, const struct outcome *outcome, const char *policy)
{
    const struct finding *finding = &outcome->finding;

    fprintf(stream, "#   %s", outcome->rule ? outcome->rule->name : "annotation");
    if (outcome->container.size) {
        putc('[', stream);
        print(stream, outcome->container);
        putc(']', stream);
    }
    fprintf(stream, ": %s, %s", verdict_name(finding->verdict), reason_name(finding->reason));
    if (*reason_doc(finding->reason))
        fprintf(stream, ": %s", reason_doc(finding->reason));
    if (outcome->line)
        fprintf(stream, " (%s:%" PRIu32 ")", policy, outcome->line);
    putc('\n', stream);
}

enum {
    GRACE_MIN = 2
}; // the kubelet's minimumGracePeriodInSeconds, also behind a hook that used up all

// When a pod is replaced, counted from its deletion. A sleep keeps it serving while endpoints and
// load balancers forget it; SIGKILL ends the grace period, which began with the sleep.
static void print_stop(FILE *stream, const struct budget *budget)
{
    int32_t sleep = budget->longest_hook < budget->grace ? budget->longest_hook : budget->grace;
    int32_t drain = budget->grace - sleep > GRACE_MIN ? budget->grace - sleep : GRACE_MIN;

    fprintf(stream, "#   a stopping pod: 0 s removed from endpoints");
    if (sleep > 0)
        fprintf(stream, ", serves for %" PRId32 " s", sleep);
    fprintf(stream, "; %" PRId32 " s SIGTERM, and %" PRId32 " s to drain; %" PRId64 " s SIGKILL\n",
            sleep, drain, (int64_t)sleep + drain);
}

static void print_start(FILE *stream, const struct budget *budget, int64_t ready)
{
    fprintf(stream, "#   a new pod: ");
    if (ready >= 0)
        fprintf(stream, "ready after %" PRId64 " s at the earliest; ", ready);
    else
        fprintf(stream, "ready as soon as its containers run, without a readiness probe; ");
    fprintf(stream, "counted as available %d s after it is ready",
            budget->min_ready > 0 ? budget->min_ready : 0);
    if (budget->deadline > 0)
        fprintf(stream, "; the rollout fails after %d s without progress", budget->deadline);
    putc('\n', stream);
}

// A load balancer also counts from the pod's deletion. Requests that it cuts before the grace
// period ends would have been answered.
static void print_balancer(FILE *stream, const struct run *run)
{
    struct run asked = *run; // asking notes places in the plan, which is over
    int64_t seconds = alibaba_drain_seconds(&asked);

    if (seconds == 0)
        return;
    fprintf(stream,
            "#   a stopping pod: 0 s removed from the load balancer; %" PRId64
            " s its last connections are cut; %" PRId32 " s SIGKILL, by this policy\n",
            seconds, run->policy->grace_seconds);
}

static void print_times(FILE *stream, const struct decision *decision)
{
    const struct run *run = decision->admission.run;

    if (run && run->facts.kind->flags & KIND_SERVICE)
        print_balancer(stream, run);
    if (!run || run->facts.kind->flags & KIND_SERVICE)
        return;
    print_start(stream, &run->budget, ready_after(decision->json));
    print_stop(stream, &run->budget);
}

void explain(FILE *stream, const char *file, const char *policy, const struct decision *decision)
{
    const struct admission *admission = &decision->admission;

    if (!decision->known)
        return;
    progress_erase(stream);
    fprintf(stream, "# %s:%" PRIu32 ": ", file, decision->object->line);
    print(stream, decision->namespace);
    putc('/', stream);
    print(stream, decision->object->kind);
    putc('/', stream);
    print(stream, decision->name);
    putc('\n', stream);
    if (decision->left_alone)
        fprintf(stream, "#   passed over, a fragment: %s\n", decision->left_alone);
    else if (decision->outside)
        fprintf(stream, "#   passed over: its namespace does not have the label "
                        "evenkeel.dev/inject: enabled\n");
    else if (admission->reason != REASON_NONE)
        fprintf(stream, "#   passed over, %s: %s\n", reason_name(admission->reason),
                reason_doc(admission->reason));
    for (uint32_t i = 0; i < admission->outcome_count; i++)
        print_outcome(stream, &admission->outcomes[i], policy);
    if (admission->reason == REASON_NONE)
        print_times(stream, decision);
    if (admission->reason == REASON_NONE && admission->run)
        course(stream, admission->run);
}
