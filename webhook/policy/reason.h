// The closed set of verdicts and reasons: the same words in warnings, logs, metrics, preview and
// docs.
#ifndef EVENKEEL_POLICY_REASON_H
#define EVENKEEL_POLICY_REASON_H

// What happened to one target of one rule.
#define VERDICTS(X)                                                                                \
    X(VERDICT_INJECTED, "injected", "the value was written")                                       \
    X(VERDICT_WOULD_INJECT, "would-inject", "the value would be written, but observe mode is on")  \
    X(VERDICT_KEPT, "kept", "the present value stays")                                             \
    X(VERDICT_SKIPPED, "skipped", "the rule does not fit this target")                             \
    X(VERDICT_IGNORED, "ignored", "an annotation cannot be used, so it has no effect")

// The reasons, sorted by verdict, then by the subject.
#define REASONS(X)                                                                                 \
    X(REASON_NONE, "none", "")                                                                     \
    X(REASON_UNSET, "unset", "the user left it out")                                               \
    X(REASON_AMBIGUOUS_DEFAULT, "ambiguous-default",                                               \
      "the value is the API's default, and nothing shows who set it")                              \
    X(REASON_REFITTED, "refitted", "a value that evenkeel had written was updated")                \
    X(REASON_RAISED, "raised",                                                                     \
      "the sleep was added to the user's own grace period, as the policy says")                    \
    X(REASON_RESTORED, "restored",                                                                 \
      "the request dropped a value that evenkeel had written, and changed nothing else in the "    \
      "template")                                                                                  \
    X(REASON_MERGED, "merged", "added to the user's own list")                                     \
    X(REASON_USER_SET, "user-set", "the user's own value stays")                                   \
    X(REASON_DECLARED_DEFAULT, "declared-default",                                                 \
      "the user declared the API's default explicitly")                                            \
    X(REASON_DECLINED, "declined", "somebody removed evenkeel's value, and it stays out")          \
    X(REASON_NEVER_PASSED, "never-passed",                                                         \
      "the probe that evenkeel had written never passed, so it is not written again")              \
    X(REASON_REFUSED, "refused", "an annotation switches the rule off for this object")            \
    X(REASON_ROLLED_BACK, "rolled-back", "the template ran before, and comes back as it was")      \
    X(REASON_DECLARED_WHOLE, "declared-whole",                                                     \
      "an applier owns the whole list or map in which the value would stand")                      \
    X(REASON_AS_WANTED, "as-wanted", "the value is already what the policy asks for")              \
    X(REASON_TEMPLATE_UNCHANGED, "template-unchanged",                                             \
      "the request did not change the pod template, so neither does evenkeel")                     \
    X(REASON_NO_PORT, "no-port", "the container declares no port")                                 \
    X(REASON_NO_TCP_PORT, "no-tcp-port", "the container declares no TCP port")                     \
    X(REASON_PORT_AMBIGUOUS, "port-ambiguous",                                                     \
      "several TCP ports are declared, and no name says that this one serves")                     \
    X(REASON_PORT_NOT_DECLARED, "port-not-declared",                                               \
      "the container does not declare the port that the policy names")                             \
    X(REASON_LIVENESS_HANDLER, "liveness-handler",                                                 \
      "the user left it out; it asks what their liveness probe asks")                              \
    X(REASON_STARTUP_HANDLER, "startup-handler",                                                   \
      "the user left it out; it asks what their startup probe asks")                               \
    X(REASON_HANDLER_HOST, "handler-host",                                                         \
      "the user's own liveness or startup probe asks another host than the pod")                   \
    X(REASON_HANDLER_TOO_LONG, "handler-too-long",                                                 \
      "the handler of the user's own liveness or startup probe is too long to be written twice")   \
    X(REASON_LIVENESS_EXEC, "liveness-exec",                                                       \
      "the user's own liveness probe runs a command, which no port can replace")                   \
    X(REASON_AUXILIARY_PORT, "auxiliary-port",                                                     \
      "the names show that the ports are for metrics, health, administration or the like")         \
    X(REASON_DAPR, "dapr", "Dapr's sidecar is the application's only client")                      \
    X(REASON_IDLE_COMMAND, "idle-command",                                                         \
      "its command only waits, as `sleep infinity` does, so nothing listens")                      \
    X(REASON_LISTENS_LOCALLY, "listens-locally",                                                   \
      "a flag or variable shows that it listens on a loopback address or a Unix socket")           \
    X(REASON_LISTENS_ELSEWHERE, "listens-elsewhere",                                               \
      "a flag or variable shows that it listens on a port that is not declared")                   \
    X(REASON_LEADER_ELECTION, "leader-election",                                                   \
      "it elects a leader, and a standby may not open its port")                                   \
    X(REASON_WORKER, "worker",                                                                     \
      "its name or command shows that it is a worker, which serves no requests")                   \
    X(REASON_TALKS_FIRST, "talks-first",                                                           \
      "the port's server speaks first, and counts or bans clients that send nothing")              \
    X(REASON_DEBUGGER, "debugger", "a connection would start or end a debugging session")          \
    X(REASON_ONE_CLIENT, "one-client",                                                             \
      "the program serves one connection, and the probe would use it up")                          \
    X(REASON_NOT_CERTAIN, "not-certain",                                                           \
      "something likely answers, but the policy asks for certain evidence")                        \
    X(REASON_PROXY_CONTAINER, "proxy-container",                                                   \
      "the container is a known sidecar proxy, which has its own probes and shutdown")             \
    X(REASON_DEADLINE_TOO_SHORT, "deadline-too-short",                                             \
      "the value does not fit below progressDeadlineSeconds")                                      \
    X(REASON_GRACE_TOO_SHORT, "grace-too-short",                                                   \
      "the user's own grace period leaves no room for a sleep")                                    \
    X(REASON_OWN_STOP_TIME, "own-stop-time",                                                       \
      "the user set the grace period of a pod that gets no requests, for work that it must end")   \
    X(REASON_NOT_NEEDED, "not-needed", "nothing that was injected or found needs it")              \
    X(REASON_KIND_LACKS_FIELD, "kind-lacks-field", "objects of this kind have no such field")      \
    X(REASON_RECREATE, "recreate", "the strategy replaces all pods at once")                       \
    X(REASON_ON_DELETE, "on-delete", "the strategy waits for pods to be deleted by hand")          \
    X(REASON_NO_SURGE, "no-surge",                                                                 \
      "the only pod stops before the new one starts: a sleep would make the gap longer")           \
    X(REASON_EXCLUSIVE, "exclusive",                                                               \
      "the old pod may lock a volume, so the new pod could never get ready")                       \
    X(REASON_ZERO_ZERO, "zero-zero",                                                               \
      "maxSurge and maxUnavailable would both be 0, which is invalid")                             \
    X(REASON_READ_WRITE_ONCE, "read-write-once",                                                   \
      "a volume may attach to one node only, so a surge pod could wait for it for ever")           \
    X(REASON_HOST_PORT, "host-port",                                                               \
      "a host port: there may be no node on which it is free for a surge pod")                     \
    X(REASON_HOST_NETWORK, "host-network", "host network: the port of a surge pod may be in use")  \
    X(REASON_HOST_PATH, "host-path", "a folder of the node: two pods of a node would share it")    \
    X(REASON_HOST_PID, "host-pid",                                                                 \
      "the node's processes: two pods of a node would see each other")                             \
    X(REASON_HOST_IPC, "host-ipc", "the node's shared memory: two pods of a node would share it")  \
    X(REASON_SELF_ANTI_AFFINITY, "self-anti-affinity",                                             \
      "required anti-affinity to itself: a surge pod may find no node")                            \
    X(REASON_TOPOLOGY_SPREAD, "topology-spread",                                                   \
      "spread over hosts with DoNotSchedule: a surge pod may find no node")                        \
    X(REASON_EXTENDED_RESOURCES, "extended-resources",                                             \
      "extended resources such as GPUs: a surge pod may find none free")                           \
    X(REASON_NETWORK, "network", "the policy's cluster.network does not support it")               \
    X(REASON_NO_NAME, "no-name", "the object has no name yet to put into the value")               \
    X(REASON_INVALID_NAME, "invalid-name", "with the object's name the value would be invalid")    \
    X(REASON_NO_MESH, "no-mesh",                                                                   \
      "the pod template declines the sidecar of this mesh, or has a native one")                   \
    X(REASON_MESH, "mesh",                                                                         \
      "the mesh's sidecar would close first, and evenkeel cannot keep it open")                    \
    X(REASON_WINDOWS, "windows", "an image for Windows has no sleep command")                      \
    X(REASON_VIRTUAL_NODE, "virtual-node",                                                         \
      "virtual nodes of Azure start no pod with a probe of this form")                             \
    X(REASON_NO_VERSION, "no-version", "there is no label and no image tag with a version")        \
    X(REASON_INVALID_LABEL_VALUE, "invalid-label-value",                                           \
      "the version is not a valid value of a label")                                               \
    X(REASON_IN_SELECTOR, "in-selector", "the label is part of the selector, which never changes") \
    X(REASON_WHEN, "when", "the policy's `when` does not hold for the object")                     \
    X(REASON_NOT_LOAD_BALANCER, "not-load-balancer", "the Service is not of type LoadBalancer")    \
    X(REASON_FOREIGN_LOAD_BALANCER, "foreign-load-balancer",                                       \
      "the load balancer's class is another controller's")                                         \
    X(REASON_REUSED_LOAD_BALANCER, "reused-load-balancer",                                         \
      "the load balancer is the user's own: the value would fail, or have no effect")              \
    X(REASON_OWN_SERVER_GROUPS, "own-server-groups",                                               \
      "vgroup-port names the user's own server groups: the value would have no effect")            \
    X(REASON_NETWORK_LOAD_BALANCER, "network-load-balancer",                                       \
      "a network load balancer cuts no connection unless it is asked to")                          \
    X(REASON_LAYER_7_LISTENER, "layer-7-listener",                                                 \
      "HTTP and HTTPS listeners of a classic load balancer do not drain, and there are no others") \
    X(REASON_BACKEND_LABEL, "backend-label",                                                       \
      "the Service chooses nodes by backend-label, which ENI backends ignore")                     \
    X(REASON_NO_ENI_BACKEND, "no-eni-backend", "the Service does not say backend-type: eni")       \
    X(REASON_SCHEDULER, "scheduler", "the Service's scheduler ignores weights")                    \
    X(REASON_WEIGHTS_IGNORED, "weights-ignored",                                                   \
      "ignore-weight-update: the controller changes no weight")                                    \
    X(REASON_ENI_BACKEND, "eni-backend", "with ENI backends the field has no effect")              \
    X(REASON_LIVE_SERVICE, "live-service", "changing it on a live Service would disturb traffic")  \
    X(REASON_OVERRIDE_INVALID, "override-invalid", "an evenkeel.dev annotation could not be used") \
    X(REASON_RELEASE_STARTED, "release-started", "the new version is held at its first step")      \
    X(REASON_RELEASE_HELD, "release-held", "the new version stays held at its step")               \
    X(REASON_RELEASE_APPROVED, "release-approved", "the release went on to a later step")          \
    X(REASON_RELEASE_FINISHED, "release-finished", "the hold ended")                               \
    X(REASON_RELEASE_ROLLED_BACK, "release-rolled-back",                                           \
      "a release started from this template, which is never held")                                 \
    X(REASON_HOLD_RESTORED, "hold-restored",                                                       \
      "the object had a hold's values, as an export has; its own values were put back")            \
    X(REASON_NO_RELEASE, "no-release",                                                             \
      "the request brings no new version, so there is nothing to hold")                            \
    X(REASON_RESTART_ONLY, "restart-only", "a restart of the same version is not held")            \
    X(REASON_NO_STEPS, "no-steps", "no step has fewer pods than the whole")                        \
    X(REASON_TOO_FEW_REPLICAS, "too-few-replicas",                                                 \
      "fewer than two pods cannot be released in steps")                                           \
    X(REASON_OWN_MIN_READY, "own-min-ready", "the user's own minReadySeconds is above an hour")    \
    X(REASON_OWN_PARTITION, "own-partition", "the user has a partition of their own")              \
    X(REASON_APPROVAL_UNREADABLE, "approval-unreadable", "evenkeel.dev/batch names no step")       \
    X(REASON_APPROVAL_LOWERED, "approval-lowered", "evenkeel.dev/batch names an earlier step")     \
    X(REASON_APPROVAL_OTHER_TEMPLATE, "approval-other-template",                                   \
      "the approval is for another version than the one that is held")                             \
    X(REASON_APPROVAL_IN_MANIFEST, "approval-in-manifest",                                         \
      "the approval comes from an applied manifest, which would repeat it")                        \
    X(REASON_APPROVER_NOT_ALLOWED, "approver-not-allowed",                                         \
      "the policy does not let this user approve")                                                 \
    X(REASON_APPROVAL_NOT_READY, "approval-not-ready",                                             \
      "the held pods are not all there and ready")                                                 \
    /* Of a whole object: no rule ran. */                                                          \
    X(REASON_OPTED_OUT, "opted-out",                                                               \
      "evenkeel.dev/inject on the object or its pod template says false, or a word like it")       \
    X(REASON_OPT_OUT_UNCLEAR, "opt-out-unclear",                                                   \
      "evenkeel.dev/inject has a value that means neither yes nor no: nothing new is written")     \
    X(REASON_OWNED, "owned", "another controller owns the object")                                 \
    X(REASON_DELETING, "deleting", "the object is being deleted")                                  \
    X(REASON_OPERATION, "operation", "not a CREATE or UPDATE of a whole object")                   \
    X(REASON_KIND, "kind", "not a kind that evenkeel knows")                                       \
    X(REASON_NO_ENTRY, "no-entry", "no policy entry matches the object")                           \
    X(REASON_SPEC_UNCHANGED, "spec-unchanged",                                                     \
      "the request changed nothing that evenkeel decides")                                         \
    X(REASON_ON_UPDATE_NEVER, "on-update-never", "the policy says onUpdate: never")                \
    X(REASON_NO_TEMPLATE, "no-template", "the object refers to the pod template of another")       \
    X(REASON_MALFORMED, "malformed", "the object lacks what its kind must have")                   \
    X(REASON_UNREADABLE, "unreadable", "the review could not be read")                             \
    X(REASON_EDITED_TWICE, "edited-twice", "two edits that evenkeel planned exclude each other")   \
    X(REASON_OUT_OF_MEMORY, "out-of-memory", "memory was short")

#define REASON_ENUM(id, name, doc) id,
enum verdict { VERDICTS(REASON_ENUM) VERDICTS_COUNT };
enum reason { REASONS(REASON_ENUM) REASONS_COUNT };
#undef REASON_ENUM

// One rule's decision about one target.
struct finding {
    enum verdict verdict;
    enum reason reason;
};

// Static strings, never NULL, for any value of the enums.
const char *verdict_name(enum verdict verdict);
const char *verdict_doc(enum verdict verdict);
const char *reason_name(enum reason reason);
const char *reason_doc(enum reason reason);

#endif
