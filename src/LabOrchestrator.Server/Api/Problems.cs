using System.Collections.Concurrent;
using System.Data.Common;
using System.Text.Json;
using System.Text.RegularExpressions;
using LabOrchestrator.Instances;
using LabOrchestrator.Runtimes;
using LabOrchestrator.Server.Labs;
using LabOrchestrator.Stores;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LabOrchestrator.Server.Api;

/// <summary>Errors as ProblemDetails: wrong requests name their fields, absent engines and databases are 503, all else tells nothing.</summary>
internal static partial class Problems
{
    private static readonly ConcurrentDictionary<string, string?> Words = new();

    /// <summary>Adds what <see cref="UseProblems"/> needs.</summary>
    public static void AddProblems(this IServiceCollection services)
    {
        services.AddProblemDetails(o => o.CustomizeProblemDetails = context =>
        {
            if (context.ProblemDetails is HttpValidationProblemDetails wrong)
            {
                wrong.Errors = wrong.Errors.ToDictionary(e => AsInJson(e.Key), e => e.Value);
            }
        });
        services.Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = true);
        services.AddExceptionHandler<ExceptionAnswers>();
    }

    /// <summary>Answers exceptions and empty errors.</summary>
    public static void UseProblems(this WebApplication app)
    {
        app.UseExceptionHandler(new ExceptionHandlerOptions { SuppressDiagnosticsCallback = c => c.Exception is BadHttpRequestException or StoreUnavailableException or RuntimeUnavailableException });
        app.UseStatusCodePages();
    }

    /// <summary>404 with a sentence.</summary>
    public static ProblemHttpResult NotFound(string detail) => TypedResults.Problem(detail, statusCode: StatusCodes.Status404NotFound);

    /// <summary>409 with a sentence.</summary>
    public static ProblemHttpResult Conflict(string detail) => TypedResults.Problem(detail, statusCode: StatusCodes.Status409Conflict);

    /// <summary>409 for a start that is refused: the kind of reason as <c>code</c>, and each capability that is missing with its reason and remedy.</summary>
    public static ProblemHttpResult Conflict(StartResult.Refused refused)
    {
        var extensions = new Dictionary<string, object?> { ["code"] = refused.Code };
        if (!refused.Missing.IsEmpty)
        {
            extensions["missing"] = refused.Missing.Select(MissingAnswer.Of).ToList();
        }

        return TypedResults.Problem(refused.Reason, statusCode: StatusCodes.Status409Conflict, extensions: extensions);
    }

    /// <summary>403 with a sentence.</summary>
    public static ProblemHttpResult Forbidden(string detail) => TypedResults.Problem(detail, statusCode: StatusCodes.Status403Forbidden);

    /// <summary>400 that names one field.</summary>
    public static ValidationProblem Invalid(string field, string sentence) =>
        TypedResults.ValidationProblem(new Dictionary<string, string[]> { [field] = [sentence] });

    // Validation names members as the code does; who sent JSON knows them otherwise.
    private static string AsInJson(string path) => string.Join('.', path.Split('.').Select(JsonNamingPolicy.CamelCase.ConvertName));

    /// <summary>Says which field of a request could not be read, and why.</summary>
    internal static Dictionary<string, string[]> ErrorsOf(BadHttpRequestException exception)
    {
        for (var cause = exception.InnerException; cause is not null; cause = cause.InnerException)
        {
            if (cause is JsonException json)
            {
                return new Dictionary<string, string[]> { [FieldOf(json)] = [MeaningOf(json)] };
            }
        }

        if (MissingBody().IsMatch(exception.Message))
        {
            return new Dictionary<string, string[]> { [""] = ["The request needs a body in JSON (Content-Type: application/json)."] };
        }

        var parameter = UnboundParameter().Match(exception.Message);
        return parameter.Success
            ? new Dictionary<string, string[]> { [parameter.Groups["name"].Value] = ["The value cannot be read. Write it as the description of the API says."] }
            : [];
    }

    private static string FieldOf(JsonException json)
    {
        var unmapped = UnmappedMember().Match(json.Message);
        var path = json.Path is { Length: > 1 } found ? found.TrimStart('$').TrimStart('.') : "";
        return unmapped.Success && !path.EndsWith(unmapped.Groups["name"].Value, StringComparison.Ordinal)
            ? unmapped.Groups["name"].Value
            : path;
    }

    private static string MeaningOf(JsonException json)
    {
        if (UnmappedMember().IsMatch(json.Message))
        {
            return "There is no such member here. Remove it, or correct its name.";
        }

        var end = json.Message.IndexOf(" Path: ", StringComparison.Ordinal);
        var sentence = end < 0 ? json.Message : json.Message[..end];
        var type = WantedType().Match(sentence);
        return type.Success ? $"The value must be {MeaningOf(type.Groups["name"].Value)}." : sentence;
    }

    private static string MeaningOf(string type)
    {
        var words = Words.GetOrAdd(type, static name => AppDomain.CurrentDomain.GetAssemblies()
            .Where(a => a.GetName().Name?.StartsWith(nameof(LabOrchestrator), StringComparison.Ordinal) == true)
            .Select(a => a.GetType(name)).FirstOrDefault(t => t is { IsEnum: true }) is { } words
                ? "one of " + string.Join(", ", Enum.GetNames(words))
                : null);
        return words ?? type switch
        {
            "System.String" => "a text",
            "System.Boolean" => "true or false",
            "System.Int32" or "System.Int64" => "a whole number",
            "System.DateTimeOffset" => "a time, such as 2026-11-21T08:00:00Z",
            _ => "an object or a list",
        };
    }

    [GeneratedRegex("""JSON property '(?<name>[^']*)' could not be mapped""", RegexOptions.ExplicitCapture)]
    private static partial Regex UnmappedMember();

    [GeneratedRegex("no body was provided|body was not provided", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase)]
    private static partial Regex MissingBody();

    [GeneratedRegex("""parameter "[^"]*?(?<name>\w+)" """, RegexOptions.ExplicitCapture)]
    private static partial Regex UnboundParameter();

    [GeneratedRegex(@"could not be converted to (System\.Nullable`1\[)?(?<name>[\w.+]*\w)", RegexOptions.ExplicitCapture)]
    private static partial Regex WantedType();

    private sealed class ExceptionAnswers(IProblemDetailsService problems) : IExceptionHandler
    {
        private const string TryAgainAfterSeconds = "5";

        public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
        {
            if (exception is OperationCanceledException && context.RequestAborted.IsCancellationRequested)
            {
                return true;
            }

            if (Answer(exception) is not { } answer)
            {
                return false;
            }

            context.Response.StatusCode = answer.Status!.Value;
            if (answer.Status == StatusCodes.Status503ServiceUnavailable)
            {
                context.Response.Headers.RetryAfter = TryAgainAfterSeconds;
            }

            return await problems.TryWriteAsync(new ProblemDetailsContext { HttpContext = context, ProblemDetails = answer, Exception = exception });
        }

        private static Microsoft.AspNetCore.Mvc.ProblemDetails? Answer(Exception exception) => exception switch
        {
            BadHttpRequestException bad when ErrorsOf(bad) is { Count: > 0 } errors => new HttpValidationProblemDetails(errors) { Status = bad.StatusCode },
            BadHttpRequestException bad => new() { Status = bad.StatusCode, Detail = bad.Message },
            StoreUnavailableException => Unavailable("The database is away for the moment. Nothing is lost; try again shortly."),
            _ when IsText(exception) => new() { Status = StatusCodes.Status400BadRequest, Detail = "A text of the request has the character NUL in it, which cannot be stored. Remove it." },
            _ when IsDatabaseAway(exception) => Unavailable("The database is away for the moment. Nothing is lost; try again shortly."),
            RuntimeUnavailableException away => Unavailable(away.Message),
            _ => null,
        };

        // Identity's stores let the driver's exceptions through, wrapped by Entity Framework.
        private static bool IsDatabaseAway(Exception? exception) =>
            exception is DbException { IsTransient: true } || (exception is not null && IsDatabaseAway(exception.InnerException));

        // 22021 and 22P05: PostgreSQL keeps no NUL in texts and JSON. What is checked field by field does not come here.
        private static bool IsText(Exception? exception) =>
            exception is DbException { SqlState: "22021" or "22P05" } || (exception is not null && IsText(exception.InnerException));

        private static Microsoft.AspNetCore.Mvc.ProblemDetails Unavailable(string detail) =>
            new() { Status = StatusCodes.Status503ServiceUnavailable, Detail = detail };
    }
}
