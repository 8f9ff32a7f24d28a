// The options of the `certs` subcommands.
#include "certs/options.h"

#include "certs/command.h"
#include "certs/names.h"

#include <ctype.h>
#include <getopt.h>
#include <stdio.h>

enum { HELP_OPTION = 1, FIRST_SETTING = 2 };

static void print_help(const struct subcommand *subcommand)
{
    printf("usage: evenkeel certs %s [OPTION]...%s%s\n\n", subcommand->name,
           subcommand->operands ? " " : "", subcommand->operands ? subcommand->operands : "");
    printf("%c%s.\n\n", toupper(subcommand->summary[0]), subcommand->summary + 1);
    for (const struct setting *row = subcommand->settings; row->name; row++) {
        char left[64];
        snprintf(left, sizeof(left), "--%s%s%s", row->name, row->argument ? "=" : "",
                 row->argument ? row->argument : "");
        printf("  %-22s %s\n", left, row->help);
    }
    printf("  %-22s %s\n\n%s", "--help", "print this", subcommand->details);
}

static int complain(const struct subcommand *subcommand, const char *what, const char *value,
                    const char *instead)
{
    command_trouble("certs %s: %s \"%s\"; %s", subcommand->name, what, value, instead);
    return -1;
}

static int set_days(const char *text, int64_t *out)
{
    return slice_integer(slice_of(text), 1, CERTS_DAYS_MAX, out) ? 0 : -1;
}

static int set_time(const char *text, time_t *out)
{
    struct tm tm = {0};
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    if (!end || *end)
        return -1;
    *out = timegm(&tm);
    return 0;
}

static int set_names(const char *text, struct names *names)
{
    if (names->count == CERTS_NAMES_MAX)
        return -1;
    names->list[names->count++] = text;
    return 0;
}

static int set_value(const struct subcommand *subcommand, const struct setting *row,
                     const char *text, struct options *options)
{
    void *field = (char *)options + row->offset;
    char what[64];
    snprintf(what, sizeof(what), "--%s:", row->name);
    switch (row->kind) {
    case SETTING_TEXT:
        if (!*text)
            return complain(subcommand, what, text, "expected something");
        *(const char **)field = text;
        return 0;
    case SETTING_NAMES:
        return set_names(text, field) == 0 ? 0 : complain(subcommand, what, text, "one too many");
    case SETTING_DAYS:
        return set_days(text, field) == 0
                   ? 0
                   : complain(subcommand, what, text, "expected a number of days, 1 to 36500");
    case SETTING_TIME:
        return set_time(text, field) == 0
                   ? 0
                   : complain(subcommand, what, text,
                              "expected a time in UTC such as 2030-01-31T09:00:00Z");
    case SETTING_FLAG:
        *(bool *)field = true;
        return 0;
    }
    return -1;
}

static void fill_long_options(const struct subcommand *subcommand, struct option *out)
{
    size_t count = 0;
    for (const struct setting *row = subcommand->settings; row->name; row++) {
        out[count] = (struct option){row->name, row->argument ? required_argument : no_argument,
                                     NULL, (int)count + FIRST_SETTING};
        count++;
    }
    out[count] = (struct option){"help", no_argument, NULL, HELP_OPTION};
}

static int take_operands(const struct subcommand *subcommand, int argc, char **argv,
                         struct options *options)
{
    for (int i = optind; i < argc; i++) {
        if (!subcommand->operands)
            return complain(subcommand, "unexpected argument", argv[i], "--help lists the options");
        if (options->operand_count == OPTIONS_OPERANDS_MAX)
            return complain(subcommand, "argument", argv[i], "one too many");
        options->operands[options->operand_count++] = argv[i];
    }
    return 0;
}

int options_parse(const struct subcommand *subcommand, int argc, char **argv,
                  struct options *options)
{
    struct option long_options[OPTIONS_MAX + 2] = {0};
    fill_long_options(subcommand, long_options);
    *options = subcommand->defaults;
    options->now = time(NULL);
    opterr = 0;
    optind = 0; // glibc: start again
    for (;;) {
        int at = optind > 0 ? optind : 1;
        int found = getopt_long(argc, argv, ":", long_options, NULL);
        if (found == -1)
            return take_operands(subcommand, argc, argv, options);
        if (found == HELP_OPTION) {
            print_help(subcommand);
            return 1;
        }
        if (found == ':')
            return complain(subcommand, "option", argv[optind - 1], "it needs a value");
        if (found == '?')
            return complain(subcommand, "unknown or misused option",
                            argv[optind > at ? optind - 1 : at], "--help lists the options");
        if (set_value(subcommand, &subcommand->settings[found - FIRST_SETTING], optarg, options) !=
            0)
            return -1;
    }
}

static int service_name(struct options *options, int at, const char *suffix, struct error *error)
{
    char *out = options->service_names[at];
    int size = snprintf(out, OPTIONS_NAME_SIZE, "%s.%s.svc%s", options->service, options->namespace,
                        suffix);
    if (size < 0 || size >= OPTIONS_NAME_SIZE)
        return error_set(error, "the names of Service and namespace are too long");
    if (names_check(out, error) != 0)
        return -1;
    if (set_names(out, &options->names) != 0)
        return error_set(error, "too many names: %d at most", CERTS_NAMES_MAX);
    return 0;
}

int options_service_names(struct options *options, bool all, struct error *error)
{
    if (!options->namespace)
        return 0;
    if (service_name(options, 0, "", error) != 0)
        return -1;
    return all ? service_name(options, 1, ".cluster.local", error) : 0;
}
