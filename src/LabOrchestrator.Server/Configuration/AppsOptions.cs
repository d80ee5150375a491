namespace LabOrchestrator.Server.Configuration;

/// <summary>Web ports of machines.</summary>
public sealed class AppsOptions : ICheckedOptions
{
    /// <summary>Domain below which each web port of a machine has a host of its own; <c>*.DOMAIN</c> must lead to this server.</summary>
    public string Domain { get; set; } = "localhost";

    /// <inheritdoc/>
    public IEnumerable<string> Check()
    {
        if (Uri.CheckHostName(Domain) != UriHostNameType.Dns)
        {
            yield return $"Apps__Domain must be a domain name, such as apps.example.org, not \"{Domain}\".";
        }
    }
}
