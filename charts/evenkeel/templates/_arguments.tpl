{{- /* How the pods start the server. */ -}}
{{- define "evenkeel.arguments" -}}
{{- $server := .Values.server -}}
- serve
- --policy=/etc/evenkeel/policy/policy.yaml
{{- if eq .Values.certificates.mode "ca" }}
- --ca=/etc/evenkeel/tls
- --dns-name={{ include "evenkeel.dnsName" . }}
{{- with include "evenkeel.urlHost" . }}
- --dns-name={{ . }}
{{- end }}
{{- else }}
- --cert=/etc/evenkeel/tls/tls.crt
- --key=/etc/evenkeel/tls/tls.key
{{- end }}
{{- if $server.clientCA }}
- --client-ca=/etc/evenkeel/{{ ternary "client-ca" "policy" (eq (include "evenkeel.ownClientCA" .) "yes") }}/client-ca.crt
{{- end }}
- --listen=:{{ $server.port }}
- --admin-listen=:{{ $server.adminPort }}
- --threads={{ $server.threads }}
- --drain-seconds={{ $server.drainSeconds }}
- --max-bodies-size={{ int64 $server.maxBodiesBytes }}
- --log-format={{ $server.logFormat }}
- --log-level={{ $server.logLevel }}
{{- range $server.extraArgs }}
- {{ . | quote }}
{{- end }}
{{- end }}
