{{- /* The Kubernetes version that the policy follows, as a dict: minor, and why that one. A policy that is newer than the
API server makes every write fail that evenkeel changes, and one that is newer than a kubelet has hooks written that this
node does not run. So the oldest of them counts. */ -}}
{{- define "evenkeel.version" -}}
{{- $api := regexFind "^[0-9]+" .Capabilities.KubeVersion.Minor | int -}}
{{- $given := ((include "evenkeel.policySource" . | fromYaml).cluster | default dict).kubernetesVersion -}}
{{- $minor := $api -}}
{{- $why := "the API server's; no nodes were seen" -}}
{{- if $given -}}
  {{- $minor = include "evenkeel.minor" $given | int -}}
  {{- $why = "as policy.cluster.kubernetesVersion says" -}}
  {{- if gt $minor $api -}}
    {{- fail (printf "policy.cluster.kubernetesVersion: %s is newer than the API server, 1.%d, which would refuse each object that evenkeel changes; give the oldest kubelet's version, or leave it empty (for helm template: give --kube-version)" $given $api) -}}
  {{- end -}}
{{- else -}}
  {{- $nodes := (lookup "v1" "Node" "" "").items | default list -}}
  {{- range $nodes -}}
    {{- $kubelet := include "evenkeel.minor" .status.nodeInfo.kubeletVersion -}}
    {{- if $kubelet }}{{ $minor = min $minor (int $kubelet) }}{{ end -}}
  {{- end -}}
  {{- if $nodes }}{{ $why = printf "the oldest among the API server and %d kubelets" (len $nodes) }}{{ end -}}
{{- end -}}
{{- toYaml (dict "minor" $minor "why" $why) -}}
{{- end }}

{{- define "evenkeel.minor" -}}
{{- regexFind "^v?1[.][0-9]+" (toString .) | trimPrefix "v" | trimPrefix "1." -}}
{{- end }}
