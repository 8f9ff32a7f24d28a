// Writes to the cluster with kubectl annotate and kubectl rollout undo, and reads the result.
#include "cluster/act.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cluster/document.h"
#include "object/annotations.h"

#define REFUSED "evenkeel refused the approval: "
#define UNREADY "the held pods are not all there and ready" // reason.h, REASON_APPROVAL_NOT_READY

// Whether evenkeel's warnings say that it refused the approval. Then its reason is in `why`.
static bool act_was_refused(const char *warnings, struct error *why)
{
    const char *refused = warnings ? strstr(warnings, REFUSED) : NULL;

    if (!refused)
        return false;
    refused += strlen(REFUSED);
    error_set(why, "evenkeel refused the approval: %.*s", (int)strcspn(refused, "\n"), refused);
    return true;
}

// Writes the held step to the annotation, as before the approval. evenkeel replaces an approval
// that it reads, so one that is still there was not read. If it stayed, a later request could take
// it for an approval.
static void act_put_back(const struct kubectl *kubectl, const struct workload *workload)
{
    char path[WORKLOAD_RESOURCE_MAX + 256], batch[64];
    struct process process;

    snprintf(batch, sizeof(batch), ANNOTATION_BATCH "=%u", workload->step);
    if (kubectl_run(kubectl,
                    (const char *const[]){"annotate", workload_path(workload, path), batch,
                                          "--overwrite", NULL},
                    &process, NULL) == 0)
        process_clear(&process);
}

static enum act_result act_judge(const struct kubectl *kubectl, const struct workload *before,
                                 const json_t *after, const char *written, const char *warnings,
                                 struct error *why)
{
    if (act_was_refused(warnings, why))
        return strstr(why->text, UNREADY) ? ACT_NOT_READY : ACT_REFUSED;
    if (!strcmp(document_text(after, "metadata/annotations|" ANNOTATION_BATCH), written)) {
        act_put_back(kubectl, before);
        error_set(why, "evenkeel did not answer: nothing is approved. kubectl evenkeel status says "
                       "what is wrong");
        return ACT_REFUSED;
    }
    return ACT_DONE;
}

enum act_result act_approve(const struct kubectl *kubectl, const struct workload *workload,
                            uint32_t step, bool insist, struct error *why)
{
    char path[WORKLOAD_RESOURCE_MAX + 256], value[128], annotation[192];
    enum act_result result = ACT_FAILED;
    char *warnings = NULL;
    json_t *after;

    if (insist)
        snprintf(value, sizeof(value), "all@%s", workload->template);
    else
        snprintf(value, sizeof(value), "%u@%s", step, workload->template);
    snprintf(annotation, sizeof(annotation), ANNOTATION_BATCH "=%s", value);
    after = kubectl_json_warned(kubectl,
                                (const char *const[]){"annotate", workload_path(workload, path),
                                                      annotation, "--overwrite", NULL},
                                &warnings, why);
    if (after)
        result = act_judge(kubectl, workload, after, value, warnings, why);
    json_decref(after);
    free(warnings);
    return result;
}

int64_t act_revision(const struct workload *workload, const struct versions *versions)
{
    int64_t revision = strtoll(workload->revision, NULL, 10);
    const struct version *stable = versions_stable(versions, workload);

    return revision > 0 ? revision : stable ? stable->revision : 0;
}

// Checks that the rollback worked. Returns ACT_DONE if nothing is held now, ACT_REFUSED if a step
// is still held, or ACT_FAILED if the workload cannot be read; `why` has the reason.
static enum act_result act_look_back(const struct kubectl *kubectl, const struct workload *before,
                                     struct error *why)
{
    char path[WORKLOAD_RESOURCE_MAX + 256];
    struct workload after;
    enum act_result result = ACT_DONE;

    if (workload_get(kubectl, workload_path(before, path), &after, why) < 0)
        return ACT_FAILED;
    if (after.held) {
        error_set(why, "step %u is still held: is evenkeel there? kubectl evenkeel status says",
                  after.step);
        result = ACT_REFUSED;
    }
    workload_clear(&after);
    return result;
}

enum act_result act_undo(const struct kubectl *kubectl, const struct workload *workload,
                         int64_t revision, struct error *why)
{
    char path[WORKLOAD_RESOURCE_MAX + 256], to[64];
    const char *arguments[] = {"rollout", "undo", workload_path(workload, path),
                               revision > 0 ? to : NULL, NULL};
    struct process process;
    int status;

    if (!(workload->kind->flags & KIND_BUILT_IN)) {
        error_set(why, "kubectl cannot undo a %s: apply the former version's manifest",
                  workload->kind->name);
        return ACT_REFUSED;
    }
    snprintf(to, sizeof(to), "--to-revision=%lld", (long long)revision);
    if (kubectl_run(kubectl, arguments, &process, why) < 0)
        return ACT_FAILED;
    status = process.status;
    if (status != 0)
        error_set(why, "kubectl rollout undo: %s", kubectl_reason(process.errors));
    process_clear(&process);
    return status != 0 ? ACT_FAILED : act_look_back(kubectl, workload, why);
}
