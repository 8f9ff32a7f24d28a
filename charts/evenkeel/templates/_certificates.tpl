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

{{- /* What is in that Secret in the cluster, in base64; empty where Helm cannot see it. */ -}}
{{- define "evenkeel.secretData" -}}
{{- $secret := lookup "v1" "Secret" (include "evenkeel.namespace" .) (include "evenkeel.secretName" .) -}}
{{- toYaml (($secret | default dict).data | default dict) -}}
{{- end }}

{{- /* A new CA: EC P-256, as the leaves that replicas mint from it. Two CAs in one bundle have different names. */ -}}
{{- define "evenkeel.newCA" -}}
{{- $name := printf "%s CA %s" (include "evenkeel.dnsName" .) (now | date "20060102150405") -}}
{{- $ca := genCAWithKey $name (int .Values.certificates.ca.validityDays) (genPrivateKey "ecdsa") -}}
{{- toYaml (dict "crt" (b64enc $ca.Cert) "key" (b64enc $ca.Key)) -}}
{{- end }}

{{- /* The chart's own CA as a dict of base64 texts: the one in the cluster, else a new one. Made once in a rendering,
because the Secret and the configuration must agree. tls.* signs, ca.crt is trusted, next.* is there during a rotation:
docs/CERTIFICATES.md. */ -}}
{{- define "evenkeel.ca" -}}
{{- if not (hasKey .Release "evenkeelCA") -}}
  {{- $data := include "evenkeel.secretData" . | fromYaml -}}
  {{- $rotation := .Values.certificates.ca.rotation -}}
  {{- if not (and (index $data "tls.crt") (index $data "tls.key")) -}}
    {{- if $rotation }}{{ fail (printf "certificates.ca.rotation: there is no Secret %s yet whose CA could be rotated; leave it empty" (include "evenkeel.secretName" .)) }}{{ end -}}
    {{- $ca := include "evenkeel.newCA" . | fromYaml -}}
    {{- $data = dict "tls.crt" $ca.crt "tls.key" $ca.key "ca.crt" $ca.crt -}}
  {{- end -}}
  {{- $_ := set .Release "evenkeelCA" (include "evenkeel.rotated" (dict "root" . "data" $data) | fromYaml) -}}
{{- end -}}
{{- toYaml .Release.evenkeelCA -}}
{{- end }}

{{- define "evenkeel.rotated" -}}
{{- $data := .data -}}
{{- $rotation := .root.Values.certificates.ca.rotation -}}
{{- $trusted := index $data "ca.crt" | default (index $data "tls.crt") -}}
{{- if and (eq $rotation "trust") (not (index $data "next.crt")) -}}
  {{- $next := include "evenkeel.newCA" .root | fromYaml -}}
  {{- $both := printf "%s\n%s\n" (b64dec $trusted | trim) (b64dec $next.crt | trim) -}}
  {{- $data = merge (dict "next.crt" $next.crt "next.key" $next.key "ca.crt" (b64enc $both)) $data -}}
{{- else if eq $rotation "sign" -}}
  {{- if not (index $data "next.crt") -}}
    {{- fail "certificates.ca.rotation: nothing trusts a new CA yet; say trust first, then sign (docs/CERTIFICATES.md)" -}}
  {{- end -}}
  {{- $data = merge (dict "tls.crt" (index $data "next.crt") "tls.key" (index $data "next.key")) $data -}}
{{- else if and (not $rotation) (index $data "next.crt") -}}
  {{- $data = merge (dict "ca.crt" (index $data "tls.crt")) (omit $data "next.crt" "next.key") -}}
{{- end -}}
{{- toYaml $data -}}
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
{{- $data := include "evenkeel.secretData" . | fromYaml -}}
{{- $bundle := index $data "ca.crt" -}}
{{- if and (not $bundle) (eq $certificates.mode "ca") }}{{ $bundle = index $data "tls.crt" }}{{ end -}}
{{- $bundle | required (printf "certificates.caBundle: give the CAs in PEM; there is no Secret %s with a ca.crt in namespace %s that Helm could take them from" (include "evenkeel.secretName" .) (include "evenkeel.namespace" .)) -}}
{{- end -}}
{{- end }}

{{- /* A value that the chosen mode would pass over is a mistake that nobody would notice. */ -}}
{{- define "evenkeel.checkCertificates" -}}
{{- $certificates := .Values.certificates -}}
{{- $mode := $certificates.mode -}}
{{- range $value, $belongs := dict "secret.name" "secret" "ca.existingSecret" "ca" "ca.rotation" "ca"
    "certManager.issuerRef" "cert-manager" -}}
  {{- $parts := splitList "." $value -}}
  {{- if and (ne $mode $belongs) (get (get $certificates (first $parts)) (last $parts)) -}}
    {{- fail (printf "certificates.%s goes with certificates.mode %s, which is %s" $value $belongs $mode) -}}
  {{- end -}}
{{- end -}}
{{- if and $certificates.caBundle (not $certificates.secret.name) (not $certificates.ca.existingSecret) -}}
{{- fail "certificates.caBundle goes with a Secret of your own: name it in certificates.ca.existingSecret or certificates.secret.name" -}}
{{- end -}}
{{- if and $certificates.ca.existingSecret $certificates.ca.rotation -}}
{{- fail "certificates.ca.rotation rotates the chart's own CA; one of your own is rotated by certificates.caBundle (docs/CERTIFICATES.md)" -}}
{{- end -}}
{{- include "evenkeel.checkBundle" . -}}
{{- end }}

{{- /* Of the CAs in the Secret (the one that signs, or those that it comes with) one must be in caBundle. Where somebody
rotated them in the cluster alone, an old caBundle would otherwise come back, and every call would fail. */ -}}
{{- define "evenkeel.checkBundle" -}}
{{- with .Values.certificates.caBundle -}}
  {{- $data := include "evenkeel.secretData" $ | fromYaml -}}
  {{- $key := ternary "tls.crt" "ca.crt" (eq $.Values.certificates.mode "ca") -}}
  {{- $bundle := regexReplaceAll "\\s" . "" -}}
  {{- $found := false -}}
  {{- $own := regexFindAll "-----BEGIN CERTIFICATE-----[^-]+" (index $data $key | default "" | b64dec) -1 -}}
  {{- range $own -}}
    {{- if contains (regexReplaceAll "\\s" . "") $bundle }}{{ $found = true }}{{ end -}}
  {{- end -}}
  {{- if and $own (not $found) -}}
    {{- $name := include "evenkeel.secretName" $ -}}
    {{- fail (printf "certificates.caBundle does not hold the CA in %s of Secret %s, so the API server would trust no replica. Nothing was changed. Put it into caBundle: kubectl -n %s get secret %s -o jsonpath='{.data.%s}' | base64 -d (docs/CERTIFICATES.md says how to rotate)" $key $name (include "evenkeel.namespace" $) $name (replace "." "\\." $key)) -}}
  {{- end -}}
{{- end -}}
{{- end }}
