using System.Buffers.Text;
using System.Security.Cryptography;

namespace LabOrchestrator.Server.Hosting;

/// <summary>The nonce of one answer: a <c>style</c> element that carries it is allowed by the answer's Content-Security-Policy.</summary>
public sealed class CspNonce
{
    /// <summary>144 random bits as base64url.</summary>
    public string Value { get; } = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(18));
}
