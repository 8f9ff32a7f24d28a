{{- /* A null takes a default out. For a value that can be empty that means none. A value or section that the chart needs
cannot go: without webhook.namespaceSelector, for one, every namespace would be sent. Each template includes this first. */ -}}
{{- define "evenkeel.nulls" -}}
{{- range list "policy" "webhook" "webhook.namespaceSelector" "webhook.failurePolicy" "webhook.timeoutSeconds"
    "webhook.reinvocationPolicy" "certificates" "certificates.mode" "certificates.ca" "certificates.ca.validityDays"
    "certificates.certManager" "certificates.certManager.duration" "certificates.certManager.renewBefore"
    "certificates.secret" "replicas" "image" "image.repository" "image.pullPolicy" "server" "server.port"
    "server.adminPort" "server.threads" "server.drainSeconds" "server.maxBodiesBytes" "server.logFormat"
    "server.logLevel" "resourceQuota" "serviceAccount" "serviceAccount.create" "service" "podDisruptionBudget"
    "autoscaling" "networkPolicy" "metrics" "metrics.serviceMonitor" "metrics.prometheusRule" "metrics.dashboard" -}}
  {{- $value := $.Values -}}
  {{- range splitList "." . }}{{ $value = get $value . }}{{ end -}}
  {{- if has (toString $value) (list "" "<nil>") -}}
    {{- fail (printf "%s: null cannot take it out, because the chart needs it; leave it out of your values for its default" .) -}}
  {{- end -}}
{{- end -}}
{{- range $path, $none := dict "resources" (dict) "readinessProbe" (dict) "livenessProbe" (dict) "commonLabels" (dict)
    "hostNetwork" false "priorityClassName" "" "image.pullSecrets" (list) "webhook.labels" (dict)
    "webhook.excludedNamespaces" (list) "metrics.prometheusRule.alerts" (dict)
    "metrics.prometheusRule.alertLabels" (dict) -}}
  {{- $section := $.Values -}}
  {{- $keys := splitList "." $path -}}
  {{- range initial $keys }}{{ $section = get $section . }}{{ end -}}
  {{- if has (get $section (last $keys) | toString) (list "" "<nil>") }}{{ $_ := set $section (last $keys) $none }}{{ end -}}
{{- end -}}
{{- end }}
