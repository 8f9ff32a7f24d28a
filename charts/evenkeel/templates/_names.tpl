{{- /* Whether anything is made. With --reuse-values an upgrade to a newer chart has the old chart's defaults, and none for
what is new: that must not end as if everything were off. */ -}}
{{- define "evenkeel.enabled" -}}
{{- if not (hasKey .Values "enabled") -}}
{{- fail "these values are from an older chart: use --reset-then-reuse-values instead of --reuse-values" -}}
{{- end -}}
{{- if .Values.enabled }}{{ include "evenkeel.nulls" . }}yes{{ end -}}
{{- end }}

{{- define "evenkeel.app" -}}
{{- .Values.nameOverride | default "evenkeel" | trunc 53 | trimSuffix "-" -}}
{{- end }}

{{- define "evenkeel.name" -}}
{{- $app := include "evenkeel.app" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 53 | trimSuffix "-" -}}
{{- else if contains $app .Release.Name -}}
{{- .Release.Name | trunc 53 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $app | trunc 53 | trimSuffix "-" -}}
{{- end -}}
{{- end }}

{{- define "evenkeel.namespace" -}}
{{- .Values.namespaceOverride | default .Release.Namespace -}}
{{- end }}

{{- /* The name by which the API server calls, and that certificates must carry. */ -}}
{{- define "evenkeel.dnsName" -}}
{{- printf "%s.%s.svc" (include "evenkeel.name" .) (include "evenkeel.namespace" .) -}}
{{- end }}

{{- /* The host of webhook.url, if there is one: certificates must carry it too. */ -}}
{{- define "evenkeel.urlHost" -}}
{{- with .Values.webhook.url }}{{ (urlParse .).hostname }}{{ end -}}
{{- end }}

{{- define "evenkeel.image" -}}
{{- $image := .Values.image -}}
{{- $registry := $image.registry | default (.Values.global | default dict).imageRegistry -}}
{{- with $registry }}{{ trimSuffix "/" . }}/{{ end -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $image.repository $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $image.repository ($image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end }}

{{- /* imagePullSecrets of a pod: names, or maps with a name as pods have them. */ -}}
{{- define "evenkeel.pullSecrets" -}}
{{- $names := list -}}
{{- range concat ((.Values.global | default dict).imagePullSecrets | default list) .Values.image.pullSecrets -}}
  {{- if kindIs "map" . }}{{ $names = append $names .name }}{{ else }}{{ $names = append $names . }}{{ end -}}
{{- end -}}
{{- with uniq $names }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "evenkeel.selector" -}}
app.kubernetes.io/name: {{ include "evenkeel.app" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: webhook
{{- end }}

{{- /* Labels of every object. */ -}}
{{- define "evenkeel.labels" -}}
{{- $labels := dict "app.kubernetes.io/version" .Chart.AppVersion "app.kubernetes.io/managed-by" .Release.Service
    "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63) -}}
{{- toYaml (merge (include "evenkeel.selector" . | fromYaml) .Values.commonLabels $labels) -}}
{{- end }}

{{- /* metadata of a namespaced object: a dict of root and, optionally, suffix, namespace, labels and annotations. */ -}}
{{- define "evenkeel.metadata" -}}
name: {{ include "evenkeel.name" .root }}{{ with .suffix }}-{{ . }}{{ end }}
namespace: {{ .namespace | default (include "evenkeel.namespace" .root) }}
labels:
  {{- toYaml (merge (dict) (.labels | default dict) (include "evenkeel.labels" .root | fromYaml)) | nindent 2 }}
{{- with .annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* Labels by which the Service and the Deployment find their pods cannot be somebody's to change. */ -}}
{{- define "evenkeel.checkLabels" -}}
{{- $selector := include "evenkeel.selector" . | fromYaml -}}
{{- range $value, $labels := dict "podLabels" .Values.podLabels "commonLabels" .Values.commonLabels -}}
  {{- range $key, $_ := $labels -}}
    {{- if hasKey $selector $key -}}
      {{- fail (printf "%s: %s is a label by which the Service finds its pods; leave it out" $value $key) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- end }}
