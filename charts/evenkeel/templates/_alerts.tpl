{{- /* The alerts, as a list. metrics.prometheusRule.alerts changes single ones: prometheusrule.yaml. */ -}}

{{- /* Above 0 where a counter grew. Its row may have been made by its first count, which increase() would miss; and a
restart begins it anew, which a difference alone would miss. */ -}}
{{- define "evenkeel.growth" -}}
{{- $sum := printf "sum by (%s) (%s" .by .series -}}
(({{ $sum }}) - ({{ $sum }} offset {{ .period }}) or 0 * {{ $sum }}))) > 0) or ({{ printf "sum by (%s) (increase(%s[%s]))" .by .series .period }} > 0)
{{- end -}}

{{- /* Seconds of a duration such as 1h30m. */ -}}
{{- define "evenkeel.seconds" -}}
{{- $now := now -}}
{{- sub (dateModify . $now | unixEpoch | int64) (unixEpoch $now | int64) -}}
{{- end }}

{{- /* How many seconds before its end a certificate must be renewed. A leaf from a CA lives a day and is renewed after 16
hours. cert-manager renews one at renewBefore, and may take half of that time. One of somebody else's: 14 days. */ -}}
{{- define "evenkeel.certificateMargin" -}}
{{- $certificates := .Values.certificates -}}
{{- $days := 1209600 -}}
{{- if eq $certificates.mode "ca" -}}
{{- 14400 -}}
{{- else if eq $certificates.mode "cert-manager" -}}
{{- min $days (div (include "evenkeel.seconds" $certificates.certManager.renewBefore | int64) 2) -}}
{{- else -}}
{{- $days -}}
{{- end -}}
{{- end }}

{{- define "evenkeel.alerts" -}}
{{- $pods := printf "namespace=%q" (include "evenkeel.namespace" .) -}}
{{- $webhooks := "name=~\"(workloads|batches|services)[.]evenkeel[.]dev\"" -}}
{{- $open := printf "apiserver_admission_webhook_fail_open_count{%s}" $webhooks -}}
{{- $refused := printf "apiserver_admission_webhook_rejection_count{%s,error_type=\"calling_webhook_error\"}" $webhooks -}}
{{- $unreadable := printf "evenkeel_reviews_total{%s,outcome=\"unreadable\"}" $pods -}}
{{- $reasons := list "port-ambiguous" "port-not-declared" "grace-too-short" "deadline-too-short" "override-invalid"
  "invalid-name" "invalid-label-value" | join "|" -}}
{{- $passedOver := printf "evenkeel_outcomes_total{%s,reason=~%q}" $pods $reasons -}}
{{- $margin := include "evenkeel.certificateMargin" . -}}
- alert: EvenkeelNotReady
  expr: sum(evenkeel_ready{ {{- $pods -}} }) < 1 or absent(evenkeel_ready{ {{- $pods -}} })
  for: 2m
  labels:
    severity: critical
  annotations:
    summary: No replica of evenkeel is ready
    description: >-
      With failurePolicy {{ .Values.webhook.failurePolicy }}, workloads in namespaces that opted in are
      {{ ternary "refused" "stored as they are" (eq .Values.webhook.failurePolicy "Fail") }} until a replica is ready.
- alert: EvenkeelUnanswered
  expr: >-
    {{ include "evenkeel.growth" (dict "by" "name" "period" "10m" "series" $open) }}
    or {{ include "evenkeel.growth" (dict "by" "name" "period" "10m" "series" $refused) }}
  labels:
    severity: warning
  annotations:
    summary: The API server got no usable answer from evenkeel
    description: >-
      Look at evenkeel_tls_handshake_failures_total, at the caBundle (evenkeel certs verify), and at what is
      between the API server and port 8443. Workloads written meanwhile may lack what evenkeel fills in.
- alert: EvenkeelErrors
  expr: >-
    sum(increase(evenkeel_http_responses_total{ {{- $pods -}} ,code!="200"}[10m])) > 0
    or {{ include "evenkeel.growth" (dict "by" "outcome" "period" "10m" "series" $unreadable) }}
  labels:
    severity: warning
  annotations:
    summary: evenkeel could not review some requests
    description: Its log has a line for each; a request above --max-body-size is answered 413.
- alert: EvenkeelSlow
  expr: >-
    histogram_quantile(0.99, sum by (le)
    (rate(evenkeel_review_duration_seconds_bucket{ {{- $pods -}} }[10m]))) > {{ .Values.metrics.prometheusRule.slowSeconds }}
  for: 10m
  labels:
    severity: warning
  annotations:
    summary: evenkeel takes longer than {{ .Values.metrics.prometheusRule.slowSeconds }} s for 1% of its answers
    description: Every create and update in the namespaces that opted in waits for it. Check whether its CPU limit is too low.
- alert: EvenkeelCertificateNearItsEnd
  expr: >-
    min(evenkeel_certificate_not_after_timestamp_seconds{ {{- $pods -}} } - time()) < {{ $margin }}
  for: 5m
  labels:
    severity: critical
  annotations:
    summary: evenkeel's serving certificate ends in {{ "{{ $value | humanizeDuration }}" }}
    description: It should have been renewed by now. docs/OBSERVING.md says where to look.
{{- if eq .Values.certificates.mode "ca" }}
- alert: EvenkeelCANearItsEnd
  expr: >-
    min(evenkeel_ca_not_after_timestamp_seconds{ {{- $pods -}} } - time()) < 5184000
  for: 5m
  labels:
    severity: warning
  annotations:
    summary: evenkeel's CA ends in {{ "{{ $value | humanizeDuration }}" }}
    description: No serving certificate outlives it. docs/CERTIFICATES.md says how to replace it step by step.
{{- end }}
- alert: EvenkeelReloadRefused
  expr: min by (what) (evenkeel_last_reload_successful{ {{- $pods -}} }) == 0
  labels:
    severity: warning
  annotations:
    summary: evenkeel refused a changed {{ "{{ $labels.what }}" }} and keeps the old one
    description: >-
      A new pod cannot start with it. The log says what is wrong, with file, line and column for
      a policy.
- alert: EvenkeelPassedOver
  expr: >-
    {{ include "evenkeel.growth" (dict "by" "rule, reason" "period" "1h" "series" $passedOver) }}
  labels:
    severity: info
  annotations:
    summary: "evenkeel left {{ "{{ $labels.rule }}" }} out: {{ "{{ $labels.reason }}" }}"
    description: >-
      The workload may lose requests during a rollout. The log names the workload, and evenkeel
      preview says what would help.
{{- end }}
