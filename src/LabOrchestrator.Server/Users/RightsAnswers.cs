using LabOrchestrator.Server.Api;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LabOrchestrator.Server.Users;

/// <summary>What is answered to those who may not.</summary>
internal static class RightsAnswers
{
    /// <summary>Null when the user may; 404 for what does not exist for them, else 403.</summary>
    public static ProblemHttpResult? Deny(this Rights rights, Caller user, LabAction action, object? resource = null) =>
        rights.Authorize(user, action, resource) switch
        {
            Decision.Granted => null,
            Decision.Hidden => Problems.NotFound("There is no such thing, or it is not yours."),
            _ => Problems.Forbidden("Your account may not do this. Ask an admin of this installation."),
        };
}
