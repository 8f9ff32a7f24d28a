// Names the chart by the path alone: nothing is opened.
#include "manifest/template.h"

#include <stdio.h>

bool template_is(struct slice file)
{
    const char *at = file.data;
    const char *end = file.data + file.size;

    while (at && (at = memmem(at, (size_t)(end - at), "{{", 2)) != NULL) {
        at += 2;
        if (at < end && *at && strchr("- ./$(\"", *at) && memmem(at, (size_t)(end - at), "}}", 2))
            return true;
    }
    return false;
}

// The chart's folder: the part before the folder `templates`. "." if there is none.
static struct slice chart_of(const char *name)
{
    const char *found = NULL;

    for (const char *at = name; (at = strstr(at, "templates/")) != NULL; at++) {
        if (at == name || at[-1] == '/')
            found = at;
    }
    if (!found)
        return SLICE("CHART");
    if (found == name)
        return SLICE(".");
    return (struct slice){name, (size_t)(found - 1 - name)};
}

void template_explain(const char *name, struct error *error)
{
    struct slice chart = chart_of(name);
    struct error inner = *error;

    *error = (struct error){0};
    error_set_at(error, inner.line, inner.column,
                 "a template with {{ in it, not a manifest yet (%.100s); render it first: helm "
                 "template %.*s | evenkeel preview -",
                 inner.text, (int)(chart.size < 200 ? chart.size : 200), chart.data);
}
