using System.Net;

namespace LabOrchestrator.Server.Tests.Api;

/// <summary>Who sends a request that is refused.</summary>
public enum Sender
{
    /// <summary>The admin.</summary>
    Admin,

    /// <summary>A learner with a running lab (<c>{live}</c>) and one that has ended (<c>{ended}</c>).</summary>
    Owner,

    /// <summary>Another learner.</summary>
    Other,

    /// <summary>Nobody, or who gives a password by Basic authentication.</summary>
    Password,
}

/// <summary>A request that an operation refuses.</summary>
/// <param name="Operation">The operation's identity in the API's description, which also knows its method.</param>
/// <param name="Sender">Who sends it.</param>
/// <param name="Address">Its address below <c>/api/v1</c>.</param>
/// <param name="Status">The expected status.</param>
/// <param name="Body">Sent as JSON, a text as YAML, a <see cref="Piece"/> as bytes.</param>
/// <param name="Fields">The fields that an answer of 400 names.</param>
public sealed record Refusal(string Operation, Sender Sender, string Address, HttpStatusCode Status, object? Body = null, params string[] Fields)
{
    private const string NoSuchHash = "0000000000000000000000000000000000000000000000000000000000000000";

    /// <summary>At least one for each 400, 404, 409, 413 and 415 that the description names.</summary>
    public static IReadOnlyList<Refusal> All { get; } =
    [
        Wrong("SignIn", Sender.Password, "/session", new { name = "somebody" }, "password"),
        Wrong("IssueToken", Sender.Password, "/tokens", new { days = 0 }, "days"),
        Missing("RevokeToken", Sender.Owner, "/tokens/999999"),
        Wrong("ChangeMe", Sender.Owner, "/users/me", new { displayName = new string('x', 101) }, "displayName"),
        Wrong("ChangeMyPassword", Sender.Owner, "/users/me/password", new { current = ServerFixture.UserPassword, @new = "short" }, "new"),
        Wrong("ListUsers", Sender.Admin, "/users?limit=0", null, "limit"),
        Wrong("AddUser", Sender.Admin, "/users", new { name = "a b", roles = Array.Empty<string>() }, "name"),
        Conflict("AddUser", Sender.Admin, "/users", new { name = ServerFixture.AdminName }),
        Missing("FindUser", Sender.Admin, "/users/999999"),
        Wrong("ChangeUser", Sender.Admin, "/users/{owner}", new { roles = new[] { "king" } }, "roles[0]"),
        Missing("ChangeUser", Sender.Admin, "/users/999999", new { }),
        Conflict("ChangeUser", Sender.Admin, "/users/{admin}", new { isClosed = true }),
        Missing("RemoveUser", Sender.Admin, "/users/999999"),
        Conflict("RemoveUser", Sender.Admin, "/users/{owner}"),
        Wrong("ImportLab", Sender.Admin, "/labs", "name: x\nmachines:\n  - {name: a, image: nothing}\n", "machines[0].image", "title"),
        new("ImportLab", Sender.Admin, "/labs", HttpStatusCode.UnsupportedMediaType, new { }),
        new("ImportLab", Sender.Admin, "/labs", HttpStatusCode.RequestEntityTooLarge, TooLong),
        new("ValidateLab", Sender.Admin, "/labs/validate", HttpStatusCode.UnsupportedMediaType, new { }),
        new("ValidateLab", Sender.Admin, "/labs/validate", HttpStatusCode.RequestEntityTooLarge, TooLong),
        Missing("FindLab", Sender.Owner, "/labs/999999"),
        Missing("RemoveLab", Sender.Admin, "/labs/999999"),
        Missing("ListLabVersions", Sender.Admin, "/labs/999999/versions"),
        Missing("ListLabFiles", Sender.Admin, $"/labs/{{lab}}/versions/{NoSuchHash}/files"),
        Missing("FindLabFile", Sender.Admin, $"/labs/{{lab}}/versions/{NoSuchHash}/files/lab.yaml"),
        Missing("FindImage", Sender.Owner, "/images/999999"),
        Wrong("AddImage", Sender.Admin, "/images", new { name = "x", reference = "x:1", kind = "disk" }, "kind"),
        Conflict("AddImage", Sender.Admin, "/images", new { name = "terminal", reference = "x:1", kind = "container" }),
        Wrong("ChangeImage", Sender.Admin, "/images/{image}", new { name = "x", kind = "vm" }, "reference"),
        Missing("ChangeImage", Sender.Admin, "/images/999999", new { name = "x", reference = "x:1", kind = "vm" }),
        Conflict("ChangeImage", Sender.Admin, "/images/{image}", new { name = "tiny-vm", reference = "x:1", kind = "vm" }),
        Missing("RemoveImage", Sender.Admin, "/images/999999"),
        Wrong("BeginImageUpload", Sender.Admin, "/image-uploads", new { name = "x", size = 0, sha256 = "ab" }, "sha256", "size"),
        Conflict("BeginImageUpload", Sender.Admin, "/image-uploads", new { name = "terminal", size = 10 }),
        new("BeginImageUpload", Sender.Admin, "/image-uploads", HttpStatusCode.RequestEntityTooLarge, new { name = "y", size = 1L << 50 }),
        Missing("FindImageUpload", Sender.Admin, "/image-uploads/999999"),
        Wrong("AppendToImageUpload", Sender.Admin, "/image-uploads/{upload}", new Piece(null, [1]), "upload-Offset"),
        Missing("AppendToImageUpload", Sender.Admin, "/image-uploads/999999", new Piece(0, [1])),
        Conflict("AppendToImageUpload", Sender.Admin, "/image-uploads/{upload}", new Piece(3, [1])),
        new("AppendToImageUpload", Sender.Admin, "/image-uploads/{upload}", HttpStatusCode.RequestEntityTooLarge, new Piece(0, new byte[11])),
        new("AppendToImageUpload", Sender.Admin, "/image-uploads/{upload}", HttpStatusCode.UnsupportedMediaType, new { }),
        Missing("RemoveImageUpload", Sender.Admin, "/image-uploads/999999"),
        Wrong("SaveRegistry", Sender.Admin, "/registries/nonsense", new { username = "ada", password = "x" }, "registry"),
        Missing("RemoveRegistry", Sender.Admin, "/registries/r.example.org"),
        Wrong("StartInstance", Sender.Owner, "/instances", new { labId = "one" }, "labId"),
        Wrong("StartInstance", Sender.Owner, "/instances", new { labId = "{wants}", runtime = "podman" }, "runtime"),
        Missing("StartInstance", Sender.Owner, "/instances", new { labId = 999999 }),
        Conflict("StartInstance", Sender.Owner, "/instances", new { labId = "{wants}" }),
        Wrong("ListInstances", Sender.Owner, "/instances?limit=1001", null, "limit"),
        Missing("FindInstance", Sender.Owner, "/instances/999999"),
        Missing("StopInstance", Sender.Owner, "/instances/999999"),
        Missing("PauseInstance", Sender.Owner, "/instances/999999/pause"),
        Conflict("PauseInstance", Sender.Owner, "/instances/{ended}/pause"),
        Missing("ResumeInstance", Sender.Owner, "/instances/999999/resume"),
        Conflict("ResumeInstance", Sender.Owner, "/instances/{ended}/resume"),
        Missing("ListInstanceHistory", Sender.Owner, "/instances/999999/history"),
        Missing("ListMembers", Sender.Owner, "/instances/999999/members"),
        Wrong("SetMember", Sender.Owner, "/instances/{live}/members", new { name = "nobody-at-all", role = "Member" }, "name"),
        Wrong("SetMember", Sender.Owner, "/instances/{live}/members", new { name = ServerFixture.AdminName, role = "Owner" }, "role"),
        Missing("SetMember", Sender.Owner, "/instances/999999/members", new { name = ServerFixture.AdminName, role = "Member" }),
        Conflict("SetMember", Sender.Owner, "/instances/{ended}/members", new { name = ServerFixture.AdminName, role = "Member" }),
        Missing("RemoveMember", Sender.Owner, "/instances/999999/members/1"),
        Conflict("RemoveMember", Sender.Owner, "/instances/{live}/members/{owner}"),
        .. OfMachine("PowerOnMachine", "power-on"),
        .. OfMachine("PowerOffMachine", "power-off"),
        .. OfMachine("RestartMachine", "restart"),
        .. OfMachine("ResetMachine", "reset"),
        Wrong("IssueTicket", Sender.Owner, "/instances/{live}/machines/shell/consoles/terminal/tickets", new { mode = "admire" }, "mode"),
        Missing("IssueTicket", Sender.Owner, "/instances/{live}/machines/shell/consoles/graphical/tickets"),
        Conflict("IssueTicket", Sender.Owner, "/instances/{ended}/machines/shell/consoles/terminal/tickets"),
        Missing("FindScreenshot", Sender.Owner, "/instances/{live}/machines/shell/screenshot"),
        Conflict("FindScreenshot", Sender.Owner, "/instances/{ended}/machines/shell/screenshot"),
        Missing("RemoveOrphan", Sender.Admin, "/system/orphans/memory/999999"),
        Missing("RemoveOrphan", Sender.Admin, "/system/orphans/podman/1"),
    ];

    /// <summary>A body beyond the largest lab.</summary>
    private static string TooLong => new('#', (int)LabOrchestrator.Labs.LabFiles.MaximumBytes + (2 << 20));

    private static Refusal Wrong(string operation, Sender sender, string address, object? body, params string[] fields) =>
        new(operation, sender, address, HttpStatusCode.BadRequest, body, fields);

    private static Refusal Missing(string operation, Sender sender, string address, object? body = null) =>
        new(operation, sender, address, HttpStatusCode.NotFound, body);

    private static Refusal Conflict(string operation, Sender sender, string address, object? body = null) =>
        new(operation, sender, address, HttpStatusCode.Conflict, body);

    private static Refusal[] OfMachine(string operation, string verb) =>
    [
        Missing(operation, Sender.Owner, $"/instances/999999/machines/shell/{verb}"),
        Missing(operation, Sender.Owner, $"/instances/{{live}}/machines/nobody/{verb}"),
        Conflict(operation, Sender.Owner, $"/instances/{{ended}}/machines/shell/{verb}"),
    ];
}

/// <summary>A part of an upload.</summary>
/// <param name="Offset">Where it begins, if that is said.</param>
/// <param name="Bytes">What it is.</param>
public sealed record Piece(long? Offset, byte[] Bytes);
