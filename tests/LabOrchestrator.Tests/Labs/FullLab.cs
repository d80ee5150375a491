using System.Text;

namespace LabOrchestrator.Labs;

/// <summary>A lab that uses every key.</summary>
internal static class FullLab
{
    public const string Yaml =
        """
        name: full
        title: Everything
        description: |
          Two lines
          of text.
        networks:
          - {name: left, subnet: 10.0.0.0/24, internet: true}
          - {name: right}
        requires: [layer2]
        instances: {perUser: 3}
        onLoss: fail
        instructions: [instructions/01-start.md]
        kubernetes:
          objects:
            - apiVersion: v1
              kind: ConfigMap
              metadata: {name: settings}
              data: {level: easy, "count": "3"}
            - {apiVersion: v1, kind: Service, metadata: {name: database}, spec: {ports: [{port: 5432}]}}
        machines:
          - name: server
            title: The server
            image: tiny-vm
            cpus: 2
            memory: 1Gi
            disk: 2GB
            consoles: [terminal, {kind: web, name: page, port: 80}]
            credentials: [{username: lab, password: "1234"}, {username: root}]
            networks: [{name: left, address: 10.0.0.5}, right]
            cloudInit:
              userDataFile: server.sh
              networkData: |
                version: 2
            kubernetes:
              instancetype: u1.medium
              preference: windows.11
              patch: {spec: {template: {spec: {nodeSelector: {disk: fast}}}}}
          - name: second
            image: debian-vm
            cloudInit:
              userData: |
                #cloud-config
                packages: [nginx]
          - name: client
            image: terminal
            cpus: 0.5
            memory: 1.5GiB
            privileges: [network-admin, sudo, raw-network]
            environment: {B: 1, A: "", C: yes, D: true}
            command: [sleep, 3600]
            volumes: [{path: /data, size: 1GiB}]
            networks: [left]

        """;

    public static LabFiles Files => FilesOf(Yaml);

    /// <summary>The files of that lab with another definition.</summary>
    public static LabFiles FilesOf(string yaml) => new(
        new (string Path, string Text)[]
        {
            ("lab.yaml", yaml), ("instructions/01-start.md", "# Start"), ("server.sh", "#!/bin/sh\necho\n"),
        }.Select(f => KeyValuePair.Create(f.Path, (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(f.Text))));
}
