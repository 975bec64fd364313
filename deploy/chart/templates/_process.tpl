{{/* Each takes a dict of root (the chart's own scope), name and process (an entry of `services`); some also part. */}}

{{- define "chorus.name" -}}
{{ .root.Release.Name }}-{{ .name }}
{{- end }}

{{/*
The Deployments of a process: one, or where `split` is set one for each role. Each part has what is the process's own,
but for what its entry in `parts` says.
*/}}
{{- define "chorus.parts" -}}
{{- $name := .name }}
{{- $process := omit .process "parts" }}
{{- if not .process.database }}
- {{ merge (dict "name" $name "role" "door") $process | toJson }}
{{- else if not .root.Values.split }}
- {{ merge (dict "name" $name "role" "all" "roles" .process.roles) $process | toJson }}
{{- else }}
{{- range $role := splitList "," .process.roles }}
{{- $own := index ($.process.parts | default dict) $role | default dict }}
{{- $part := ternary $name (printf "%s-%s" $name $role) (eq $role "serve") }}
- {{ merge (dict "name" $part "role" $role "roles" $role) $own (omit $process "autoscale") | toJson }}
{{- end }}
{{- end }}
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
app.kubernetes.io/part-of: chorus
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{/* The pods of a process, however many Deployments it has, and of its migration. */}}
{{- define "chorus.pods" -}}
app.kubernetes.io/part-of: chorus
app.kubernetes.io/instance: {{ .root.Release.Name }}
chorus/process: {{ .name }}
{{- end }}

{{/* What a process is told in its environment; secrets are files, and only their places are said. */}}
{{- define "chorus.settings" -}}
{{- $values := .root.Values -}}
CHORUS_PUBLIC_URL: {{ required "publicUrl is not set: the origin of creators' pages, feeds and media" $values.publicUrl | quote }}
CHORUS_CONSOLE_URL: {{ required "consoleUrl is not set: the origin of the console" $values.consoleUrl | quote }}
CHORUS_HTTP_LISTEN: "0.0.0.0:8080"
CHORUS_LINGER: {{ $values.linger | quote }}
{{- if .process.database }}
CHORUS_GRPC_LISTEN: "0.0.0.0:9090"
CHORUS_EVENTS_URL: {{ include "chorus.events" .root | quote }}
CHORUS_ROLES: {{ .process.roles | quote }}
{{- if $values.postgres.create }}
{{- $database := printf "%s-postgres-rw:5432/chorus_%s" .root.Release.Name .name }}
CHORUS_DATABASE_URL: "postgresql://$(SERVING_USER):$(SERVING_PASSWORD)@{{ $database }}"
{{- if eq .process.roles "migrate" }}
CHORUS_DATABASE_OWNER_URL: "postgresql://$(OWNER_USER):$(OWNER_PASSWORD)@{{ $database }}"
{{- end }}
{{- end }}
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

{{/* The same as a list. Where PostgreSQL is the release's own, its users come first: the addresses are made of them. */}}
{{- define "chorus.environment" -}}
{{- if and .process.database .root.Values.postgres.create }}
{{- include "chorus.user" (dict "who" "SERVING" "secret" (include "chorus.serving" .root)) }}
{{- if eq .process.roles "migrate" }}
{{- include "chorus.user" (dict "who" "OWNER" "secret" (printf "%s-postgres-app" .root.Release.Name)) }}
{{- end }}
{{- end }}
{{- range $variable, $value := (include "chorus.settings" . | fromYaml) }}
- name: {{ $variable }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}

{{- define "chorus.user" }}
{{- range $part, $key := dict "USER" "username" "PASSWORD" "password" }}
- name: {{ $.who }}_{{ $part }}
  valueFrom:
    secretKeyRef: {name: {{ $.secret }}, key: {{ $key }}}
{{- end }}
{{- end }}

{{- define "chorus.serving" -}}
{{ required "postgres.serving is not set: the Secret with the user and the password that services sign in with" .Values.postgres.serving }}
{{- end }}

{{- define "chorus.events" -}}
{{- if .Values.kafka.create -}}
kafka://{{ .Release.Name }}-kafka-bootstrap:9092
{{- else -}}
{{ required "eventsUrl is not set: kafka://host:port" .Values.eventsUrl }}
{{- end }}
{{- end }}

{{/* Which keys of the Secret a process is given, and as which files. */}}
{{- define "chorus.secrets" -}}
- {key: secret-key, path: secret-key}
{{- if and .process.database (not .root.Values.postgres.create) }}
- {key: {{ .name }}-database-url, path: database-url}
{{- if and (eq .process.roles "migrate") .root.Values.secret.owners }}
- {key: {{ .name }}-database-owner-url, path: database-owner-url}
{{- end }}
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
name: {{ .container | default .name }}
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
env:
  {{- include "chorus.environment" . | nindent 2 }}
{{- end }}
