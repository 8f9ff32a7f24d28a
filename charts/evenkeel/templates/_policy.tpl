{{- /* The policy as it was given: by values, or as a file's text. */ -}}
{{- define "evenkeel.policySource" -}}
{{- include "evenkeel.checkPolicyValues" . -}}
{{- $policy := omit .Values.policy "existingConfigMap" -}}
{{- with .Values.policyFile -}}
  {{- $policy = fromYaml . -}}
  {{- with get $policy "Error" }}{{ fail (printf "policyFile: no YAML: %s" .) }}{{ end -}}
  {{- if ne (toString (get $policy "kind")) "RolloutPolicy" -}}
    {{- fail "policyFile: no policy: its kind is not RolloutPolicy (use --set-file policyFile=FILE)" -}}
  {{- end -}}
  {{- include "evenkeel.takeVersion" (dict "policy" $policy "given" ($.Values.policy.cluster | default dict).kubernetesVersion) -}}
{{- end -}}
{{- toYaml $policy -}}
{{- end }}

{{- /* The policy as evenkeel reads it. Its shape is values.schema.json's to check, what a schema cannot say
_policy_check.tpl's. */ -}}
{{- define "evenkeel.policy" -}}
{{- $policy := include "evenkeel.policySource" . | fromYaml -}}
{{- $_ := set $policy "apiVersion" "evenkeel.dev/v1alpha1" -}}
{{- $_ := set $policy "kind" "RolloutPolicy" -}}
{{- $cluster := $policy.cluster | default dict -}}
{{- $_ := set $cluster "kubernetesVersion" ($cluster.kubernetesVersion |
    default (printf "1.%d" (int (include "evenkeel.version" . | fromYaml).minor))) -}}
{{- $_ := set $policy "cluster" $cluster -}}
{{- include "evenkeel.checkPolicy" $policy -}}
{{- toYaml $policy -}}
{{- end }}

{{- define "evenkeel.policyConfigMap" -}}
{{- .Values.policy.existingConfigMap | default (printf "%s-policy" (include "evenkeel.name" .)) -}}
{{- end }}

{{- /* Whether the client CA needs a ConfigMap of its own: the chart's is not made where the policy comes from another. */ -}}
{{- define "evenkeel.ownClientCA" -}}
{{- if and .Values.server.clientCA .Values.policy.existingConfigMap }}yes{{ end -}}
{{- end }}

{{- /* Where the API has each kind, as webhook/object/kinds.c has it. */ -}}
{{- define "evenkeel.resources" -}}
Deployment: {group: apps, version: v1, resource: deployments}
StatefulSet: {group: apps, version: v1, resource: statefulsets}
DaemonSet: {group: apps, version: v1, resource: daemonsets}
CloneSet: {group: apps.kruise.io, version: v1alpha1, resource: clonesets}
Rollout: {group: argoproj.io, version: v1alpha1, resource: rollouts}
Service: {group: "", version: v1, resource: services}
{{- end }}

{{- /* The kinds that a list of entries can apply to, as a YAML list in the order above. A kind whose CRD is not
installed does no harm: the API server never sends one. */ -}}
{{- define "evenkeel.kinds" -}}
{{- $all := list "Deployment" "StatefulSet" "DaemonSet" "CloneSet" "Rollout" -}}
{{- if .services }}{{ $all = list "Service" }}{{ end -}}
{{- $used := dict -}}
{{- range .entries -}}
  {{- $match := .match | default dict -}}
  {{- $excluded := list -}}
  {{- range $match.exclude -}}
    {{- if and .kinds (eq (len .) 1) }}{{ $excluded = concat $excluded .kinds }}{{ end -}}
  {{- end -}}
  {{- if omit . "match" -}}
    {{- range $match.kinds | default $all -}}
      {{- if not (has . $excluded) }}{{ $_ := set $used . true }}{{ end -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- range $all }}{{ if hasKey $used . }}
- {{ . }}
{{- end }}{{ end -}}
{{- end }}
