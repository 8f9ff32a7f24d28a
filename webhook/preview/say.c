// Lines on stderr. It decides nothing, and counts nothing.
#include "preview/say.h"

#include <stdio.h>

#include "preview/progress.h"

static void print(struct slice text)
{
    for (size_t i = 0; i < text.size; i++)
        putc((unsigned char)text.data[i] < ' ' || text.data[i] == 0x7f ? '?' : text.data[i],
             stderr);
}

static void begin(const char *file)
{
    progress_erase(stderr);
    fputs("evenkeel: ", stderr);
    if (!file)
        return;
    print(slice_of(file));
    putc(':', stderr);
}

void say_error(const char *file, const struct error *error)
{
    begin(file);
    if (error->line)
        fprintf(stderr, "%u:%u:", error->line, error->column);
    fputs(file ? " " : "", stderr);
    print(slice_of(error->text));
    putc('\n', stderr);
}

void say_hint(const char *file, uint32_t line, bool warning, struct slice text)
{
    begin(file);
    fprintf(stderr, "%u: %s: ", line, warning ? "warning" : "hint");
    print(text);
    putc('\n', stderr);
}

void say_left_alone(const char *file, const struct decision *decision)
{
    begin(file);
    fprintf(stderr, "%u: note: a fragment, left alone: %s\n", decision->object->line,
            decision->left_alone);
}

void say_problems(const char *file, const struct problems *problems)
{
    for (const struct problem *problem = problems->first; problem; problem = problem->next) {
        if (problem->warning)
            continue;
        begin(file);
        fprintf(stderr, "%u:%u: %s\n", problem->line, problem->column, problem->text);
    }
}

void say_warnings(const char *file, const struct decision *decision)
{
    const struct admission *admission = &decision->admission;

    for (uint32_t i = 0; i < admission->warning_count; i++)
        say_hint(file, decision->object->line, true, admission->warnings[i]);
}
