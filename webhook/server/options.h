// The options of `evenkeel serve`: read, checked, documented. One table feeds getopt_long() and
// --help.
#ifndef EVENKEEL_SERVER_OPTIONS_H
#define EVENKEEL_SERVER_OPTIONS_H

#include "base/error.h"
#include "server/log.h"

#include <stdio.h>

enum {
    OPTIONS_NAMES_MAX = 16,  // of --dns-name
    OPTIONS_DESCRIPTORS = 64 // kept free below the limit on open files, for all but connections
};

struct options {
    const char *policy; // NULL: the embedded default
    const char *certificate;
    const char *key;
    const char *ca;
    const char *client_ca;
    bool self_signed;
    const char *names[OPTIONS_NAMES_MAX + 1]; // NULL-terminated
    unsigned name_count;
    const char *listen;
    const char *admin_listen;
    unsigned threads;
    unsigned drain_ms;
    unsigned reload_ms;
    size_t body_max;
    size_t bodies_max;
    unsigned connections_max;
    enum log_format log_format;
    enum log_level log_level;
    bool no_sandbox;
    bool help;
};

// Reads the command line into `options`, defaults filled in. argv[0] is the command's name. What
// `options` points to belongs to argv. Returns 0, or -1 with the reason.
int options_read(struct options *options, int argc, char **argv, struct error *error);

void options_help(FILE *stream);

#endif
