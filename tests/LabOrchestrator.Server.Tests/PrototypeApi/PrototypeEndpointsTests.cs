using System.Net;
using System.Net.WebSockets;
using static LabOrchestrator.Server.Tests.PrototypeApi.PrototypeFixture;

namespace LabOrchestrator.Server.Tests.PrototypeApi;

public sealed class PrototypeEndpointsTests(PrototypeFixture prototype) : IClassFixture<PrototypeFixture>
{
    [Theory]
    [InlineData("/api/users", "", "password,username")]
    [InlineData("/api/users", "username=a:b&password=short", "password,username")]
    [InlineData("/docker_image", "", "name,url")]
    [InlineData("/docker_image", "name=with blanks&urls=NOT A REFERENCE", "name,url")]
    [InlineData("/lab", "", "docker_image_id,docker_image_name,name,namespace_prefix")]
    [InlineData("/lab", "name=x&namespace_prefix=Not_a_Label&docker_image_id=x&docker_image_name=x", "docker_image_id,namespace_prefix")]
    [InlineData("/lab", "name=x&namespace_prefix=x&docker_image_id=4711&docker_image_name=x", "docker_image_id")]
    [InlineData("/lab", "name=x&namespace_prefix=x&docker_image_id=IMAGE&docker_image_name=Not_a_Name", "docker_image_name")]
    [InlineData("/lab_instance", "", "lab_id")]
    [InlineData("/lab_instance", "lab_id=-1", "lab_id")]
    [InlineData("/lab_instance", "lab_id=4711", "lab_id")]
    public async Task Wrong_parameters_are_named_whether_in_a_form_in_JSON_or_in_the_query(string route, string parameters, string wrong)
    {
        parameters = parameters.Replace("IMAGE", $"{prototype.ImageId}", StringComparison.Ordinal);
        var fields = parameters.Split('&', StringSplitOptions.RemoveEmptyEntries);
        var json = JsonContent.Create(fields.ToDictionary(f => f.Split('=')[0], f => f.Split('=')[1]));

        string.Join(',', await prototype.Admin.PostAsync(route, Form(fields)).WrongFieldsAsync()).ShouldBe(wrong);
        string.Join(',', await prototype.Admin.PostAsync($"{route}/", json).WrongFieldsAsync()).ShouldBe(wrong);
        string.Join(',', await prototype.Admin.PostAsync($"{route}?{parameters}", null).WrongFieldsAsync()).ShouldBe(wrong);
    }

    [Theory]
    [InlineData("[]", "")]
    [InlineData("{", "")]
    [InlineData("""{"lab_id": {"a": 1}}""", "lab_id")]
    [InlineData("""{"lab_id": "\ud800"}""", "")]
    [InlineData("""{"\udc00": "1"}""", "")]
    public async Task A_body_that_is_no_object_of_texts_and_numbers_is_refused(string body, string wrong)
    {
        using var content = new StringContent(body, null, "application/json");

        (await prototype.Admin.PostAsync("/lab_instance", content).WrongFieldsAsync()).ShouldContain(wrong);
    }

    [Fact]
    public async Task A_form_that_is_cut_off_is_refused()
    {
        using var content = new StringContent("--x\r\nContent-Disposition: form-data; name=lab_id\r\n\r\n1", null, "multipart/form-data");
        content.Headers.ContentType!.CharSet = null;
        content.Headers.ContentType.Parameters.Add(new("boundary", "x"));

        (await prototype.Admin.PostAsync("/lab_instance", content).WrongFieldsAsync()).ShouldContain("");
    }

    [Theory]
    [InlineData("GET", "/api/users/4711")]
    [InlineData("GET", "/docker_image/4711")]
    [InlineData("DELETE", "/docker_image/4711")]
    [InlineData("GET", "/lab/4711")]
    [InlineData("DELETE", "/lab/4711")]
    [InlineData("GET", "/lab_instance/4711")]
    [InlineData("DELETE", "/lab_instance/4711")]
    [InlineData("GET", "/lab_instance/4711/virtual_machine_instances")]
    [InlineData("GET", "/lab_instance/4711/virtual_machine_instances/box")]
    public async Task Unknown_things_are_not_found(string method, string route)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), route);

        await prototype.Admin.SendAsync(request).ProblemAsync(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Only_those_who_may_change_images_and_labs()
    {
        using var somebody = await prototype.ClientAsync();

        await somebody.PostAsync("/docker_image", Form("name=x", "url=x")).ProblemAsync(HttpStatusCode.Forbidden);
        await somebody.DeleteAsync($"/docker_image/{prototype.ImageId}").ProblemAsync(HttpStatusCode.Forbidden);
        await somebody.PostAsync("/lab", Form("name=x")).ProblemAsync(HttpStatusCode.Forbidden);
        await somebody.DeleteAsync($"/lab/{prototype.LabId}").ProblemAsync(HttpStatusCode.Forbidden);
        (await somebody.GetAsync($"/lab/{prototype.LabId}").JsonAsync()).GetProperty("docker_image_name").GetString().ShouldBe("box");
        (await somebody.GetAsync($"/docker_image/{prototype.ImageId}/").JsonAsync()).GetProperty("name").GetString().ShouldBe("box");
    }

    [Fact]
    public async Task Taken_names_conflict()
    {
        using var nobody = prototype.Server.Client();
        await nobody.PostAsync("/api/users", Form("username=twice", "password=secret")).JsonAsync(HttpStatusCode.Created);

        await nobody.PostAsync("/api/users", Form("username=Twice", "password=secret")).ProblemAsync(HttpStatusCode.Conflict);
        await prototype.Admin.PostAsync("/docker_image", Form("name=box", "url=x")).ProblemAsync(HttpStatusCode.Conflict);
        await prototype.Admin.PostAsync("/lab", Form(
            "name=Other", "namespace_prefix=a-box", $"docker_image_id={prototype.ImageId}", "docker_image_name=x")).ProblemAsync(HttpStatusCode.Conflict);
        await prototype.Admin.PostAsync("/lab", Form(
            "name=A box", "namespace_prefix=other", $"docker_image_id={prototype.ImageId}", "docker_image_name=x")).ProblemAsync(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task A_lab_and_an_image_can_be_removed_again()
    {
        var image = await IdAsync(prototype.Admin.PostAsync("/docker_image?name=short-lived&url=registry.example.org:5000/team/image:1", null));
        var lab = await IdAsync(prototype.Admin.PostAsync("/lab", Form(
            "name=\"Quoted\" \\ and: odd # text 🧩", "namespace_prefix=short-lived", "description=two\nlines", $"docker_image_id={image}", "docker_image_name=m")));

        var answer = await prototype.Admin.GetAsync($"/lab/{lab}").JsonAsync();
        answer.GetProperty("name").GetString().ShouldBe("\"Quoted\" \\ and: odd # text 🧩");
        answer.GetProperty("description").GetString().ShouldBe("two\nlines");
        (await prototype.Admin.DeleteAsync($"/lab/{lab}").StatusAsync()).ShouldBe(HttpStatusCode.NoContent);
        (await prototype.Admin.GetAsync($"/lab/{lab}").StatusAsync()).ShouldBe(HttpStatusCode.NotFound);
        (await prototype.Admin.DeleteAsync($"/docker_image/{image}").StatusAsync()).ShouldBe(HttpStatusCode.NoContent);
        (await prototype.Admin.GetAsync($"/docker_image/{image}").StatusAsync()).ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_second_start_answers_the_first_instance_and_what_is_deleted_is_gone()
    {
        using var somebody = await prototype.ClientAsync();
        var id = await IdAsync(somebody.PostAsync($"/lab_instance/?lab_id={prototype.LabId}", null));

        (await somebody.PostAsync("/lab_instance", Form($"lab_id={prototype.LabId}")).JsonAsync()).GetProperty("id").GetInt64().ShouldBe(id);
        (await somebody.GetAsync("/lab_instance").JsonAsync()).EnumerateArray().Select(i => i.GetProperty("id").GetInt64()).ShouldBe([id]);
        var machine = await somebody.GetAsync($"/lab_instance/{id}/virtual_machine_instances/box").JsonAsync();
        machine.GetProperty("kind").GetString().ShouldBe("VirtualMachineInstance");
        await somebody.GetAsync($"/lab_instance/{id}/virtual_machine_instances/other").ProblemAsync(HttpStatusCode.NotFound);
        (await somebody.DeleteAsync($"/lab_instance/{id}").StatusAsync()).ShouldBe(HttpStatusCode.NoContent);
        await somebody.GetAsync($"/lab_instance/{id}").ProblemAsync(HttpStatusCode.NotFound);
        (await somebody.GetAsync("/lab_instance").JsonAsync()).GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task Instances_and_accounts_of_others_do_not_exist()
    {
        using var owner = await prototype.ClientAsync();
        using var other = await prototype.ClientAsync();
        var instance = await owner.PostAsync("/lab_instance", Form($"lab_id={prototype.LabId}")).JsonAsync(HttpStatusCode.Created);
        var id = instance.GetProperty("id").GetInt64();
        var token = (await other.GetAsync("/api/token").JsonAsync()).GetProperty("token").GetString();

        await other.GetAsync($"/lab_instance/{id}").ProblemAsync(HttpStatusCode.NotFound);
        await other.DeleteAsync($"/lab_instance/{id}").ProblemAsync(HttpStatusCode.NotFound);
        await other.GetAsync($"/lab_instance/{id}/virtual_machine_instances").ProblemAsync(HttpStatusCode.NotFound);
        await other.GetAsync($"/api/users/{instance.GetProperty("user_id").GetInt64()}").ProblemAsync(HttpStatusCode.NotFound);
        (await other.GetAsync("/lab_instance").JsonAsync()).GetArrayLength().ShouldBe(0);
        (await OpenAsync(prototype.Server, $"/{id}/{token}")).ShouldBe(HttpStatusCode.NotFound);
        (await owner.GetAsync($"/api/users/{instance.GetProperty("user_id").GetInt64()}").JsonAsync()).GetProperty("admin").GetBoolean().ShouldBeFalse();
    }

    [Fact]
    public async Task Pages_in_a_browser_cannot_use_the_routes_that_change_something()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/users") { Content = Form("username=victim", "password=secret") };
        request.Headers.Add("Origin", prototype.Server.Address.GetLeftPart(UriPartial.Authority));

        await prototype.Server.Client().SendAsync(request).ProblemAsync(HttpStatusCode.Forbidden);
    }

    [Theory]
    [InlineData("false", null, HttpStatusCode.NotFound)]
    [InlineData(null, "*", HttpStatusCode.NotFound)]
    [InlineData("true", "*", HttpStatusCode.Unauthorized)]
    public async Task Beyond_loopback_the_routes_are_there_only_on_request(string? enabled, string? listen, HttpStatusCode expected)
    {
        await using var server = await ServerFixture.StartAsync(new Dictionary<string, string?>
        {
            ["PrototypeApi__Enabled"] = enabled,
            ["Http__Listen"] = listen,
            ["Http__BehindProxy"] = listen is null ? null : "true",
        });
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{server.Address.Port}") };

        (await client.GetAsync("/lab_instance").StatusAsync()).ShouldBe(expected);
    }

    internal static async Task<HttpStatusCode> OpenAsync(ServerFixture server, string path)
    {
        using var browser = new ClientWebSocket();
        browser.Options.CollectHttpResponseDetails = true;
        await Should.ThrowAsync<WebSocketException>(() => browser.ConnectAsync(new Uri($"ws://localhost:{server.Address.Port}{path}"), default));
        return browser.HttpStatusCode;
    }
}
