{{- /* They only spare calls whose answer would be empty; evenkeel decides the same without them. A held release is sent
even where it is opted out, and so is an object that carries evenkeel's record, since what was written is to be taken out.
What Kubernetes' controllers write needs no condition: it goes to the subresources status and scale, which no rule
names. */ -}}
{{- define "evenkeel.matchConditions" -}}
- name: not-being-deleted
  expression: "!has(object.metadata.deletionTimestamp)"
- name: not-opted-out
  expression: >-
    !has(object.metadata.annotations) || !('evenkeel.dev/inject' in object.metadata.annotations) ||
    object.metadata.annotations['evenkeel.dev/inject'] != 'false' ||
    [object, oldObject].exists(o, o != null && has(o.metadata.annotations) &&
    'evenkeel.dev/injected' in o.metadata.annotations) ||
    {{ include "evenkeel.held" . | indent 4 | trim }}
{{- $onUpdate := (include "evenkeel.policySource" . | fromYaml).onUpdate }}
{{- if not (or (eq (toString $onUpdate) "always") .Values.policy.existingConfigMap) }}
- name: something-changed
  expression: >-
    request.operation != 'UPDATE' || object.spec != oldObject.spec ||
    (has(object.metadata.annotations) ? object.metadata.annotations : {}) !=
    (has(oldObject.metadata.annotations) ? oldObject.metadata.annotations : {}) ||
    {{ include "evenkeel.optOutLabel" "object" }} != {{ include "evenkeel.optOutLabel" "oldObject" }} ||
    {{ include "evenkeel.held" . | indent 4 | trim }}
{{- end }}
{{- end }}

{{- define "evenkeel.optOutLabel" -}}
(has({{ . }}.metadata.labels) && 'evenkeel.dev/inject' in {{ . }}.metadata.labels ? {{ . }}.metadata.labels['evenkeel.dev/inject'] : '-')
{{- end }}

{{- /* Whether a release is held, or was before the request: as webhook/release/state.c has it. */ -}}
{{- define "evenkeel.held" -}}
[object, oldObject].exists(o, o != null &&
(has(o.metadata.labels) && 'evenkeel.dev/held' in o.metadata.labels ||
has(o.spec) && has(o.spec.minReadySeconds) && o.spec.minReadySeconds == 2147483646))
{{- end }}

{{- /* Whether releases of an object are held in batches: one is held, its annotation says so, or an entry of the policy
that names batches matches it. */ -}}
{{- define "evenkeel.batched" -}}
{{ include "evenkeel.held" . }} ||
[object, oldObject].exists(o, o != null && has(o.metadata.annotations) &&
'evenkeel.dev/batches' in o.metadata.annotations)
{{- range (include "evenkeel.policySource" . | fromYaml).workloads }}
{{- if .batches }} ||
({{ include "evenkeel.matches" (.match | default dict) }})
{{- end }}
{{- end }}
{{- end }}

{{- /* A policy's match as CEL, part by part as webhook/policy/match.c reads it. */ -}}
{{- define "evenkeel.matches" -}}
{{ include "evenkeel.matchesParts" . }}
{{- if not .includeOwned }} &&
!(has(object.metadata.ownerReferences) && object.metadata.ownerReferences.exists(r, has(r.controller) && r.controller))
{{- end }}
{{- range .exclude }} &&
!({{ include "evenkeel.matchesParts" . }})
{{- end }}
{{- end }}

{{- define "evenkeel.matchesParts" -}}
{{- $parts := list -}}
{{- with .kinds }}{{ $parts = append $parts (printf "request.kind.kind in ['%s']" (join "', '" .)) }}{{ end -}}
{{- with .namespaces -}}
  {{- $parts = append $parts (printf "request.namespace.matches('%s')" (include "evenkeel.globs" .)) -}}
{{- end -}}
{{- with .names -}}
  {{- $name := "(has(object.metadata.name) ? object.metadata.name : has(object.metadata.generateName) ? object.metadata.generateName : '')" -}}
  {{- $parts = append $parts (printf "%s.matches('%s')" $name (include "evenkeel.globs" .)) -}}
{{- end -}}
{{- range $key, $value := (.labelSelector | default dict).matchLabels -}}
  {{- $parts = append $parts (include "evenkeel.labelIn" (dict "key" $key "values" (list $value))) -}}
{{- end -}}
{{- range (.labelSelector | default dict).matchExpressions -}}
  {{- $not := ternary "!" "" (has .operator (list "NotIn" "DoesNotExist")) -}}
  {{- $parts = append $parts (printf "%s(%s)" $not (include "evenkeel.labelIn" .)) -}}
{{- end -}}
{{- join " &&\n" $parts | default "true" -}}
{{- end }}

{{- /* That a label is there, with one of the values where any are given. */ -}}
{{- define "evenkeel.labelIn" -}}
has(object.metadata.labels) && '{{ .key }}' in object.metadata.labels
{{- with .values }} &&
object.metadata.labels['{{ $.key }}'] in ['{{ join "', '" . }}']
{{- end }}
{{- end }}

{{- define "evenkeel.globs" -}}
^({{ join "|" . | replace "." "[.]" | replace "*" ".*" | replace "?" "." }})$
{{- end }}
