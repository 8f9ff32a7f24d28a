// Builds the review. It does not know what the engine does with it.
#include "manifest/synthetic.h"

#include "base/arena.h"
#include "manifest/defaults.h"
#include "manifest/fields.h"
#include "manifest/string_maps.h"
#include "object/kinds.h"
#include "json/value.h"

struct builder {
    struct text text;
    struct arena *arena;
    const struct object *object;
    struct value value;
    struct value metadata;
    struct defaults_context context;
    struct slice group;
    struct slice version;
};

static void split_version(struct builder *builder)
{
    struct slice all = builder->object->api_version;
    const char *slash = all.size ? memchr(all.data, '/', all.size) : NULL;

    builder->version = all;
    if (!slash)
        return;
    builder->group = (struct slice){all.data, (size_t)(slash - all.data)};
    builder->version = (struct slice){slash + 1, all.size - builder->group.size - 1};
}

static struct slice quoted(struct builder *builder, struct slice text)
{
    struct text json;

    text_init(&json, builder->arena, SYNTHETIC_SIZE_MAX);
    text_json_string(&json, text);
    return text_slice(&json);
}

// Writes the object with another value for `key`. If the object has no such key, it comes last.
static struct slice replaced(struct builder *builder, struct value object, const char *key,
                             struct slice json)
{
    struct text text;
    bool found = false;

    text_init(&text, builder->arena, SYNTHETIC_SIZE_MAX);
    text_putc(&text, '{');
    for (struct value member = value_first(object); member.node; member = value_next(member)) {
        bool meant = value_is(value_key(member), key);
        text_puts(&text, text.size > 1 ? "," : "");
        text_add(&text, value_raw(value_key(member)));
        text_putc(&text, ':');
        text_add(&text, meant ? json : value_raw(member));
        found = found || meant;
    }
    if (!found && json.size)
        text_printf(&text, "%s\"%s\":%.*s", text.size > 1 ? "," : "", key, (int)json.size,
                    json.data);
    text_putc(&text, '}');
    return text_slice(&text);
}

// The annotation has the manifest as kubectl writes it: always with annotations, and with a line
// end.
static void show_applied(struct builder *builder)
{
    struct slice manifest = value_raw(builder->value);
    struct value annotations = value_get(builder->metadata, "annotations");
    struct text text;

    if (!value_exists(annotations))
        manifest = replaced(builder, builder->value, "metadata",
                            replaced(builder, builder->metadata, "annotations", SLICE("{}")));
    text_init(&text, builder->arena, SYNTHETIC_SIZE_MAX);
    text_add(&text, manifest);
    text_putc(&text, '\n');
    builder->context.last_applied = quoted(builder, text_slice(&text));
}

static void show_fields(struct builder *builder)
{
    struct text text;

    text_init(&text, builder->arena, SYNTHETIC_SIZE_MAX);
    fields_add(&text, builder->value, builder->object->api_version);
    builder->context.managed_fields = text_slice(&text);
}

static bool is_from_cluster(struct value metadata)
{
    return value_exists(value_get(metadata, "uid")) ||
           value_exists(value_get(metadata, "managedFields"));
}

static void add_string(struct text *text, const char *key, struct slice value)
{
    text_puts(text, key);
    text_json_string(text, value);
}

static void add_kind(struct builder *builder, const char *key)
{
    add_string(&builder->text, key, builder->group);
    add_string(&builder->text, ",\"version\":", builder->version);
    add_string(&builder->text, ",\"kind\":", builder->object->kind);
    text_putc(&builder->text, '}');
}

// The rule for the plural of nearly all kinds.
static struct slice plural_of(struct builder *builder, struct slice kind)
{
    struct text text;

    text_init(&text, builder->arena, SYNTHETIC_SIZE_MAX);
    for (size_t i = 0; i < kind.size; i++) {
        bool upper = kind.data[i] >= 'A' && kind.data[i] <= 'Z';
        text_putc(&text, (char)(kind.data[i] + (upper ? 'a' - 'A' : 0)));
    }
    text_putc(&text, 's');
    return text_slice(&text);
}

static void add_resource(struct builder *builder, const char *key)
{
    const struct kind *kind = kind_find(builder->group, builder->object->kind);
    struct text *text = &builder->text;

    add_string(text, key, builder->group);
    add_string(text, ",\"version\":", builder->version);
    add_string(text, ",\"resource\":",
               kind ? slice_of(kind->resource) : plural_of(builder, builder->object->kind));
    text_putc(text, '}');
}

// The object's own name and namespace are copied as they are written.
static void add_raw(struct text *text, const char *key, struct value value, struct slice fallback)
{
    struct slice raw = value_type(value) == TAPE_STRING ? value_raw(value) : fallback;

    text_puts(text, key);
    text_add(text, raw);
}

static void add_old_object(struct builder *builder)
{
    bool service = slice_is(builder->object->kind, "Service");
    struct value spec = value_get(builder->value, "spec");
    struct slice old = value_raw(spec);

    if (value_type(spec) == TAPE_OBJECT)
        old = replaced(builder, spec, service ? "ports" : "template", SLICE("null"));
    text_add(&builder->text, replaced(builder, builder->value, "spec", old));
}

static void add_request(struct builder *builder, bool update)
{
    struct text *text = &builder->text;

    text_puts(text, "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\","
                    "\"request\":{\"uid\":\"00000000-0000-0000-0000-000000000000\"");
    add_kind(builder, ",\"kind\":{\"group\":");
    add_resource(builder, ",\"resource\":{\"group\":");
    add_kind(builder, ",\"requestKind\":{\"group\":");
    add_resource(builder, ",\"requestResource\":{\"group\":");
    if (value_exists(value_get(builder->metadata, "name")))
        add_raw(text, ",\"name\":", value_get(builder->metadata, "name"), SLICE("\"\""));
    add_raw(text, ",\"namespace\":", value_get(builder->metadata, "namespace"),
            builder->context.namespace);
    text_printf(text, ",\"operation\":\"%s\"", update ? "UPDATE" : "CREATE");
    text_puts(text, ",\"userInfo\":{\"username\":\"evenkeel preview\"},\"object\":");
    defaults_add(text, builder->value, builder->object->api_version, builder->object->kind,
                 &builder->context);
    text_puts(text, ",\"oldObject\":");
    if (update)
        add_old_object(builder);
    else
        text_puts(text, "null");
    text_printf(text,
                ",\"dryRun\":true,\"options\":{\"kind\":\"%sOptions\","
                "\"apiVersion\":\"meta.k8s.io/v1\"}}}",
                update ? "Update" : "Create");
}

struct slice synthetic_review(const struct object *object, struct value value,
                              const struct synthetic_options *options, struct arena *arena,
                              struct error *error)
{
    struct builder builder = {.arena = arena, .object = object, .value = value};
    bool update = options->operation == OPERATION_UPDATE;
    struct slice body;

    if (string_maps_check(object, value, arena, error) < 0)
        return (struct slice){0};
    builder.metadata = value_get(value, "metadata");
    if (options->operation == OPERATION_OTHER)
        update = value_exists(value_get(builder.metadata, "uid"));
    split_version(&builder);
    builder.context.namespace =
        quoted(&builder, options->namespace.size ? options->namespace : SLICE("default"));
    if (options->evidence == SYNTHETIC_APPLY && !is_from_cluster(builder.metadata))
        show_applied(&builder);
    if (options->evidence == SYNTHETIC_SERVER_SIDE && !is_from_cluster(builder.metadata))
        show_fields(&builder);
    text_init(&builder.text, arena, SYNTHETIC_SIZE_MAX);
    add_request(&builder, update);
    body = text_slice(&builder.text);
    if (!body.data)
        error_set(error, "memory is short, or the object is larger than %d MiB",
                  SYNTHETIC_SIZE_MAX / 1024 / 1024);
    return body;
}
