// https://docs.oasis-open.org/sarif/sarif/v2.1.0/, GitHub's "Workflow commands", and the XML that
// JUnit's readers agree on. What is a finding is not decided here.
#include "report/findings.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/arena.h"
#include "report/escape.h"

enum { FINDINGS_SIZE_MAX = 512 * 1024 * 1024 };

struct findings {
    enum findings_form form;
    struct arena *arena;
    struct text body;
    struct text object; // of SARIF and JUnit: how the object is called, escaped already
    struct text failure;
    struct text hints;
    size_t count;   // findings
    size_t objects; // JUnit's cases
    size_t failed;  // those with a finding
};

struct findings *findings_new(enum findings_form form)
{
    struct findings *findings = calloc(1, sizeof(*findings));

    if (findings)
        findings->arena = arena_new((size_t)2 * FINDINGS_SIZE_MAX);
    if (!findings || !findings->arena) {
        free(findings);
        return NULL;
    }
    findings->form = form;
    text_init(&findings->body, findings->arena, FINDINGS_SIZE_MAX);
    text_init(&findings->object, findings->arena, FINDINGS_SIZE_MAX);
    text_init(&findings->failure, findings->arena, FINDINGS_SIZE_MAX);
    text_init(&findings->hints, findings->arena, FINDINGS_SIZE_MAX);
    return findings;
}

void findings_free(struct findings *findings)
{
    if (!findings)
        return;
    arena_free(findings->arena);
    free(findings);
}

// JUnit writes an object once all of its findings are known.
static void close_case(struct findings *findings)
{
    if (findings->form != FINDINGS_JUNIT || findings->objects == 0)
        return;
    text_add(&findings->body, text_slice(&findings->object));
    if (findings->failure.size > 0) {
        text_puts(&findings->body,
                  "<failure message=\"what evenkeel would change, and its warnings\">");
        text_add(&findings->body, text_slice(&findings->failure));
        text_puts(&findings->body, "</failure>");
        findings->failed++;
    }
    if (findings->hints.size > 0) {
        text_puts(&findings->body, "<system-out>");
        text_add(&findings->body, text_slice(&findings->hints));
        text_puts(&findings->body, "</system-out>");
    }
    text_puts(&findings->body, "</testcase>\n");
}

static void open_case(struct findings *findings, const char *file, uint32_t line,
                      struct slice namespace, struct slice kind, struct slice name)
{
    struct text *text = &findings->object;

    text_puts(text, "<testcase classname=\"");
    escape_markup(text, namespace);
    text_putc(text, '.');
    escape_markup(text, kind);
    text_puts(text, "\" name=\"");
    escape_markup(text, name);
    text_puts(text, "\" file=\"");
    escape_markup(text, slice_of(file));
    text_printf(text, "\" line=\"%" PRIu32 "\" time=\"0\">", line);
}

void findings_object(struct findings *findings, const char *file, uint32_t line,
                     struct slice namespace, struct slice kind, struct slice name)
{
    struct text *text = &findings->object;

    close_case(findings);
    findings->objects++;
    text->size = 0;
    findings->failure.size = 0;
    findings->hints.size = 0;
    if (findings->form == FINDINGS_JUNIT) {
        open_case(findings, file, line, namespace, kind, name);
        return;
    }
    text_add(text, namespace);
    text_putc(text, '/');
    text_add(text, kind);
    text_putc(text, '/');
    text_add(text, name);
}

// A path as a relative reference (RFC 3986), or an absolute one as a file's URI (RFC 8089): all but
// what may stand in one is percent-encoded.
static void add_uri(struct text *text, struct slice path)
{
    static const char plain[] = "/-._~!$&()*+,;=@";

    if (slice_starts_with(path, "./"))
        path = (struct slice){path.data + 2, path.size - 2};
    if (slice_starts_with(path, "/"))
        text_puts(text, "file://");
    for (size_t i = 0; path.data && i < path.size; i++) {
        char byte = path.data[i];
        if (byte_is_letter(byte) || (byte >= '0' && byte <= '9') || (byte && strchr(plain, byte)))
            text_putc(text, byte);
        else
            text_printf(text, "%%%02X", (unsigned char)byte);
    }
}

static bool is_warning(const struct finding_line *finding)
{
    return finding->sort == FINDING_WARNING || finding->sort == FINDING_DOUBT;
}

static void add_sarif(struct findings *findings, const struct finding_line *finding)
{
    struct text *text = &findings->body;
    struct text message;

    text_init(&message, findings->arena, FINDINGS_SIZE_MAX);
    text_add(&message, text_slice(&findings->object));
    text_puts(&message, ": ");
    text_add(&message, finding->message);
    text_puts(text, findings->count ? ",\n" : "\n");
    text_printf(text, "{\"ruleId\":\"%s\",\"level\":\"%s\",\"message\":{\"text\":", finding->rule,
                is_warning(finding) ? "warning" : "note");
    escape_script(text, text_slice(&message));
    text_puts(text, "},\"locations\":[{\"physicalLocation\":{\"artifactLocation\":{\"uri\":\"");
    add_uri(text, slice_of(finding->file));
    text_printf(text, "\"},\"region\":{\"startLine\":%" PRIu32 "}}}]}", finding->line);
}

static void add_github(struct findings *findings, const struct finding_line *finding)
{
    struct text *text = &findings->body;

    text_printf(text, "::%s file=", is_warning(finding) ? "warning" : "notice");
    escape_command(text, slice_of(finding->file), true);
    text_printf(text, ",line=%" PRIu32 ",title=evenkeel %s::", finding->line, finding->rule);
    escape_command(text, text_slice(&findings->object), false);
    text_puts(text, ": ");
    escape_command(text, finding->message, false);
    text_putc(text, '\n');
}

// A case fails by what the webhook would do. The rest is only shown.
static void add_junit(struct findings *findings, const struct finding_line *finding)
{
    struct text *text = finding->sort >= FINDING_DOUBT ? &findings->hints : &findings->failure;

    escape_markup(text, finding->message);
    text_putc(text, '\n');
}

void findings_add(struct findings *findings, const struct finding_line *finding)
{
    if (findings->form == FINDINGS_SARIF)
        add_sarif(findings, finding);
    else if (findings->form == FINDINGS_GITHUB)
        add_github(findings, finding);
    else
        add_junit(findings, finding);
    findings->count++;
}

static void wrap_sarif(struct text *text, struct slice body)
{
    text_puts(
        text,
        "{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\","
        "\"runs\":[{\"tool\":{\"driver\":{\"name\":\"evenkeel preview\",\"version\":"
        "\"" EVENKEEL_VERSION "\"}},\"columnKind\":\"utf16CodeUnits\",\"results\":[");
    text_add(text, body);
    text_puts(text, "]}]}\n");
}

static void wrap_junit(struct text *text, const struct findings *findings, struct slice body)
{
    text_printf(text,
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite "
                "name=\"evenkeel preview\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" "
                "skipped=\"0\" time=\"0\">\n",
                findings->objects, findings->failed);
    text_add(text, body);
    text_puts(text, "</testsuite>\n</testsuites>\n");
}

struct slice findings_text(struct findings *findings)
{
    struct slice body;
    struct text text;

    close_case(findings);
    body = text_slice(&findings->body);
    text_init(&text, findings->arena, FINDINGS_SIZE_MAX);
    if (findings->form == FINDINGS_SARIF)
        wrap_sarif(&text, body);
    else if (findings->form == FINDINGS_JUNIT)
        wrap_junit(&text, findings, body);
    else
        text_add(&text, body);
    if (!body.data || findings->object.failed || findings->failure.failed || findings->hints.failed)
        return (struct slice){0};
    return text_slice(&text);
}
