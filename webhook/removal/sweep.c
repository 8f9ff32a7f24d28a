// Sends patches with the user's own kubectl, and waits for rollouts. target.c decides what is in a
// patch.
#include "removal/sweep.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cluster/clock.h"
#include "cluster/document.h"

enum { SWEEP_TRIES_MAX = 8, SWEEP_TEXT_MAX = 640 };

enum patched { PATCHED, PATCHED_NOTHING, PATCHED_NOT };

struct rollout {
    struct target *target;
    double until;
};

struct sweeping {
    const struct sweep_settings *settings;
    struct sweep_result result;
    struct rollout rollouts[SWEEP_ROLLOUTS_MAX];
    unsigned running;
    double last; // when the last rollout was begun
    bool stopped;
};

void sweep_tell(const struct target *target, bool json, const char *result, const char *text,
                const char *reason)
{
    const struct workload *workload = &target->workload;
    json_t *row, *note;
    size_t index;

    if (!json) {
        document_print(stdout, target->name);
        printf(": ");
        document_print(stdout, text);
        printf("%s", reason ? ": " : "");
        document_print(stdout, reason ? reason : "");
        printf("\n");
        json_array_foreach(target->notes, index, note)
        {
            printf("  note: ");
            document_print(stdout, json_string_value(note));
            printf("\n");
        }
    } else {
        row = json_pack("{s:s s:s s:s s:s s:i s:b s:b s:s? s:O}", "namespace", workload->namespace,
                        "kind", workload->kind->name, "name", workload->name, "result", result,
                        "values", (int)target->values, "rollsOut", (int)target->rolls_out, "held",
                        (int)workload->held, "reason", reason, "notes", target->notes);
        json_dumpf(row, stdout, JSON_COMPACT);
        printf("\n");
        json_decref(row);
    }
    fflush(stdout);
    json_array_clear(target->notes);
}

// Writes the patch as Go writes JSON, because the API server compares tested values in that form
// (plan/patch.h). The characters that this escapes are only found inside strings.
static bool write_patch(const json_t *patch, int fd)
{
    char *json = json_dumps(patch, JSON_COMPACT);
    FILE *stream = json ? fdopen(dup(fd), "w") : NULL;

    for (const char *byte = json; stream && *byte; byte++) {
        bool separator = !strncmp(byte, "\xe2\x80\xa8", 3) || !strncmp(byte, "\xe2\x80\xa9", 3);
        if (separator)
            fprintf(stream, "\\u202%x", (unsigned char)byte[2] & 0xf);
        else if (strchr("<>&", *byte))
            fprintf(stream, "\\u%04x", (unsigned char)*byte);
        else
            putc(*byte, stream);
        byte += separator ? 2 : 0;
    }
    free(json);
    return stream && fclose(stream) == 0;
}

// Sends the patch in a file, because it may be too long for an argument. Returns the object after
// it, or NULL with `error`.
static json_t *send_patch(const struct kubectl *kubectl, const struct target *target,
                          struct error *error)
{
    static const char manager[] = "--field-manager=" TARGET_MANAGER;
    char path[WORKLOAD_RESOURCE_MAX + 256], option[64], space[320];
    int fd = memfd_create("patch", 0);
    json_t *after = NULL;

    if (fd < 0 || !write_patch(target->patch, fd)) {
        error_set(error, "memory is short");
    } else {
        snprintf(option, sizeof(option), "--patch-file=/dev/fd/%d", fd);
        snprintf(space, sizeof(space), "--namespace=%s", target->workload.namespace);
        lseek(fd, 0, SEEK_SET);
        after = kubectl_json(kubectl,
                             (const char *const[]){"patch", workload_path(&target->workload, path),
                                                   "--type=json", option, space, manager, NULL},
                             error);
    }
    if (fd >= 0)
        close(fd);
    return after;
}

// Reads the object again into `target`. `changed` says whether somebody changed it. Returns 0, or
// -1 with `error` if it cannot be read; then `target` stays as it is.
static int look_again(const struct sweeping *sweeping, struct target *target, bool *changed,
                      struct error *error)
{
    const struct workload *workload = &target->workload;
    struct target now;
    char space[320];
    json_t *object;

    snprintf(space, sizeof(space), "--namespace=%s", workload->namespace);
    object = kubectl_json(sweeping->settings->kubectl,
                          (const char *const[]){"get", workload->resource, workload->name, space,
                                                "--show-managed-fields", NULL},
                          error);
    if (!object)
        return -1;
    *changed = strcmp(document_text(object, "metadata/resourceVersion"),
                      document_text(workload->object, "metadata/resourceVersion")) != 0;
    if (target_read(object, asked_in(sweeping->settings->asked, workload->namespace), &now, error) <
        0)
        return -1;
    target_clear(target);
    *target = now;
    return 0;
}

// Sends the patch. If somebody changed the object in the meantime, it makes a new patch, so that
// their change is not overwritten. It tries at most SWEEP_TRIES_MAX
// times.
static enum patched patch(const struct sweeping *sweeping, struct target *target,
                          struct error *error)
{
    for (unsigned i = 0; i < SWEEP_TRIES_MAX; i++) {
        struct error why = {0}, gone = {0};
        bool changed = false;
        json_t *after = send_patch(sweeping->settings->kubectl, target, &why);
        bool carries = target_carries(after);
        json_decref(after);
        if (after && !carries)
            return PATCHED;
        if (after) {
            error_set(error, "evenkeel put its values back");
            return PATCHED_NOT;
        }
        if (look_again(sweeping, target, &changed, &gone) < 0 && strstr(gone.text, "not found"))
            return PATCHED_NOTHING;
        if (!changed || gone.set || i + 1 == SWEEP_TRIES_MAX) {
            error_set(error, "%s", why.text);
            return PATCHED_NOT;
        }
        if (!target->patch)
            return PATCHED_NOTHING;
    }
    return PATCHED_NOT;
}

static void end_rollout(struct sweeping *sweeping, unsigned index, const char *result,
                        const char *text)
{
    sweep_tell(sweeping->rollouts[index].target, sweeping->settings->json, result, text, NULL);
    sweeping->rollouts[index] = sweeping->rollouts[--sweeping->running];
}

static bool is_complete(const struct sweeping *sweeping, const struct target *target)
{
    char path[WORKLOAD_RESOURCE_MAX + 256], space[320];
    struct kubectl kubectl = *sweeping->settings->kubectl;
    struct workload now;
    struct error error = {0};
    bool complete;

    snprintf(space, sizeof(space), "--namespace=%s", target->workload.namespace);
    if (kubectl_option(&kubectl, space, NULL) < 0)
        return false;
    if (workload_get(&kubectl, workload_path(&target->workload, path), &now, &error) < 0)
        return strstr(error.text, "not found") != NULL;
    complete = workload_is_complete(&now);
    workload_clear(&now);
    return complete;
}

// Waits until at most `most` rollouts are running.
static void wait_for(struct sweeping *sweeping, unsigned most)
{
    while (sweeping->running > most) {
        for (unsigned i = sweeping->running; i-- > 0;) {
            struct rollout *rollout = &sweeping->rollouts[i];
            if (is_complete(sweeping, rollout->target)) {
                sweeping->result.rolled_out++;
                end_rollout(sweeping, i, "rolled-out", "rolled out");
            } else if (clock_now() > rollout->until) {
                sweeping->stopped = true;
                sweeping->result.left++;
                end_rollout(sweeping, i, "not-complete",
                            "its rollout is not complete in time; its values are taken out");
            }
        }
        if (sweeping->running > most)
            clock_sleep(sweeping->settings->interval);
    }
}

static void begin_rollout(struct sweeping *sweeping, struct target *target)
{
    sweeping->last = clock_now();
    if (sweeping->settings->at_once == 0)
        return;
    sweeping->rollouts[sweeping->running++] =
        (struct rollout){target, sweeping->last + sweeping->settings->timeout};
}

static void tell_patched(const struct sweeping *sweeping, const struct target *target)
{
    char text[SWEEP_TEXT_MAX];

    snprintf(text, sizeof(text), "%u value%s taken out%s%s%s%s", target->values,
             target->values == 1 ? "" : "s", target->rolls_out ? ", it rolls out" : "",
             target->marks ? ", opted out" : "", target->unmarks ? ", its opt-out taken away" : "",
             target->workload.held ? ", no longer held" : "");
    sweep_tell(target, sweeping->settings->json, "removed", text, NULL);
}

static void take(struct sweeping *sweeping, struct target *target)
{
    struct sweep_result *result = &sweeping->result;
    struct error error = {0};
    enum patched patched = patch(sweeping, target, &error);
    bool json = sweeping->settings->json;

    if (patched == PATCHED_NOT) {
        result->left++;
        sweep_tell(target, json, "failed", "nothing is taken out", error.text);
    } else if (patched == PATCHED_NOTHING) {
        sweep_tell(target, json, "nothing", "nothing of evenkeel is in it any more", NULL);
    } else {
        result->objects++;
        result->values += target->values;
        result->marked += target->marks;
        result->unmarked += target->unmarks;
        tell_patched(sweeping, target);
        if (target->rolls_out)
            begin_rollout(sweeping, target);
    }
}

struct sweep_result sweep(const struct sweep_settings *settings, struct target *targets,
                          size_t count)
{
    struct sweeping sweeping = {.settings = settings, .last = -1e9};
    unsigned most = settings->at_once > 0 ? (unsigned)settings->at_once - 1 : 0;

    for (size_t i = 0; i < count; i++) {
        double wait = sweeping.last + settings->every - clock_now();
        if (targets[i].rolls_out)
            wait_for(&sweeping, most);
        if (targets[i].rolls_out && sweeping.stopped) {
            sweeping.result.left++;
            sweep_tell(&targets[i], settings->json, "left", "left as it is", NULL);
            continue;
        }
        if (targets[i].rolls_out && wait > 0)
            clock_sleep(wait);
        take(&sweeping, &targets[i]);
    }
    wait_for(&sweeping, 0);
    return sweeping.result;
}
