// Reviews with one thing wrong: each value of a real-looking review in every wrong form, and valid
// and invalid JSON as the object. Each is answered, with the request's uid if that can be read, and
// a patch still applies. All cases are made from two reviews, so none is left out.
#include "tests/unit/engine_fixture.h"

enum { TEXT_MAX = 512 * 1024, LONG = 100 * 1000, DEEP = 990, TOO_DEEP = 1100, MANY = 20 * 1000 };

#define UID "9f1c2b54-6a0e-4c37-8d2b-5e7a41c09b13"

static const char workload[] =
    "{\"apiVersion\":\"admission.k8s.io/"
    "v1\",\"kind\":\"AdmissionReview\",\"request\":{\"uid\":\"" UID
    "\",\"kind\":{\"group\":\"apps\",\"version\":\"v1\",\"kind\":\"Deployment\"},"
    "\"resource\":{\"group\":\"apps\",\"version\":\"v1\",\"resource\":\"deployments\"},"
    "\"name\":\"shop\",\"namespace\":\"web\",\"operation\":\"UPDATE\",\"userInfo\":{\"username\":"
    "\"ci\",\"groups\":[\"dev\"]},\"object\":{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\","
    "\"metadata\":{\"name\":\"shop\",\"namespace\":\"web\",\"labels\":{\"app\":\"shop\"},"
    "\"annotations\":{\"evenkeel.dev/pre-stop-seconds\":\"20\",\"evenkeel.dev/injected\":"
    "\"{\\\"spec.minReadySeconds\\\":10}\",\"kubectl.kubernetes.io/last-applied-configuration\":"
    "\"{\\\"spec\\\":{\\\"replicas\\\":3}}\"},\"ownerReferences\":[{\"kind\":\"App\",\"name\":"
    "\"a\","
    "\"controller\":false}],\"managedFields\":[{\"manager\":\"kubectl\",\"operation\":\"Apply\","
    "\"fieldsType\":\"FieldsV1\",\"fieldsV1\":{\"f:spec\":{\"f:replicas\":{}}}}]},"
    "\"spec\":{\"replicas\":3,\"minReadySeconds\":10,\"progressDeadlineSeconds\":600,\"selector\":"
    "{\"matchLabels\":{\"app\":\"shop\"}},\"strategy\":{\"type\":\"RollingUpdate\","
    "\"rollingUpdate\":{\"maxSurge\":\"25%\",\"maxUnavailable\":1}},\"template\":{\"metadata\":"
    "{\"labels\":{\"app\":\"shop\"},\"annotations\":{\"a\":\"b\"}},\"spec\":{\"containers\":["
    "{\"name\":\"app\",\"image\":\"shop:2\",\"command\":[\"run\"],\"ports\":[{\"name\":\"http\","
    "\"containerPort\":8080,\"protocol\":\"TCP\"}],\"readinessProbe\":{\"tcpSocket\":{\"port\":"
    "8080},"
    "\"periodSeconds\":5},\"lifecycle\":{\"preStop\":{\"exec\":{\"command\":[\"sleep\",\"5\"]}}},"
    "\"resources\":{\"limits\":{\"cpu\":\"1\"}}},{\"name\":\"side\",\"image\":\"side:1\"}],"
    "\"initContainers\":[{\"name\":\"init\",\"restartPolicy\":\"Always\"}],\"volumes\":[{\"name\":"
    "\"data\",\"persistentVolumeClaim\":{\"claimName\":\"data\"}}],\"hostNetwork\":false,"
    "\"terminationGracePeriodSeconds\":30,\"affinity\":{\"podAntiAffinity\":{"
    "\"requiredDuringSchedulingIgnoredDuringExecution\":[{\"topologyKey\":"
    "\"kubernetes.io/hostname\",\"labelSelector\":{\"matchLabels\":{\"app\":\"shop\"}}}]}},"
    "\"topologySpreadConstraints\":[{\"maxSkew\":1,\"topologyKey\":\"zone\",\"whenUnsatisfiable\":"
    "\"DoNotSchedule\"}],\"readinessGates\":[{\"conditionType\":\"a/b\"}]}}}},\"oldObject\":{"
    "\"metadata\":{\"name\":\"shop\",\"annotations\":{\"evenkeel.dev/injected\":\"{}\"}},\"spec\":{"
    "\"template\":{\"metadata\":{\"labels\":{\"app\":\"shop\"}},\"spec\":{\"containers\":[{"
    "\"name\":"
    "\"app\",\"image\":\"shop:1\"}]}}}},\"dryRun\":false,\"options\":{\"kind\":\"UpdateOptions\"}}"
    "}";

static const char service[] =
    "{\"apiVersion\":\"admission.k8s.io/"
    "v1\",\"kind\":\"AdmissionReview\",\"request\":{\"uid\":\"" UID
    "\",\"kind\":{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Service\"},\"name\":\"shop\","
    "\"namespace\":\"web\",\"operation\":\"UPDATE\",\"object\":{\"apiVersion\":\"v1\",\"kind\":"
    "\"Service\",\"metadata\":{\"name\":\"shop\",\"annotations\":{\"evenkeel.dev/"
    "inject\":\"true\"}},"
    "\"spec\":{\"type\":\"LoadBalancer\",\"externalTrafficPolicy\":\"Cluster\",\"ports\":[{"
    "\"port\":"
    "80}],\"selector\":{\"app\":\"shop\"}}},\"oldObject\":{\"metadata\":{\"annotations\":{\"a\":"
    "\"b\"}},\"spec\":{\"type\":\"LoadBalancer\"}},\"dryRun\":false}}";

enum form { REPLACED, MISSING, TWICE_BEFORE, TWICE_BEHIND, ESCAPED_KEY, NUL_KEY, WRAPPED, CUT_OFF };

struct mutation {
    const char *name;
    enum form form;
    const char *text;      // what is put in
    bool valid;            // as JSON
    unsigned repeat;       // 0: once
    const char *behind;    // after `text`, as often
    const char *delimiter; // opens and closes it: two bytes; NULL: none
};

static const struct mutation mutations[] = {
    {"missing", MISSING, "", true, 0, NULL, NULL},
    {"null", REPLACED, "null", true, 0, NULL, NULL},
    {"true", REPLACED, "true", true, 0, NULL, NULL},
    {"false", REPLACED, "false", true, 0, NULL, NULL},
    {"zero", REPLACED, "0", true, 0, NULL, NULL},
    {"a negative number", REPLACED, "-7", true, 0, NULL, NULL},
    {"a fraction", REPLACED, "1.5", true, 0, NULL, NULL},
    {"an integer past 64 bits", REPLACED, "99999999999999999999", true, 0, NULL, NULL},
    {"a number past doubles", REPLACED, "-1e400", true, 0, NULL, NULL},
    {"a number of many digits", REPLACED, "1", true, LONG, NULL, NULL},
    {"an empty text", REPLACED, "\"\"", true, 0, NULL, NULL},
    {"a text", REPLACED, "\"x\"", true, 0, NULL, NULL},
    {"a number in a text", REPLACED, "\"2147483648\"", true, 0, NULL, NULL},
    {"a percentage past 100", REPLACED, "\"101%\"", true, 0, NULL, NULL},
    {"a huge text", REPLACED, "x", true, LONG, NULL, "\"\""},
    {"a text of escapes", REPLACED, "\\u00e4\\n", true, LONG / 8, NULL, "\"\""},
    {"a text with NUL", REPLACED, "\"a\\u0000b\"", true, 0, NULL, NULL},
    {"a JSON text in a text", REPLACED, "\"{\\\"a\\\":[1,{}]}\"", true, 0, NULL, NULL},
    {"half a JSON text in a text", REPLACED, "\"{\\\"a\\\":[\"", true, 0, NULL, NULL},
    {"an empty object", REPLACED, "{}", true, 0, NULL, NULL},
    {"an object", REPLACED, "{\"name\":{}}", true, 0, NULL, NULL},
    {"an object with an empty key", REPLACED, "{\"\":null}", true, 0, NULL, NULL},
    {"an empty array", REPLACED, "[]", true, 0, NULL, NULL},
    {"an array of null", REPLACED, "[null]", true, 0, NULL, NULL},
    {"an array of arrays", REPLACED, "[[[]]]", true, 0, NULL, NULL},
    {"an array of odd things", REPLACED, "[1,\"x\",{},[],true]", true, 0, NULL, NULL},
    {"a long array", REPLACED, "{},", true, MANY, NULL, "[]"},
    {"a wide object", REPLACED, "\"a\":1,", true, MANY, NULL, "{}"},
    {"deep", REPLACED, "[", true, DEEP, "]", NULL},
    {"too deep", REPLACED, "[", false, TOO_DEEP, "]", NULL},
    {"too deep in objects", REPLACED, "{\"a\":", false, TOO_DEEP, "}", NULL},
    {"never closed", REPLACED, "[", false, LONG, NULL, NULL},
    {"wrapped in an array", WRAPPED, "[]", true, 0, NULL, NULL},
    {"there twice, first as null", TWICE_BEFORE, "null", true, 0, NULL, NULL},
    {"there twice, first as an object", TWICE_BEFORE, "{\"name\":\"x\"}", true, 0, NULL, NULL},
    {"there twice, last as null", TWICE_BEHIND, "null", true, 0, NULL, NULL},
    {"there twice, last as an array", TWICE_BEHIND, "[{}]", true, 0, NULL, NULL},
    {"with its key escaped", ESCAPED_KEY, "", true, 0, NULL, NULL},
    {"with NUL in its key", NUL_KEY, "", true, 0, NULL, NULL},
    {"a lone surrogate", REPLACED, "\"\\ud800\"", true, 0, NULL, NULL},
    {"a byte that is no UTF-8", REPLACED, "\"\xff\"", false, 0, NULL, NULL},
    {"an overlong NUL", REPLACED, "\"\xc0\x80\"", false, 0, NULL, NULL},
    {"a surrogate in UTF-8", REPLACED, "\"\xed\xa0\x80\"", false, 0, NULL, NULL},
    {"past Unicode", REPLACED, "\"\xf4\x90\x80\x80\"", false, 0, NULL, NULL},
    {"half a character", REPLACED, "\"\xe2\x82\"", false, 0, NULL, NULL},
    {"a raw control character", REPLACED, "\"\x01\"", false, 0, NULL, NULL},
    {"an unknown escape", REPLACED, "\"\\x41\"", false, 0, NULL, NULL},
    {"a leading zero", REPLACED, "01", false, 0, NULL, NULL},
    {"no word of JSON", REPLACED, "nul", false, 0, NULL, NULL},
    {"two values", REPLACED, "1 2", false, 0, NULL, NULL},
    {"nothing", REPLACED, "", false, 0, NULL, NULL},
    {"cut off", CUT_OFF, "", false, 0, NULL, NULL},
};

enum { MUTATIONS = sizeof(mutations) / sizeof(mutations[0]) };

// A document that is written with one of its values mutated: the one with number `target`. The root
// has number 0.
struct writer {
    char *text;
    size_t size;
    unsigned target;
    unsigned seen;
    const struct mutation *mutation;
    bool ended;      // cut off: nothing more is written
    bool uid_before; // the uid came before the mutated value
    bool holds_uid;  // or within it
    bool member;     // the mutated value is an object's member
};

static void put(struct writer *writer, const char *text, size_t size)
{
    if (writer->ended)
        return;
    assert_true(writer->size + size < TEXT_MAX);
    memcpy(writer->text + writer->size, text, size);
    writer->size += size;
}

static void puts_text(struct writer *writer, const char *text)
{
    put(writer, text, strlen(text));
}

static void put_mutation(struct writer *writer)
{
    const struct mutation *mutation = writer->mutation;
    unsigned times = mutation->repeat ? mutation->repeat : 1;
    if (mutation->delimiter)
        put(writer, mutation->delimiter, 1);
    for (unsigned i = 0; i < times; i++)
        puts_text(writer, mutation->text);
    // A separator goes between items, and not after the last.
    if (mutation->delimiter && writer->text[writer->size - 1] == ',')
        writer->size--;
    for (unsigned i = 0; mutation->behind && i < times; i++)
        puts_text(writer, mutation->behind);
    if (mutation->delimiter)
        put(writer, mutation->delimiter + 1, 1);
}

static void write_plain(struct writer *writer, json_t *value)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    puts_text(writer, text);
    free(text);
}

static bool holds_uid(json_t *value)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    bool holds = strstr(text, UID) != NULL;
    free(text);
    return holds;
}

static void write_key(struct writer *writer, const char *key, enum form form)
{
    char escaped[8];
    puts_text(writer, "\"");
    if (form == ESCAPED_KEY && key[0]) {
        snprintf(escaped, sizeof(escaped), "\\u%04x", (unsigned char)key[0]);
        puts_text(writer, escaped);
        key++;
    }
    puts_text(writer, key);
    puts_text(writer, form == NUL_KEY ? "\\u0000\":" : "\":");
}

static void write_value(struct writer *writer, json_t *value);

static void write_mutated(struct writer *writer, const char *key, json_t *value)
{
    enum form form = writer->mutation->form;
    writer->text[writer->size] = '\0';
    writer->uid_before = strstr(writer->text, UID) != NULL;
    writer->holds_uid = holds_uid(value);
    writer->member = key != NULL;
    if (form == MISSING)
        return;
    if (key && form == TWICE_BEFORE) {
        write_key(writer, key, REPLACED);
        put_mutation(writer);
        puts_text(writer, ",");
    }
    if (key)
        write_key(writer, key, form);
    if (form == WRAPPED)
        puts_text(writer, "[");
    if (form == REPLACED)
        put_mutation(writer);
    else if (form == CUT_OFF)
        writer->ended = true;
    else
        write_plain(writer, value);
    if (form == WRAPPED)
        puts_text(writer, "]");
    if (key && form == TWICE_BEHIND) {
        puts_text(writer, ",");
        write_key(writer, key, REPLACED);
        put_mutation(writer);
    }
}

static void write_member(struct writer *writer, const char *key, json_t *value)
{
    char last = writer->text[writer->size - 1];
    size_t before = writer->size;
    bool mutated = writer->seen == writer->target;
    if (last != '{' && last != '[')
        puts_text(writer, ",");
    size_t start = writer->size;
    if (mutated) {
        write_mutated(writer, key, value);
        writer->seen++;
        if (writer->size == start && writer->mutation->form == MISSING)
            writer->size = before;
        return;
    }
    if (key)
        write_key(writer, key, REPLACED);
    write_value(writer, value);
}

static void write_value(struct writer *writer, json_t *value)
{
    const char *key;
    json_t *child;
    size_t index;
    writer->seen++;
    if (json_is_object(value)) {
        puts_text(writer, "{");
        json_object_foreach(value, key, child) write_member(writer, key, child);
        puts_text(writer, "}");
    } else if (json_is_array(value)) {
        puts_text(writer, "[");
        json_array_foreach(value, index, child) write_member(writer, NULL, child);
        puts_text(writer, "]");
    } else {
        write_plain(writer, value);
    }
}

struct setting {
    struct scratch *scratch;
    struct policy *policies[3];
};

enum { DEFAULT, ARTICLES, DENYING, POLICIES };

static struct slice denying = SLICE("apiVersion: evenkeel.dev/v1alpha1\nkind: RolloutPolicy\n"
                                    "onError: deny\nwhenAmbiguous: inject\nonUpdate: always\n"
                                    "workloads:\n- match: {}\n  minReadySeconds: {seconds: 5}\n");

static int set_up(void **state)
{
    static struct setting setting;
    setting.scratch = scratch_new();
    setting.policies[DEFAULT] = fixture_policy("default");
    setting.policies[ARTICLES] = fixture_policy("docs/examples/policies/articles.yaml");
    setting.policies[DENYING] = fixture_policy_of("denying", denying);
    for (unsigned i = 0; i < POLICIES; i++)
        assert_non_null(setting.policies[i]);
    *state = &setting;
    return 0;
}

static int tear_down(void **state)
{
    struct setting *setting = *state;
    scratch_free(setting->scratch);
    for (unsigned i = 0; i < POLICIES; i++)
        policy_free(setting->policies[i]);
    return 0;
}

// If jansson can read the body too, the patch must apply to its object.
static void check_patch(const struct answered *answered, struct slice body)
{
    if (!answered->patch)
        return;
    json_t *review = json_loadb(body.data, body.size, JSON_ALLOW_NUL, NULL);
    json_t *object = json_object_get(json_object_get(review, "request"), "object");
    if (object)
        json_decref(fixture_apply(object, answered->patch));
    json_decref(review);
}

// Answers the body under each policy. `needed`: there must be an answer, with the right uid.
// `readable`: the body must be read. Otherwise it must be passed over with the reason. Returns
// whether this was so.
static bool answers(struct setting *setting, struct slice body, bool needed, bool *readable)
{
    bool good = true;
    for (unsigned i = 0; i < POLICIES; i++) {
        struct admission admission;
        struct answered answered =
            fixture_admit(setting->scratch, setting->policies[i], body, &admission);
        const char *uid = json_string_value(json_object_get(answered.response, "uid"));
        bool unreadable = admission.reason == REASON_UNREADABLE;
        good &= !needed || (uid && strcmp(uid, UID) == 0);
        good &= !unreadable || (admission.error.set && !answered.patch);
        good &= admission.allowed || i == DENYING;
        good &= i != DENYING || !unreadable || !admission.allowed;
        good &= json_is_true(json_object_get(answered.response, "allowed")) == admission.allowed ||
                !answered.response;
        check_patch(&answered, body);
        answered_clear(&answered);
        *readable = !unreadable;
    }
    return good;
}

static unsigned count_values(json_t *value)
{
    const char *key;
    json_t *child;
    size_t index;
    unsigned count = 1;
    json_object_foreach(value, key, child) count += count_values(child);
    json_array_foreach(value, index, child) count += count_values(child);
    return count;
}

static bool try_mutation(struct setting *setting, struct writer *writer, json_t *document)
{
    const struct mutation *mutation = writer->mutation;
    bool readable;
    writer->size = writer->seen = 0;
    writer->ended = false;
    if (writer->target == 0) {
        writer->text[0] = '\0';
        write_mutated(writer, NULL, document);
    } else {
        write_value(writer, document);
    }
    struct slice body = {writer->text, writer->size};
    bool same_key = mutation->form == ESCAPED_KEY || (mutation->form == TWICE_BEFORE);
    bool intact = !writer->holds_uid || same_key;
    // The uid of an unreadable body is searched up to the place where it breaks off.
    bool needed = intact && (mutation->valid || writer->uid_before);
    bool good = answers(setting, body, needed, &readable);
    if (!good)
        print_error("value %u, %s: %.*s\n", writer->target, mutation->name,
                    (int)(body.size < 3000 ? body.size : 3000), body.data);
    return good;
}

static void try_all(struct setting *setting, const char *text, const char *name)
{
    json_t *document = json_loads(text, 0, NULL);
    assert_non_null(document);
    unsigned values = count_values(document), failed = 0;
    struct writer writer = {.text = malloc(TEXT_MAX)};
    for (writer.target = 0; writer.target < values; writer.target++) {
        for (unsigned i = 0; i < MUTATIONS && failed < 5; i++) {
            writer.mutation = &mutations[i];
            failed += !try_mutation(setting, &writer, document);
        }
    }
    printf("# %s: %u values, each in %d wrong forms: %u kinds of reviews\n", name, values,
           MUTATIONS, values * MUTATIONS);
    free(writer.text);
    json_decref(document);
    assert_int_equal(failed, 0);
    assert_true(values * MUTATIONS >= 150);
}

static void test_workload(void **state)
{
    try_all(*state, workload, "Deployment");
}

static void test_service(void **state)
{
    try_all(*state, service, "Service");
}

// The body is broken off after each byte, and each byte is replaced by one that JSON never has
// there.
static void test_each_byte(void **state)
{
    static const char bytes[] = {'\0', '\xff', '"', '\\', '}'};
    struct slice whole = SLICE(workload);
    const size_t uid_end = (size_t)(strstr(workload, UID) - workload) + strlen(UID) + 1;
    char *changed = malloc(whole.size);
    bool readable;
    for (size_t at = 0; at < whole.size; at++) {
        assert_true(answers(*state, (struct slice){workload, at}, at >= uid_end, &readable));
        assert_false(readable);
        memcpy(changed, workload, whole.size);
        changed[at] = bytes[at % sizeof(bytes)];
        answers(*state, (struct slice){changed, whole.size}, at >= uid_end, &readable);
    }
    free(changed);
    printf("# %zu places\n", whole.size);
}

// This project's own documents, like those of JSON test suites: the grammar of RFC 8259.
static const struct slice valid[] = {
    SLICE("{}"),
    SLICE("[]"),
    SLICE("null"),
    SLICE("true"),
    SLICE("false"),
    SLICE("0"),
    SLICE("-0"),
    SLICE("-0.0"),
    SLICE("0e0"),
    SLICE("0E+1"),
    SLICE("1E-400"),
    SLICE("-1.5e+3"),
    SLICE("123456789012345678901234567890"),
    SLICE("\"\""),
    SLICE("\" \""),
    SLICE("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""),
    SLICE("\"\\u0000\""),
    SLICE("\"\\uD834\\uDD1E\""),
    SLICE("\"\\ud800\\ud800\""),
    SLICE("\"\x7f\""),
    SLICE("\"\xc2\x80\""),
    SLICE("\"\xef\xbf\xbf\""),
    SLICE("\"\xf0\x90\x80\x80\""),
    SLICE("\"\xf4\x8f\xbf\xbf\""),
    SLICE("\"\xe2\x80\xa8\""),
    SLICE(" \t\r\n{ \"a\" : [ 1 , 2 ] } "),
    SLICE("{\"a\":1,\"a\":2}"),
    SLICE("{\"\":{}}"),
    SLICE("{\"\\u0061\":1}"),
    SLICE("[[],[{}],{\"a\":[]}]"),
    SLICE("{\"\xc3\xa4\":\"\xc3\xa4\"}"),
};

static const struct slice invalid[] = {
    SLICE(""),
    SLICE(" "),
    SLICE("{"),
    SLICE("["),
    SLICE("]"),
    SLICE("{]"),
    SLICE("[}"),
    SLICE("[1,]"),
    SLICE("[,1]"),
    SLICE("[1 2]"),
    SLICE("[1;2]"),
    SLICE("{\"a\"}"),
    SLICE("{\"a\":}"),
    SLICE("{\"a\":1,}"),
    SLICE("{,}"),
    SLICE("{a:1}"),
    SLICE("{'a':1}"),
    SLICE("{1:1}"),
    SLICE("{\"a\":1 \"b\":2}"),
    SLICE("{\"a\"::1}"),
    SLICE("True"),
    SLICE("nil"),
    SLICE("NaN"),
    SLICE("Infinity"),
    SLICE("-"),
    SLICE("+1"),
    SLICE("01"),
    SLICE("-01"),
    SLICE("1."),
    SLICE(".5"),
    SLICE("1.e1"),
    SLICE("1e"),
    SLICE("1e+"),
    SLICE("0x10"),
    SLICE("1_000"),
    SLICE("1,5"),
    SLICE("'x'"),
    SLICE("\"\\v\""),
    SLICE("\"\\u12\""),
    SLICE("\"\\u123g\""),
    SLICE("\"\\U0041\""),
    SLICE("\"\t\""),
    SLICE("\"\n\""),
    SLICE("\"\\\n\""),
    SLICE("\"\0\""),
    SLICE("\"\x80\""),
    SLICE("\"\xc3\""),
    SLICE("\"\xc0\xaf\""),
    SLICE("\"\xe0\x80\xaf\""),
    SLICE("\"\xed\xbf\xbf\""),
    SLICE("\"\xf8\x88\x80\x80\x80\""),
    SLICE("\xef\xbb\xbf{}"),
    SLICE("/* */{}"),
    SLICE("{}//"),
    SLICE("{}\0"),
    SLICE("\f{}"),
    SLICE("\xc2\xa0{}"),
    SLICE("{}{}"),
    SLICE("{}}"),
};

static bool try_document(struct setting *setting, struct slice document, bool *readable)
{
    static const char before[] =
        "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"request\":{\"uid\":"
        "\"" UID "\",\"kind\":{\"group\":\"apps\",\"version\":\"v1\",\"kind\":\"Deployment\"},"
        "\"operation\":\"CREATE\",\"object\":";
    char text[1024];
    size_t size = sizeof(before) - 1;
    memcpy(text, before, size);
    memcpy(text + size, document.data, document.size);
    memcpy(text + size + document.size, "}}", 2);
    return answers(setting, (struct slice){text, size + document.size + 2}, true, readable);
}

static void test_documents(void **state)
{
    const unsigned good = sizeof(valid) / sizeof(valid[0]);
    const unsigned bad = sizeof(invalid) / sizeof(invalid[0]);
    unsigned failed = 0;
    bool readable;
    for (unsigned i = 0; i < good + bad; i++) {
        struct slice document = i < good ? valid[i] : invalid[i - good];
        if (try_document(*state, document, &readable) && readable == (i < good))
            continue;
        print_error("%s as object: %.*s\n", i < good ? "valid" : "invalid", (int)document.size,
                    document.data);
        failed++;
    }
    printf("# %u valid and %u invalid documents as object\n", good, bad);
    assert_int_equal(failed, 0);
}

// An unread value may be invalid JSON. This matters only when a decision asks for it.
static void test_left_unread(void **state)
{
#define OBJECT(operation)                                                                          \
    "{\"metadata\":{\"name\":\"a\",\"managedFields\":[{\"operation\":\"" operation                 \
    "\",\"fieldsV1\":{\"f:spec\" {}}}]},\"spec\":{\"template\":{\"spec\":{\"containers\":"         \
    "[{\"name\":\"app\",\"image\":\"web:1\"}]}}}}"
    bool readable;

    assert_true(try_document(*state, SLICE(OBJECT("Apply")), &readable));
    assert_false(readable);
    assert_true(try_document(*state, SLICE(OBJECT("Update")), &readable));
    assert_true(readable);
#undef OBJECT
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_workload),    cmocka_unit_test(test_service),
        cmocka_unit_test(test_each_byte),   cmocka_unit_test(test_documents),
        cmocka_unit_test(test_left_unread),
    };
    return cmocka_run_group_tests_name("malformed", tests, set_up, tear_down);
}
