namespace LabOrchestrator.KubernetesSimulator.Admission;

internal static class AdmissionServices
{
    /// <summary>The rules in the order in which they act.</summary>
    public static IServiceCollection AddAdmission(this IServiceCollection services) => services
        .AddSingleton<IAdmissionRule, NamespaceLifecycle>()
        .AddSingleton<IAdmissionRule, Defaults>()
        .AddSingleton<IAdmissionRule, FixedFields>()
        .AddSingleton<IAdmissionRule, Escalation>()
        .AddSingleton<IAdmissionRule, AccountsExist>()
        .AddSingleton<IAdmissionRule, KubeVirtRules>()
        .AddSingleton<IAdmissionRule, PodSecurity>()
        .AddSingleton<IAdmissionRule, Quotas>()
        .AddSingleton<AdmissionChain>();
}
