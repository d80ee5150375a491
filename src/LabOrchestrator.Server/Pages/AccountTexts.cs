using LabOrchestrator.Server.Users;
using Microsoft.Extensions.Localization;

namespace LabOrchestrator.Server.Pages;

/// <summary>What several pages say about accounts.</summary>
internal static class AccountTexts
{
    /// <summary>What a password has to be like.</summary>
    public static string PasswordRule(IStringLocalizer<Texts> texts) =>
        texts["Users.PasswordRule", AccountRules.MinimumPasswordLength, AccountRules.MaximumPasswordLength];
}
