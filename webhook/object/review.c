// Reads what the request says. It judges only whether it can be answered at all.
#include "object/review.h"

#include "base/arena.h"

static enum operation review_operation(struct value operation)
{
    static const struct {
        const char *name;
        enum operation operation;
    } operations[] = {
        {"CREATE", OPERATION_CREATE},
        {"UPDATE", OPERATION_UPDATE},
        {"DELETE", OPERATION_DELETE},
        {"CONNECT", OPERATION_CONNECT},
    };
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
        if (value_is(operation, operations[i].name))
            return operations[i].operation;
    return OPERATION_OTHER;
}

static struct slice review_name(struct value request, struct value metadata, struct arena *arena)
{
    struct slice name = value_string(value_get(metadata, "name"), arena);
    if (name.size == 0)
        name = value_string(value_get(request, "name"), arena);
    if (name.size == 0)
        name = value_string(value_get(metadata, "generateName"), arena);
    return name;
}

static struct slice review_namespace(struct value request, struct value metadata,
                                     struct arena *arena)
{
    struct slice namespace = value_string(value_get(request, "namespace"), arena);
    if (namespace.size > 0)
        return namespace;
    return value_string(value_get(metadata, "namespace"), arena);
}

// The API's uids are UUIDs. A text that needs an escape in JSON is not a uid, so a uid can always
// be written back as it is.
static bool review_is_uid(struct slice uid)
{
    for (size_t i = 0; i < uid.size; i++)
        if (uid.data[i] <= ' ' || uid.data[i] > '~' || uid.data[i] == '"' || uid.data[i] == '\\')
            return false;
    return uid.size > 0 && uid.size <= REVIEW_UID_MAX;
}

int review_read(struct review *review, struct tape *body, struct arena *arena, struct error *error)
{
    *review = (struct review){0};
    struct value root = value_root(body);
    struct value request = value_get(root, "request");
    struct slice uid = value_string(value_get(request, "uid"), arena);
    if (!review_is_uid(uid))
        return error_set(error, "the body has no request.uid");
    review->uid = uid;
    if (!value_is(value_get(root, "kind"), "AdmissionReview") ||
        !value_is(value_get(root, "apiVersion"), "admission.k8s.io/v1"))
        return error_set(error, "not an AdmissionReview of admission.k8s.io/v1");
    struct value kind = value_get(request, "kind");
    review->group = value_string(value_get(kind, "group"), arena);
    review->version = value_string(value_get(kind, "version"), arena);
    review->kind = value_string(value_get(kind, "kind"), arena);
    review->object = value_get(request, "object");
    review->old_object = value_get(request, "oldObject");
    struct value metadata = value_get(review->object, "metadata");
    review->namespace = review_namespace(request, metadata, arena);
    review->name = review_name(request, metadata, arena);
    struct value sub_resource = value_get(request, "subResource");
    review->sub_resource =
        value_count(sub_resource) > 0 || value_string(sub_resource, arena).size > 0;
    review->dry_run = value_is_true(value_get(request, "dryRun"));
    review->operation = review_operation(value_get(request, "operation"));
    review->user = value_get(request, "userInfo");
    review->field_manager = value_get(value_get(request, "options"), "fieldManager");
    return 0;
}

// The end of a string that starts at `at` (its opening quote), after the closing one. NULL if it
// has none.
static const char *review_string_end(const char *at, const char *end)
{
    for (at++; at < end; at++) {
        if (*at == '\\')
            at++;
        else if (*at == '"')
            return at + 1;
    }
    return NULL;
}

static const char *review_skip(const char *at, const char *end, const char *set)
{
    while (at < end && *at != '\0' && strchr(set, *at) != NULL)
        at++;
    return at;
}

static struct slice review_plain_uid(const char *at, const char *end)
{
    at = review_skip(at, end, " \t\r\n:");
    const char *close = at < end && *at == '"' ? review_string_end(at, end) : NULL;
    if (close == NULL)
        return (struct slice){NULL, 0};
    struct slice uid = {at + 1, (size_t)(close - at) - 2};
    return review_is_uid(uid) ? uid : (struct slice){NULL, 0};
}

struct slice review_find_uid(struct slice body)
{
    const char *end = body.size > 0 ? body.data + body.size : body.data; // NULL: no body
    int depth = 0;
    bool in_request = false;
    for (const char *at = body.data; at < end;) {
        if (*at != '"') {
            depth += (*at == '{' || *at == '[') - (*at == '}' || *at == ']');
            at++;
            continue;
        }
        const char *close = review_string_end(at, end);
        if (close == NULL)
            break;
        struct slice text = {at + 1, (size_t)(close - at) - 2};
        if (depth == 1)
            in_request = slice_is(text, "request");
        else if (depth == 2 && in_request && slice_is(text, "uid"))
            return review_plain_uid(close, end);
        at = close;
    }
    return (struct slice){NULL, 0};
}
