// The table of rules: its descriptors are complete, and each rule's check refuses the combinations
// that it must.
#include "tests/unit/rules_fixture.h"

static void test_descriptors(void **state)
{
    (void)state;
    assert_in_range(rules_table.count, 1, RULES_MAX);
    for (uint32_t i = 0; i < rules_table.count; i++) {
        const struct rule *rule = rules_table.items[i];

        assert_non_null(rule->apply);
        assert_true(strlen(rule->summary) > 20 && rule->summary[strlen(rule->summary) - 1] == '.');
        assert_in_range(fields_count(rule->settings), 2, SETTINGS_FIELDS_MAX);
        assert_int_equal(fixture_rule(rule->name), i);
        bool scalar = rule->scalar == NULL;
        for (uint32_t f = 0; rule->settings[f].key; f++)
            scalar = scalar || strcmp(rule->settings[f].key, rule->scalar) == 0;
        assert_true(scalar);
    }
}

static void check_field(struct arena *arena, const struct rule *rule, uint32_t index)
{
    const struct field *field = &rule->settings[index];
    struct settings *settings = arena_alloc(arena, rule->settings_size);
    struct error error = {0};

    assert_true(strlen(field->doc) > 10 && field->doc[strlen(field->doc) - 1] == '.');
    assert_in_range(field->offset, 0, rule->settings_size - 1);
    for (uint32_t other = 0; other < index; other++)
        assert_string_not_equal(rule->settings[other].key, field->key);
    if (field->type == FIELD_JSON)
        assert_non_null(field->shape);
    else if (field->fallback && settings_parse(rule->settings, index, slice_of(field->fallback),
                                               settings, arena, &error) != 0)
        fail_msg("%s.%s: its default: %s", rule->name, field->key, error.text);
}

static void test_fields(void **state)
{
    struct arena *arena = arena_new(1024 * 1024);

    (void)state;
    for (uint32_t i = 0; i < rules_table.count; i++)
        for (uint32_t f = 0; rules_table.items[i]->settings[f].key; f++)
            check_field(arena, rules_table.items[i], f);
    arena_free(arena);
}

// One annotation overrides one setting.
static void test_annotations(void **state)
{
    const char *seen[RULES_MAX * SETTINGS_FIELDS_MAX];
    size_t count = 0;

    (void)state;
    for (uint32_t i = 0; i < rules_table.count; i++)
        for (const struct field *field = rules_table.items[i]->settings; field->key; field++) {
            for (size_t s = 0; field->annotation && s < count; s++)
                assert_string_not_equal(seen[s], field->annotation);
            if (field->annotation)
                seen[count++] = field->annotation;
        }
    assert_in_range(count, 10, RULES_MAX * SETTINGS_FIELDS_MAX);
}

struct check_case {
    const char *entry;
    const char *error; // a part of its text; NULL: no error
};

#define TERMS(preference) "nodeAffinity preferred=[{'weight':1,'preference':" preference "}]"
#define EXPRESSION(text) TERMS("{'matchExpressions':[{'key':'a'," text "}]}")
#define MATCH_FIELD(text) TERMS("{'matchFields':[{" text "}]}")

static struct check_case checks[] = {
    {"readinessProbe", NULL},
    {"readinessProbe port=8080 path=/ok", NULL},
    {"readinessProbe port=65536", "port: expected"},
    {"readinessProbe port=No_Name", "port: expected"},
    {"readinessProbe path=ok", "path: expected"},
    {"readinessProbe httpGet={'port':80}", NULL},
    {"readinessProbe httpGet={'port':80} path=/ok", "belong to the handler auto"},
    {"livenessProbe tcpSocket={'port':80} port=80", "belong to the handler auto"},
    {"readinessProbe httpGet={'port':80,'httpHeaders':[{'name':'X-A','value':''}]}", NULL},
    {"readinessProbe httpGet={'port':80,'httpHeaders':[{'name':'X_A','value':''}]}",
     "not the name of a header"},
    {"readinessGates conditionTypes=a/b,a/{app_name}", NULL},
    {"readinessGates conditionTypes=a/b,a//b", "not the name of a condition"},
    {TERMS("{'matchExpressions':[{'key':'a//b','operator':'Exists'}]}"), "key: expected"},
    {"terminationGracePeriodSeconds seconds=60 maximumSeconds=60", NULL},
    {"terminationGracePeriodSeconds seconds=61 maximumSeconds=60", "above maximumSeconds"},
    {"rollingUpdate maxSurge=0 maxUnavailable=1", NULL},
    {"rollingUpdate maxSurge=0", "cannot both be 0"},
    {"rollingUpdate maxSurge=0% maxUnavailable=0%", "cannot both be 0"},
    {"nodeAffinity", NULL},
    {TERMS("{}"), "needs matchExpressions or matchFields"},
    {EXPRESSION("'operator':'In','values':['b']"), NULL},
    {EXPRESSION("'operator':'NotIn'"), "need values"},
    {EXPRESSION("'operator':'Exists'"), NULL},
    {EXPRESSION("'operator':'DoesNotExist','values':['b']"), "take no values"},
    {EXPRESSION("'operator':'Gt','values':['-5']"), NULL},
    {EXPRESSION("'operator':'Lt','values':['x']"), "an integer in quotes"},
    {EXPRESSION("'operator':'Lt','values':['']"), "an integer in quotes"},
    {EXPRESSION("'operator':'Gt','values':['1','2']"), "one value"},
    {EXPRESSION("'operator':'Gt'"), "one value"},
    {MATCH_FIELD("'key':'metadata.name','operator':'In','values':['n']"), NULL},
    {MATCH_FIELD("'key':'metadata.name','operator':'Exists'"), "metadata.name"},
    {MATCH_FIELD("'key':'spec.x','operator':'In','values':['n']"), "metadata.name"},
    {"versionLabel", NULL},
    {"versionLabel key=a/b/c", "key: expected"},
    {"versionLabel label=-", "label: expected"},
    {"versionLabel from=label label=version", "copy itself"},
    {"externalTrafficPolicy", "say Local or Cluster"},
    {"externalTrafficPolicy value=Local", NULL},
    {"externalTrafficPolicy enabled=false", NULL},
    {"annotations set=a.b/c:d", NULL},
    {"annotations set=a_b/c:d", "not a valid annotation key"},
    {"annotations set=evenkeel.dev/inject:d", "evenkeel's own"},
    {"annotations set=service.beta.kubernetes.io/backend-type:eni", "backendType"},
    {"annotations set=service.beta.kubernetes.io/alibaba-cloud-loadbalancer-connection-drain:on",
     "connectionDrain"},
    {"annotations set=service.beta.kubernetes.io/alicloud-loadbalancer-spec:x", "use the prefix"},
    {"annotations add=[{'name':'a.b/c','value':'{grace_seconds}'}]", NULL},
    {"annotations add=[{'name':'a.b/c','merge':'d=e,f='}]", NULL},
    {"annotations add=[{'name':'a.b/c','value':'x','merge':'d=e'}]", "either value or merge"},
    {"annotations add=[{'name':'a.b/c'}]", "either value or merge"},
    {"annotations add=[{'name':'a_b/c','value':'x'}]", "not a valid annotation key"},
    {"annotations add=[{'name':'a.b/c','value':'{grace_second}'}]", "not a placeholder here"},
    {"annotations add=[{'name':'a.b/c','value':'{container}'}]", "not a placeholder here"},
    {"annotations add=[{'name':'a.b/c','value':'{A}{}'}]", NULL},
    {"annotations add=[{'name':'a.b/c','merge':'d'}]", "not key=value"},
    {"annotations add=[{'name':'a.b/c','merge':'d=e,=f'}]", "not key=value"},
    {"annotations when={'types':['NodePort'],'present':['a.b/c=d=e']}", NULL},
    {"annotations when={'types':['Nodeport']}", "not a type of Services"},
    {"annotations when={'absent':['a_b/c']}", "neither an annotation's key"},
    {"podAnnotations set=a.b/c:d", NULL},
    {"podAnnotations set=proxy.istio.io/config:d", "meshDrain"},
    {"podAnnotations set=service.beta.kubernetes.io/backend-type:eni", NULL},
    {"externalTrafficPolicy value=Local types=NodePort,LoadBalancer", NULL},
    {"externalTrafficPolicy value=Local types=ClusterIP", "LoadBalancer or NodePort"},
};

static void test_check(void **state)
{
    const struct check_case *test = *state;
    struct arena *arena = arena_new(1024 * 1024);
    const struct settings **entry = fixture_entry(arena, test->entry);
    uint32_t index = 0;
    struct error error = {0};

    while (!entry[index])
        index++;
    const struct rule *rule = rules_table.items[index];
    struct settings *settings = arena_alloc(arena, rule->settings_size);

    settings_defaults(rule->settings, settings);
    settings_merge(rule->settings, settings, entry[index]);
    int result = rule->check ? rule->check(settings, &error) : 0;
    if (test->error && (result == 0 || !strstr(error.text, test->error)))
        fail_msg("expected \"%s\", got \"%s\"", test->error, error.text);
    if (!test->error && result != 0)
        fail_msg("refused: %s", error.text);
    arena_free(arena);
}

int main(void)
{
    enum { CHECKS = sizeof(checks) / sizeof(checks[0]) };
    struct CMUnitTest tests[3 + CHECKS] = {
        cmocka_unit_test(test_descriptors),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_annotations),
    };

    for (size_t i = 0; i < CHECKS; i++)
        tests[3 + i] = (struct CMUnitTest){checks[i].entry, test_check, NULL, NULL, &checks[i]};
    return cmocka_run_group_tests_name("the table of rules", tests, NULL, NULL);
}
