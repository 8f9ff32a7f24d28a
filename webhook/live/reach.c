// Checks what can keep an object's request away from evenkeel.
#include "live/reach.h"

#include <string.h>

#include "cluster/document.h"
#include "object/annotations.h"
#include "object/opt_out.h"

static void reach_namespace(struct findings *findings, const struct kubectl *kubectl,
                            const struct workload *workload)
{
    struct error error = {0};
    json_t *namespace = kubectl_json(
        kubectl, (const char *const[]){"get", "namespace", workload->namespace, NULL}, &error);
    const char *label = document_text(namespace, "metadata/labels|" ANNOTATION_INJECT);

    if (!namespace)
        found(findings, FOUND_UNKNOWN, "namespace", "needs get namespaces", "%s", error.text);
    else if (strcmp(label, "enabled") != 0)
        found(findings, FOUND_BROKEN, "namespace",
              "kubectl label namespace NAME evenkeel.dev/inject=enabled",
              "%s does not have the label " ANNOTATION_INJECT "=enabled%s%s", workload->namespace,
              *label ? ", but " : "", label);
    else
        found(findings, FOUND_FINE, "namespace", NULL, "%s has opted in", workload->namespace);
    json_decref(namespace);
}

static bool reach_is_excluded(const json_t *webhook, const char *namespace)
{
    json_t *expressions = document_at(webhook, "namespaceSelector/matchExpressions"), *expression;
    json_t *value;
    size_t i, j;

    json_array_foreach(expressions, i, expression)
    {
        if (strcmp(document_text(expression, "key"), "kubernetes.io/metadata.name") != 0 ||
            strcmp(document_text(expression, "operator"), "NotIn") != 0)
            continue;
        json_array_foreach(document_at(expression, "values"), j, value)
        {
            if (json_is_string(value) && !strcmp(json_string_value(value), namespace))
                return true;
        }
    }
    return false;
}

static void reach_webhook(struct findings *findings, const struct installation *installation,
                          const struct workload *workload)
{
    const char *asked = NULL, *excluding = NULL;
    json_t *webhook;
    size_t index;

    json_array_foreach(document_at(installation->own, "webhooks"), index, webhook)
    {
        if (!installation_is_own(webhook) ||
            !installation_asks(webhook, workload->kind->group, workload->kind->resource))
            continue;
        if (reach_is_excluded(webhook, workload->namespace))
            excluding = document_text(webhook, "name");
        else
            asked = document_text(webhook, "name");
    }
    if (!installation->own)
        found(findings, FOUND_BROKEN, "webhook", "kubectl evenkeel status",
              "evenkeel is not installed in this cluster");
    else if (asked)
        found(findings, FOUND_FINE, "webhook", NULL, "the API server asks %s about a %s", asked,
              workload->kind->name);
    else if (excluding)
        found(findings, FOUND_BROKEN, "webhook", "webhook.excludedNamespaces of the chart",
              "%s passes over namespace %s", excluding, workload->namespace);
    else
        found(findings, FOUND_BROKEN, "webhook",
              "the chart asks about the kinds that the policy's entries name: docs/POLICY.md",
              "the API server does not ask evenkeel about a %s", workload->kind->name);
}

static bool reach_opts_out(const json_t *mark)
{
    const char *text = json_string_value(mark);

    return text && opt_out_is_refusal(slice_of(text));
}

static void reach_opt_out(struct findings *findings, const struct workload *workload)
{
    static const char *const places[] = {"metadata/annotations|" ANNOTATION_INJECT,
                                         "metadata/labels|" ANNOTATION_INJECT,
                                         "spec/template/metadata/annotations|" ANNOTATION_INJECT,
                                         "spec/template/metadata/labels|" ANNOTATION_INJECT};
    bool out = false;

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (!reach_opts_out(document_at(workload->object, places[i])))
            continue;
        out = true;
        found(findings, FOUND_BROKEN, "opt-out", "take it away to opt in",
              "%.*s has " ANNOTATION_INJECT ": \"%s\"", (int)strcspn(places[i], "|"), places[i],
              document_text(workload->object, places[i]));
    }
    if (!out)
        found(findings, FOUND_FINE, "opt-out", NULL, "the object does not opt out");
}

static void reach_owner(struct findings *findings, const struct workload *workload)
{
    json_t *owners = document_at(workload->object, "metadata/ownerReferences"), *owner;
    size_t index;

    json_array_foreach(owners, index, owner)
    {
        if (document_true(owner, "controller"))
            found(findings, FOUND_DOUBTFUL, "owner",
                  "an entry with includeOwned takes such objects in: docs/POLICY.md",
                  "%s/%s owns it", document_text(owner, "kind"), document_text(owner, "name"));
    }
}

void reach_look(struct findings *findings, const struct kubectl *kubectl,
                const struct installation *installation, const struct workload *workload)
{
    reach_namespace(findings, kubectl, workload);
    if (installation->configurations)
        reach_webhook(findings, installation, workload);
    reach_opt_out(findings, workload);
    reach_owner(findings, workload);
}

static bool reach_selects(const json_t *service, const json_t *labels)
{
    json_t *selector = document_at(service, "spec/selector"), *value;
    const char *key;

    json_object_foreach(selector, key, value)
    {
        if (!json_equal(json_object_get(labels, key), value))
            return false;
    }
    return json_object_size(selector) > 0;
}

void reach_services(struct findings *findings, const struct kubectl *kubectl,
                    const struct workload *workload)
{
    const json_t *labels = document_at(workload->object, "spec/template/metadata/labels");
    struct error error = {0};
    json_t *list, *service;
    unsigned count = 0;
    size_t index;

    if (workload->kind->flags & KIND_SERVICE)
        return;
    list = kubectl_json(kubectl, (const char *const[]){"get", "services", NULL}, &error);
    if (!list)
        found(findings, FOUND_UNKNOWN, "services", "needs list services", "%s", error.text);
    json_array_foreach(document_at(list, "items"), index, service)
    {
        if (!reach_selects(service, labels))
            continue;
        count++;
        found(findings, FOUND_FINE, "services", NULL, "%s (%s) selects its pods",
              document_text(service, "metadata/name"), document_text(service, "spec/type"));
    }
    if (list && count == 0)
        found(findings, FOUND_DOUBTFUL, "services",
              "without one no request reaches its pods through Kubernetes",
              "no Service selects its pods");
    json_decref(list);
}
