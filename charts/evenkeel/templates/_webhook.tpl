{{- /* One entry of the configuration: a dict of root, name, kinds, failurePolicy, caBundle and, optionally, condition (a
match condition of its own). */ -}}
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
  {{- with .condition }}
  - {{- toYaml . | nindent 4 }}
  {{- end }}
failurePolicy: {{ .failurePolicy }}
matchPolicy: Equivalent
reinvocationPolicy: IfNeeded
sideEffects: None
timeoutSeconds: {{ .root.Values.webhook.timeoutSeconds }}
{{- end }}
