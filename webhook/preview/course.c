// A release's course in words. All numbers come from release/steps.h.
#include "preview/course.h"

#include <inttypes.h>

#include "object/annotations.h"
#include "release/release.h"
#include "run/run.h"

static void print(FILE *stream, struct slice text)
{
    for (size_t i = 0; i < text.size; i++)
        putc((unsigned char)text.data[i] < ' ' || text.data[i] == 0x7f ? '?' : text.data[i],
             stream);
}

static void print_object(FILE *stream, const struct facts *facts, const char *verb)
{
    fprintf(stream, "kubectl -n ");
    print(stream, facts->namespace);
    fprintf(stream, " %s %s/", verb, facts->kind->resource);
    print(stream, facts->name.size ? facts->name : SLICE("NAME"));
}

static void print_command(FILE *stream, const struct run *run, uint32_t next)
{
    fprintf(stream, "#       to go on: ");
    print_object(stream, &run->facts, "annotate");
    fprintf(stream, " " ANNOTATION_BATCH "=%" PRIu32 " --overwrite\n",
            next > 0 ? next : run->release->wish.steps.count);
}

// A Deployment keeps the old pods that a step replaces until it is approved; a partition does not.
static void print_step(FILE *stream, const struct run *run, uint32_t step, uint32_t from)
{
    const struct steps *steps = &run->release->wish.steps;
    int64_t replicas = run->release->replicas;
    int64_t held = release_pods(run, steps, step, from), old = replicas - held;

    if (run->facts.kind->flags & KIND_HOLD)
        old = replicas - steps_hold(steps, step, from, replicas).unavailable * replicas / 100;
    fprintf(stream,
            "#     step %" PRIu32 ": held at %" PRId64 " new and %" PRId64 " old pods, %" PRId64
            " extra; %" PRId64 "%% of requests to the new ones when spread evenly\n",
            step, held, old, held + old - replicas, (200 * held + held + old) / (2 * (held + old)));
}

static void print_steps(FILE *stream, const struct run *run)
{
    const struct steps *steps = &run->release->wish.steps;
    int64_t replicas = run->release->replicas;
    uint32_t from = 0, step = steps_next(steps, 0, replicas);

    while (step != 0 && steps_pods(steps, step, replicas) < replicas) {
        uint32_t next = steps_next(steps, step, replicas);
        print_step(stream, run, step, from);
        print_command(stream, run, next);
        from = step;
        step = next;
    }
    fprintf(stream, "#     then: all %" PRId64 " pods are replaced with the object's own values\n",
            replicas);
    if (!(run->facts.kind->flags & KIND_BUILT_IN))
        return;
    fprintf(stream, "#     to go back at any time: ");
    print_object(stream, &run->facts, "rollout undo");
    fprintf(stream, " (with the --to-revision of the warning)\n");
}

void course(FILE *stream, const struct run *run)
{
    const struct release *release = run ? run->release : NULL;

    if (!release || release->wish.steps.count == 0 || run->facts.kind->flags & KIND_SERVICE)
        return;
    enum reason unfit = release_unfit(run);
    uint32_t first = steps_next(&release->wish.steps, 0, release->replicas);
    if (unfit == REASON_NONE && (first == 0 || steps_pods(&release->wish.steps, first,
                                                          release->replicas) >= release->replicas))
        unfit = REASON_NO_STEPS;
    fprintf(stream, "#   a release in batches%s",
            release->wish.observed ? " (observe mode: it would only be reported)" : "");
    if (unfit != REASON_NONE) {
        fprintf(stream, ": not held, %s: %s\n", reason_name(unfit), reason_doc(unfit));
        return;
    }
    fprintf(stream, ", of %" PRId64 " pods:\n", release->replicas);
    print_steps(stream, run);
}
