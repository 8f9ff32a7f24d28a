// The rules for workloads, each through the whole engine: its finding about a target and the values
// that it writes.
#include "tests/unit/rules_fixture.h"

#define SPEC "spec.template.spec"
#define APP "spec.template.spec.containers[app]"
#define DEPLOYMENT(metadata, spec, template_metadata, pod, containers)                             \
    "{'apiVersion':'apps/v1','kind':'Deployment','metadata':{'name':'web'" metadata                \
    "},'spec':{'replicas':4,'selector':{'matchLabels':{'app':'web'}}" spec                         \
    ",'template':{'metadata':{'labels':{'app':'web'}" template_metadata                            \
    "},'spec':{'containers':[" containers "]" pod "}}}}"
#define POD(pod, containers) DEPLOYMENT("", "", "", pod, containers)
#define ROLLING(strategy, pod)                                                                     \
    DEPLOYMENT("", ",'strategy':" strategy, "", pod, "{'name':'app','image':'web:1'}")
#define RECORD(record) ",'annotations':{'evenkeel.dev/injected':'" record "'}"
#define PORT(number) "{'name':'app','image':'web:1','ports':[{'containerPort':" number "}]}"
#define PLAIN "{'name':'app','image':'web:1'}"
#define TAKES(seconds, left)                                                                       \
    "! preStop: takes " seconds " s, " left                                                        \
    " of 30 s left after SIGTERM (to keep all: evenkeel.dev/pre-stop: 'off')\n"
#define TIMES "'timeoutSeconds':2,'periodSeconds':2,'successThreshold':1,'failureThreshold':5}"
#define ANNOTATED(annotations, containers)                                                         \
    DEPLOYMENT(",'annotations':{" annotations "}", "", "", "", containers)
#define DAEMON_SET(strategy)                                                                       \
    "{'apiVersion':'apps/"                                                                         \
    "v1','kind':'DaemonSet','metadata':{'name':'a'},'spec':{'updateStrategy':" strategy            \
    ",'template':{'spec':{'containers':[" PLAIN "]}}}}"
#define STATEFUL_SET                                                                               \
    "{'apiVersion':'apps/v1','kind':'StatefulSet','metadata':{'name':'a'},'spec':{'template':{"    \
    "'spec':{'containers':[" PLAIN "]}}}}"

static struct rules_case cases[] = {
    {.name = "a TCP probe on the only port",
     "readinessProbe",
     POD("", PORT("80")),
     "readinessProbe: injected unset\n" APP ".readinessProbe = {'tcpSocket':{'port':80}," TIMES
     "\n"},
    {.name = "liveness waits first",
     "livenessProbe",
     POD("", PORT("80")),
     "livenessProbe: injected unset\n" APP
     ".livenessProbe = {'tcpSocket':{'port':80},'initialDelaySeconds':30,'timeoutSeconds':5,"
     "'periodSeconds':10,'successThreshold':1,'failureThreshold':6}\n"},
    {.name = "startup is patient",
     "startupProbe",
     POD("", PORT("80")),
     "startupProbe: injected unset\n" APP
     ".startupProbe = {'tcpSocket':{'port':80},'timeoutSeconds':2,'periodSeconds':5,"
     "'successThreshold':1,'failureThreshold':60}\n"},
    {.name = "no port, no probe",
     "readinessProbe",
     POD("", PLAIN),
     "readinessProbe: skipped no-port\n"},
    {.name = "a user's probe stands, port or not",
     "readinessProbe",
     POD("", "{'name':'app','readinessProbe':{'exec':{'command':['true']}}}"),
     "readinessProbe: kept user-set\n"},
    {.name = "a proxy has its own probes",
     "readinessProbe",
     POD("", PORT("80") ",{'name':'istio-proxy','ports':[{'containerPort':15020}]}"),
     "readinessProbe: injected unset\nreadinessProbe: skipped proxy-container\n" APP
     ".readinessProbe = {'tcpSocket':{'port':80}," TIMES "\n"},
    {.name = "auto with a path asks by HTTP",
     "readinessProbe path=/ok",
     POD("", PORT("80")),
     "readinessProbe: injected unset\n" APP ".readinessProbe = {'httpGet':{'path':'/ok','port':80,"
     "'scheme':'HTTP'}," TIMES "\n"},
    {.name = "a port named https is asked by HTTPS",
     "readinessProbe path=/ok",
     POD("", "{'name':'app','ports':[{'name':'https','containerPort':8443},"
             "{'name':'x','containerPort':1}]}"),
     "readinessProbe: injected unset\n" APP
     ".readinessProbe = {'httpGet':{'path':'/ok','port':'https',"
     "'scheme':'HTTPS'}," TIMES "\n"},
    {.name = "a policy's port must be declared",
     "readinessProbe port=81",
     POD("", PORT("80")),
     "readinessProbe: skipped port-not-declared\n"},
    {.name = "an owner's number needs no declaration",
     "readinessProbe port=81 httpGet={'port':1}",
     ANNOTATED("'evenkeel.dev/readiness-port':'9090'", PLAIN),
     "readinessProbe: injected unset\n" APP ".readinessProbe = {'tcpSocket':{'port':9090}," TIMES
     "\n"},
    {.name = "of two containers, an owner's number is the declaring one's",
     "readinessProbe",
     ANNOTATED("'evenkeel.dev/readiness-port':'90'",
               PLAIN ",{'name':'b','ports':[{'containerPort':90}]}"),
     "readinessProbe: skipped no-port\nreadinessProbe: injected unset\n" SPEC
     ".containers[b].readinessProbe = {'tcpSocket':{'port':90}," TIMES "\n"},
    {.name = "of two containers, an undeclared number is the first one's",
     "readinessProbe",
     ANNOTATED("'evenkeel.dev/readiness-port':'90'", PORT("80") ",{'name':'b'}"),
     "readinessProbe: injected unset\nreadinessProbe: skipped no-port\n" APP
     ".readinessProbe = {'tcpSocket':{'port':90}," TIMES "\n"},
    {.name = "an owner's name must be declared",
     "readinessProbe",
     ANNOTATED("'evenkeel.dev/readiness-port':'web'", PORT("80")),
     "readinessProbe: skipped port-not-declared\n"
     "! readinessProbe: no container declares the annotated port 'web'\n"},
    {.name = "an explicit handler goes where its port is declared",
     "readinessProbe httpGet={'path':'/','port':'web','scheme':'HTTP'}",
     POD("", "{'name':'app','ports':[{'name':'web','containerPort':80}]},{'name':'b'}"),
     "readinessProbe: injected unset\nreadinessProbe: skipped no-port\n" APP
     ".readinessProbe = {'httpGet':{'path':'/','port':'web','scheme':'HTTP'}," TIMES "\n"},
    {.name = "an explicit handler's port is not declared",
     "readinessProbe tcpSocket={'port':81}",
     POD("", PORT("80")),
     "readinessProbe: skipped port-not-declared\n"},
    {.name = "a command for the only container",
     "readinessProbe exec={'command':['ok']}",
     POD("", PLAIN),
     "readinessProbe: injected unset\n" APP ".readinessProbe = {'exec':{'command':['ok']}," TIMES
     "\n"},
    {.name = "a command for those of several that serve",
     "readinessProbe exec={'command':['ok']}",
     POD("", PLAIN ",{'name':'b','ports':[{'containerPort':1},{'containerPort':2}]}"),
     "readinessProbe: skipped no-port\nreadinessProbe: injected unset\n" SPEC
     ".containers[b].readinessProbe = {'exec':{'command':['ok']}," TIMES "\n"},
    {.name = "gRPC probes need Kubernetes 1.24",
     "readinessProbe grpc={'port':80,'service':''}",
     POD("", PORT("80")),
     "readinessProbe: skipped kind-lacks-field\n",
     .minor = 23},
    {.name = "a probe that cannot fit the user's deadline",
     "readinessProbe periodSeconds=100",
     DEPLOYMENT("", ",'progressDeadlineSeconds':60", "", "", PORT("80")),
     "readinessProbe: skipped deadline-too-short\n"},
    {.name = "a probe of ours goes with its port",
     "readinessProbe",
     DEPLOYMENT(RECORD("{\\'" APP ".readinessProbe\\':{\\'tcpSocket\\':{\\'port\\':80}}}"), "", "",
                "", "{'name':'app','readinessProbe':{'tcpSocket':{'port':80}}}"),
     "readinessProbe: skipped no-port\n" APP ".readinessProbe removed\n"},

    {.name = "native sleep",
     "preStop",
     POD("", PLAIN),
     "preStop: injected unset\n" TAKES("15", "15") APP
     ".lifecycle.preStop = {'sleep':{'seconds':15}}\n"},
    {.name = "a sleep command before 1.30",
     "preStop sleepSeconds=7",
     POD("", PLAIN),
     "preStop: injected unset\n" TAKES("7", "23") APP
     ".lifecycle.preStop = {'exec':{'command':['sleep','7']}}\n",
     .minor = 29},
    {.name = "a sleep gives way to the user's grace period",
     "preStop | terminationGracePeriodSeconds",
     POD(",'terminationGracePeriodSeconds':10", PORT("80")),
     "terminationGracePeriodSeconds: kept user-set\npreStop: injected unset\n"
     "! preStop: sleeps 3 of 15 s, 7 of 10 s left after SIGTERM; for 15 s: grace 45; for none: "
     "evenkeel.dev/pre-stop: 'off'\n" APP ".lifecycle.preStop = {'sleep':{'seconds':3}}\n"},
    {.name = "no sleep below a grace of two",
     "preStop",
     POD(",'terminationGracePeriodSeconds':1", PLAIN),
     "preStop: skipped grace-too-short\n"
     "! preStop: no sleep of 15 s: terminationGracePeriodSeconds is 1, and the whole sleep needs "
     "45\n"},
    {.name = "a user's hook stands, their postStart too",
     "preStop",
     POD("", "{'name':'app','lifecycle':{'postStart':{'exec':{'command':['a']}}}},"
             "{'name':'b','lifecycle':{'preStop':{'httpGet':{'port':1}}}}"),
     "preStop: injected unset\npreStop: kept user-set\n" TAKES("15", "15") APP
     ".lifecycle.preStop = {'sleep':{'seconds':15}}\n"},
    {.name = "a command with names in it",
     "preStop exec={'command':['stop','{app_name}','--of={container}@{namespace}','{x}','']}",
     POD("", "{'name':'app'}"),
     "preStop: injected unset\n" TAKES("30", "0") APP
     ".lifecycle.preStop = {'exec':{'command':['stop','web','--of=app@shop','{x}','']}}\n"},
    {.name = "a command without the name that it needs",
     "preStop exec={'command':['stop','{app_name}']}",
     "{'apiVersion':'apps/v1','kind':'Deployment','metadata':{'generateName':'web-'},'spec':{"
     "'template':{'spec':{'containers':[" PLAIN "]}}}}",
     "preStop: skipped no-name\n"},
    {.name = "a name cannot break out of its argument",
     "preStop exec={'command':['{container}']}",
     POD("", "{'name':'a\\',x'}"),
     "preStop: injected unset\n" TAKES("30", "0") SPEC
     ".containers[a',x].lifecycle.preStop = {'exec':{'command':['a\\',x']}}\n"},
    {.name = "a sleep does not count on a grace period that is only observed",
     "preStop sleepSeconds=60 | terminationGracePeriodSeconds mode=observe",
     POD("", PLAIN),
     "terminationGracePeriodSeconds: would-inject unset\npreStop: injected unset\n"
     "! preStop: sleeps 15 of 60 s, 15 of 30 s left after SIGTERM; for 60 s: grace 120; for none: "
     "evenkeel.dev/pre-stop: 'off'\n"
     "! observe mode: evenkeel would inject terminationGracePeriodSeconds\n" APP
     ".lifecycle.preStop = {'sleep':{'seconds':15}}\n"},

    {.name = "grace holds the sleep and a buffer",
     "preStop sleepSeconds=20 | terminationGracePeriodSeconds",
     POD(",'terminationGracePeriodSeconds':30", PLAIN),
     "terminationGracePeriodSeconds: injected ambiguous-default\npreStop: injected unset\n" APP
     ".lifecycle.preStop = {'sleep':{'seconds':20}}\n" SPEC
     ".terminationGracePeriodSeconds = 50\n"},
    {.name = "an ambiguous grace period may be kept",
     "terminationGracePeriodSeconds seconds=60",
     POD(",'terminationGracePeriodSeconds':30", PLAIN),
     "terminationGracePeriodSeconds: kept ambiguous-default\n",
     .ambiguous = WHEN_AMBIGUOUS_KEEP},
    {.name = "an absent grace period means 30 already",
     "terminationGracePeriodSeconds",
     POD("", PLAIN),
     "terminationGracePeriodSeconds: skipped not-needed\n"},

    {.name = "minReadySeconds",
     "minReadySeconds",
     POD("", PLAIN),
     "minReadySeconds: injected unset\nspec.minReadySeconds = 5\n"},
    {.name = "minReadySeconds 0 is nothing",
     "minReadySeconds seconds=0",
     POD("", PLAIN),
     "minReadySeconds: skipped not-needed\n"},
    {.name = "minReadySeconds above the user's deadline",
     "minReadySeconds seconds=60",
     DEPLOYMENT("", ",'progressDeadlineSeconds':60", "", "", PLAIN),
     "minReadySeconds: skipped deadline-too-short\n"},
    {.name = "minReadySeconds does not count on a deadline that is only observed",
     "minReadySeconds seconds=700 | progressDeadlineSeconds mode=observe",
     POD("", PLAIN),
     "progressDeadlineSeconds: would-inject unset\nminReadySeconds: skipped deadline-too-short\n"
     "! observe mode: evenkeel would inject progressDeadlineSeconds\n"},
    {.name = "the deadline makes room",
     "minReadySeconds seconds=700 | progressDeadlineSeconds",
     DEPLOYMENT("", ",'progressDeadlineSeconds':600", "", "", PLAIN),
     "progressDeadlineSeconds: injected ambiguous-default\nminReadySeconds: injected unset\n"
     "spec.minReadySeconds = 700\nspec.progressDeadlineSeconds = 760\n"},
    {.name = "a StatefulSet has no deadline",
     "progressDeadlineSeconds | rollingUpdate",
     STATEFUL_SET,
     "rollingUpdate: skipped kind-lacks-field\nprogressDeadlineSeconds: skipped "
     "kind-lacks-field\n"},

    {.name = "surge",
     "rollingUpdate",
     ROLLING("{'type':'RollingUpdate'}", ""),
     "rollingUpdate: injected unset\nspec.strategy.rollingUpdate.maxSurge = '25%'\n"
     "spec.strategy.rollingUpdate.maxUnavailable = 0\n"},
    {.name = "over the API's defaults",
     "rollingUpdate",
     ROLLING("{'type':'RollingUpdate','rollingUpdate':{'maxSurge':'25%','maxUnavailable':'25%'}}",
             ""),
     "rollingUpdate: injected ambiguous-default\n"
     "spec.strategy.rollingUpdate.maxUnavailable = 0\n"},
    {.name = "Recreate",
     "rollingUpdate",
     ROLLING("{'type':'Recreate'}", ""),
     "rollingUpdate: skipped recreate\n"},
    {.name = "the user's surge of none",
     "rollingUpdate",
     ROLLING("{'rollingUpdate':{'maxSurge':'0%','maxUnavailable':'25%'}}", ""),
     "rollingUpdate: skipped zero-zero\n"},
    {.name = "the user's maxUnavailable of 0",
     "rollingUpdate maxSurge=0 maxUnavailable=1",
     ROLLING("{'rollingUpdate':{'maxSurge':'25%','maxUnavailable':0}}", ""),
     "rollingUpdate: skipped zero-zero\n"},
    {.name = "the user's surge with room below",
     "rollingUpdate maxUnavailable=1",
     ROLLING("{'rollingUpdate':{'maxSurge':0,'maxUnavailable':'25%'}}", ""),
     "rollingUpdate: injected ambiguous-default\n"
     "spec.strategy.rollingUpdate.maxUnavailable = 1\n"},
    {.name = "both are the user's",
     "rollingUpdate",
     ROLLING("{'rollingUpdate':{'maxSurge':3,'maxUnavailable':1}}", ",'hostNetwork':true"),
     "rollingUpdate: kept user-set\n"},
    {.name = "a guard before maxUnavailable 0",
     "rollingUpdate",
     ROLLING("{'type':'RollingUpdate'}", ",'hostNetwork':true"),
     "rollingUpdate: skipped host-network\n"},
    {.name = "a guard before a share that rounds to 0",
     "rollingUpdate maxUnavailable=24%",
     ROLLING("{'type':'RollingUpdate'}", ",'hostNetwork':true"),
     "rollingUpdate: skipped host-network\n"},
    {.name = "no guard where one pod may be missing",
     "rollingUpdate maxUnavailable=25%",
     ROLLING("{'type':'RollingUpdate'}", ",'hostNetwork':true"),
     "rollingUpdate: injected unset\nspec.strategy.rollingUpdate.maxSurge = '25%'\n"
     "spec.strategy.rollingUpdate.maxUnavailable = '25%'\n"},
    {.name = "ours of before goes when a guard comes up",
     "rollingUpdate",
     DEPLOYMENT(RECORD("{\\'spec.strategy.rollingUpdate.maxUnavailable\\':0}"),
                ",'strategy':{'rollingUpdate':{'maxSurge':'25%','maxUnavailable':0}}", "",
                ",'hostNetwork':true", PLAIN),
     "rollingUpdate: skipped host-network\n"
     "spec.strategy.rollingUpdate.maxUnavailable = '25%'\n"},
    {.name = "ours of before goes when the user wants no surge",
     "rollingUpdate",
     DEPLOYMENT(RECORD("{\\'spec.strategy.rollingUpdate.maxUnavailable\\':0}"),
                ",'strategy':{'rollingUpdate':{'maxSurge':0,'maxUnavailable':0}}", "", "", PLAIN),
     "rollingUpdate: skipped zero-zero\nspec.strategy.rollingUpdate.maxUnavailable = '25%'\n"},
    {.name = "a DaemonSet surges with nothing missing",
     "rollingUpdate maxUnavailable=1",
     DAEMON_SET("{'type':'RollingUpdate','rollingUpdate':{'maxSurge':0,'maxUnavailable':1}}"),
     "rollingUpdate: injected ambiguous-default\n"
     "spec.updateStrategy.rollingUpdate.maxSurge = '25%'\n"
     "spec.updateStrategy.rollingUpdate.maxUnavailable = 0\n"},
    {.name = "a DaemonSet's pair is the user's as a whole",
     "rollingUpdate",
     DAEMON_SET("{'type':'RollingUpdate','rollingUpdate':{'maxSurge':0,'maxUnavailable':2}}"),
     "rollingUpdate: kept user-set\n"},
    {.name = "a DaemonSet that waits",
     "rollingUpdate",
     DAEMON_SET("{'type':'OnDelete'}"),
     "rollingUpdate: skipped on-delete\n"},
    {.name = "a DaemonSet before 1.22",
     "rollingUpdate",
     DAEMON_SET("{'type':'RollingUpdate'}"),
     "rollingUpdate: skipped kind-lacks-field\n",
     .minor = 21},

    {.name = "preferred nodes",
     "nodeAffinity preferred=[{'weight':1,'preference':{}}]",
     POD("", PLAIN),
     "nodeAffinity: injected unset\n" SPEC ".affinity.nodeAffinity."
     "preferredDuringSchedulingIgnoredDuringExecution = [{'weight':1,'preference':{}}]\n"},
    {.name = "a user's own preferences stand",
     "nodeAffinity preferred=[{'weight':1,'preference':{}}]",
     POD(",'affinity':{'nodeAffinity':{'preferredDuringSchedulingIgnoredDuringExecution':[1]}}",
         PLAIN),
     "nodeAffinity: kept user-set\n"},

    {.name = "a gate",
     "readinessGates conditionTypes=example.com/{app_name},b",
     POD("", PLAIN),
     "readinessGates: injected unset\n" SPEC
     ".readinessGates = [{'conditionType':'example.com/web'},{'conditionType':'b'}]\n"},
    {.name = "Alibaba's gate off Terway",
     "readinessGates conditionTypes=service.readiness.alibabacloud.com/{app_name}",
     POD("", PLAIN),
     "readinessGates: skipped network\n",
     .network = NETWORK_FLANNEL},
    {.name = "Alibaba's gate",
     "readinessGates conditionTypes=service.readiness.alibabacloud.com/{app_name}",
     POD("", PLAIN),
     "readinessGates: injected unset\n" SPEC
     ".readinessGates = [{'conditionType':'service.readiness.alibabacloud.com/web'}]\n",
     .network = NETWORK_TERWAY},
    {.name = "a gate that the API would refuse",
     "readinessGates conditionTypes=a/b/{app_name}",
     POD("", PLAIN),
     "readinessGates: skipped invalid-name\n"},
    {.name = "no gates", "readinessGates", POD("", PLAIN), "readinessGates: skipped not-needed\n"},

    {.name = "a version from the image",
     "versionLabel",
     POD("", PLAIN),
     "versionLabel: injected unset\nspec.template.metadata.labels[version] = '1'\n"},
    {.name = "a version from a label",
     "versionLabel from=label label=app",
     POD("", PLAIN),
     "versionLabel: injected unset\nspec.template.metadata.labels[version] = 'web'\n"},
    {.name = "a version from the object's label",
     "versionLabel from=label",
     DEPLOYMENT(",'labels':{'app.kubernetes.io/version':'7'}", "", "", "", PLAIN),
     "versionLabel: injected unset\nspec.template.metadata.labels[version] = '7'\n"},
    {.name = "no version",
     "versionLabel container=b",
     POD("", PLAIN),
     "versionLabel: skipped no-version\n"},
    {.name = "a version that is no label's value",
     "versionLabel",
     POD("", "{'name':'app','image':'web:1_'}"),
     "versionLabel: skipped invalid-label-value\n"},
    {.name = "a label of the selector",
     "versionLabel key=app",
     POD("", PLAIN),
     "versionLabel: skipped in-selector\n"},
    {.name = "a user's version",
     "versionLabel",
     "{'apiVersion':'apps/v1','kind':'Deployment','metadata':{'name':'web'},'spec':{'template':{"
     "'metadata':{'labels':{'version':'9'}},'spec':{'containers':[" PLAIN "]}}}}",
     "versionLabel: kept user-set\n"},

    {.name = "Istio's sidecar outlasts the sleep",
     "preStop | meshDrain",
     POD("", PLAIN),
     "preStop: injected unset\nmeshDrain: injected unset\n" TAKES("15", "15") APP
     ".lifecycle.preStop = {'sleep':{'seconds':15}}\n"
     "spec.template.metadata.annotations[proxy.istio.io/config] = 'terminationDrainDuration: "
     "20s'\n"},
    {.name = "Linkerd's sidecar ends before the grace period",
     "meshDrain mesh=linkerd seconds=60",
     POD("", PLAIN),
     "meshDrain: injected unset\nspec.template.metadata.annotations"
     "[config.alpha.linkerd.io/proxy-wait-before-exit-seconds] = '29'\n"},
    {.name = "no hook, no drain", "meshDrain", POD("", PLAIN), "meshDrain: skipped not-needed\n"},
    {.name = "no sidecar, no drain",
     "meshDrain seconds=9",
     DEPLOYMENT("", "", ",'annotations':{'sidecar.istio.io/inject':'false'}", "", PLAIN),
     "meshDrain: skipped no-mesh\n"},
};

int main(void)
{
    struct CMUnitTest tests[sizeof(cases) / sizeof(cases[0])];

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        tests[i] = (struct CMUnitTest){cases[i].name, fixture_run, NULL, NULL, &cases[i]};
    return cmocka_run_group_tests_name("rules for workloads", tests, NULL, NULL);
}
