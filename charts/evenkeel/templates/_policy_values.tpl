{{- /* A value of the policy that a file or a ConfigMap of one's own would pass over is a mistake that nobody would notice.
Templates cannot see values.yaml, so its policy is here again, to know what is only a default; a test compares the two. */ -}}
{{- define "evenkeel.policyDefaults" -}}
cluster:
  kubernetesVersion: ""
  network: other
  mesh: none
mode: enforce
onUpdate: templateChanged
whenAmbiguous: inject
onError: allow
notes: onCreate
workloads:
  - match:
      kinds: [Deployment]
    readinessProbe: {}
    preStop:
      sleepSeconds: 15
    terminationGracePeriodSeconds:
      bufferSeconds: 30
    rollingUpdate:
      maxSurge: 25%
      maxUnavailable: 0
services: []
{{- end }}

{{- /* The kubernetesVersion always counts: for a file, and for the hook of evenkeel's own pods. */ -}}
{{- define "evenkeel.checkPolicyValues" -}}
{{- $own := .Values.policy.existingConfigMap -}}
{{- if and (kindIs "string" .Values.policyFile) (not .Values.policyFile) -}}
  {{- fail "policyFile is empty: give a file with a policy, or set policyFile to null to use the values below policy" -}}
{{- end -}}
{{- if and $own .Values.policyFile -}}
  {{- fail (printf "policyFile would be ignored, because policy.existingConfigMap is %s: put the file into that ConfigMap as policy.yaml and set policyFile to null, or leave existingConfigMap empty" $own) -}}
{{- end -}}
{{- if or $own .Values.policyFile -}}
  {{- $place := ternary (printf "policy.yaml in ConfigMap %s" $own) "policyFile" (ne (toString $own) "") -}}
  {{- $defaults := include "evenkeel.policyDefaults" . | fromYaml -}}
  {{- $given := omit .Values.policy "existingConfigMap" "apiVersion" "kind" "metadata" -}}
  {{- if and $own .Values.webhook.batchesFailurePolicy }}{{ $given = omit $given "workloads" }}{{ end -}}
  {{- range $key, $value := $given -}}
    {{- $default := get $defaults $key -}}
    {{- $path := printf "policy.%s" $key -}}
    {{- if eq $key "cluster" -}}
      {{- $value = omit ($value | default dict) "kubernetesVersion" -}}
      {{- range $name, $setting := $value -}}
        {{- if ne (toJson $setting) (toJson (get $default $name)) }}{{ $path = printf "policy.cluster.%s" $name }}{{ end -}}
      {{- end -}}
      {{- if eq $path "policy.cluster" }}{{ $value = $default }}{{ end -}}
    {{- end -}}
    {{- if and (not (kindIs "invalid" $value)) (ne (toJson $value) (toJson $default)) -}}
      {{- fail (printf "%s would be ignored, because %s is the whole policy: write it there, and leave it out of the values" $path $place) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- end }}

{{- /* Puts the kubernetesVersion of the values into a file's policy that has none. */ -}}
{{- define "evenkeel.takeVersion" -}}
{{- with .given -}}
  {{- $cluster := $.policy.cluster | default dict -}}
  {{- $written := $cluster.kubernetesVersion | default . -}}
  {{- if ne (include "evenkeel.minor" $written) (include "evenkeel.minor" .) -}}
    {{- fail (printf "policy.cluster.kubernetesVersion is %v, but policyFile says %v: leave cluster.kubernetesVersion out of the file" . $written) -}}
  {{- end -}}
  {{- $_ := set $cluster "kubernetesVersion" $written -}}
  {{- $_ := set $.policy "cluster" $cluster -}}
{{- end -}}
{{- end }}
