// Prints each finding at once, or collects it for JSON.
#include "live/findings.h"

#include <stdarg.h>
#include <stdio.h>

#include "cluster/document.h"

enum { FOUND_TEXT_MAX = 1024 };

void found(struct findings *findings, enum finding_level level, const char *check,
           const char *advice, const char *format, ...)
{
    static const char *const words[] = {"ok", "?", "warn", "FAIL"};
    static const char *const names[] = {"ok", "unknown", "warning", "failure"};
    char text[FOUND_TEXT_MAX];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    document_clean(text);
    findings->counts[level]++;
    if (findings->json) {
        json_array_append_new(findings->list,
                              json_pack("{s:s s:s s:s s:s?}", "check", check, "level", names[level],
                                        "text", text, "advice", advice));
        return;
    }
    printf("%-5s %-14s ", words[level], check);
    document_print(stdout, text);
    printf("\n");
    if (advice)
        printf("      %-14s → %s\n", "", advice);
    fflush(stdout);
}
