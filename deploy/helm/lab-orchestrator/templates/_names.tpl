{{/* Name of the release's objects. */}}
{{- define "lab-orchestrator.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Name of objects that belong to no namespace. */}}
{{- define "lab-orchestrator.clusterName" -}}
{{- printf "%s-%s" .Release.Namespace (include "lab-orchestrator.name" .) | trunc 55 | trimSuffix "-" -}}
{{- end -}}

{{/* The role that the server gives to the accounts of labs whose authors add objects. */}}
{{- define "lab-orchestrator.objectsRole" -}}
{{- include "lab-orchestrator.clusterName" . }}-objects
{{- end -}}

{{/* Labels by which the server's pods are found. The policies of labs know the first: it has no other value. */}}
{{- define "lab-orchestrator.selector" -}}
app.kubernetes.io/name: lab-orchestrator
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "lab-orchestrator.labels" -}}
{{ include "lab-orchestrator.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "lab-orchestrator.postgresSelector" -}}
app.kubernetes.io/name: postgres
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "lab-orchestrator.databaseSecret" -}}
{{- .Values.database.existingSecret | default (printf "%s-database" (include "lab-orchestrator.name" .)) -}}
{{- end -}}

{{- define "lab-orchestrator.databaseKey" -}}
{{- if .Values.database.existingSecret }}{{ .Values.database.existingSecretKey }}{{ else }}connection-string{{ end -}}
{{- end -}}

{{/* Where the disks of uploaded images are. */}}
{{- define "lab-orchestrator.imagesNamespace" -}}
{{- .Values.uploads.namespace | default (printf "%s-images" (.Release.Namespace | trunc 56 | trimSuffix "-")) -}}
{{- end -}}

{{/* The ConfigMap with the certificate authority of CDI's upload proxy; empty without one. */}}
{{- define "lab-orchestrator.uploadProxyConfigMap" -}}
{{- if .Values.uploads.existingConfigMap -}}
{{- .Values.uploads.existingConfigMap -}}
{{- else if .Values.uploads.proxyAuthority -}}
{{- include "lab-orchestrator.name" . }}-upload-proxy
{{- end -}}
{{- end -}}

{{- define "lab-orchestrator.uploadProxyFolder" -}}
/etc/lab-orchestrator/upload-proxy
{{- end -}}

{{- define "lab-orchestrator.pullSecrets" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- end -}}
