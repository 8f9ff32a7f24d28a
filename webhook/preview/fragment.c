// Only what the API would refuse counts. The quality of an object is not judged here.
#include "preview/fragment.h"

#include "object/kinds.h"

// Directives of a strategic merge patch
// (https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md).
static bool is_directive(struct value key)
{
    struct slice raw = value_raw(key);

    return value_is(key, "$patch") || value_is(key, "$retainKeys") ||
           slice_starts_with(raw, "\"$setElementOrder/") ||
           slice_starts_with(raw, "\"$deleteFromPrimitiveList/");
}

// The tape holds every key, so nothing needs to nest.
static bool has_directive(const struct decision *decision)
{
    struct slice json = decision->object->json;
    struct tape *tape = decision->value.tape;

    if (!json.size || !memmem(json.data, json.size, "\"$", 2))
        return false;
    for (uint32_t node = 1; node < tape->count; node++) {
        struct value member = {tape, node};
        struct value key = value_key(member);
        if (key.node && is_directive(key))
            return true;
    }
    return false;
}

// A Service without ports is valid only if it has no address of its own.
static bool needs_ports(struct value spec)
{
    return !value_is(value_get(spec, "type"), "ExternalName") &&
           !value_is(value_get(spec, "clusterIP"), "None");
}

const char *fragment_reason(const struct decision *decision)
{
    struct value spec = value_get(decision->value, "spec");

    if (!decision->known)
        return NULL;
    if (has_directive(decision))
        return "it holds a directive of a strategic merge patch";
    if (slice_is(decision->object->api_version, "v1"))
        return needs_ports(spec) && value_count(value_get(spec, "ports")) == 0
                   ? "a Service without spec.ports"
                   : NULL;
    if (!slice_is(decision->object->api_version, "apps/v1"))
        return NULL;
    if (!value_exists(value_get(spec, "selector")))
        return "it has no spec.selector, which the API requires";
    return value_exists(value_get(spec, "template"))
               ? NULL
               : "it has no spec.template, which the API requires";
}
