// The words for programs that take work from a queue or a clock.
#include "signs/worker_words.h"

#include "signs/idle_command.h"
#include "signs/words.h"

static const char *const worker_words[] = {
    "worker",   "workers",  "consumer", "consumers",  "scheduler", "cron",   "beat",
    "celery",   "replacer", "sidekiq",  "subscriber", "queue",     "queues", "cronjob",
    "cronjobs", "crond",    "crontab",  "consume",    "rqworker",  NULL};
// What a task is called behind the program that runs it: "schedule:work", "jobs:work".
static const char task_suffix[] = ":work";

// In a pod that declares no port these say it as well.
static const char *const portless_words[] = {"bot",    "operator",  "processor",     "runner",
                                             "job",    "jobs",      "poller",        "crawler",
                                             "loader", "generator", "loadgenerator", NULL};

static bool has_word(struct slice text, const char *const *table)
{
    struct words words;

    words_split(text, &words);
    return words_hold_any(&words, table);
}

static bool is_task(struct slice text)
{
    const size_t size = sizeof(task_suffix) - 1;

    return text.size > size && slice_is(slice_skip(text, text.size - size), task_suffix);
}

static bool names_worker(struct slice name, const struct command_line *line,
                         const char *const *table)
{
    if (has_word(name, table))
        return true;
    for (uint32_t i = 0; i < line->count; i++) {
        const struct command_part *part = &line->items[i];

        // An address is a place to which it connects.
        if ((part->type == COMMAND_PROGRAM || part->type == COMMAND_WORD) &&
            !(part->text.size > 0 && memmem(part->text.data, part->text.size, "://", 3)) &&
            (has_word(part->text, table) || is_task(part->text)))
            return true;
    }
    return false;
}

bool worker_words_name(struct slice container_name, const struct command_line *line)
{
    return names_worker(container_name, line, worker_words);
}

bool worker_words_portless(struct slice name, const struct command_line *line)
{
    return names_worker(name, line, worker_words) || has_word(name, portless_words) ||
           idle_command_runs(line);
}
