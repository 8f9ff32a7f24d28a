// Writes one response. The audit annotation repeats what the log says, so that the audit log alone
// gives the reason.
#include "admit/respond.h"

#include "base/base64.h"

enum { REPORT_SIZE_MAX = 4096 }; // past it the report is cut at a whole outcome

static void respond_warnings(struct text *text, const struct admission *admission)
{
    uint32_t count = admission->warning_count;
    for (uint32_t i = 0; i < count; i++) {
        text_puts(text, i == 0 ? ",\"warnings\":[" : ",");
        text_json_string(text, admission->warnings[i]);
    }
    if (admission->note.size > 0) {
        text_puts(text, count == 0 ? ",\"warnings\":[" : ",");
        text_json_string(text, admission->note);
    }
    if (count > 0 || admission->note.size > 0)
        text_putc(text, ']');
}

static void respond_patch(struct text *text, struct slice patch)
{
    if (patch.size == 0)
        return;
    text_puts(text, ",\"patchType\":\"JSONPatch\",\"patch\":\"");
    base64_add(text, patch);
    text_putc(text, '"');
}

// Without control characters, which some readers of audit logs cannot handle.
static void respond_name(struct text *report, struct slice name)
{
    text_putc(report, '[');
    for (size_t i = 0; i < name.size; i++)
        text_putc(report, (unsigned char)name.data[i] < 0x20 ? '?' : name.data[i]);
    text_putc(report, ']');
}

// "readinessProbe[app]=injected:unset …": nobody has checked the names of containers.
static void respond_report(struct text *text, const struct admission *admission,
                           struct arena *arena)
{
    struct text report;
    text_init(&report, arena, 2 * REPORT_SIZE_MAX);
    for (uint32_t i = 0; i < admission->outcome_count && report.size < REPORT_SIZE_MAX; i++) {
        const struct outcome *outcome = &admission->outcomes[i];
        text_puts(&report, i == 0 ? "" : " ");
        text_puts(&report, outcome->rule ? outcome->rule->name : "annotation");
        if (outcome->container.size > 0 && outcome->container.size < 256)
            respond_name(&report, outcome->container);
        text_putc(&report, '=');
        text_puts(&report, verdict_name(outcome->finding.verdict));
        text_putc(&report, ':');
        text_puts(&report, reason_name(outcome->finding.reason));
    }
    struct slice words = text_slice(&report);
    if (words.size == 0)
        return;
    text_puts(text, ",\"auditAnnotations\":{\"report\":");
    text_json_string(text, words);
    if (admission->approver.size > 0) {
        text_puts(text, ",\"approver\":");
        text_json_string(text, admission->approver);
    }
    text_putc(text, '}');
}

struct slice respond(const struct admission *admission, enum answer answer, struct arena *arena)
{
    struct text text;
    text_init(&text, arena, RESPONSE_SIZE_MAX);
    text_puts(&text, "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\","
                     "\"response\":{\"uid\":");
    text_json_string(&text, admission->uid);
    text_puts(&text, answer == ANSWER_ALLOW ? ",\"allowed\":true" : ",\"allowed\":false");
    if (answer == ANSWER_DENY) {
        text_puts(&text, ",\"status\":{\"code\":400,\"message\":");
        text_json_string(&text, slice_of(admission->error.text));
        text_putc(&text, '}');
    } else {
        respond_patch(&text, admission->patch);
    }
    respond_warnings(&text, admission);
    respond_report(&text, admission, arena);
    text_puts(&text, "}}");
    return text_slice(&text);
}
