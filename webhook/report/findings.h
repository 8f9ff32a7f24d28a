// Findings in the forms that continuous integration reads: SARIF 2.1.0, GitHub's workflow commands
// and JUnit's XML.
#ifndef EVENKEEL_REPORT_FINDINGS_H
#define EVENKEEL_REPORT_FINDINGS_H

#include "base/text.h"

enum findings_form { FINDINGS_SARIF, FINDINGS_GITHUB, FINDINGS_JUNIT };

enum finding_sort {
    FINDING_CHANGE,  // a value that would be injected
    FINDING_WARNING, // of the webhook
    FINDING_DOUBT,   // a warning that only the whole input shows; the webhook would not send it
    FINDING_HINT,    // advice
};

// All texts may be hostile.
struct finding_line {
    const char *file;
    uint32_t line;
    enum finding_sort sort;
    const char *rule; // its name in a policy, "warning" or "hint"
    struct slice message;
};

struct findings;

// NULL when memory is short.
struct findings *findings_new(enum findings_form form);
void findings_free(struct findings *findings);

// Begins an object, to which what is added next belongs.
void findings_object(struct findings *findings, const char *file, uint32_t line,
                     struct slice namespace, struct slice kind, struct slice name);

// Adds one finding of the object; nothing of it is borrowed.
void findings_add(struct findings *findings, const struct finding_line *finding);

// All of it; `findings` owns it. {NULL, 0} when memory was short.
struct slice findings_text(struct findings *findings);

#endif
