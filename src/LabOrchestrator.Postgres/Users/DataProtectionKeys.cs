using System.Xml.Linq;
using LabOrchestrator.Postgres.Schema;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.EntityFrameworkCore;

namespace LabOrchestrator.Postgres.Users;

/// <summary>The key ring of ASP.NET Core's data protection, so that sign-ins outlive the server and are shared by several.</summary>
public sealed class DataProtectionKeys(IDbContextFactory<LabDbContext> contexts) : IXmlRepository
{
    /// <inheritdoc/>
    public IReadOnlyCollection<XElement> GetAllElements()
    {
        using var db = contexts.CreateDbContext();
        return [.. db.DataProtectionKeys.AsNoTracking().Select(k => k.Xml).AsEnumerable().Select(x => XElement.Parse(x))];
    }

    /// <inheritdoc/>
    public void StoreElement(XElement element, string friendlyName)
    {
        using var db = contexts.CreateDbContext();
        db.DataProtectionKeys.Add(new DataProtectionKeyRow { FriendlyName = friendlyName, Xml = element.ToString(SaveOptions.DisableFormatting) });
        db.SaveChanges();
    }
}
