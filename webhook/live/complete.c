// Offers what may come next, from the same tables that the commands are read with. kubectl gives
// the names of workloads.
#include "live/complete.h"

#include <stdio.h>
#include <string.h>

#include "cluster/release.h"
#include "cluster/verb.h"

#define NO_FILES ":4"
#define FILES ":0"

static const char bash[] = "_evenkeel() {\n"
                           "    local line words=(\"${COMP_WORDS[@]:1:COMP_CWORD}\")\n"
                           "    COMPREPLY=()\n"
                           "    while IFS= read -r line; do\n"
                           "        [[ $line == :* ]] || COMPREPLY+=(\"$line\")\n"
                           "    done < <(evenkeel __complete \"${words[@]}\" 2>/dev/null)\n"
                           "}\n"
                           "complete -o default -F _evenkeel evenkeel\n";

static const char zsh[] =
    "#compdef evenkeel\n"
    "_evenkeel() {\n"
    "    local -a found\n"
    "    found=(${(f)\"$(evenkeel __complete \"${(@)words[2,CURRENT]}\" 2>/dev/null)\"})\n"
    "    found=(${found:#:*})\n"
    "    (( ${#found} )) && compadd -- $found || _files\n"
    "}\n"
    "compdef _evenkeel evenkeel\n";

static const char fish[] =
    "complete -c evenkeel -a '(evenkeel __complete (commandline -opc)[2..] (commandline -ct) "
    "2>/dev/null | string match -v \":*\")'\n";

static void offer(const char *word, const char *typed)
{
    if (!strncmp(word, typed, strlen(typed)))
        printf("%s\n", word);
}

static void offer_flags(const struct flag *flag, const char *typed)
{
    for (; flag->name; flag++) {
        char word[64];
        snprintf(word, sizeof(word), "--%s%s", flag->name, flag->type == FLAG_SWITCH ? "" : "=");
        offer(word, typed);
    }
}

// Offers the workloads of the namespace that the words name so far, each as "deployment/web".
static void offer_names(int count, char **words, const char *typed)
{
    static const struct flag none[] = {{NULL, 0, FLAG_SWITCH, 0, NULL, NULL}};
    struct flags flags = {0};
    struct error error = {0};
    struct process process;

    // The words may be incomplete, so a word that cannot be read is no error.
    (void)flags_read(count, words, none, &flags, &error);
    if (kubectl_run(&flags.kubectl,
                    (const char *const[]){"get", "deployments,statefulsets", "-o", "name", NULL},
                    &process, &error) == 0) {
        char *rest = NULL;
        for (char *line = strtok_r(process.output, "\n", &rest); line;
             line = strtok_r(NULL, "\n", &rest)) {
            char word[320];
            const char *slash = strchr(line, '/');
            snprintf(word, sizeof(word), "%.*s%s", (int)strcspn(line, "./"), line,
                     slash ? slash : "");
            offer(word, typed);
        }
        process_clear(&process);
    }
    flags_clear(&flags);
}

static const struct verb *find_verb(const struct verb *const *verbs, const char *command,
                                    const char *verb)
{
    const struct verb *found;

    for (; *verbs; verbs++)
        if (!strcmp(command, (*verbs)->name))
            return *verbs;
    for (unsigned i = 0; !strcmp(command, "release") && (found = release_verb(i)); i++)
        if (!strcmp(verb, found->name))
            return found;
    return NULL;
}

static void offer_verbs(const char *typed)
{
    const struct verb *verb;

    for (unsigned i = 0; (verb = release_verb(i)); i++)
        offer(verb->name, typed);
}

static const char *complete_last(const char *const *commands, const struct verb *const *verbs,
                                 int count, char **words)
{
    const char *typed = words[count - 1];
    bool release = count > 1 && !strcmp(words[0], "release");
    const struct verb *verb =
        find_verb(verbs, count > 1 ? words[0] : "", count > 2 ? words[1] : "");
    int named = release ? 2 : 1; // how many words name the command

    if (count == 1) {
        for (; *commands; commands++)
            offer(*commands, typed);
        return NO_FILES;
    }
    if (release && count == 2) {
        offer_verbs(typed);
        return NO_FILES;
    }
    if (!verb)
        return FILES;
    if (typed[0] == '-') {
        offer_flags(verb->flags, typed);
        offer_flags(flags_common, typed);
    } else if (verb->words_max > 0) {
        offer_names(count - named, words + named - 1, typed);
    }
    return NO_FILES;
}

int complete_words(const char *const *commands, const struct verb *const *verbs, int count,
                   char **words)
{
    if (count > 0)
        printf("%s\n", complete_last(commands, verbs, count, words));
    return CLUSTER_FINE;
}

int completion_command(int argc, char **argv)
{
    const struct {
        const char *name, *script;
    } shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};
    bool help = argc == 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"));

    for (size_t i = 0; argc == 2 && i < sizeof(shells) / sizeof(shells[0]); i++)
        if (!strcmp(argv[1], shells[i].name)) {
            fputs(shells[i].script, stdout);
            return CLUSTER_FINE;
        }
    fprintf(
        help ? stdout : stderr,
        "usage: evenkeel completion bash|zsh|fish\n\n"
        "Prints a script that completes evenkeel's command lines in that shell. kubectl completes\n"
        "`kubectl evenkeel` by the program kubectl_complete-evenkeel, which `make install` has.\n\n"
        "  --help  print this\n\nExit status: 0 printed, 2 trouble.\n");
    return help ? CLUSTER_FINE : CLUSTER_TROUBLE;
}
