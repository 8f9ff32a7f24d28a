// A name that may be about another program is not a sign, whatever its value is.
#include "signs/listen_names.h"

#include "signs/port_names.h"

// A name that ends in one of these is about listening alone ...
static const char *const strong_endings[] = {"listen", "listener", "bind", "binding", NULL};
// ... and a name that ends in one of these may be about anything. So it is not a sign if it has one
// of the words below.
static const char *const endings[] = {"addr", "address", "host", "port", NULL};
// Only behind a word of the first row, as in bind_ip.
static const char *const bound_endings[] = {"ip", "addresses", "url", "urls", NULL};

// Words for a program to which the container connects, and for other things that listen beside the
// requests.
static const char *const other_words[] = {
    "db", "database", "sql", "redis", "cache", "upstream", "target", "remote", "proxy", "peer",
    "metrics", "health", "client", "broker", "backend", "smtp", "mail", "ldap", "agent",
    "collector", "master", "primary", "leader", "discovery", "registry", "advertise", "advertised",
    "external", "public", "node", "pod", "statsd", "otel", "otlp", "amqp", "mqtt", "syslog",
    "sidecar", "daemon", "inspect", "inspector", "allow", "allowed", "trusted",
    // Its own listeners beside the one for requests.
    "console", "cluster", "diagnostic", "diagnostics", "status", "transport", "qos", "websocket",
    "rmi", "ssh", "executor", NULL};

// Words for programs that a name about listening alone may well mean as its own: PHP_FPM_LISTEN.
static const char *const program_words[] = {
    "postgres", "postgresql", "memcached", "memcache", "mongo", "kafka", "cassandra",
    "email",    "docker",     "vault",     "emulator", "fpm",   NULL};

// Words of names for lists of URLs to which a browser or a client is sent.
static const char *const sent_words[] = {
    "allow",  "allowed", "redirect", "redirects", "callback", "callbacks", "cors",
    "origin", "origins", "trusted",  "service",   "services", "join",      "seed",
    "logout", "webhook", "endpoint", "endpoints", NULL};

// Words before "ports", and in options of a virtual machine.
static const char *const server_words[] = {"http", "listen", "bind", "server", "web", NULL};

// Whether a word is about a store elsewhere, such as "mysql" and "appdb".
static bool is_store(const char *word)
{
    size_t size = strlen(word);

    return strstr(word, "sql") != NULL || (size > 2 && strcmp(word + size - 2, "db") == 0) ||
           (size > 2 && strcmp(word + size - 2, "mq") == 0);
}

static bool is_about_others(const struct words *name)
{
    if (words_hold_any(name, other_words) || words_hold_any(name, auxiliary_names) ||
        (words_hold_any(name, program_words) && !listen_names_strong(name)))
        return true;
    for (uint32_t i = 0; i < name->count; i++)
        if (is_store(name->items[i].text))
            return true;
    // The variables of a Service, such as ORDERS_SERVICE_PORT, say where others listen.
    return name->count > 2 && !strcmp(name->items[name->count - 2].text, "service");
}

static enum listen_name read_letter(struct slice text)
{
    switch (text.data[0]) {
    case 'b':
        return NAME_OF_HOST;
    case 'a':
    case 'l':
        return NAME_LETTER;
    case 'H':
        return NAME_OF_ADDRESS;
    case 'p':
        return NAME_PORT_LETTER;
    default:
        return NAME_PLAIN;
    }
}

// "uds", "socket", "unix-socket", "http-socket"; not "docker-socket", through which it calls.
static bool is_socket(const struct words *name)
{
    const char *last = name->items[name->count - 1].text;

    if (name->count > 1 && strcmp(name->items[0].text, "unix") != 0 &&
        strcmp(name->items[0].text, "http") != 0)
        return false;
    return !strcmp(last, "socket") || !strcmp(last, "uds");
}

static enum listen_name read_words(const struct words *name)
{
    const char *last = name->items[name->count - 1].text;

    if (words_is_in(last, strong_endings) ||
        ((words_is_in(last, endings) || words_is_in(last, bound_endings)) &&
         listen_names_strong(name)))
        return NAME_LISTENS;
    if (words_is_in(last, endings))
        return NAME_MAY_LISTEN;
    if (name->count == 1 && !strcmp(last, "ip"))
        return NAME_OF_HOST;
    if (name->count == 1 && !strcmp(last, "hostname"))
        return NAME_OF_ADDRESS;
    if (is_socket(name))
        return NAME_OF_SOCKET;
    if (!strcmp(last, "urls") && !words_hold_any(name, sent_words))
        return NAME_OF_URLS;
    if (!strcmp(last, "ports") && name->count > 1 &&
        words_is_in(name->items[name->count - 2].text, server_words))
        return NAME_OF_PORTS;
    return NAME_OF_OTHERS;
}

enum listen_name listen_names_read(struct slice text, bool flag)
{
    struct words name;

    if (flag && text.size == 1)
        return read_letter(text);
    words_split(text, &name);
    if (name.count == 0)
        return NAME_OF_OTHERS;
    enum listen_name kind = read_words(&name);
    if ((kind == NAME_OF_OTHERS && !flag) || is_about_others(&name))
        return NAME_OF_OTHERS;
    bool plain = kind == NAME_OF_OTHERS && flag && !words_hold_any(&name, sent_words);
    return plain ? NAME_PLAIN : kind;
}

bool listen_names_of_others(const struct words *name)
{
    return is_about_others(name);
}

bool listen_names_strong(const struct words *name)
{
    return words_hold_any(name, strong_endings);
}

bool listen_names_option(struct slice text)
{
    struct words name;

    words_split(text, &name);
    return name.count > 1 && words_is_in(name.items[name.count - 1].text, endings) &&
           words_is_in(name.items[name.count - 2].text, server_words);
}
