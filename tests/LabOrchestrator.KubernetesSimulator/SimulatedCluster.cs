using System.Security.Cryptography.X509Certificates;
using LabOrchestrator.KubernetesSimulator.Access;
using LabOrchestrator.KubernetesSimulator.Administration;
using LabOrchestrator.KubernetesSimulator.Admission;
using LabOrchestrator.KubernetesSimulator.Controllers;
using LabOrchestrator.KubernetesSimulator.Kinds;
using LabOrchestrator.KubernetesSimulator.Requests;
using LabOrchestrator.KubernetesSimulator.Schemas;
using LabOrchestrator.KubernetesSimulator.Store;
using LabOrchestrator.KubernetesSimulator.Streams;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace LabOrchestrator.KubernetesSimulator;

/// <summary>A cluster that is none: the API of Kubernetes with KubeVirt, CDI and Multus, and controllers that play their parts.</summary>
public sealed class SimulatedCluster : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly X509Certificate2? _authority;

    private SimulatedCluster(WebApplication application, X509Certificate2? authority)
    {
        _application = application;
        _authority = authority;
        var addresses = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ToList();
        Address = new Uri(addresses[0]);
        AdminAddress = new Uri(addresses[1]);
    }

    /// <summary>Where the API is.</summary>
    public Uri Address { get; }

    /// <summary>Where <c>/_simulator</c> is, untouched by faults.</summary>
    public Uri AdminAddress { get; }

    /// <summary>The authority of its certificate as PEM; empty without TLS.</summary>
    public string AuthorityPem => _authority?.ExportCertificatePem() ?? "";

    /// <summary>The settings, also to be changed while it runs.</summary>
    public SimulatorSettings Settings => _application.Services.GetRequiredService<SimulatorSettings>();

    public static async Task<SimulatedCluster> StartAsync(SimulatorOptions? options = null)
    {
        options ??= new SimulatorOptions();
        var authority = options.Tls ? ServerCertificate.Authority() : null;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Warning);
        _ = options.Log is { } log ? builder.Logging.AddProvider(log) : builder.Logging.AddConsole();
        builder.Services.Configure<ConsoleLifetimeOptions>(o => o.SuppressStatusMessages = true);
        AddServices(builder.Services);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel((_, kestrel) => Listen(kestrel, options, authority));
        var application = builder.Build();
        Install(application.Services, options);
        application.UseWebSockets();
        var services = application.Services;
        AdminEndpoints.Map(application, ActivatorUtilities.CreateInstance<AdminServices>(services));
        application.UseRouting();
        application.UseEndpoints(_ => { });
        var server = services.GetRequiredService<ApiServer>();
        var uploads = services.GetRequiredService<UploadProxy>();
        application.Use((context, next) => uploads.UseAsync(context, () => next(context)));
        application.Run(server.ServeAsync);
        await application.StartAsync();
        return new SimulatedCluster(application, authority);
    }

    /// <summary>Installs what was not there from the beginning: <c>kubevirt</c>, <c>cdi</c> or <c>multus</c>.</summary>
    public void Install(string addOn) => Installation.Install(
        _application.Services.GetRequiredService<ObjectWriter>(), _application.Services.GetRequiredService<UploadSigner>(), addOn);

    /// <summary>Gives CDI's upload proxy a certificate of another authority, and publishes that, as CDI does every day.</summary>
    public void RenewUploadSigner() => _application.Services.GetRequiredService<UploadSigner>().Renew();

    public Task WaitForShutdownAsync() => _application.WaitForShutdownAsync();

    public async ValueTask DisposeAsync()
    {
        // The host first: it takes a service for failed that was stopped before it, and even before its first step.
        await _application.StopAsync(new CancellationToken(canceled: true));
        await _application.Services.GetRequiredService<ControllerLoop>().StopAsync(CancellationToken.None);
        await _application.DisposeAsync();
        _authority?.Dispose();
    }

    private static void Listen(KestrelServerOptions kestrel, SimulatorOptions options, X509Certificate2? authority)
    {
        kestrel.Limits.MaxRequestBodySize = 1024L * 1024 * 1024;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.AddServerHeader = false;
        kestrel.Listen(System.Net.IPAddress.Loopback, options.Port, listener =>
        {
            var faults = kestrel.ApplicationServices.GetRequiredService<Faults>();
            listener.Use(next => connection => faults.ConnectAsync(connection, () => next(connection)));
            if (authority is not null)
            {
                var (api, signer) = (ServerCertificate.Of(authority), kestrel.ApplicationServices.GetRequiredService<UploadSigner>());
                listener.UseHttps(https => https.ServerCertificateSelector = (_, name) => UploadSigner.IsProxy(name) ? signer.Certificate ?? api : api);
            }
        });
        kestrel.Listen(System.Net.IPAddress.Loopback, options.AdminPort);
    }

    private static void AddServices(IServiceCollection services)
    {
        services.AddSingleton(TimeProvider.System).AddSingleton<SimulatorSettings>().AddSingleton<ObjectStore>().AddSingleton(SchemaCatalogue.Load());
        services.AddSingleton<KindRegistry>().AddSingleton<Rbac>().AddSingleton<Authentication>().AddSingleton<Faults>();
        services.AddSingleton<Lists>().AddSingleton<Watches>().AddSingleton<Discovery>().AddSingleton<ObjectWriter>().AddSingleton<Deletion>();
        services.AddSingleton<ObjectRequests>().AddSingleton<TokenRequests>().AddSingleton<SubresourceRequests>().AddSingleton<ApiServer>();
        services.AddSingleton<PodFolders>().AddSingleton<PodProcesses>().AddSingleton<ForwardedPorts>().AddSingleton<PodStreams>().AddSingleton<SimulatedMachines>().AddSingleton<MachineRequests>().AddSingleton<UploadProxy>().AddSingleton<UploadSigner>();
        services.AddAdmission();
        services.AddControllersOfTheCluster();
    }

    private static void Install(IServiceProvider services, SimulatorOptions options)
    {
        var writer = services.GetRequiredService<ObjectWriter>();
        if (options.Token is { } token)
        {
            services.GetRequiredService<Authentication>().Add(token, User.Admin);
        }

        services.GetRequiredService<ControllerLoop>().Attach();
        Installation.Install(writer, services.GetRequiredService<UploadSigner>(), options.AddOns);
    }
}
