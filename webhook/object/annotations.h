// The names of evenkeel's annotations and labels on an object's metadata, and of others' that more
// than one part knows.
#ifndef EVENKEEL_OBJECT_ANNOTATIONS_H
#define EVENKEEL_OBJECT_ANNOTATIONS_H

// All of them start with this. After it comes the override name of a setting, or one of the names
// below.
#define ANNOTATION_PREFIX "evenkeel.dev/"

// On a workload, a Service or a pod template, as an annotation or a label: "false" and similar
// words opt the object out (object/opt_out.h).
#define ANNOTATION_INJECT "evenkeel.dev/inject"

// The bookkeeping: a JSON object from place (as plan_path_text() writes it) to the value that
// evenkeel wrote there.
#define ANNOTATION_INJECTED "evenkeel.dev/injected"

// What earlier requests decided: a JSON object (intent/history.h).
#define ANNOTATION_HISTORY "evenkeel.dev/history"

// A release's steps, such as "1,50%,100%". Empty: releases are not held, and a held release ends.
#define ANNOTATION_BATCHES "evenkeel.dev/batches"

// The step that is held. To approve, change it. "all" comes after the last step.
#define ANNOTATION_BATCH "evenkeel.dev/batch"

// The bookkeeping of releases: a JSON object (release/state.c).
#define ANNOTATION_RELEASE "evenkeel.dev/release"

// The bookkeeping of the user's own grace period in seconds, if evenkeel made it longer.
#define ANNOTATION_USERS_GRACE "evenkeel.dev/user-grace-period-seconds"

// Volumes of the pod, or claims, to which several pods may write at once: names or patterns.
#define ANNOTATION_SHARED_VOLUMES "evenkeel.dev/shared-volumes"

// Labels, so that held objects can be listed, and because an undo replaces all annotations.
#define LABEL_HELD "evenkeel.dev/held"
#define LABEL_STABLE "evenkeel.dev/stable"

// The deployment controller's annotation: the number of the newest ReplicaSet.
#define ANNOTATION_REVISION "deployment.kubernetes.io/revision"

// kubectl's annotation, also written by Argo CD: the manifest that was applied, unchanged.
#define ANNOTATION_LAST_APPLIED "kubectl.kubernetes.io/last-applied-configuration"

// What keeps a mesh's sidecar open when its pod stops (signs/meshes.h). In a template only the rule
// meshDrain writes them.
#define ANNOTATION_ISTIO_DRAIN "proxy.istio.io/config"
#define ANNOTATION_LINKERD_DRAIN "config.alpha.linkerd.io/proxy-wait-before-exit-seconds"
#define ANNOTATION_DAPR_DRAIN "dapr.io/block-shutdown-duration"

#endif
