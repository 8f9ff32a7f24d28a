// The words for programs that take work from a queue or a clock.
#include "signs/worker_words.h"

#include "signs/words.h"

static const char *const worker_words[] = {
    "worker",   "workers", "consumer",   "consumers", "scheduler", "cron",    "beat",     "celery",
    "replacer", "sidekiq", "subscriber", "queue",     "queues",    "cronjob", "rqworker", NULL};

static bool has_word(struct slice text)
{
    struct words words;

    words_split(text, &words);
    return words_hold_any(&words, worker_words);
}

bool worker_words_name(struct slice container_name, const struct command_line *line)
{
    if (has_word(container_name))
        return true;
    for (uint32_t i = 0; i < line->count; i++) {
        const struct command_part *part = &line->items[i];

        // An address is a place to which it connects.
        if ((part->type == COMMAND_PROGRAM || part->type == COMMAND_WORD) &&
            !(part->text.size > 0 && memmem(part->text.data, part->text.size, "://", 3)) &&
            has_word(part->text))
            return true;
    }
    return false;
}
