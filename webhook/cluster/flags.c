// Reads command lines by tables. What a flag means is up to its command.
#include "cluster/flags.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cluster/clock.h"

const struct flag flags_common[] = {
    {"namespace", 'n', FLAG_TEXT, offsetof(struct flags, namespace), "NAME",
     "the namespace; else that of kubectl's context"},
    {"output", 'o', FLAG_TEXT, offsetof(struct flags, output), "json", "JSON instead of text"},
    {"context", 0, FLAG_KUBECTL, 0, "NAME",
     "and --kubeconfig, --cluster, --user, --as, --as-group,"},
    {"kubeconfig", 0, FLAG_KUBECTL, 0, "FILE", NULL},
    {"cluster", 0, FLAG_KUBECTL, 0, "NAME", NULL},
    {"user", 0, FLAG_KUBECTL, 0, "NAME", NULL},
    {"as", 0, FLAG_KUBECTL, 0, "NAME", NULL},
    {"as-group", 0, FLAG_KUBECTL, 0, "NAME", NULL},
    {"as-uid", 0, FLAG_KUBECTL, 0, "UID", NULL},
    {"server", 's', FLAG_KUBECTL, 0, "URL", NULL},
    {"token", 0, FLAG_KUBECTL, 0, "TOKEN", NULL},
    {"request-timeout", 0, FLAG_KUBECTL, 0, "TIME",
     "--server, --token: as in kubectl; the timeout is 30s if it is not given"},
    {"help", 'h', FLAG_SWITCH, offsetof(struct flags, help), NULL, "print this"},
    {NULL, 0, FLAG_SWITCH, 0, NULL, NULL},
};

static const struct flag *flags_find(const struct flag *table, const char *name, size_t size,
                                     char letter)
{
    for (; table->name; table++)
        if (letter ? table->letter == letter
                   : strlen(table->name) == size && !strncmp(table->name, name, size))
            return table;
    return NULL;
}

static int flags_decimal(const char *name, const char *text, double *into, struct error *error)
{
    char *end;
    double number = strtod(text, &end);

    if (end == text || *end || !isfinite(number))
        return error_set(error, "--%s=%s: expected a number", name, text);
    *into = number;
    return 0;
}

static int flags_number(const char *name, const char *text, int64_t *into, struct error *error)
{
    if (!slice_integer(slice_of(text), 0, INT32_MAX, into))
        return error_set(error, "--%s=%s: expected a whole number", name, text);
    return 0;
}

static int flags_hand_on(struct flags *flags, const struct flag *flag, const char *value,
                         struct error *error)
{
    char *option;

    if (flags->owned_count == KUBECTL_OPTIONS_MAX ||
        asprintf(&option, "--%s=%s", flag->name, value) < 0)
        return error_set(error, "too many options for kubectl");
    flags->owned[flags->owned_count++] = option;
    return kubectl_option(&flags->kubectl, option, error);
}

static int flags_set(struct flags *settings, const struct flag *flag, const char *value,
                     struct error *error)
{
    void *into = (char *)settings + flag->offset;
    struct error why = {0};

    switch (flag->type) {
    case FLAG_SWITCH:
        *(bool *)into = true;
        return 0;
    case FLAG_TEXT:
        *(const char **)into = value;
        return 0;
    case FLAG_SECONDS:
        if (clock_parse(value, into, &why) == 0)
            return 0;
        return error_set(error, "--%s: %s", flag->name, why.text);
    case FLAG_NUMBER:
        return flags_number(flag->name, value, into, error);
    case FLAG_DECIMAL:
        return flags_decimal(flag->name, value, into, error);
    case FLAG_KUBECTL:
        return flags_hand_on(settings, flag, value, error);
    }
    return 0;
}

// A word of the command line that begins with '-', taken apart.
struct flag_word {
    const char *name; // not NUL-terminated
    size_t size;
    char letter;       // of a short flag, else 0
    const char *value; // behind '=' or the letter; NULL: none
};

static struct flag_word flags_split(const char *text)
{
    bool is_long = text[1] == '-';
    const char *name = text + (is_long ? 2 : 1), *equals = is_long ? strchr(name, '=') : NULL;
    size_t size = equals ? (size_t)(equals - name) : strlen(name);
    const char *value = equals ? equals + 1 : !is_long && name[1] ? name + 1 : NULL;

    return (struct flag_word){name, size, is_long ? 0 : *name, value};
}

// Reads the value of argv[*at], which is `flag`. If the value is the next argument, `*at` moves on
// to it.
static int flags_take(int argc, char **argv, int *at, const struct flag *flag, const char *value,
                      struct flags *settings, struct error *error)
{
    const char *text = argv[*at];

    if (!flag || (flag->type == FLAG_SWITCH && value))
        return error_set(error, "unknown option \"%s\"; --help lists them", text);
    if (flag->type != FLAG_SWITCH && !value) {
        if (*at + 1 >= argc)
            return error_set(error, "%s needs a value", text);
        value = argv[++*at];
    }
    return flags_set(settings, flag, value, error);
}

static int flags_one(int argc, char **argv, int *at, const struct flag *table,
                     struct flags *settings, struct error *error)
{
    struct flag_word word = flags_split(argv[*at]);
    const struct flag *flag = flags_find(table, word.name, word.size, word.letter);

    if (!flag)
        flag = flags_find(flags_common, word.name, word.size, word.letter);
    return flags_take(argc, argv, at, flag, word.value, settings, error);
}

int flags_try(int argc, char **argv, int *at, const struct flag *table, struct flags *settings,
              struct error *error)
{
    const struct flag *own, *flag;
    struct flag_word word;

    if (argv[*at][0] != '-' || !argv[*at][1])
        return 0;
    word = flags_split(argv[*at]);
    own = flags_find(table, word.name, word.size, word.letter);
    flag = own ? own : flags_find(flags_common, word.name, word.size, word.letter);
    if (!flag || (!own && flag->type != FLAG_KUBECTL))
        return 0;
    return flags_take(argc, argv, at, flag, word.value, settings, error) < 0 ? -1 : 1;
}

static int flags_finish(struct flags *flags, struct error *error)
{
    static const struct flag space = {"namespace", 0, FLAG_KUBECTL, 0, NULL, NULL};

    flags->json = flags->output && !strcmp(flags->output, "json");
    flags->svg = flags->output && flags->draws && !strcmp(flags->output, "svg");
    if (flags->output && !flags->json && !flags->svg)
        return error_set(error, "unknown output \"%s\"; json%s, or leave it out for text",
                         flags->output, flags->draws ? " or svg" : "");
    return flags->namespace ? flags_hand_on(flags, &space, flags->namespace, error) : 0;
}

int flags_read(int argc, char **argv, const struct flag *table, struct flags *settings,
               struct error *error)
{
    bool only_words = false;

    for (int at = 1; at < argc; at++) {
        bool is_flag = !only_words && argv[at][0] == '-' && argv[at][1];
        if (is_flag && !strcmp(argv[at], "--"))
            only_words = true;
        else if (is_flag && flags_one(argc, argv, &at, table, settings, error) < 0)
            return -1;
        else if (!is_flag && settings->word_count == FLAGS_WORDS_MAX)
            return error_set(error, "too many arguments");
        else if (!is_flag)
            settings->words[settings->word_count++] = argv[at];
    }
    return settings->help ? 0 : flags_finish(settings, error);
}

void flags_clear(struct flags *flags)
{
    for (unsigned i = 0; i < flags->owned_count; i++)
        free(flags->owned[i]);
    flags->owned_count = 0;
}

static void flags_print_table(FILE *stream, const struct flag *table, const struct flag *hidden_by)
{
    for (; table->name; table++) {
        char left[48], letter[8] = "    ";
        if (!table->doc ||
            (hidden_by && flags_find(hidden_by, table->name, strlen(table->name), 0)))
            continue;
        if (table->letter)
            snprintf(letter, sizeof(letter), "-%c, ", table->letter);
        snprintf(left, sizeof(left), "%s--%s%s%s", letter, table->name, table->value ? "=" : "",
                 table->value ? table->value : "");
        fprintf(stream, "  %-30s %s\n", left, table->doc);
    }
}

void flags_print(FILE *stream, const struct flag *table)
{
    flags_print_table(stream, table, NULL);
    flags_print_table(stream, flags_common, table);
}
