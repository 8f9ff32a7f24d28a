{{- /* Name of the Secret that the pods mount. */ -}}
{{- define "evenkeel.secretName" -}}
{{- $certificates := .Values.certificates -}}
{{- if eq $certificates.mode "secret" -}}
{{- required "certificates.secret.name: name the Secret with tls.crt and tls.key" $certificates.secret.name -}}
{{- else if eq $certificates.mode "cert-manager" -}}
{{- include "evenkeel.name" . }}-tls
{{- else -}}
{{- $certificates.ca.existingSecret | default (printf "%s-ca" (include "evenkeel.name" .)) -}}
{{- end -}}
{{- end }}

{{- /* The chart's own CA as a dict of base64 texts: the one in the cluster, else a new one. Made once in a rendering,
because the Secret and the configuration must agree. EC P-256, as the leaves that replicas mint from it. */ -}}
{{- define "evenkeel.ca" -}}
{{- if not (hasKey .Release "evenkeelCA") -}}
  {{- $name := include "evenkeel.secretName" . -}}
  {{- $data := (lookup "v1" "Secret" .Release.Namespace $name | default dict).data | default dict -}}
  {{- if not (and (index $data "tls.crt") (index $data "tls.key")) -}}
    {{- $days := int .Values.certificates.ca.validityDays -}}
    {{- $ca := genCAWithKey (printf "%s CA" (include "evenkeel.dnsName" .)) $days (genPrivateKey "ecdsa") -}}
    {{- $data = dict "tls.crt" (b64enc $ca.Cert) "tls.key" (b64enc $ca.Key) "ca.crt" (b64enc $ca.Cert) -}}
  {{- end -}}
  {{- $_ := set .Release "evenkeelCA" $data -}}
{{- end -}}
{{- toYaml .Release.evenkeelCA -}}
{{- end }}

{{- /* What the API server trusts, in base64; empty where cert-manager writes it. */ -}}
{{- define "evenkeel.caBundle" -}}
{{- $certificates := .Values.certificates -}}
{{- if eq $certificates.mode "cert-manager" -}}
{{- else if $certificates.caBundle -}}
{{- b64enc $certificates.caBundle -}}
{{- else if and (eq $certificates.mode "ca") (not $certificates.ca.existingSecret) -}}
{{- $ca := include "evenkeel.ca" . | fromYaml -}}
{{- index $ca "ca.crt" | default (index $ca "tls.crt") -}}
{{- else -}}
{{- $name := include "evenkeel.secretName" . -}}
{{- $data := (lookup "v1" "Secret" .Release.Namespace $name | default dict).data | default dict -}}
{{- $bundle := index $data "ca.crt" -}}
{{- if and (not $bundle) (eq $certificates.mode "ca") }}{{ $bundle = index $data "tls.crt" }}{{ end -}}
{{- $bundle | required (printf "certificates.caBundle: give the CAs in PEM; there is no Secret %s with a ca.crt in namespace %s that Helm could take them from" $name .Release.Namespace) -}}
{{- end -}}
{{- end }}

{{- /* A value that the chosen mode would pass over is a mistake that nobody would notice. */ -}}
{{- define "evenkeel.checkCertificates" -}}
{{- $certificates := .Values.certificates -}}
{{- $mode := $certificates.mode -}}
{{- range $value, $belongs := dict "secret.name" "secret" "ca.existingSecret" "ca" "certManager.issuerRef" "cert-manager" -}}
  {{- $parts := splitList "." $value -}}
  {{- if and (ne $mode $belongs) (get (get $certificates (first $parts)) (last $parts)) -}}
    {{- fail (printf "certificates.%s goes with certificates.mode %s, which is %s" $value $belongs $mode) -}}
  {{- end -}}
{{- end -}}
{{- if and $certificates.caBundle (not $certificates.secret.name) (not $certificates.ca.existingSecret) -}}
{{- fail "certificates.caBundle goes with a Secret of your own: name it in certificates.ca.existingSecret or certificates.secret.name" -}}
{{- end -}}
{{- end }}
