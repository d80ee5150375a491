using System.Xml.Linq;
using LabOrchestrator.Secrets;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;

namespace LabOrchestrator.Server.Stores;

/// <summary>Seals the keys of sessions, which are kept in the database, with the key that is kept outside of it.</summary>
internal sealed class SealedXml(SecretBox secrets) : IXmlEncryptor
{
    private const string Place = "data-protection";

    public EncryptedXmlInfo Encrypt(XElement plaintextElement) => new(
        new XElement("sealed", Convert.ToBase64String(secrets.Seal(plaintextElement.ToString(SaveOptions.DisableFormatting), Place))),
        typeof(Opener));

    /// <summary>Opens them again; made by data protection itself, which hands it the services.</summary>
    internal sealed class Opener(IServiceProvider services) : IXmlDecryptor
    {
        public XElement Decrypt(XElement encryptedElement) => XElement.Parse(
            services.GetRequiredService<SecretBox>().Open(Convert.FromBase64String(encryptedElement.Value), Place));
    }
}
