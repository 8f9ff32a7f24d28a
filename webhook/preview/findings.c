// The forms for continuous integration: what would be injected, and the webhook's warnings.
#include "report/findings.h"

#include <stdio.h>

#include "preview/form.h"
#include "preview/hints.h"
#include "preview/progress.h"

static void add_outcome(struct output *output, const char *file, const struct decision *decision,
                        const struct outcome *outcome)
{
    struct finding_line finding = {file,
                                   decision->object->line,
                                   FINDING_CHANGE,
                                   outcome->rule ? outcome->rule->name : "annotation",
                                   {0}};
    struct text text;

    text_init(&text, output->arena, 64 * 1024);
    text_printf(&text, "%s ", finding.rule);
    if (outcome->container.size) {
        text_puts(&text, "of container ");
        text_add(&text, outcome->container);
        text_putc(&text, ' ');
    }
    text_printf(&text, "would be injected: %s",
                *reason_doc(outcome->finding.reason) ? reason_doc(outcome->finding.reason)
                                                     : reason_name(outcome->finding.reason));
    finding.message = text_slice(&text);
    findings_add(output->findings, &finding);
}

static void add_warnings(struct output *output, const char *file, const struct decision *decision)
{
    for (uint32_t i = 0; i < decision->admission.warning_count; i++)
        findings_add(output->findings,
                     &(struct finding_line){file, decision->object->line, FINDING_WARNING,
                                            "warning", decision->admission.warnings[i]});
}

static void add_hints(struct findings *findings, const char *file, uint32_t line,
                      const struct hints *hints)
{
    for (uint32_t i = 0; i < hints->count; i++) {
        const struct hint *hint = &hints->items[i];
        findings_add(findings, &(struct finding_line){
                                   file, line, hint->warning ? FINDING_DOUBT : FINDING_HINT,
                                   hint->warning ? "warning" : "hint", hint->text});
    }
}

// What is known of the Services once all workloads were looked at, as cases of its own.
static void add_services(struct output *output)
{
    struct hints hints;
    struct text name;

    for (const struct service *service = output->services->first; service;
         service = service->next) {
        hints_service(service, output->arena, &hints);
        if (hints.count == 0)
            continue;
        text_init(&name, output->arena, 64 * 1024);
        text_add(&name, service->name);
        text_puts(&name, " and its workloads");
        findings_object(output->findings, service->file, service->line, service->namespace,
                        SLICE("Service"), text_slice(&name));
        add_hints(output->findings, service->file, service->line, &hints);
    }
}

static void form_findings(struct output *output, const char *file, const struct decision *decision,
                          enum findings_form form)
{
    const struct admission *admission = &decision->admission;

    if (!output->findings)
        output->findings = findings_new(form);
    if (!decision->known || !output->findings) {
        output->failed = output->failed || !output->findings;
        return;
    }
    findings_object(output->findings, file, decision->object->line, decision->namespace,
                    decision->object->kind, decision->name);
    for (uint32_t i = 0; i < admission->outcome_count && decision->changed; i++) {
        if (admission->outcomes[i].finding.verdict == VERDICT_INJECTED)
            add_outcome(output, file, decision, &admission->outcomes[i]);
    }
    add_warnings(output, file, decision);
    add_hints(output->findings, file, decision->object->line, output->hints);
}

void form_sarif(struct output *output, const char *file, const struct decision *decision)
{
    form_findings(output, file, decision, FINDINGS_SARIF);
}

void form_github(struct output *output, const char *file, const struct decision *decision)
{
    form_findings(output, file, decision, FINDINGS_GITHUB);
}

void form_junit(struct output *output, const char *file, const struct decision *decision)
{
    form_findings(output, file, decision, FINDINGS_JUNIT);
}

static void finish(struct output *output, enum findings_form form)
{
    struct slice text = {0};

    if (!output->findings)
        output->findings = findings_new(form);
    if (output->findings)
        add_services(output);
    if (output->findings)
        text = findings_text(output->findings);
    progress_erase(stdout);
    if (text.data)
        fwrite(text.data, 1, text.size, stdout);
    output->failed = output->failed || !text.data;
    findings_free(output->findings);
    output->findings = NULL;
}

void form_sarif_end(struct output *output)
{
    finish(output, FINDINGS_SARIF);
}

void form_github_end(struct output *output)
{
    finish(output, FINDINGS_GITHUB);
}

void form_junit_end(struct output *output)
{
    finish(output, FINDINGS_JUNIT);
}
