// Reads webhook configurations, and the ConfigMap with the policy.
#include "live/installation.h"

#include <stdio.h>
#include <string.h>

#include "cluster/document.h"

bool installation_is_own(const json_t *webhook)
{
    const char *name = document_text(webhook, "name"), *end = strstr(name, ".evenkeel.dev");

    return end && !end[strlen(".evenkeel.dev")];
}

static const json_t *installation_own(const json_t *configuration)
{
    json_t *webhooks = document_at(configuration, "webhooks"), *webhook;
    size_t index;

    json_array_foreach(webhooks, index, webhook)
    {
        if (installation_is_own(webhook))
            return webhook;
    }
    return NULL;
}

int installation_find(const struct kubectl *kubectl, struct installation *installation,
                      struct error *error)
{
    json_t *items, *configuration;
    size_t index;

    *installation = (struct installation){.namespace = "", .service = ""};
    installation->configurations = kubectl_json(
        kubectl, (const char *const[]){"get", "mutatingwebhookconfigurations", NULL}, error);
    items = document_at(installation->configurations, "items");
    json_array_foreach(items, index, configuration)
    {
        const json_t *webhook = installation_own(configuration);
        if (!webhook || installation->own)
            continue;
        installation->own = configuration;
        installation->namespace = document_text(webhook, "clientConfig/service/namespace");
        installation->service = document_text(webhook, "clientConfig/service/name");
    }
    snprintf(installation->space, sizeof(installation->space), "--namespace=%s",
             installation->namespace);
    return installation->configurations ? 0 : -1;
}

void installation_clear(struct installation *installation)
{
    json_decref(installation->configurations);
    *installation = (struct installation){.namespace = "", .service = ""};
}

static bool installation_has(const json_t *list, const char *text)
{
    json_t *item;
    size_t index;

    json_array_foreach(list, index, item)
    {
        const char *word = json_string_value(item);
        if (word && (!strcmp(word, text) || !strcmp(word, "*") || !strcmp(word, "*/*")))
            return true;
    }
    return false;
}

bool installation_asks(const json_t *webhook, const char *group, const char *resource)
{
    json_t *rules = document_at(webhook, "rules"), *rule;
    size_t index;

    json_array_foreach(rules, index, rule)
    {
        if (installation_has(document_at(rule, "apiGroups"), group) &&
            installation_has(document_at(rule, "resources"), resource))
            return true;
    }
    return false;
}

char *installation_policy(const struct kubectl *kubectl, const struct installation *installation,
                          struct error *error)
{
    char name[320];
    json_t *map;
    const char *text;
    char *copy;

    snprintf(name, sizeof(name), "%s-policy", installation->service);
    map = kubectl_json(
        kubectl, (const char *const[]){"get", "configmap", name, installation->space, NULL}, error);
    if (!map)
        return NULL;
    text = document_text(map, "data|policy.yaml");
    copy = *text ? strdup(text) : NULL;
    if (!copy)
        error_set(error, "the ConfigMap %s has no policy.yaml", name);
    json_decref(map);
    return copy;
}
