using System.Text.Json.Nodes;
using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Errors;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using LabOrchestrator.Kubernetes.Machines;
using LabOrchestrator.Kubernetes.Manifests;
using LabOrchestrator.Kubernetes.Networks;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Instances;

/// <summary>What stands before an instance's machines: namespace, isolation, limits, names, helper.</summary>
internal sealed class LabGround(
    KubernetesClient client, ClusterView view, KeptObjects kept, LossRemarks remarks, Installation installation, KubernetesRuntimeOptions options)
{
    private static readonly TimeSpan HelperPatience = TimeSpan.FromMinutes(5);
    private readonly InstanceWait _wait = new(view, client.Time);
    private readonly ObjectApplier _objects = new(client);
    private readonly ServiceAddresses _services = new(client, view, options);

    /// <summary>Makes what is missing and returns the address of the name server. Isolation is in place then.</summary>
    public async Task<string> EnsureAsync(InstanceSpec instance, Losses losses, CancellationToken cancellationToken)
    {
        var @namespace = LabNamespace.NameOf(instance);
        var links = LabLinks.Of(instance, installation, options);
        if (links is not null && !view.Namespaces.TryGet("", @namespace, out _))
        {
            await _services.RefuseAsync(links, cancellationToken).ConfigureAwait(false);
        }

        await NamespaceAsync(instance, @namespace, losses, cancellationToken).ConfigureAwait(false);
        var service = ServiceAsync(instance, @namespace, losses, cancellationToken);
        await Task.WhenAll(
        [
            service,
            .. LabManifests.Ground(instance, installation, options)
                .Select(m => (Manifest: m, Found: Found(m, @namespace)))
                .Where(o => !kept.IsKept(o.Found, o.Manifest))
                .Select(o => kept.ApplyAsync(
                    Manifest.KindOf(o.Manifest)!.Plain(), o.Found, o.Manifest, Noted(instance, losses), cancellationToken)),
        ]).ConfigureAwait(false);
        var nameServer = await service.ConfigureAwait(false);
        if (links is not null)
        {
            ServiceAddresses.Refuse(links, nameServer);
        }

        return nameServer;
    }

    /// <summary>Has the instance say what was lost, once for each news.</summary>
    public Task NoteAsync(InstanceSpec instance, Losses losses, CancellationToken cancellationToken) => remarks.NoteAsync(instance, losses, cancellationToken);

    /// <summary>Makes the helper, and returns when it runs.</summary>
    public async Task HelpAsync(InstanceSpec instance, Losses losses, CancellationToken cancellationToken)
    {
        var manifest = HelperManifests.Pod(instance, installation, options);
        var @namespace = LabNamespace.NameOf(instance);
        var found = view.Pods.TryGet(@namespace, HelperManifests.Name, out var pod) ? pod : null;
        if (!ObjectApplier.IsCurrent(found, manifest) || found!.Status.Phase is "Failed" or "Succeeded")
        {
            if (found is not null)
            {
                // A pod is not changed but replaced.
                await client.DeleteAsync(
                    Kinds.Pod, @namespace, HelperManifests.Name, new DeleteOptions { Uid = found.Metadata.Uid, GracePeriodSeconds = 0 }, cancellationToken)
                    .ConfigureAwait(false);
                await _wait.GoneAsync(
                    instance.InstanceId,
                    () => view.Pods.TryGet(@namespace, HelperManifests.Name, out var still) && still.Metadata.Uid == found.Metadata.Uid,
                    HelperPatience,
                    () => "The instance's old helper does not end.",
                    cancellationToken).ConfigureAwait(false);
            }

            var made = await _objects.ApplyAsync(Kinds.Pod, manifest, cancellationToken).ConfigureAwait(false);
            if (found is null or { IsDeleting: true } && made.IsNew && instance.HasRun)
            {
                losses.Add(manifest);
                await remarks.NoteAsync(instance, losses, cancellationToken).ConfigureAwait(false);
            }
        }

        await RunsAsync(instance.InstanceId, @namespace, cancellationToken).ConfigureAwait(false);
    }

    // While an instance is made there is nothing yet that could be lost.
    private static Losses? Noted(InstanceSpec instance, Losses losses) => instance.HasRun ? losses : null;

    private async Task NamespaceAsync(InstanceSpec instance, string @namespace, Losses losses, CancellationToken cancellationToken)
    {
        var manifest = NamespaceManifests.Namespace(instance, installation);
        if (view.Namespaces.TryGet("", @namespace, out var found))
        {
            if (found.IsDeleting)
            {
                throw new RuntimeUnavailableException(EndingNamespace.WhatBlocks(found, view));
            }

            if (!kept.IsKept(found, manifest))
            {
                await kept.ApplyAsync(Kinds.Namespace, found, manifest, Noted(instance, losses), cancellationToken).ConfigureAwait(false);
            }

            return;
        }

        try
        {
            await _objects.CreateAsync(Kinds.Namespace, manifest, cancellationToken).ConfigureAwait(false);
            if (instance.HasRun)
            {
                losses.AddEverything();
            }
        }
        catch (ObjectExistsException)
        {
            var other = await client.FindAsync(Kinds.Namespace, null, @namespace, cancellationToken).ConfigureAwait(false);
            if (other is { IsDeleting: false } && other.Metadata.Labels.GetValueOrDefault(ClusterLabels.Installation) != installation.Id)
            {
                throw new InstanceFailedException(
                    $"The cluster has a namespace \"{@namespace}\" that is not this installation's. Remove it, or give the lab another namespace_prefix.");
            }

            if (other is null or { IsDeleting: true })
            {
                throw new RuntimeUnavailableException($"The namespace \"{@namespace}\" is still ending.");
            }
        }
    }

    private async Task<string> ServiceAsync(InstanceSpec instance, string @namespace, Losses losses, CancellationToken cancellationToken)
    {
        var manifest = HelperManifests.Service(instance, installation);
        var found = view.Services.TryGet(@namespace, HelperManifests.Name, out var known) ? known : null;
        if (!kept.IsKept(found, manifest))
        {
            found = await NameServerAsync(@namespace, found, manifest, Noted(instance, losses), cancellationToken).ConfigureAwait(false);
        }

        return found!.Spec.ClusterIp is { Length: > 0 } address
            ? address
            : throw new RuntimeUnavailableException("The cluster gave the instance's name server no address yet.");
    }

    // A machine's pod keeps the address that it asks for names, so a lost service must have it again.
    private string? AskedAddress(string @namespace) => view.Pods.In(@namespace)
        .Where(p => p.Metadata.Labels.GetValueOrDefault(ClusterLabels.Role) == ClusterLabels.MachineRole)
        .SelectMany(p => p.Spec.DnsConfig.Nameservers)
        .FirstOrDefault();

    private async Task<Service> NameServerAsync(
        string @namespace, Service? found, JsonObject manifest, Losses? losses, CancellationToken cancellationToken)
    {
        if ((found is null ? AskedAddress(@namespace) : found.Spec.ClusterIp) is not { Length: > 0 } address)
        {
            return await kept.ApplyAsync(Kinds.Service, found, manifest, losses, cancellationToken).ConfigureAwait(false);
        }

        try
        {
            return await kept.ApplyAsync(
                Kinds.Service, found, manifest, losses, cancellationToken, service => service["spec"]!["clusterIP"] = address).ConfigureAwait(false);
        }
        catch (ManifestRefusedException)
        {
            // Somebody else has it by now. Machines that are made from here on ask at the new one.
            return await kept.ApplyAsync(Kinds.Service, found, manifest, losses, cancellationToken).ConfigureAwait(false);
        }
    }

    private KubernetesObject? Found(JsonObject manifest, string @namespace)
    {
        var name = Manifest.NameOf(manifest)!;
        return Manifest.KindOf(manifest) switch
        {
            var k when k == Kinds.NetworkPolicy => view.Policies.TryGet(@namespace, name, out var policy) ? policy : null,
            var k when k == Kinds.ResourceQuota => view.Quotas.TryGet(@namespace, name, out var quota) ? quota : null,
            var k when k == Kinds.LimitRange => view.Limits.TryGet(@namespace, name, out var limits) ? limits : null,
            var k when k == Kinds.Service => view.Services.TryGet(@namespace, name, out var service) ? service : null,
            var k when k == Kinds.NetworkAttachmentDefinition => view.Attachments.TryGet(@namespace, name, out var network) ? network : null,
            _ => null,
        };
    }

    private Task<bool> RunsAsync(long instanceId, string @namespace, CancellationToken cancellationToken) => _wait.ForAsync(
        instanceId,
        since =>
        {
            if (!view.Pods.TryGet(@namespace, HelperManifests.Name, out var pod))
            {
                return since < HelperPatience
                    ? Looked.NotYet<bool>(HelperPatience - since)
                    : throw new RuntimeUnavailableException("The instance's helper was removed from the cluster.");
            }

            var sight = view.Words.Tell(PodReading.Sight(pod), pod);
            return sight.Phase switch
            {
                MachinePhase.Running => Looked.At(true),
                MachinePhase.Failed => throw new RuntimeUnavailableException($"The instance's helper ended: {sight.Reason}"),
                _ when sight.Trouble == Trouble.Lasting || since >= HelperPatience =>
                    throw new InstanceFailedException($"The instance's helper could not be started: {sight.Reason ?? "it takes too long"}"),
                _ => Looked.NotYet<bool>(HelperPatience - since),
            };
        },
        cancellationToken);
}
