// The names under which evenkeel is spoken to, and speaks, on an object's metadata.
#ifndef EVENKEEL_OBJECT_ANNOTATIONS_H
#define EVENKEEL_OBJECT_ANNOTATIONS_H

// All of ours start so; behind it a setting's override name, or one of those below.
#define ANNOTATION_PREFIX "evenkeel.dev/"

// On a workload, a Service or a pod template, as annotation or label: "false" and its like opt the
// object out (object/opt_out.h).
#define ANNOTATION_INJECT "evenkeel.dev/inject"

// Our bookkeeping: a JSON object from place (as plan_path_text() has it) to the value that we wrote
// there.
#define ANNOTATION_INJECTED "evenkeel.dev/injected"

// What earlier requests decided: a JSON object (intent/history.h).
#define ANNOTATION_HISTORY "evenkeel.dev/history"

// A release's steps, as "1,50%,100%"; empty: releases are not held, and one that is, is ended.
#define ANNOTATION_BATCHES "evenkeel.dev/batches"

// The step that is held; changing it is the approval. "all" after the last one.
#define ANNOTATION_BATCH "evenkeel.dev/batch"

// Our bookkeeping of releases: a JSON object (release/state.c).
#define ANNOTATION_RELEASE "evenkeel.dev/release"

// Our bookkeeping: the user's own grace period, in seconds, where evenkeel made it longer.
#define ANNOTATION_USERS_GRACE "evenkeel.dev/user-grace-period-seconds"

// Volumes of the pod, or claims, that several pods may write to at once: names or patterns.
#define ANNOTATION_SHARED_VOLUMES "evenkeel.dev/shared-volumes"

// Labels, so that what is held can be listed, and because an undo replaces all annotations.
#define LABEL_HELD "evenkeel.dev/held"
#define LABEL_STABLE "evenkeel.dev/stable"

// The deployment controller's own: the number of the newest ReplicaSet.
#define ANNOTATION_REVISION "deployment.kubernetes.io/revision"

// kubectl's own, also written by Argo CD: the manifest that was applied, to the letter.
#define ANNOTATION_LAST_APPLIED "kubectl.kubernetes.io/last-applied-configuration"

#endif
