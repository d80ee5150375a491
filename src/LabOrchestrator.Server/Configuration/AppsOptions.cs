namespace LabOrchestrator.Server.Configuration;

/// <summary>Web ports of machines.</summary>
public sealed class AppsOptions : ICheckedOptions
{
    // "65535--", a machine's name, "--" and the number of an instance make one label of 63 characters and its dot.
    private const int MaximumDomain = 253 - 64;

    /// <summary>
    /// Domain below which each web port of a machine has a host of its own; <c>*.DOMAIN</c> must lead to this server. Set to nothing, web
    /// ports are paths of this server, where pages of machines are locked in, and some do not work.
    /// </summary>
    [MayBeEmpty]
    public string Domain { get; set; } = "localhost";

    /// <summary>Whether the domain only leads to this server from this machine.</summary>
    internal bool IsLocal => Domain == "localhost" || Domain.EndsWith(".localhost", StringComparison.Ordinal);

    /// <inheritdoc/>
    public IEnumerable<string> Check()
    {
        Domain = Domain.ToLowerInvariant();
        if (Domain.Length > 0 && (Uri.CheckHostName(Domain) != UriHostNameType.Dns || Domain.EndsWith('.') || !Domain.All(char.IsAscii)))
        {
            yield return $"Apps__Domain must be a domain name, such as apps.example.org, not \"{Domain}\".";
        }
        else if (Domain.Length > MaximumDomain)
        {
            yield return $"Apps__Domain must have at most {MaximumDomain} characters, so that the names of machines fit before it; \"{Domain}\" has {Domain.Length}.";
        }
    }
}
