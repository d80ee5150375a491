using LabOrchestrator.Server.Configuration;

namespace LabOrchestrator.Server.Tests.Configuration;

public sealed class SettingsTests
{
    // Settings that may be any text.
    private static readonly string[] AnyText = ["Http__CertificatePassword", "Kubernetes__Context"];

    private static readonly Dictionary<string, string> WrongTexts = new()
    {
        ["DataDirectory"] = "here",
        ["Admin__Password"] = "short",
        ["Http__Certificate"] = "/nowhere.pem",
        ["Http__CertificateKey"] = "/nowhere.key",
        ["Postgres__ConnectionString"] = "the usual one",
        ["Postgres__RunDirectory"] = "run",
        ["Docker__Endpoint"] = "tcp://engine:2375",
        ["Docker__RunDirectory"] = "/run/a:b",
        ["Docker__AddressPool"] = "10.0.0.0/33",
        ["Docker__LauncherImage"] = "Not an image",
        ["Docker__HelperImage"] = "x:y:z",
        ["Kubernetes__Kubeconfig"] = "kubeconfig",
        ["Kubernetes__HelperImage"] = "x:y:z",
        ["Kubernetes__BaseImages"] = "Not an image",
        ["Kubernetes__ClusterDomain"] = "no domain",
        ["Kubernetes__ClusterDns"] = "kube-dns",
        ["Kubernetes__ServerNamespace"] = "a.b",
        ["Kubernetes__StorageClass"] = "Fast!",
        ["Kubernetes__Forbidden"] = "10.0.0.0/33",
        ["Kubernetes__ObjectsRole"] = "system:admin",
        ["Apps__Domain"] = "no domain",
        ["Labs__Directory"] = "/nowhere",
        ["Images__StateFile"] = "images.json",
    };

    public static TheoryData<string> Keys => [.. ConfigurationReference.Keys];

    [Theory]
    [InlineData("Http__Port", "abc", "LABORCHESTRATOR_Http__Port must be a whole number, not \"abc\".")]
    [InlineData("Http__Port", "70000", "LABORCHESTRATOR_Http__Port must be a whole number from 0 to 65535, not 70000.")]
    [InlineData("Http__Listen", "everywhere", "LABORCHESTRATOR_Http__Listen must be an IP address, localhost or *, not \"everywhere\".")]
    [InlineData(
        "Http__Listen",
        "0.0.0.0",
        "LABORCHESTRATOR_Http__Listen is \"0.0.0.0\", which other machines reach: give a certificate (LABORCHESTRATOR_Http__Certificate), ask for a "
        + "self-signed one (LABORCHESTRATOR_Http__SelfSigned=true), or say that a TLS proxy is in front (LABORCHESTRATOR_Http__BehindProxy=true).")]
    [InlineData("Http__SelfSigned", "yes", "LABORCHESTRATOR_Http__SelfSigned must be true or false, not \"yes\".")]
    [InlineData("Http__Certificate", "/nowhere.pem", "LABORCHESTRATOR_Http__Certificate must be the path of a file that the server can read; there is none at \"/nowhere.pem\".")]
    [InlineData("Admin__Name", "a:b", "LABORCHESTRATOR_Admin__Name must be 1 to 64 letters, digits and . _ @ + - in between, not \"a:b\".")]
    [InlineData("Admin__Password", "short", "LABORCHESTRATOR_Admin__Password must have at least 8 characters; or leave it out to have one generated.")]
    [InlineData("DataDirectory", "here", "LABORCHESTRATOR_DataDirectory must be an absolute path, not \"here\".")]
    [InlineData("Runtime__Name", "podman", "LABORCHESTRATOR_Runtime__Name must be docker, kubernetes or memory, not \"podman\".")]
    [InlineData("Apps__Domain", "1.2.3.4", "LABORCHESTRATOR_Apps__Domain must be a domain name, such as apps.example.org, not \"1.2.3.4\".")]
    [InlineData("Apps__Domain", "apps.example.org.", "LABORCHESTRATOR_Apps__Domain must be a domain name, such as apps.example.org, not \"apps.example.org.\".")]
    [InlineData("Docker__Forbidden", "203.0.113.0/24, 10.0.0.0/33", "LABORCHESTRATOR_Docker__Forbidden must be IPv4 subnets such as 203.0.113.0/24 with commas between; \"10.0.0.0/33\" is none.")]
    [InlineData("Docker__NameServers", "9.9.9.9, dns.example.org", "LABORCHESTRATOR_Docker__NameServers must be IPv4 addresses with commas between; \"dns.example.org\" is none.")]
    [InlineData("PrototypeApi__Enabled", "1", "LABORCHESTRATOR_PrototypeApi__Enabled must be true or false, not \"1\".")]
    [InlineData("Labs__Directory", "/nowhere", "LABORCHESTRATOR_Labs__Directory must be a folder that the server can read; there is none at \"/nowhere\".")]
    [InlineData("Limits__Instances", "0", "LABORCHESTRATOR_Limits__Instances must be a whole number from 1 to 100000, not 0.")]
    [InlineData("Limits__MemoryBytes", "8GB", "LABORCHESTRATOR_Limits__MemoryBytes must be a whole number, not \"8GB\".")]
    public void A_wrong_value_is_refused_in_one_sentence_with_its_key(string key, string value, string sentence)
    {
        var refusal = Should.Throw<SettingsException>(() => Settings.From([KeyValuePair.Create(key, (string?)value)]));

        refusal.Sentences.ShouldBe([sentence]);
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void Every_setting_refuses_what_it_cannot_be_by_its_name(string key)
    {
        if (AnyText.Contains(key))
        {
            return;
        }

        var wrong = WrongTexts.GetValueOrDefault(key) ?? "neither a number nor true or false";

        var refusal = Should.Throw<SettingsException>(() => Settings.From([KeyValuePair.Create(key, (string?)wrong)]), key);

        refusal.Sentences[0].ShouldStartWith($"LABORCHESTRATOR_{key} ");
    }

    [Fact]
    public void All_wrong_values_are_named_at_once()
    {
        var refusal = Should.Throw<SettingsException>(() => Settings.From(new Dictionary<string, string?>
        {
            ["Http__Port"] = "x",
            ["Runtime__Name"] = "y",
            ["Limits__ParallelStarts"] = "-1",
        }));

        refusal.Sentences.Count.ShouldBe(3);
    }

    [Fact]
    public void An_unknown_key_is_warned_of_with_the_names_that_are_near()
    {
        var settings = Settings.From(new Dictionary<string, string?>
        {
            ["Http__Prot"] = "80",
            ["Completely__Different"] = "x",
            ["http__port"] = "81",
            ["Logging__LogLevel__Default"] = "Debug",
            ["CACHE"] = "/tmp",
        });

        settings.Http.Port.ShouldBe(81);
        settings.Warnings.Order().ShouldBe(
        [
            "LABORCHESTRATOR_Completely__Different is not a setting and is ignored.",
            "LABORCHESTRATOR_Http__Prot is not a setting and is ignored. Did you mean LABORCHESTRATOR_Http__Port?",
        ]);
    }

    [Theory]
    [InlineData("localhost", null, true)]
    [InlineData("127.0.0.1", null, true)]
    [InlineData("::1", null, true)]
    [InlineData("*", null, false)]
    [InlineData("*", "true", true)]
    [InlineData("localhost", "false", false)]
    public void The_prototype_is_served_by_default_only_on_loopback(string listen, string? enabled, bool expected)
    {
        var settings = Settings.From(new Dictionary<string, string?>
        {
            ["Http__Listen"] = listen,
            ["Http__BehindProxy"] = "true",
            ["PrototypeApi__Enabled"] = enabled,
        });

        settings.ServesPrototypeApi.ShouldBe(expected);
    }
}
