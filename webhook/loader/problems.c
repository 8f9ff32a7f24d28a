// A bounded list: a policy with many mistakes must not fill memory or a terminal.
#include "loader/problems.h"

#include <stdio.h>
#include <stdlib.h>

enum { PROBLEM_TEXT_MAX = 512 };

static uint32_t listed(const struct problems *problems)
{
    uint32_t count = 0;

    for (const struct problem *problem = problems->first; problem; problem = problem->next)
        count++;
    return count;
}

bool problems_full(const struct problems *problems)
{
    return problems->errors + problems->warnings >= PROBLEMS_MAX;
}

static bool comes_before(const struct problem *a, const struct problem *b)
{
    return a->line < b->line || (a->line == b->line && a->column < b->column);
}

static void insert(struct problems *problems, struct problem *problem)
{
    struct problem **at = &problems->first;

    while (*at && !comes_before(problem, *at))
        at = &(*at)->next;
    problem->next = *at;
    *at = problem;
}

// The struct and its text are one allocation. A policy's bytes in it must not control a terminal.
static struct problem *problem_new(const char *text)
{
    size_t size = strlen(text) + 1;
    struct problem *problem = calloc(1, sizeof(*problem) + size);

    if (!problem)
        return NULL;
    problem->text = (char *)(problem + 1);
    memcpy(problem->text, text, size);
    for (char *byte = problem->text; *byte; byte++)
        if ((unsigned char)*byte < ' ' || *byte == 0x7f)
            *byte = '?';
    return problem;
}

void problems_add(struct problems *problems, bool warning, uint32_t line, uint32_t column,
                  const char *format, va_list arguments)
{
    char text[PROBLEM_TEXT_MAX];
    struct problem *problem;
    bool full = problems_full(problems);

    *(warning ? &problems->warnings : &problems->errors) += 1;
    if (full)
        return;
    vsnprintf(text, sizeof(text), format, arguments);
    problem = problem_new(text);
    if (!problem)
        return;
    problem->warning = warning;
    problem->line = line > 0 ? line : 1;
    problem->column = column > 0 ? column : 1;
    insert(problems, problem);
}

void problems_error(struct problems *problems, uint32_t line, uint32_t column, const char *format,
                    ...)
{
    va_list arguments;

    va_start(arguments, format);
    problems_add(problems, false, line, column, format, arguments);
    va_end(arguments);
}

void problems_finish(struct problems *problems)
{
    uint32_t left_out = problems->errors + problems->warnings - listed(problems);
    struct problem **last = &problems->first, *problem;
    char text[64];

    if (left_out == 0)
        return;
    snprintf(text, sizeof(text), "%u more are not shown", left_out);
    problem = problem_new(text);
    while (*last) {
        if (problem) {
            problem->line = (*last)->line;
            problem->column = (*last)->column;
            problem->warning = problems->errors == 0;
        }
        last = &(*last)->next;
    }
    *last = problem;
}

void problems_clear(struct problems *problems)
{
    while (problems->first) {
        struct problem *next = problems->first->next;

        free(problems->first);
        problems->first = next;
    }
    *problems = (struct problems){0};
}
