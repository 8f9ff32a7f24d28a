// Builds command lines and reads their results. The callers decide what to ask.
#include "cluster/kubectl.h"

#include <stdlib.h>
#include <string.h>

enum { KUBECTL_SECONDS = 120 }; // seconds; a call that takes longer hangs

int kubectl_option(struct kubectl *kubectl, const char *option, struct error *error)
{
    if (kubectl->option_count == KUBECTL_OPTIONS_MAX)
        return error_set(error, "too many options for kubectl");
    kubectl->options[kubectl->option_count++] = option;
    if (strncmp(option, "--request-timeout", 17) == 0)
        kubectl->own_timeout = true;
    return 0;
}

int kubectl_run(const struct kubectl *kubectl, const char *const *arguments,
                struct process *process, struct error *error)
{
    const char *line[KUBECTL_OPTIONS_MAX + KUBECTL_ARGUMENTS_MAX + 3];
    unsigned count = 0;

    line[count++] = "kubectl";
    for (unsigned i = 0; i < kubectl->option_count; i++)
        line[count++] = kubectl->options[i];
    if (!kubectl->own_timeout)
        line[count++] = "--request-timeout=30s";
    for (; *arguments && count < KUBECTL_OPTIONS_MAX + KUBECTL_ARGUMENTS_MAX + 2; arguments++)
        line[count++] = *arguments;
    line[count] = NULL;
    return process_run(process, line, NULL, KUBECTL_SECONDS, error);
}

const char *kubectl_reason(char *errors)
{
    size_t size = strlen(errors);
    char *line;

    while (size > 0 && (errors[size - 1] == '\n' || errors[size - 1] == '\r'))
        errors[--size] = '\0';
    line = strrchr(errors, '\n');
    line = line ? line + 1 : errors;
    return *line ? line : "it failed and said nothing";
}

json_t *kubectl_json_warned(const struct kubectl *kubectl, const char *const *arguments,
                            char **warnings, struct error *error)
{
    const char *line[KUBECTL_ARGUMENTS_MAX + 2];
    struct process process;
    json_error_t where;
    json_t *document = NULL;
    unsigned count = 0;

    *warnings = NULL;
    for (; *arguments && count < KUBECTL_ARGUMENTS_MAX; arguments++)
        line[count++] = *arguments;
    line[count++] = "-o";
    line[count++] = "json";
    line[count] = NULL;
    if (kubectl_run(kubectl, line, &process, error) < 0)
        return NULL;
    if (process.status != 0)
        error_set(error, "kubectl: %s", kubectl_reason(process.errors));
    else if (!(document = json_loadb(process.output, process.output_size, JSON_ALLOW_NUL, &where)))
        error_set(error, "kubectl's answer is no JSON: %s", where.text);
    *warnings = process.errors;
    process.errors = NULL;
    process_clear(&process);
    return document;
}

json_t *kubectl_json(const struct kubectl *kubectl, const char *const *arguments,
                     struct error *error)
{
    char *warnings;
    json_t *document = kubectl_json_warned(kubectl, arguments, &warnings, error);

    free(warnings);
    return document;
}

int kubectl_find_namespace(const struct kubectl *kubectl, const char *namespace,
                           struct error *error)
{
    struct error why = {0};
    json_t *found;

    if (!namespace)
        return 0;
    found = kubectl_json(kubectl, (const char *const[]){"get", "namespace", namespace, NULL}, &why);
    json_decref(found);
    return found || !strstr(why.text, "(NotFound)") ? 0 : error_set(error, "%s", why.text);
}
