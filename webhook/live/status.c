// The checks of `evenkeel status`, in their order: each check needs those before it.
#include "live/status.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "certs/certs.h"
#include "cluster/document.h"
#include "cluster/verb.h"
#include "live/findings.h"
#include "live/installation.h"
#include "live/probes.h"
#include "loader/load.h"
#include "object/annotations.h"
#include "rules/rules.h"

enum { KUBELET_VERSION_MAX = 64 };

static const struct flag flags[] = {{NULL, 0, FLAG_SWITCH, 0, NULL, NULL}};

static const char *const namespace_label = ANNOTATION_INJECT;

static int look_at_versions(struct findings *findings, const struct kubectl *kubectl,
                            struct error *error)
{
    json_t *versions = kubectl_json(kubectl, (const char *const[]){"version", NULL}, error);

    if (!versions)
        return -1;
    found(findings, FOUND_FINE, "cluster", NULL, "Kubernetes %s, kubectl %s, this program %s",
          document_text(versions, "serverVersion/gitVersion"),
          document_text(versions, "clientVersion/gitVersion"), EVENKEEL_VERSION);
    json_decref(versions);
    return 0;
}

// Whether the API server can trust a certificate by this caBundle. It reports a bundle that is
// missing or unreadable, that has ended, or that ends within 30 days.
static bool look_at_bundle(struct findings *findings, const char *webhook, const char *bundle)
{
    struct error why = {0};
    time_t end = 0;
    double days;

    if (!*bundle) {
        found(findings, FOUND_BROKEN, "webhook",
              "the API server trusts no certificate without one: docs/CERTIFICATES.md",
              "%s: no caBundle", webhook);
        return false;
    }
    if (bundle_end(slice_of(bundle), &end, &why) < 0) {
        found(findings, FOUND_BROKEN, "webhook", "docs/CERTIFICATES.md", "%s: its caBundle: %s",
              webhook, why.text);
        return false;
    }
    days = difftime(end, time(NULL)) / (24 * 3600);
    if (days < 30)
        found(findings, days < 0 ? FOUND_BROKEN : FOUND_DOUBTFUL, "webhook",
              "a CA is renewed by a second one beside it: docs/CERTIFICATES.md",
              "%s: the last CA of its caBundle %s %.0f days%s", webhook,
              days < 0 ? "ended" : "ends in", fabs(days), days < 0 ? " ago" : "");
    return days >= 0;
}

static void look_at_webhook(struct findings *findings, const json_t *configuration,
                            const json_t *webhook)
{
    const char *policy = document_text(webhook, "failurePolicy");
    const char *bundle = document_text(webhook, "clientConfig/caBundle");

    if (look_at_bundle(findings, document_text(webhook, "name"), bundle))
        found(findings, FOUND_FINE, "webhook", NULL, "%s in %s, failurePolicy %s, timeout %lld s",
              document_text(webhook, "name"), document_text(configuration, "metadata/name"), policy,
              (long long)document_number(webhook, "timeoutSeconds"));
}

static bool look_at_configuration(struct findings *findings, const struct kubectl *kubectl,
                                  struct installation *installation)
{
    struct error error = {0};
    json_t *webhook;
    size_t index;

    if (installation_find(kubectl, installation, &error) < 0) {
        found(findings, FOUND_UNKNOWN, "webhook",
              "needs list mutatingwebhookconfigurations; without them nothing else can be found",
              "%s", error.text);
        return false;
    }
    if (!installation->own) {
        found(findings, FOUND_BROKEN, "webhook", "install the chart: docs/INSTALL.md",
              "no MutatingWebhookConfiguration is evenkeel's: it is not installed");
        return false;
    }
    json_array_foreach(document_at(installation->own, "webhooks"), index, webhook)
    {
        look_at_webhook(findings, installation->own, webhook);
    }
    return *installation->namespace != '\0';
}

// Reports other webhooks that change the objects that evenkeel changes.
static void look_at_others(struct findings *findings, const struct installation *installation)
{
    json_t *configuration, *webhook;
    unsigned others = 0;
    size_t i, j;

    json_array_foreach(document_at(installation->configurations, "items"), i, configuration)
    {
        json_array_foreach(document_at(configuration, "webhooks"), j, webhook)
        {
            bool asks = installation_asks(webhook, "apps", "deployments") ||
                        installation_asks(webhook, "", "services");
            if (configuration == installation->own || !asks)
                continue;
            others++;
            found(findings, FOUND_DOUBTFUL, "others",
                  "where both write the same field, each may undo the other's: docs/KUBECTL.md",
                  "the webhook %s in %s changes Deployments or Services too",
                  document_text(webhook, "name"), document_text(configuration, "metadata/name"));
        }
    }
    if (others == 0)
        found(findings, FOUND_FINE, "others", NULL,
              "no other mutating webhook is asked about Deployments and Services");
}

static void look_at_deployment(struct findings *findings, const json_t *deployment)
{
    int64_t wanted = document_number(deployment, "spec/replicas");
    int64_t ready = document_number(deployment, "status/readyReplicas");
    const char *chart = document_text(deployment, "metadata/labels|helm.sh/chart");
    const char *version = document_text(deployment, "metadata/labels|app.kubernetes.io/version");
    enum finding_level level = ready == 0       ? FOUND_BROKEN
                               : ready < wanted ? FOUND_DOUBTFUL
                                                : FOUND_FINE;

    found(findings, level, "replicas",
          level == FOUND_FINE ? NULL : "kubectl -n NAMESPACE get events: docs/OBSERVING.md",
          "%lld of %lld ready; %s, version %s", (long long)ready, (long long)wanted,
          *chart ? chart : "no chart", *version ? version : "unknown");
}

static void look_at_replicas(struct findings *findings, const struct kubectl *kubectl,
                             const struct installation *installation)
{
    struct error error = {0};
    json_t *list = kubectl_json(kubectl,
                                (const char *const[]){"get", "deployments", installation->space,
                                                      "-l", INSTALLATION_PODS, NULL},
                                &error);
    json_t *deployment;
    size_t index;

    if (!list)
        found(findings, FOUND_UNKNOWN, "replicas", "needs list deployments there", "%s",
              error.text);
    else if (json_array_size(document_at(list, "items")) == 0)
        found(findings, FOUND_BROKEN, "replicas",
              "the webhook configuration was left behind: docs/INSTALL.md has how to uninstall",
              "no Deployment of evenkeel is in namespace %s", installation->namespace);
    json_array_foreach(document_at(list, "items"), index, deployment)
    {
        look_at_deployment(findings, deployment);
    }
    json_decref(list);
}

// Returns the minor version of the oldest kubelet, or 0 if none is known. `name` is its whole
// version.
static unsigned oldest_kubelet(const json_t *nodes, char name[KUBELET_VERSION_MAX])
{
    unsigned oldest = 0, minor;
    json_t *node;
    size_t index;

    json_array_foreach(document_at(nodes, "items"), index, node)
    {
        const char *version = document_text(node, "status/nodeInfo/kubeletVersion");
        if (sscanf(version, "v1.%u", &minor) != 1 || (oldest > 0 && minor >= oldest))
            continue;
        oldest = minor;
        snprintf(name, KUBELET_VERSION_MAX, "%.40s", version);
    }
    return oldest;
}

static void look_at_kubelets(struct findings *findings, const struct kubectl *kubectl,
                             const struct policy *policy)
{
    struct error error = {0};
    json_t *nodes = kubectl_json(kubectl, (const char *const[]){"get", "nodes", NULL}, &error);
    char name[KUBELET_VERSION_MAX] = "";
    unsigned oldest = oldest_kubelet(nodes, name);

    if (!nodes)
        found(findings, FOUND_UNKNOWN, "kubelets", "needs list nodes", "%s", error.text);
    else if (oldest > 0 && oldest < policy->kubernetes_minor)
        found(findings, FOUND_BROKEN, "kubelets",
              "set cluster.kubernetesVersion to the oldest kubelet's: docs/POLICY.md",
              "the oldest kubelet is %s, the policy's kubernetesVersion is 1.%u", name,
              policy->kubernetes_minor);
    else
        found(findings, FOUND_FINE, "kubelets", NULL, "the oldest is %s, the policy counts on 1.%u",
              *name ? name : "unknown", policy->kubernetes_minor);
    json_decref(nodes);
}

static struct policy *look_at_policy(struct findings *findings, const struct kubectl *kubectl,
                                     const struct installation *installation)
{
    struct error error = {0};
    struct problems problems = {0};
    char *text = installation_policy(kubectl, installation, &error);
    struct policy *policy = NULL;

    if (!text) {
        found(findings, FOUND_UNKNOWN, "policy", "needs get configmaps there", "%s", error.text);
        return NULL;
    }
    policy = policy_load(&rules_table, "policy.yaml", slice_of(text), &problems);
    if (!policy)
        found(findings, FOUND_BROKEN, "policy", "evenkeel check says what is wrong: docs/POLICY.md",
              "%s", problems.first ? problems.first->text : "it cannot be read");
    else if (policy->mode == MODE_OBSERVE)
        found(findings, FOUND_DOUBTFUL, "policy", "mode: enforce has it write: docs/POLICY.md",
              "observe mode: it reports, and writes nothing");
    else
        found(findings, FOUND_FINE, "policy", NULL, "%u entries for workloads, %u for Services",
              policy->workload_count, policy->service_count);
    problems_clear(&problems);
    free(text);
    return policy;
}

// Reports how many namespaces opted in. The first one's name goes to `first`; "" if there is none.
static void look_at_namespaces(struct findings *findings, const struct kubectl *kubectl,
                               char *first, size_t room)
{
    struct error error = {0};
    char selector[64];
    json_t *list;
    size_t count;

    snprintf(selector, sizeof(selector), "%s=enabled", namespace_label);
    list = kubectl_json(kubectl, (const char *const[]){"get", "namespaces", "-l", selector, NULL},
                        &error);
    count = json_array_size(document_at(list, "items"));
    if (!list)
        found(findings, FOUND_UNKNOWN, "namespaces", "needs list namespaces", "%s", error.text);
    else if (count == 0)
        found(findings, FOUND_DOUBTFUL, "namespaces",
              "kubectl label namespace NAME evenkeel.dev/inject=enabled: docs/INSTALL.md",
              "none has opted in");
    else
        found(findings, FOUND_FINE, "namespaces", NULL, "%zu opted in", count);
    snprintf(first, room, "%s",
             count > 0
                 ? document_text(json_array_get(document_at(list, "items"), 0), "metadata/name")
                 : "");
    json_decref(list);
}

static void look_inside(struct findings *findings, const struct kubectl *kubectl,
                        const struct installation *installation)
{
    struct policy *policy = look_at_policy(findings, kubectl, installation);
    char namespace[256];

    look_at_replicas(findings, kubectl, installation);
    probe_replicas(findings, kubectl, installation, policy);
    if (policy)
        look_at_kubelets(findings, kubectl, policy);
    look_at_namespaces(findings, kubectl, namespace, sizeof(namespace));
    if (*namespace)
        probe_call(findings, kubectl, installation, namespace);
    look_at_others(findings, installation);
    policy_free(policy);
}

static int status(struct flags *given, struct error *error)
{
    struct findings findings = {.json = given->json, .list = json_array()};
    struct installation installation = {0};

    if (look_at_versions(&findings, &given->kubectl, error) == 0) {
        if (look_at_configuration(&findings, &given->kubectl, &installation))
            look_inside(&findings, &given->kubectl, &installation);
        probe_releases(&findings, &given->kubectl);
    }
    if (given->json && !error->set) {
        json_dumpf(findings.list, stdout, JSON_INDENT(2));
        printf("\n");
    } else if (!error->set) {
        printf("\n%u ok, %u unknown, %u warnings, %u failures\n", findings.counts[FOUND_FINE],
               findings.counts[FOUND_UNKNOWN], findings.counts[FOUND_DOUBTFUL],
               findings.counts[FOUND_BROKEN]);
    }
    installation_clear(&installation);
    json_decref(findings.list);
    return findings.counts[FOUND_BROKEN] > 0 ? CLUSTER_NOT_SO : CLUSTER_FINE;
}

const struct verb verb_status = {
    .name = "status",
    .summary = "whether evenkeel is installed, and works",
    .arguments = "",
    .about =
        "Checks the installation in the cluster of kubectl's context. Prints one line for each\n"
        "check, and what to do about a problem. The option -n has no effect.",
    .needs = "list mutatingwebhookconfigurations, namespaces and nodes; in evenkeel's namespace\n"
             "list deployments and pods, get configmaps and pods/proxy; create deployments in an\n"
             "opted-in namespace (a dry run); for releases what `release list` needs. What it may\n"
             "not see is shown with a question mark",
    .statuses = "0 nothing is broken, 1 something is",
    .flags = flags,
    .settings_size = sizeof(struct flags),
    .run = status,
};

int status_command(int argc, char **argv)
{
    return verb_main(&verb_status, "evenkeel ", argc, argv);
}
