{{- /* What values.schema.json cannot say of a policy: conditions between values. The same refusals as `evenkeel check`
makes, so that a bad policy fails the installation and never reaches the pods. The schema does not see a policyFile: of
that, these checks alone are made. */ -}}
{{- define "evenkeel.checkPolicy" -}}
{{- range $list := list "workloads" "services" -}}
  {{- range $i, $entry := get $ $list | default list -}}
    {{- $at := printf "policy.%s[%d]" $list $i -}}
    {{- with $entry.match -}}
      {{- include "evenkeel.checkSelector" (dict "at" (printf "%s.match" $at) "selector" .labelSelector) -}}
      {{- range $j, $exclude := .exclude -}}
        {{- $place := printf "%s.match.exclude[%d]" $at $j -}}
        {{- include "evenkeel.checkSelector" (dict "at" $place "selector" $exclude.labelSelector) -}}
      {{- end -}}
    {{- end -}}
    {{- range $rule, $settings := omit $entry "match" -}}
      {{- if eq $rule "batches" -}}
        {{- include "evenkeel.checkBatches" (dict "at" (printf "%s.%s" $at $rule) "settings" $settings) -}}
      {{- else if and (eq $rule "readinessGates") (kindIs "slice" $settings) -}}
        {{- include "evenkeel.checkGates" (dict "at" (printf "%s.%s" $at $rule) "settings" (dict "conditionTypes" $settings)) -}}
      {{- else if kindIs "map" $settings -}}
        {{- include "evenkeel.checkRule" (dict "at" (printf "%s.%s" $at $rule) "rule" $rule "settings" $settings) -}}
      {{- end -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- end }}

{{- define "evenkeel.qualifiedName" -}}
^([a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$
{{- end }}

{{- define "evenkeel.labelValue" -}}
^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$
{{- end }}

{{- define "evenkeel.checkSelector" -}}
{{- $at := printf "%s.labelSelector" .at -}}
{{- $name := include "evenkeel.qualifiedName" . -}}
{{- $label := include "evenkeel.labelValue" . -}}
{{- range $key, $value := (.selector | default dict).matchLabels -}}
  {{- if not (regexMatch $name $key) }}{{ fail (printf "%s: %q cannot be a label's key" $at $key) }}{{ end -}}
  {{- if not (regexMatch $label $value) }}{{ fail (printf "%s: %q cannot be a label's value" $at $value) }}{{ end -}}
{{- end -}}
{{- range (.selector | default dict).matchExpressions -}}
  {{- if not (regexMatch $name .key) }}{{ fail (printf "%s: %q cannot be a label's key" $at .key) }}{{ end -}}
  {{- range .values -}}
    {{- if not (regexMatch $label .) }}{{ fail (printf "%s: %q cannot be a label's value" $at .) }}{{ end -}}
  {{- end -}}
  {{- if has .operator (list "In" "NotIn") -}}
    {{- if not .values }}{{ fail (printf "%s: the operator %s needs values" $at .operator) }}{{ end -}}
  {{- else if .values -}}
    {{- fail (printf "%s: the operator %s takes no values" $at .operator) -}}
  {{- end -}}
{{- end -}}
{{- end }}

{{- define "evenkeel.checkRule" -}}
{{- $settings := .settings -}}
{{- if hasSuffix "Probe" .rule -}}
  {{- include "evenkeel.checkProbe" . -}}
{{- else if eq .rule "rollingUpdate" -}}
  {{- $zero := list "0" "0%" -}}
  {{- $surge := get $settings "maxSurge" | toString | default "25%" -}}
  {{- $unavailable := get $settings "maxUnavailable" | toString | default "0" -}}
  {{- if and (has $surge $zero) (has $unavailable $zero) -}}
    {{- fail (printf "%s: maxSurge and maxUnavailable cannot both be 0" .at) -}}
  {{- end -}}
{{- else if eq .rule "terminationGracePeriodSeconds" -}}
  {{- $maximum := int $settings.maximumSeconds -}}
  {{- if and (gt $maximum 0) (gt (int $settings.seconds) $maximum) -}}
    {{- fail (printf "%s: seconds is above maximumSeconds (%d > %d)" .at (int $settings.seconds) $maximum) -}}
  {{- end -}}
{{- else if eq .rule "externalTrafficPolicy" -}}
  {{- $at := .at -}}
  {{- range $settings.types -}}
    {{- if not (has . (list "LoadBalancer" "NodePort")) -}}
      {{- fail (printf "%s: types: expected LoadBalancer or NodePort" $at) -}}
    {{- end -}}
  {{- end -}}
  {{- if not $settings }}{{ fail (printf "%s: value: say Local or Cluster" .at) }}{{ end -}}
{{- else if eq .rule "nodeAffinity" -}}
  {{- include "evenkeel.checkAffinity" . -}}
{{- else if eq .rule "versionLabel" -}}
  {{- include "evenkeel.checkVersionLabel" . -}}
{{- else if eq .rule "readinessGates" -}}
  {{- include "evenkeel.checkGates" . -}}
{{- else if has .rule (list "annotations" "podAnnotations") -}}
  {{- include "evenkeel.checkAnnotations" . -}}
{{- end -}}
{{- end }}

{{- define "evenkeel.checkProbe" -}}
{{- $own := .settings -}}
{{- $port := get $own "port" | toString -}}
{{- if and (or $own.port $own.path) (or $own.httpGet $own.tcpSocket $own.grpc $own.exec) -}}
  {{- fail (printf "%s: port and path belong to the handler auto; write them into httpGet, tcpSocket or grpc" .at) -}}
{{- end -}}
{{- if and $port (not (regexMatch "^([a-z0-9-]*[a-z][a-z0-9-]*|[0-9]+)$" $port)) -}}
  {{- fail (printf "%s: port: expected a number from 1 to 65535 or the name of a port" .at) -}}
{{- end -}}
{{- if and (regexMatch "^[0-9]+$" $port) (or (lt (int $port) 1) (gt (int $port) 65535)) -}}
  {{- fail (printf "%s: port: expected a number from 1 to 65535 or the name of a port" .at) -}}
{{- end -}}
{{- if and $own.path (not (hasPrefix "/" $own.path)) -}}
  {{- fail (printf "%s: path: expected a path that begins with /" .at) -}}
{{- end -}}
{{- include "evenkeel.checkPortNames" . -}}
{{- $at := .at -}}
{{- range ($own.httpGet | default dict).httpHeaders -}}
  {{- if not (regexMatch "^[A-Za-z0-9-]+$" .name) -}}
    {{- fail (printf "%s: httpHeaders: %q is not the name of a header" $at .name) -}}
  {{- end -}}
{{- end -}}
{{- end }}

{{- define "evenkeel.checkPortNames" -}}
{{- $at := .at -}}
{{- $own := .settings -}}
{{- $seen := dict -}}
{{- range $list := list "auxiliaryPorts" "servingPorts" "plainPorts" -}}
  {{- $words := get $own $list | default list -}}
  {{- if gt (len $words) 64 }}{{ fail (printf "%s: %s: more than 64 names" $at $list) }}{{ end -}}
  {{- range $word := $words -}}
    {{- if or (not (regexMatch "^[0-9-]*[a-z][a-z0-9-]*$" (toString $word))) (gt (len (toString $word)) 15) -}}
      {{- fail (printf "%s: %s: expected words of port names, of a-z, 0-9 and -" $at $list) -}}
    {{- end -}}
    {{- if ne (get $seen $word | default $list) $list -}}
      {{- fail (printf "%s: %s is in two lists of port names" $at $word) -}}
    {{- end -}}
    {{- $_ := set $seen $word $list -}}
  {{- end -}}
{{- end -}}
{{- end }}

{{- define "evenkeel.checkGates" -}}
{{- $at := .at -}}
{{- $name := include "evenkeel.qualifiedName" . -}}
{{- range .settings.conditionTypes -}}
  {{- if not (or (contains "{" (toString .)) (regexMatch $name (toString .))) -}}
    {{- fail (printf "%s: conditionTypes: %q is not the name of a condition" $at (toString .)) -}}
  {{- end -}}
{{- end -}}
{{- end }}

{{- define "evenkeel.checkAffinity" -}}
{{- $at := .at -}}
{{- $name := include "evenkeel.qualifiedName" . -}}
{{- range .settings.preferred -}}
  {{- $expressions := .preference.matchExpressions -}}
  {{- $fields := .preference.matchFields -}}
  {{- if not (or $expressions $fields) -}}
    {{- fail (printf "%s: preference needs matchExpressions or matchFields" $at) -}}
  {{- end -}}
  {{- range $fields -}}
    {{- if not (and (has .operator (list "In" "NotIn")) (eq (len (.values | default list)) 1) (eq .key "metadata.name")) -}}
      {{- fail (printf "%s: matchFields takes the key metadata.name with In or NotIn and one value" $at) -}}
    {{- end -}}
  {{- end -}}
  {{- range $expressions -}}
    {{- $count := len (.values | default list) -}}
    {{- if not (regexMatch $name .key) }}{{ fail (printf "%s: key: expected a node label's key" $at) }}{{ end -}}
    {{- if and (has .operator (list "In" "NotIn")) (eq $count 0) -}}
      {{- fail (printf "%s: In and NotIn need values" $at) -}}
    {{- else if and (has .operator (list "Exists" "DoesNotExist")) (gt $count 0) -}}
      {{- fail (printf "%s: Exists and DoesNotExist take no values" $at) -}}
    {{- else if has .operator (list "Gt" "Lt") -}}
      {{- if not (and (eq $count 1) (regexMatch "^-?[0-9]+$" (first (.values | default (list ""))))) -}}
        {{- fail (printf "%s: Gt and Lt need one value, an integer in quotes" $at) -}}
      {{- end -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- end }}

{{- define "evenkeel.checkVersionLabel" -}}
{{- $name := include "evenkeel.qualifiedName" . -}}
{{- $key := .settings.key | default "version" -}}
{{- $label := .settings.label | default "app.kubernetes.io/version" -}}
{{- if not (regexMatch $name $key) }}{{ fail (printf "%s: key: expected a label's key, such as version" .at) }}{{ end -}}
{{- if not (regexMatch $name $label) -}}
  {{- fail (printf "%s: label: expected a label's key, such as app.kubernetes.io/version" .at) -}}
{{- end -}}
{{- if and (eq $key $label) (eq (.settings.from | toString) "label") -}}
  {{- fail (printf "%s: key and label are the same: the label would copy itself" .at) -}}
{{- end -}}
{{- end }}

{{- define "evenkeel.checkAnnotations" -}}
{{- $at := .at -}}
{{- $rule := .rule -}}
{{- include "evenkeel.checkWhen" (dict "at" $at "when" .settings.when) -}}
{{- range $key, $_ := .settings.set -}}
  {{- include "evenkeel.checkAnnotationKey" (dict "at" $at "rule" $rule "key" $key) -}}
{{- end -}}
{{- range .settings.add -}}
  {{- if eq (hasKey . "value") (hasKey . "merge") -}}
    {{- fail (printf "%s: add: each item needs either value or merge" $at) -}}
  {{- end -}}
  {{- include "evenkeel.checkAnnotationKey" (dict "at" $at "rule" $rule "key" .name) -}}
  {{- include "evenkeel.checkWhen" (dict "at" $at "when" .when) -}}
  {{- range $word := regexFindAll "[{][a-z_]+[}]" (.merge | default .value | default "") -1 -}}
    {{- if not (has $word (list "{app_name}" "{namespace}" "{grace_seconds}" "{sleep_seconds}" "{drain_seconds}")) -}}
      {{- fail (printf "%s: value: %q is not a placeholder here" $at $word) -}}
    {{- end -}}
  {{- end -}}
  {{- range $part := splitList "," (trimSuffix "," (.merge | default "a=b")) -}}
    {{- if not (regexMatch "^[^=]+=" $part) }}{{ fail (printf "%s: merge: %q is not key=value" $at $part) }}{{ end -}}
  {{- end -}}
{{- end -}}
{{- end }}

{{- define "evenkeel.checkAnnotationKey" -}}
{{- $new := "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-" -}}
{{- $legacy := "service.beta.kubernetes.io/alicloud-loadbalancer-" -}}
{{- $better := "" -}}
{{- if ne .rule "annotations" -}}
  {{- if has .key (list "proxy.istio.io/config" "config.alpha.linkerd.io/proxy-wait-before-exit-seconds"
      "dapr.io/block-shutdown-duration") -}}
    {{- $better = "the rule meshDrain" -}}
  {{- end -}}
{{- else if eq .key "service.beta.kubernetes.io/backend-type" -}}
  {{- $better = "the rule backendType" -}}
{{- else if has (.key | trimPrefix $new | trimPrefix $legacy) (list "connection-drain" "connection-drain-timeout") -}}
  {{- if contains "/" .key }}{{ $better = "the rule connectionDrain" }}{{ end -}}
{{- else if hasPrefix $legacy .key -}}
  {{- $better = printf "the prefix %s" $new -}}
{{- end -}}
{{- if not (regexMatch (include "evenkeel.qualifiedName" .) .key) -}}
  {{- fail (printf "%s: annotation: %q is not a valid annotation key" .at .key) -}}
{{- end -}}
{{- if hasPrefix "evenkeel.dev/" .key }}{{ fail (printf "%s: annotation: %q is evenkeel's own" .at .key) }}{{ end -}}
{{- if $better }}{{ fail (printf "%s: instead of %q use %s" .at .key $better) }}{{ end -}}
{{- end }}

{{- define "evenkeel.checkWhen" -}}
{{- $at := .at -}}
{{- $when := .when | default dict -}}
{{- $name := include "evenkeel.qualifiedName" . -}}
{{- range $when.types -}}
  {{- if not (has . (list "ClusterIP" "NodePort" "LoadBalancer" "ExternalName")) -}}
    {{- fail (printf "%s: types: %q is not a type of Services" $at .) -}}
  {{- end -}}
{{- end -}}
{{- range concat ($when.present | default list) ($when.absent | default list) -}}
  {{- if not (regexMatch $name (first (splitList "=" .))) -}}
    {{- fail (printf "%s: when: %q is neither an annotation's key nor key=value" $at .) -}}
  {{- end -}}
{{- end -}}
{{- end }}

{{- define "evenkeel.checkBatches" -}}
{{- $at := .at -}}
{{- $own := ternary .settings (dict "steps" .settings) (kindIs "map" .settings) -}}
{{- $last := dict -}}
{{- range $own.steps -}}
  {{- $step := toString . -}}
  {{- $unit := ternary "%" "" (hasSuffix "%" $step) -}}
  {{- $number := trimSuffix "%" $step | atoi -}}
  {{- if or (not (regexMatch "^[0-9]+%?$" $step)) (lt $number 1) (and $unit (gt $number 100)) -}}
    {{- fail (printf "%s: expected a number of pods or a share from 1%% to 100%%, found %q" $at $step) -}}
  {{- end -}}
  {{- if le $number (get $last $unit | default 0 | int) -}}
    {{- fail (printf "%s: steps must increase: %s cannot follow %v%s" $at $step (get $last $unit) $unit) -}}
  {{- end -}}
  {{- $_ := set $last $unit $number -}}
{{- end -}}
{{- if gt (len ($own.steps | default list)) 31 }}{{ fail (printf "%s: more than 31 steps" $at) }}{{ end -}}
{{- range $own.approvers -}}
  {{- if not (regexMatch "^(user|group):" (toString .)) -}}
    {{- fail (printf "%s: approvers: expected user:<glob> or group:<glob>" $at) -}}
  {{- end -}}
{{- end -}}
{{- end }}
