{{- /* One entry of the configuration: a dict of root, name, kinds, failurePolicy, caBundle and, optionally, condition (a
match condition of its own). */ -}}
{{- define "evenkeel.webhook" -}}
{{- $webhook := .root.Values.webhook -}}
name: {{ .name }}
admissionReviewVersions: [v1]
clientConfig:
  {{- if $webhook.url }}
  url: {{ $webhook.url }}
  {{- else }}
  service:
    name: {{ include "evenkeel.name" .root }}
    namespace: {{ include "evenkeel.namespace" .root }}
    path: /mutate
    port: 443
  {{- end }}
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
  {{- with include "evenkeel.withoutNulls" $webhook.namespaceSelector.matchLabels | fromYaml }}
  matchLabels:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  matchExpressions:
    - key: kubernetes.io/metadata.name
      operator: NotIn
      values:
        {{- $own := list "kube-system" .root.Release.Namespace (include "evenkeel.namespace" .root) }}
        {{- range concat $own $webhook.excludedNamespaces | uniq }}
        - {{ . }}
        {{- end }}
    {{- with $webhook.namespaceSelector.matchExpressions }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- with $webhook.objectSelector }}
objectSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
matchConditions:
  {{- include "evenkeel.matchConditions" .root | nindent 2 }}
  {{- with $webhook.matchConditions }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  {{- with .condition }}
  - {{- toYaml . | nindent 4 }}
  {{- end }}
failurePolicy: {{ .failurePolicy }}
matchPolicy: Equivalent
reinvocationPolicy: {{ $webhook.reinvocationPolicy }}
sideEffects: None
timeoutSeconds: {{ $webhook.timeoutSeconds }}
{{- end }}
