// The signs of names, flags and variables, tested below the engine: odd spellings, and very long
// inputs. Whole objects are golden cases.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "base/arena.h"
#include "signs/command_line.h"
#include "signs/leader_election.h"
#include "signs/listen_signs.h"
#include "signs/port_names.h"
#include "signs/worker_words.h"

enum { TEXT_MAX = 1 << 20 };

struct fixture {
    struct arena *arena;
    struct tape tape;
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    fixture->arena = arena_new(64 * 1024 * 1024);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    tape_clear(&fixture->tape);
    arena_free(fixture->arena);
    free(fixture);
    return 0;
}

// A container from JSON with ' for ".
static struct value read(struct fixture *fixture, const char *text)
{
    char *json = arena_alloc(fixture->arena, strlen(text) + 1);
    struct error error = {0};

    for (size_t i = 0; text[i]; i++)
        json[i] = text[i] == '\'' ? '"' : text[i];
    if (tape_parse(&fixture->tape, slice_of(json), TAPE_FULL, &error) != 0)
        fail_msg("%s: %s", text, error.text);
    return value_root(&fixture->tape);
}

static void test_port_names(void **state)
{
    static const struct slice own[] = {SLICE("dubbo-qos")}, admin[] = {SLICE("admin")},
                              http[] = {SLICE("http")};
    static const struct port_words none = {.plain = {NULL, 0}}, moved = {.auxiliary = {own, 1},
                                                                         .serving = {admin, 1},
                                                                         .plain = {http, 1}};
    static const struct {
        const char *name;
        const struct port_words *words;
        enum port_meaning meaning;
    } cases[] = {
        {"http", &none, PORT_SERVING},
        {"http-api", &none, PORT_SERVING},
        {"tcp-http", &none, PORT_SERVING},
        {"http2", &none, PORT_SERVING},
        {"https-webhook", &none, PORT_SERVING},
        {"httpd", &none, PORT_PLAIN},
        {"http-metrics", &none, PORT_AUXILIARY},
        {"metrics9090", &none, PORT_AUXILIARY},
        {"metricsd", &none, PORT_PLAIN},
        {"", &none, PORT_PLAIN},
        {"----", &none, PORT_PLAIN},
        {"dubbo-qos", &none, PORT_SERVING},
        {"dubbo-qos", &moved, PORT_AUXILIARY},
        {"qos-dubbo", &moved, PORT_SERVING},
        {"admin", &moved, PORT_SERVING},
        {"admin-metrics", &moved, PORT_AUXILIARY},
        {"http", &moved, PORT_PLAIN},
        {"http", NULL, PORT_SERVING},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        unsigned rank = 0;
        enum port_meaning meaning =
            port_names_meaning(slice_of(cases[i].name), cases[i].words, &rank);

        if (meaning != cases[i].meaning)
            fail_msg("%s means %d", cases[i].name, (int)meaning);
    }
}

static void test_lists_of_words(void **state)
{
    static const struct slice good[] = {SLICE("qos"), SLICE("dubbo-qos")}, bad[] = {SLICE("QoS")};
    struct port_words words = {.auxiliary = {good, 2}};
    struct error error = {0};

    (void)state;
    assert_int_equal(port_names_check(&words, &error), 0);
    words.plain = (struct slices){good, 1};
    assert_int_equal(port_names_check(&words, &error), -1);
    assert_string_equal(error.text, "qos is in two lists of port names");
    words.plain = (struct slices){bad, 1};
    error = (struct error){0};
    assert_int_equal(port_names_check(&words, &error), -1);
    assert_string_equal(error.text, "plainPorts: expected words of port names, of a-z, 0-9 and -");
}

// "P:sh F:c W:a F:x=1 V:A=b" for programs, flags, words and variables.
static const char *parts_of(struct fixture *fixture, const char *container)
{
    struct command_line line;
    struct text text;

    command_line_read(read(fixture, container), fixture->arena, &line);
    text_init(&text, fixture->arena, TEXT_MAX);
    for (uint32_t i = 0; i < line.count; i++) {
        text_printf(&text, "%s%c:", i > 0 ? " " : "", "PWFV"[line.items[i].type]);
        text_add(&text, line.items[i].text);
        text_puts(&text, line.items[i].value.data ? "=" : "");
        text_add(&text, line.items[i].value);
    }
    return text_slice(&text).data;
}

static void test_command_lines(void **state)
{
    static const struct {
        const char *container;
        const char *parts;
    } cases[] = {
        {"{}", ""},
        {"{'command':[],'args':null}", ""},
        {"{'command':['/usr/bin/app','--port','80','run']}", "P:app F:port=80 W:run"},
        {"{'args':['serve','--addr=:80','-v','--','x']}", "W:serve F:addr=:80 F:v=x"},
        {"{'command':['app'],'args':['worker']}", "P:app W:worker"},
        {"{'command':['/sbin/tini','-s','--','/app','x']}", "F:s P:app W:x"},
        {"{'command':['bash','-c','--'],'args':['while true; do app; done']}",
         "P:bash F:c P:true P:app P:done"},
        {"{'command':['sh','-c','A=1 exec /bin/app --x y; nc -l 80']}",
         "P:sh F:c V:A=1 P:app F:x=y P:nc F:l=80"},
        {"{'command':['/bin/bash','-ec'],'args':['app a\\n  b | tee /x']}",
         "P:bash F:ec P:app W:a P:b P:tee W:x"},
        {"{'args':['/bin/sh','-c','app \\\"a b\\\" ${X} $(Y)']}",
         "W:sh F:c P:app W:a b W:${X} W:$ P:Y"},
        {"{'command':['python','-c','import worker']}", "P:python F:c=import worker"},
        {"{'command':['app','redis://queue:6379','a=b']}", "P:app W:redis://queue:6379 W:a=b"},
        {"{'command':['-','--','---']}", "P:-"},
        {"{'command':[1,null,'app']}", "P:app"},
        {"{'command':['python3.11','-u','-m','app.worker','x']}",
         "P:python3.11 F:u F:m W:app.worker W:x"},
        {"{'command':['poetry','run','python','-m','a']}", "P:poetry W:run W:python F:m W:a"},
        {"{'command':['gunicorn','-m','7'],'args':['-m','b']}", "P:gunicorn F:m=7 F:m=b"},
        {"{'command':['java','-Xmx1g','-jar','/app/a.jar','--b','c.js']}",
         "P:java F:Xmx1g F:jar W:a.jar F:b=c.js"},
        {"{'args':['-jar','a.jar']}", "F:jar W:a.jar"},
        {"{'command':['node','--enable-source-maps','dist/a.js','--b','c.js']}",
         "P:node F:enable-source-maps W:a.js F:b=c.js"},
        {"{'command':['node','-r','dotenv','a.js']}", "P:node F:r=dotenv W:a.js"},
        {"{'command':['app','--b','c.js']}", "P:app F:b=c.js"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(parts_of(*state, cases[i].container), cases[i].parts);
}

#define PORTS ",'ports':[{'containerPort':8080},{'containerPort':9000,'protocol':'UDP'}]}"
#define ARGS(list) "{'args':[" list "]" PORTS
#define ENV(list) "{'env':[" list "]" PORTS
#define VARIABLE(name, value) "{'name':'" name "','value':'" value "'}"

static void test_listening(void **state)
{
    static const struct {
        const char *container;
        enum listening listening;
    } cases[] = {
        {ARGS(""), LISTENING_UNKNOWN},
        {ARGS("'--listen=:8080'"), LISTENING_UNKNOWN},
        {ARGS("'--listen=:8081'"), LISTENING_ELSEWHERE},
        {ARGS("'--listen','8081'"), LISTENING_ELSEWHERE},
        {ARGS("'-listenAddress=8081'"), LISTENING_ELSEWHERE},
        {ARGS("'-Dserver.port=8081'"), LISTENING_ELSEWHERE},
        {ARGS("'--listen=http://0.0.0.0:8081/path'"), LISTENING_ELSEWHERE},
        {ARGS("'--listen=[::]:8081'"), LISTENING_ELSEWHERE},
        {ARGS("'--listen=*:8081'"), LISTENING_ELSEWHERE},
        {ARGS("'--listen=[::1]:8080'"), LISTENING_LOCALLY},
        {ARGS("'--listen=::1'"), LISTENING_LOCALLY},
        {ARGS("'--listen=127.1.2.3:8080'"), LISTENING_LOCALLY},
        {ARGS("'--listen=127.example:8080'"), LISTENING_UNKNOWN},
        {ARGS("'--host=localhost'"), LISTENING_LOCALLY},
        {ARGS("'--host=0.0.0.0'"), LISTENING_UNKNOWN},
        {ARGS("'--addr=/run/app.sock'"), LISTENING_LOCALLY},
        {ARGS("'--addr=unix:///run/app'"), LISTENING_LOCALLY},
        {ARGS("'--addr=other:8081'"), LISTENING_UNKNOWN},
        {ARGS("'--addr=:8081','--bind=:8080'"), LISTENING_UNKNOWN},
        {ARGS("'--addr=localhost:8081','--bind=:8080'"), LISTENING_UNKNOWN},
        {ARGS("'--addr=:9000'"), LISTENING_UNKNOWN},
        {ARGS("'--addr=:$(PORT)','--bind=${B}','--port=0','--listen='"), LISTENING_UNKNOWN},
        {ARGS("'--port','--listen'"), LISTENING_UNKNOWN},
        {ARGS("'--redis-addr=localhost:1','--db-port=1','--metrics-addr=:1','--health-port=1'"),
         LISTENING_UNKNOWN},
        {ARGS("'--remote-host=localhost','--target-port=1','--peer-bind=:1','--proxy-port=1'"),
         LISTENING_UNKNOWN},
        {ENV(VARIABLE("PORT", "8081")), LISTENING_ELSEWHERE},
        {ENV(VARIABLE("PORT", "8080")), LISTENING_UNKNOWN},
        {ENV(VARIABLE("SUPPORT", "8081")), LISTENING_UNKNOWN},
        {ENV("{'name':'PORT','valueFrom':{}}"), LISTENING_UNKNOWN},
        {ENV(VARIABLE("PGSQL_PORT", "5432") "," VARIABLE("APPDB_HOST", "localhost")),
         LISTENING_UNKNOWN},
        {ENV(VARIABLE("BUS_SEND_PORT", "1") "," VARIABLE("BUS_HOST", "bus.example")),
         LISTENING_UNKNOWN},
        {ENV(VARIABLE("BUS_SEND_PORT", "1") "," VARIABLE("BUS_HOST", "0.0.0.0")),
         LISTENING_ELSEWHERE},
        {ENV(VARIABLE("ORDERS_SERVICE_PORT", "1")), LISTENING_UNKNOWN},
        // Lists, of which each address must be a loopback one.
        {ARGS("'--bind','127.0.0.1 -::1'"), LISTENING_LOCALLY},
        {ARGS("'--bind_ip','localhost,127.0.0.1,::1'"), LISTENING_LOCALLY},
        {ARGS("'--bind','127.0.0.1,10.0.0.1'"), LISTENING_UNKNOWN},
        {ARGS("'--bind','127.0.0.1,'"), LISTENING_LOCALLY},
        {ARGS("'--bind',','"), LISTENING_UNKNOWN},
        {ARGS("'--bind','127.0.0.1:8080,::1'"), LISTENING_UNKNOWN},
        {ARGS("'--bind-address','127.0.0.1, ::1'"), LISTENING_LOCALLY},
        {ENV(VARIABLE("BIND_ADDRESSES", "127.0.0.1,::1")), LISTENING_LOCALLY},
        {ENV(VARIABLE("ALLOWED_HOST", "localhost 127.0.0.1")), LISTENING_UNKNOWN},
        // The loopback address with a declared port, whatever the flag.
        {ARGS("'--http=127.0.0.1:8080'"), LISTENING_LOCALLY},
        {ARGS("'-S','localhost:8080'"), LISTENING_LOCALLY},
        {ARGS("'--http=127.0.0.1:8081'"), LISTENING_UNKNOWN},
        {ARGS("'--http=http://127.0.0.1:8080/'"), LISTENING_UNKNOWN},
        {ARGS("'--upstream=127.0.0.1:8080'"), LISTENING_UNKNOWN},
        {ARGS("'--socket=127.0.0.1:9999','--http=:8080'"), LISTENING_UNKNOWN},
        {ENV(VARIABLE("HTTP", "127.0.0.1:8080")), LISTENING_UNKNOWN},
        // Plain words of the only program.
        {ARGS("'runserver','127.0.0.1:8080'"), LISTENING_LOCALLY},
        {ARGS("'runserver','0.0.0.0:8080'"), LISTENING_UNKNOWN},
        {ARGS("'runserver','0.0.0.0:8081'"), LISTENING_ELSEWHERE},
        {ARGS("'connect','127.0.0.1:8081'"), LISTENING_UNKNOWN},
        {ARGS("'/bin/sh','-c','wait localhost:8080 && app'"), LISTENING_UNKNOWN},
        {ARGS("'/bin/sh','-c','app localhost:8080'"), LISTENING_LOCALLY},
        {"{'command':['/bin/sh','-c','app localhost:8080']" PORTS, LISTENING_LOCALLY},
        {ARGS("'get','http://0.0.0.0:8081'"), LISTENING_UNKNOWN},
        {ARGS("'runserver','0.0.0.0:8080','--bind=:8081'"), LISTENING_UNKNOWN},
        // Hosts and sockets.
        {ARGS("'--ip','localhost'"), LISTENING_LOCALLY},
        {ARGS("'-b','localhost'"), LISTENING_LOCALLY},
        {ARGS("'-b','10'"), LISTENING_UNKNOWN},
        {ARGS("'-H','127.0.0.1'"), LISTENING_LOCALLY},
        {ARGS("'-H','localhost'"), LISTENING_UNKNOWN},
        {ARGS("'-H','ldap://127.0.0.1'"), LISTENING_UNKNOWN},
        {ARGS("'--uds','/run/u.sock'"), LISTENING_LOCALLY},
        {ARGS("'--unix-socket=/run/w.sock'"), LISTENING_LOCALLY},
        {ARGS("'--docker-socket=/run/docker.sock'"), LISTENING_UNKNOWN},
        {ARGS("'--socket=/run/u.sock','--http','0.0.0.0:8080'"), LISTENING_UNKNOWN},
        {ARGS("'--socket=127.0.0.1:8080'"), LISTENING_LOCALLY},
        {ARGS("'--socket=:8080','--bind=:8081'"), LISTENING_UNKNOWN},
        {ARGS("'--port=8080','--socket=/run/docker.sock'"), LISTENING_UNKNOWN},
        {ENV(VARIABLE("PORT", "8080") "," VARIABLE("SOCKET", "/run/mysqld.sock")),
         LISTENING_UNKNOWN},
        // Flags in a variable.
        {ENV(VARIABLE("GUNICORN_CMD_ARGS", "--bind=127.0.0.1:8080")), LISTENING_LOCALLY},
        {ENV(VARIABLE("APP_OPTS", "-x  --workers 3 -b unix:/x")), LISTENING_LOCALLY},
        {ENV(VARIABLE("APP_OPTS", "-x --bind :8081 -y")), LISTENING_ELSEWHERE},
        {ENV(VARIABLE("APP_OPTS", "-x --bind")), LISTENING_UNKNOWN},
        {ENV(VARIABLE("APP_OPTS", "--bind --port")), LISTENING_UNKNOWN},
        {ENV(VARIABLE("JAVA_OPTS", "-Dlogstash.port=5000 -Dx=1")), LISTENING_UNKNOWN},
        {ENV(VARIABLE("NODE_OPTIONS", "--inspect-port=9229")), LISTENING_UNKNOWN},
        {ENV(VARIABLE("APP_TEXT", "--bind=127.0.0.1:8080")), LISTENING_UNKNOWN},
        {ENV(VARIABLE("PSQL_OPTS", "--host=127.0.0.1")), LISTENING_UNKNOWN},
        // The command names the declared port. A variable may be a copy of another role's.
        {ARGS("'--bind','0.0.0.0:8080'"), LISTENING_THERE},
        {ARGS("'--port=8080','--host','0.0.0.0'"), LISTENING_THERE},
        {ARGS("'--bind=:8080'"), LISTENING_THERE},
        {ARGS("'runserver','0.0.0.0:8080'"), LISTENING_THERE},
        // Where a client calls.
        {ENV(VARIABLE("DOCKER_HOST", "tcp://localhost:2375")), LISTENING_UNKNOWN},
        {ENV(VARIABLE("API_ADDR", "http://127.0.0.1:8080")), LISTENING_UNKNOWN},
        {ENV(VARIABLE("API_ADDR", "127.0.0.1:8080")), LISTENING_LOCALLY},
        {ARGS("'-H','unix:///var/run/docker.sock'"), LISTENING_UNKNOWN},
        {ARGS("'--addr=/run/containerd/containerd.sock'"), LISTENING_UNKNOWN},
        {ARGS("'--grpc-server-endpoint','localhost:8080'"), LISTENING_UNKNOWN},
        {ARGS("'--allow-websocket-origin=localhost:8080'"), LISTENING_UNKNOWN},
        // A second listener, or a second address.
        {ARGS("'--console-address',':9001'"), LISTENING_UNKNOWN},
        {ENV(VARIABLE("DUBBO_QOS_PORT", "22222")), LISTENING_UNKNOWN},
        {ARGS("'--bind=127.0.0.1:8080','--ws.addr=0.0.0.0'"), LISTENING_LOCALLY},
        {ENV(VARIABLE("PHP_FPM_LISTEN", "/run/php.sock")), LISTENING_LOCALLY},
        {ARGS("'--addr=tcp://127.0.0.1:8080'"), LISTENING_LOCALLY},
        {ARGS("'--uds','/run/u.sock','--port=8080'"), LISTENING_LOCALLY},
        {ENV(VARIABLE("REDIS_ARGS", "--bind 127.0.0.1")), LISTENING_LOCALLY},
        {ARGS("'--rpc.host=127.0.0.1'"), LISTENING_LOCALLY},
        {ENV(VARIABLE("APP_OPTS", "--bind=$(HOST) --bind=127.0.0.1")), LISTENING_UNKNOWN},
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct value container = read(fixture, cases[i].container);
        struct command_line line;
        struct environment variables;

        command_line_read(container, fixture->arena, &line);
        environment_read(&variables, value_get(container, "env"), fixture->arena);
        enum listening listening =
            listen_signs_read(&line, &variables, value_get(container, "ports"), fixture->arena);
        if (listening != cases[i].listening &&
            !(listening == LISTENING_THERE && cases[i].listening == LISTENING_UNKNOWN))
            fail_msg("%s: %d", cases[i].container, (int)listening);
    }
}

static void test_leaders_and_workers(void **state)
{
    static const struct {
        const char *container;
        bool leads, works;
    } cases[] = {
        {ARGS("'--leader-elect'"), true, false},
        {ARGS("'--leader-elect','worker'"), true, false},
        {ARGS("'--leader-elect','false'"), false, false},
        {ARGS("'-enableLeaderElection=True'"), true, false},
        {ARGS("'--leader-election-id=x','--leader=true'"), false, false},
        {ENV(VARIABLE("LEADER_ELECTION_ENABLED", "1")), true, false},
        {ENV(VARIABLE("LEADER_ELECTION_ENABLED", "no")), false, false},
        {ARGS("'run','queue:work'"), false, true},
        {ARGS("'dist/cron.js'"), false, true},
        {ARGS("'--queue=worker','-A','worker'"), false, false},
        {ARGS("'redis://queue:1','workerless'"), false, false},
        {"{'command':['python','-m','app.worker']}", false, true},
        {"{'command':['java','-jar','/app/order-consumer.jar']}", false, true},
        {"{'command':['node','--enable-source-maps','dist/worker.js']}", false, true},
        {"{'command':['gunicorn','--config','worker.py']}", false, false},
        {"{'command':['node','-r','./queue-tracing.js','server.js']}", false, false},
        {"{'command':['crond','-f']}", false, true},
        {"{'command':['php','bin/console','messenger:consume','async']}", false, true},
        {"{'command':['php','artisan','schedule:work']}", false, true},
        {"{'command':['/opt/work/server','work']}", false, false},
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct value container = read(fixture, cases[i].container);
        struct command_line line;
        struct environment variables;

        command_line_read(container, fixture->arena, &line);
        environment_read(&variables, value_get(container, "env"), fixture->arena);
        if (leader_election_is_on(&line, &variables) != cases[i].leads ||
            worker_words_name(SLICE("app"), &line) != cases[i].works)
            fail_msg("%s", cases[i].container);
    }
}

// Thousands of variables, each of which would look for its partner among all others.
static void test_inputs_without_end(void **state)
{
    struct fixture *fixture = *state;
    struct text text;
    struct command_line line;
    struct environment variables;
    clock_t start;

    text_init(&text, fixture->arena, 8 * TEXT_MAX);
    text_puts(&text, "{'env':[");
    for (int i = 0; i < 20000; i++)
        text_printf(&text, "%s{'name':'A_%d_PORT','value':'1'}", i > 0 ? "," : "", i);
    text_puts(&text, "],'command':['sh','-c','");
    for (int i = 0; i < 100000; i++)
        text_puts(&text, "--port 1 ");
    text_puts(&text, "']}");
    struct value container = read(fixture, text_slice(&text).data);
    start = clock();
    command_line_read(container, fixture->arena, &line);
    environment_read(&variables, value_get(container, "env"), fixture->arena);
    assert_int_equal(line.count, COMMAND_PARTS_MAX);
    assert_int_equal(
        listen_signs_read(&line, &variables, value_get(container, "ports"), fixture->arena),
        LISTENING_ELSEWHERE);
    print_message("# %ld us\n", (long)((clock() - start) * 1000000 / CLOCKS_PER_SEC));
    assert_true(clock() - start < 2 * CLOCKS_PER_SEC);
}

// Lists in values, beside a list of ports that is as long.
static void test_lists_without_end(void **state)
{
    static const char *const items[] = {"1,", "-Dserver.port=1 "};
    struct fixture *fixture = *state;
    struct command_line line = {NULL, 0};
    struct environment variables;
    struct text text;

    for (size_t k = 0; k < 2; k++) {
        text_init(&text, fixture->arena, 8 * TEXT_MAX);
        text_puts(&text, "{'env':[{'name':'HTTP_PORTS','value':'");
        for (int i = 0; i < 100000; i++)
            text_puts(&text, items[k]);
        text_puts(&text, "'}],'ports':[{'containerPort':2}");
        for (int i = 0; i < 20000; i++)
            text_puts(&text, ",{'containerPort':2}");
        text_puts(&text, "]}");
        struct value container = read(fixture, text_slice(&text).data);
        clock_t start = clock();
        environment_read(&variables, value_get(container, "env"), fixture->arena);
        listen_signs_read(&line, &variables, value_get(container, "ports"), fixture->arena);
        print_message("# %ld us\n", (long)((clock() - start) * 1000000 / CLOCKS_PER_SEC));
        assert_true(clock() - start < 2 * CLOCKS_PER_SEC);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_port_names),          cmocka_unit_test(test_lists_of_words),
        cmocka_unit_test(test_command_lines),       cmocka_unit_test(test_listening),
        cmocka_unit_test(test_leaders_and_workers), cmocka_unit_test(test_inputs_without_end),
        cmocka_unit_test(test_lists_without_end),
    };

    return cmocka_run_group_tests_name("signs", tests, setup, teardown);
}
