using LabOrchestrator.KubernetesSimulator.Requests;
using LabOrchestrator.KubernetesSimulator.Store;

namespace LabOrchestrator.KubernetesSimulator.Admission;

/// <summary>A pod's service account must be there; for the default one the real server waits until it is.</summary>
internal sealed class AccountsExist(ObjectStore store) : IAdmissionRule
{
    public void Admit(AdmissionRequest request, List<string> warnings)
    {
        if (request.Is("", "pods") && request.IsCreate && request.Value.Text("spec", "serviceAccountName") is { } name and not "default"
            && store.Of("", "serviceaccounts").Find(request.Namespace, name) is null)
        {
            throw ApiRefusal.Forbidden(request.Kind, request.Name, $"error looking up service account {request.Namespace}/{name}: serviceaccount \"{name}\" not found");
        }
    }
}
