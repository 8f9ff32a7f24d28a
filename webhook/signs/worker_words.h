// Whether a container's name or command shows that it is a worker, which serves no requests.
#ifndef EVENKEEL_SIGNS_WORKER_WORDS_H
#define EVENKEEL_SIGNS_WORKER_WORDS_H

#include "signs/command_line.h"

// In its name, in a program's base name or in a plain word of its command; never in a flag's name
// or value: `gunicorn --worker-class gevent` is a server.
bool worker_words_name(struct slice container_name, const struct command_line *line);

// The same for a pod that declares no port, where more words say so, also in the object's name, and
// a command that only waits.
bool worker_words_portless(struct slice name, const struct command_line *line);

#endif
