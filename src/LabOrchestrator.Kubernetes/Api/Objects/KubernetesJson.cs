using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using LabOrchestrator.Kubernetes.Api.Errors;

namespace LabOrchestrator.Kubernetes.Api.Objects;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.Strict, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PlainObject))]
[JsonSerializable(typeof(Namespace))]
[JsonSerializable(typeof(Node))]
[JsonSerializable(typeof(Pod))]
[JsonSerializable(typeof(Service))]
[JsonSerializable(typeof(ConfigMap))]
[JsonSerializable(typeof(Secret))]
[JsonSerializable(typeof(PersistentVolumeClaim))]
[JsonSerializable(typeof(ResourceQuota))]
[JsonSerializable(typeof(Event))]
[JsonSerializable(typeof(Workload))]
[JsonSerializable(typeof(StorageClass))]
[JsonSerializable(typeof(SelfSubjectAccessReview))]
[JsonSerializable(typeof(VirtualMachine))]
[JsonSerializable(typeof(VirtualMachineInstance))]
[JsonSerializable(typeof(OperatedInstallation))]
[JsonSerializable(typeof(DataVolume))]
[JsonSerializable(typeof(UploadTokenRequest))]
[JsonSerializable(typeof(ListMetadata))]
[JsonSerializable(typeof(ServerStatus))]
[JsonSerializable(typeof(ServerVersion))]
[JsonSerializable(typeof(ApiGroups))]
[JsonSerializable(typeof(JsonObject))]
internal sealed partial class KubernetesJson : JsonSerializerContext;
