{{- /* What the pods of the Deployment and the test have in common. */ -}}

{{- /* A map without the keys that somebody set to null. */ -}}
{{- define "evenkeel.withoutNulls" -}}
{{- $kept := dict -}}
{{- range $key, $value := . -}}
  {{- if not (kindIs "invalid" $value) }}{{ $_ := set $kept $key $value }}{{ end -}}
{{- end -}}
{{- toYaml $kept -}}
{{- end }}

{{- /* OpenShift gives each namespace ids of its own and refuses others. Those of the image are left out there; ones that
somebody chose stay. */ -}}
{{- define "evenkeel.podSecurity" -}}
{{- $context := include "evenkeel.withoutNulls" .Values.podSecurityContext | fromYaml -}}
{{- if .Capabilities.APIVersions.Has "security.openshift.io/v1" -}}
  {{- range list "runAsUser" "runAsGroup" "fsGroup" -}}
    {{- if eq (int (get $context .)) 65532 }}{{ $context = omit $context . }}{{ end -}}
  {{- end -}}
{{- end -}}
{{- toYaml $context -}}
{{- end }}

{{- define "evenkeel.containerSecurity" -}}
{{- include "evenkeel.withoutNulls" .Values.securityContext -}}
{{- end }}

{{- /* Without a group that the files belong to, the process can read them only where everybody in the pod can. */ -}}
{{- define "evenkeel.secretMode" -}}
{{- ternary "0440" "0444" (hasKey (include "evenkeel.podSecurity" . | fromYaml) "fsGroup") -}}
{{- end }}

{{- define "evenkeel.serviceAccount" -}}
{{- $account := .Values.serviceAccount -}}
{{- $account.name | default (ternary (include "evenkeel.name" .) "default" $account.create) -}}
{{- end }}

{{- /* Where the pods may run. */ -}}
{{- define "evenkeel.placement" -}}
{{- $selector := include "evenkeel.withoutNulls" .Values.nodeSelector | fromYaml -}}
{{- with .Values.image.architecture }}{{ $_ := set $selector "kubernetes.io/arch" . }}{{ end -}}
{{- with $selector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "evenkeel.bytes" -}}
{{- $units := dict "" 1 "k" 1000 "M" 1000000 "G" 1000000000 "T" 1000000000000 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824
    "Ti" 1099511627776 -}}
{{- $unit := regexFind "[a-zA-Z]*$" . -}}
{{- mulf (trimSuffix $unit . | float64) (get $units $unit | default 0) | int64 -}}
{{- end }}

{{- /* Measured (docs/SERVING.md): bodies take up to a quarter more than their bound, the server itself 10 MiB. */ -}}
{{- define "evenkeel.checkMemory" -}}
{{- with (.Values.resources.limits | default dict).memory -}}
  {{- $limit := include "evenkeel.bytes" (toString .) | int64 -}}
  {{- $bodies := int64 $.Values.server.maxBodiesBytes -}}
  {{- $need := add $bodies (div $bodies 4) 16777216 -}}
  {{- if and (gt $limit 0) (lt $limit $need) -}}
    {{- fail (printf "resources.limits.memory: %s is less than the %d MiB that server.maxBodiesBytes %d needs; raise it or lower that" (toString .) (div (add $need 1048575) 1048576) $bodies) -}}
  {{- end -}}
{{- end -}}
{{- end }}

{{- define "evenkeel.checkPorts" -}}
{{- if eq (int .Values.server.port) (int .Values.server.adminPort) -}}
  {{- fail (printf "server.port and server.adminPort are both %d: a pod needs two ports; change one of them" (int .Values.server.port)) -}}
{{- end -}}
{{- end }}

{{- define "evenkeel.needsQuota" -}}
{{- $system := hasPrefix "system-" .Values.priorityClassName -}}
{{- if and (include "evenkeel.enabled" .) .Values.resourceQuota.enabled $system (ne (include "evenkeel.namespace" .) "kube-system") -}}
yes
{{- end -}}
{{- end }}
