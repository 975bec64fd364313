{{/* Each takes a dict of root (the chart's own scope), name and process (an entry of `services`). */}}

{{- define "chorus.name" -}}
{{ .root.Release.Name }}-{{ .name }}
{{- end }}

{{- define "chorus.selector" -}}
app.kubernetes.io/name: chorus
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .name }}
{{- end }}

{{- define "chorus.labels" -}}
{{ include "chorus.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{/* What a process is told in its environment; secrets are files, and only their places are said. */}}
{{- define "chorus.settings" -}}
{{- $values := .root.Values -}}
CHORUS_PUBLIC_URL: {{ required "publicUrl is not set: the origin of creators' pages, feeds and media" $values.publicUrl | quote }}
CHORUS_CONSOLE_URL: {{ required "consoleUrl is not set: the origin of the console" $values.consoleUrl | quote }}
CHORUS_HTTP_LISTEN: "0.0.0.0:8080"
{{- if .process.database }}
CHORUS_GRPC_LISTEN: "0.0.0.0:9090"
CHORUS_EVENTS_URL: {{ required "eventsUrl is not set: kafka://host:port" $values.eventsUrl | quote }}
CHORUS_ROLES: {{ .process.roles | quote }}
{{- end }}
{{- range .process.calls }}
CHORUS_{{ upper . }}_ADDRESS: "{{ include "chorus.name" (dict "root" $.root "name" .) }}:9090"
{{- end }}
{{- with $values.telemetry.endpoint }}
OTEL_EXPORTER_OTLP_ENDPOINT: {{ . | quote }}
{{- end }}
{{- range (include "chorus.secrets" . | fromYamlArray) }}
CHORUS_{{ .path | upper | replace "-" "_" }}_FILE: /run/secrets/chorus/{{ .path }}
{{- end }}
{{- range $name, $value := .process.settings }}
{{ $name }}: {{ $value | quote }}
{{- end }}
{{- end }}

{{/* Which keys of the Secret a process is given, and as which files. */}}
{{- define "chorus.secrets" -}}
- {key: secret-key, path: secret-key}
{{- if .process.database }}
- {key: {{ .name }}-database-url, path: database-url}
{{- end }}
{{- range .process.secrets }}
- {key: {{ . }}, path: {{ . }}}
{{- end }}
{{- end }}

{{/* The pod but for what its container is told and asked: for a Deployment and for a migration alike. */}}
{{- define "chorus.pod" -}}
automountServiceAccountToken: false
# Else every Service's address would come as a CHORUS_… variable.
enableServiceLinks: false
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile:
    type: RuntimeDefault
volumes:
  - name: tmp
    emptyDir:
      sizeLimit: 256Mi
  - name: secrets
    secret:
      secretName: {{ required "secret.name is not set: the Secret with the keys that values.yaml lists" .root.Values.secret.name }}
      defaultMode: 0440
      items:
        {{- include "chorus.secrets" . | nindent 8 }}
{{- end }}

{{- define "chorus.container" -}}
name: {{ .name }}
image: "{{ .root.Values.image.repository }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}"
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
command: [python, -m, chorus.{{ .name }}]
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
resources:
  {{- toYaml (.process.resources | default .root.Values.resources) | nindent 2 }}
volumeMounts:
  - name: tmp
    mountPath: /tmp
  - name: secrets
    mountPath: /run/secrets/chorus
    readOnly: true
{{- end }}
