// Writes lines, and flushes each line before anything else happens.
#include "cluster/drive_log.h"

#include <stdarg.h>
#include <stdio.h>

#include "cluster/clock.h"
#include "cluster/document.h"

enum { LOG_TEXT_MAX = 1024 };

static void log_json(const struct drive_log *log, const char *event, const char *stamp,
                     const char *text)
{
    const struct workload *workload = log->workload;
    json_t *line = json_pack("{s:s s:s s:s}", "time", stamp, "event", event, "message", text);

    if (workload) {
        json_object_set_new(line, "namespace", json_string(workload->namespace));
        json_object_set_new(line, "kind", json_string(workload->kind->name));
        json_object_set_new(line, "name", json_string(workload->name));
        json_object_set_new(line, "held", json_boolean(workload->held));
    }
    if (workload && workload->held) {
        json_object_set_new(line, "step", json_integer(workload->step));
        json_object_set_new(line, "steps", json_integer(workload->steps.count));
        json_object_set_new(line, "template", json_string(workload->template));
    }
    json_dumpf(line, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(line);
}

void drive_log(const struct drive_log *log, const char *event, const char *format, ...)
{
    char stamp[CLOCK_TEXT_SIZE], text[LOG_TEXT_MAX];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    document_clean(text);
    clock_stamp(stamp);
    if (log->json) {
        log_json(log, event, stamp, text);
    } else {
        printf("%s %-11s ", stamp, event);
        document_print(stdout, text);
        putchar('\n');
    }
    fflush(stdout);
}
