// Asks evenkeel's replicas, and asks the API server about evenkeel.
#include "live/probes.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cluster/document.h"
#include "cluster/versions.h"
#include "object/annotations.h"

enum { DAY = 24 * 3600, METRIC_MAX = 128 };

// Reads the first sample of a metric into `out`: its value, or with `label` (`hash="`) the value of
// that label. Returns false if there is none.
static bool metric_read(const char *text, const char *name, const char *label, char out[METRIC_MAX])
{
    size_t size = strlen(name);
    const char *at = text, *value, *end;

    while ((at = strstr(at, name)) && (at != text && at[-1] != '\n'))
        at += size;
    if (!at)
        return false;
    at += size;
    value = label ? strstr(at, label) : strchr(at, ' ');
    end = at + strcspn(at, "\n");
    if (!value || value >= end)
        return false;
    value += label ? strlen(label) : 1;
    snprintf(out, METRIC_MAX, "%.*s", (int)strcspn(value, label ? "\"\n" : " \n"), value);
    return true;
}

static void probe_certificate(struct findings *findings, const char *pod, const char *metrics)
{
    char text[METRIC_MAX];
    double left;

    if (!metric_read(metrics, "evenkeel_certificate_not_after_timestamp_seconds", NULL, text)) {
        found(findings, FOUND_UNKNOWN, "certificate", NULL, "%s does not say when it ends", pod);
        return;
    }
    left = strtod(text, NULL) - (double)time(NULL);
    found(findings,
          left < 0      ? FOUND_BROKEN
          : left < 3600 ? FOUND_DOUBTFUL
                        : FOUND_FINE,
          "certificate", left < 3600 ? "docs/CERTIFICATES.md" : NULL,
          "%s: the certificate that it serves %s %.0f %s", pod, left < 0 ? "ended" : "ends in",
          (left < 0 ? -left : left) / (left > 2 * DAY ? DAY : 3600),
          left < 0         ? "hours ago"
          : left > 2 * DAY ? "days"
                           : "hours");
}

static void probe_policy(struct findings *findings, const char *pod, const char *metrics,
                         const struct policy *policy)
{
    char hash[METRIC_MAX];

    if (!policy || !metric_read(metrics, "evenkeel_policy_info", "hash=\"", hash))
        return;
    if (slice_is(policy->hash, hash))
        found(findings, FOUND_FINE, "policy", NULL, "%s has the ConfigMap's, %s", pod, hash);
    else
        found(findings, FOUND_DOUBTFUL, "policy",
              "a change takes up to two minutes; then its log says why not: docs/OBSERVING.md",
              "%s has %s, the ConfigMap %.*s", pod, hash, (int)policy->hash.size,
              policy->hash.data);
}

// The port that the chart names "admin".
static int probe_admin_port(const json_t *pod)
{
    json_t *container, *port;
    size_t i, k;

    json_array_foreach(document_at(pod, "spec/containers"), i, container)
    {
        json_array_foreach(document_at(container, "ports"), k, port)
        {
            if (strcmp(document_text(port, "name"), "admin") == 0)
                return (int)json_integer_value(json_object_get(port, "containerPort"));
        }
    }
    return 8080;
}

static bool probe_metrics(const struct kubectl *kubectl, const struct installation *installation,
                          const json_t *pod, struct process *process, struct error *error)
{
    char path[512];

    snprintf(path, sizeof(path), "/api/v1/namespaces/%s/pods/%s:%d/proxy/metrics",
             installation->namespace, document_text(pod, "metadata/name"), probe_admin_port(pod));
    return kubectl_run(kubectl, (const char *const[]){"get", "--raw", path, NULL}, process,
                       error) == 0;
}

static void probe_replica(struct findings *findings, const struct kubectl *kubectl,
                          const struct installation *installation, const json_t *pod,
                          const struct policy *policy)
{
    const char *name = document_text(pod, "metadata/name");
    struct error error = {0};
    struct process process;

    if (!probe_metrics(kubectl, installation, pod, &process, &error)) {
        found(findings, FOUND_UNKNOWN, "replica", NULL, "%s", error.text);
        return;
    }
    if (process.status == 0) {
        probe_certificate(findings, name, process.output);
        probe_policy(findings, name, process.output, policy);
    } else {
        found(findings, FOUND_UNKNOWN, "replica",
              "needs get pods/proxy there, and a network policy that lets the API server in",
              "%s: %s", name, kubectl_reason(process.errors));
    }
    process_clear(&process);
}

static json_t *probe_pods(const struct kubectl *kubectl, const struct installation *installation,
                          struct error *error)
{
    return kubectl_json(
        kubectl,
        (const char *const[]){"get", "pods", installation->space, "-l", INSTALLATION_PODS, NULL},
        error);
}

// Returns how often a client ended the handshake because it does not trust the certificate, as a
// sum over the replicas.
static double probe_rejected(const struct kubectl *kubectl, const struct installation *installation)
{
    static const char name[] = "evenkeel_tls_handshake_failures_total{reason=\"rejected-by-peer\"}";
    json_t *list = probe_pods(kubectl, installation, NULL), *pod;
    double sum = 0;
    size_t index;

    json_array_foreach(document_at(list, "items"), index, pod)
    {
        char text[METRIC_MAX];
        struct process process;
        if (!probe_metrics(kubectl, installation, pod, &process, NULL))
            continue;
        if (process.status == 0 && metric_read(process.output, name, NULL, text))
            sum += strtod(text, NULL);
        process_clear(&process);
    }
    json_decref(list);
    return sum;
}

void probe_replicas(struct findings *findings, const struct kubectl *kubectl,
                    const struct installation *installation, const struct policy *policy)
{
    struct error error = {0};
    json_t *list = probe_pods(kubectl, installation, &error), *pod;
    size_t index;

    if (!list)
        found(findings, FOUND_UNKNOWN, "replica", "needs list pods there", "%s", error.text);
    json_array_foreach(document_at(list, "items"), index, pod)
    {
        if (version_pod_is_ready(pod))
            probe_replica(findings, kubectl, installation, pod, policy);
    }
    json_decref(list);
}

// Reports the API server's error. If evenkeel cannot be called, there is an error only with
// failurePolicy Fail: with Ignore the API server says nothing.
static void probe_refused(struct findings *findings, const struct error *error)
{
    bool forbidden = strstr(error->text, "forbidden") != NULL;

    if (strstr(error->text, "certificate"))
        found(findings, FOUND_BROKEN, "call",
              "caBundle is not of the CA that signed the served certificate: docs/CERTIFICATES.md",
              "%s", error->text);
    else
        found(findings, forbidden ? FOUND_UNKNOWN : FOUND_BROKEN, "call",
              forbidden ? "needs create deployments there, for a dry run" : "docs/OBSERVING.md",
              "%s", error->text);
}

static json_t *probe_dry_run(const struct kubectl *kubectl, const char *namespace, char **warnings,
                             struct error *error)
{
    char space[320];
    const char *const arguments[] = {
        "create",      "deployment",   "evenkeel-status",  "--image=registry.example/none:1",
        "--port=8080", "--replicas=2", "--dry-run=server", space,
        NULL};

    snprintf(space, sizeof(space), "--namespace=%s", namespace);
    return kubectl_json_warned(kubectl, arguments, warnings, error);
}

// Finds out why an answer has nothing of evenkeel. With failurePolicy Ignore the API server does
// not say why. So this makes one more call, and looks in the replicas' metrics whether a client
// ended a handshake during that call.
static void probe_ignored(struct findings *findings, const struct kubectl *kubectl,
                          const struct installation *installation, const char *namespace)
{
    double before = probe_rejected(kubectl, installation);
    char *warnings = NULL;
    bool rejected;

    json_decref(probe_dry_run(kubectl, namespace, &warnings, NULL));
    free(warnings);
    rejected = probe_rejected(kubectl, installation) > before;
    found(findings, FOUND_BROKEN, "call",
          rejected ? "caBundle is not of the CA that signed it, or it is for another name: "
                     "docs/CERTIFICATES.md"
                   : "either the API server does not reach it, or the policy has nothing for a "
                     "plain Deployment: docs/OBSERVING.md",
          rejected ? "a dry run in namespace %s came back without anything of evenkeel, and the "
                     "API server does not trust the served certificate"
                   : "a dry run in namespace %s came back without anything of evenkeel",
          namespace);
}

void probe_call(struct findings *findings, const struct kubectl *kubectl,
                const struct installation *installation, const char *namespace)
{
    struct error error = {0};
    char *warnings;
    json_t *object = probe_dry_run(kubectl, namespace, &warnings, &error);

    if (!object)
        probe_refused(findings, &error);
    else if (document_at(object, "metadata/annotations|" ANNOTATION_INJECTED) ||
             (warnings && strstr(warnings, "evenkeel")))
        found(findings, FOUND_FINE, "call", NULL,
              "the API server calls it: it answered a dry run in namespace %s", namespace);
    else
        probe_ignored(findings, kubectl, installation, namespace);
    json_decref(object);
    free(warnings);
}

static void probe_release(struct findings *findings, const struct kubectl *given, json_t *object)
{
    struct kubectl kubectl = *given;
    struct versions versions;
    struct workload workload;
    char space[320];

    if (workload_read(json_incref(object), &workload, NULL) < 0)
        return;
    snprintf(space, sizeof(space), "--namespace=%s", workload.namespace);
    if (workload.held && kubectl_option(&kubectl, space, NULL) == 0) {
        versions_get(&kubectl, &workload, &versions);
        const struct version *newest = versions.newest;
        bool ready = newest && newest->ready >= workload_held_pods(&workload);
        found(findings,
              ready           ? FOUND_FINE
              : versions.pods ? FOUND_DOUBTFUL
                              : FOUND_UNKNOWN,
              "release", ready ? NULL : "kubectl evenkeel release get shows it: docs/KUBECTL.md",
              "%s/%s in %s is held at step %u of %u; %lld of %lld new pods are ready%s%s",
              workload.kind->resource, workload.name, workload.namespace, workload.step,
              workload.steps.count, newest ? (long long)newest->ready : 0LL,
              (long long)workload_held_pods(&workload), newest && newest->problem ? ": " : "",
              newest && newest->problem ? newest->problem : "");
        versions_clear(&versions);
    }
    workload_clear(&workload);
}

void probe_releases(struct findings *findings, const struct kubectl *kubectl)
{
    struct error error = {0};
    json_t *list = kubectl_json(kubectl,
                                (const char *const[]){"get", "deployments,statefulsets",
                                                      "--all-namespaces", "-l", LABEL_HELD, NULL},
                                &error);
    json_t *object;
    size_t index;

    if (!list)
        found(findings, FOUND_UNKNOWN, "release", "needs list deployments and statefulsets", "%s",
              error.text);
    else if (json_array_size(document_at(list, "items")) == 0)
        found(findings, FOUND_FINE, "release", NULL, "nothing is held");
    json_array_foreach(document_at(list, "items"), index, object)
    {
        probe_release(findings, kubectl, object);
    }
    json_decref(list);
}
