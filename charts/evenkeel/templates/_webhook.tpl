{{- /* One entry of the configuration: a dict of root, name, kinds, failurePolicy and clientConfig. */ -}}
{{- define "evenkeel.webhook" -}}
name: {{ .name }}
admissionReviewVersions: [v1]
clientConfig:
  service:
    name: {{ include "evenkeel.name" .root }}
    namespace: {{ .root.Release.Namespace }}
    path: /mutate
    port: 443
  {{- with .caBundle }}
  caBundle: {{ . }}
  {{- end }}
rules:
  {{- $resources := include "evenkeel.resources" .root | fromYaml }}
  {{- range .kinds }}
  {{- $resource := get $resources . }}
  - apiGroups: [{{ $resource.group | quote }}]
    apiVersions: [{{ $resource.version }}]
    resources: [{{ $resource.resource }}]
    operations: [CREATE, UPDATE]
    scope: Namespaced
  {{- end }}
namespaceSelector:
  matchLabels:
    evenkeel.dev/inject: enabled
  matchExpressions:
    - key: kubernetes.io/metadata.name
      operator: NotIn
      values:
        {{- range concat (list "kube-system" .root.Release.Namespace) .root.Values.webhook.excludedNamespaces | uniq }}
        - {{ . }}
        {{- end }}
matchConditions:
  {{- include "evenkeel.matchConditions" .root | nindent 2 }}
failurePolicy: {{ .failurePolicy }}
matchPolicy: Equivalent
reinvocationPolicy: IfNeeded
sideEffects: None
timeoutSeconds: {{ .root.Values.webhook.timeoutSeconds }}
{{- end }}

{{- /* They only spare calls whose answer would be empty; evenkeel decides the same without them. A held release
(minReadySeconds 2147483646) that is opted out is still sent, since its values are to be given back. */ -}}
{{- define "evenkeel.matchConditions" -}}
- name: not-being-deleted
  expression: "!has(object.metadata.deletionTimestamp)"
- name: not-opted-out
  expression: >-
    !has(object.metadata.annotations) || !('evenkeel.dev/inject' in object.metadata.annotations) ||
    object.metadata.annotations['evenkeel.dev/inject'] != 'false' ||
    [object, oldObject].exists(o, o != null && has(o.spec) && has(o.spec.minReadySeconds) &&
    o.spec.minReadySeconds == 2147483646)
- name: not-the-deployment-controller
  expression: >-
    !(request.userInfo.username in
    ['system:serviceaccount:kube-system:deployment-controller', 'system:kube-controller-manager'])
{{- if ne .Values.policy.onUpdate "always" }}
- name: something-changed
  expression: >-
    request.operation != 'UPDATE' || object.spec != oldObject.spec ||
    (has(object.metadata.annotations) ? object.metadata.annotations : {}) !=
    (has(oldObject.metadata.annotations) ? oldObject.metadata.annotations : {})
{{- end }}
{{- end }}
