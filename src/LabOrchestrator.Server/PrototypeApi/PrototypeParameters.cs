using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LabOrchestrator.Server.PrototypeApi;

/// <summary>
/// Parameters of a request, from wherever the prototype took them: form, JSON or query; what is in the body counts before the query.
/// A handler takes them as a parameter.
/// </summary>
internal sealed class PrototypeParameters
{
    private const int MostBytes = 64 << 10;
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string[]> _mistakes = [];

    private PrototypeParameters()
    {
    }

    /// <summary>What is wrong so far; null when nothing is.</summary>
    public ValidationProblem? Problem => _mistakes.Count == 0 ? null : TypedResults.ValidationProblem(_mistakes);

    /// <summary>Reads the parameters of a request.</summary>
    public static async ValueTask<PrototypeParameters> BindAsync(HttpContext context)
    {
        var parameters = new PrototypeParameters();
        var request = context.Request;
        foreach (var (name, value) in request.Query)
        {
            parameters._values[name] = value.ToString();
        }

        if (request.ContentLength > MostBytes)
        {
            parameters.Add("", $"The body may have at most {MostBytes} bytes.");
        }
        else if (request.HasFormContentType)
        {
            await parameters.ReadFormAsync(request);
        }
        else if (request.HasJsonContentType())
        {
            await parameters.ReadJsonAsync(request);
        }

        return parameters;
    }

    /// <summary>A text; a mistake when it is missing or too long.</summary>
    public string Text(string name, int most)
    {
        var value = Optional(name, most);
        if (string.IsNullOrWhiteSpace(value))
        {
            Add(name, $"\"{name}\" is missing. Give it as a form field, as a member of a JSON object or in the query.");
        }

        return value ?? "";
    }

    /// <summary>A text, or null; a mistake when it is too long.</summary>
    public string? Optional(string name, int most)
    {
        if (!_values.TryGetValue(name, out var value))
        {
            return null;
        }

        if (value.Length > most)
        {
            Add(name, $"\"{name}\" may have at most {most} characters.");
        }

        return value;
    }

    /// <summary>An identity; a mistake when it is missing or no whole number.</summary>
    public long Id(string name)
    {
        var text = Text(name, 20);
        if (text.Length > 0 && (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) || id < 1))
        {
            Add(name, $"\"{name}\" must be a whole number from 1, not \"{text}\".");
            return 0;
        }

        return text.Length == 0 ? 0 : long.Parse(text, CultureInfo.InvariantCulture);
    }

    /// <summary>Notes a mistake; the first one of a parameter counts.</summary>
    public void Add(string name, string sentence) => _mistakes.TryAdd(name, [sentence]);

    private async Task ReadFormAsync(HttpRequest request)
    {
        try
        {
            foreach (var (name, value) in await request.ReadFormAsync(request.HttpContext.RequestAborted))
            {
                _values[name] = value.ToString();
            }
        }
        catch (Exception e) when (e is InvalidDataException or (IOException and not BadHttpRequestException))
        {
            Add("", $"The form cannot be read: {e.Message}");
        }
    }

    private async Task ReadJsonAsync(HttpRequest request)
    {
        try
        {
            using var json = await JsonDocument.ParseAsync(request.Body, default, request.HttpContext.RequestAborted);
            if (json.RootElement.ValueKind != JsonValueKind.Object)
            {
                Add("", "The body must be a JSON object.");
                return;
            }

            foreach (var member in json.RootElement.EnumerateObject())
            {
                if (member.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number)
                {
                    _values[member.Name] = member.Value.ToString();
                }
                else if (member.Value.ValueKind != JsonValueKind.Null)
                {
                    Add(member.Name, $"\"{member.Name}\" must be a text or a number.");
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Texts are decoded when they are taken: half a pair of surrogates shows only then, and by the second of these.
            Add("", "The body is not JSON.");
        }
    }
}
