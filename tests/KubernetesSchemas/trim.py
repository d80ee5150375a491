#!/usr/bin/env python3
"""Trims the published schemas of Kubernetes, KubeVirt and CDI to the kinds that the tests use, without descriptions.

usage: trim.py FOLDER   (a folder with kubernetes-openapi-v3-1.35/, kubevirt-v1.9.0/ and cdi-v1.66.0/)
"""
import json
import pathlib
import shutil
import sys

import yaml

HERE = pathlib.Path(__file__).parent
KINDS = {
    "api_v1": "Namespace Node Pod Service ConfigMap Secret PersistentVolumeClaim PersistentVolume ResourceQuota LimitRange ServiceAccount Event",
    "apis_apps_v1": "Deployment ReplicaSet StatefulSet",
    "apis_networking.k8s.io_v1": "NetworkPolicy Ingress",
    "apis_rbac.authorization.k8s.io_v1": "Role RoleBinding ClusterRole ClusterRoleBinding",
    "apis_storage.k8s.io_v1": "StorageClass",
    "apis_coordination.k8s.io_v1": "Lease",
}
KUBEVIRT = [  # schema file, group, version, kind, plural, short names, scope, has status
    ("virtualmachine", "kubevirt.io", "v1", "VirtualMachine", "virtualmachines", ["vm", "vms"], "Namespaced", True),
    ("virtualmachineinstance", "kubevirt.io", "v1", "VirtualMachineInstance", "virtualmachineinstances", ["vmi", "vmis"], "Namespaced", False),
    ("kubevirt", "kubevirt.io", "v1", "KubeVirt", "kubevirts", ["kv", "kvs"], "Namespaced", True),
    ("virtualmachineinstancetype", "instancetype.kubevirt.io", "v1beta1", "VirtualMachineInstancetype", "virtualmachineinstancetypes", ["vminstancetype"], "Namespaced", False),
    ("virtualmachineclusterinstancetype", "instancetype.kubevirt.io", "v1beta1", "VirtualMachineClusterInstancetype", "virtualmachineclusterinstancetypes", ["vmclusterinstancetype"], "Cluster", False),
    ("virtualmachinepreference", "instancetype.kubevirt.io", "v1beta1", "VirtualMachinePreference", "virtualmachinepreferences", ["vmpref"], "Namespaced", False),
    ("virtualmachineclusterpreference", "instancetype.kubevirt.io", "v1beta1", "VirtualMachineClusterPreference", "virtualmachineclusterpreferences", ["vmcp"], "Cluster", False),
]
CDI = ["datavolume", "cdi"]
DROP = {"description", "example", "x-kubernetes-unions", "x-kubernetes-group-version-kind"}


def lean(node, is_properties=False):
    """The same schema without words and without defaults that are zero; `allOf` of one reference becomes the reference itself."""
    if isinstance(node, list):
        return [lean(n) for n in node]
    if not isinstance(node, dict):
        return node
    if is_properties:
        return {k: lean(v) for k, v in node.items()}
    result = {k: lean(v, k == "properties") for k, v in node.items() if k not in DROP and not (k == "default" and v in ({}, "", 0) and v is not False)}
    if list(result.get("allOf", [])) and len(result["allOf"]) == 1 and "$ref" in result["allOf"][0]:
        result["$ref"] = result.pop("allOf")[0]["$ref"]
    if "$ref" in result:
        result["$ref"] = result["$ref"].rsplit("/", 1)[-1]
    return result


def references(node):
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def write(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, separators=(",", ":"), sort_keys=True) + "\n")


def kubernetes(source):
    kinds, definitions = {}, {}
    for document, names in KINDS.items():
        schemas = json.loads((source / f"{document}_openapi.json").read_text())["components"]["schemas"]
        for name, schema in schemas.items():
            for gvk in schema.get("x-kubernetes-group-version-kind", []):
                if gvk["kind"] in names.split() and name.endswith("." + gvk["kind"]):
                    kinds["/".join(filter(None, [gvk["group"], gvk["version"], gvk["kind"]]))] = name
                    wanted = [name]
                    while wanted:
                        one = wanted.pop()
                        if one not in definitions:
                            definitions[one] = lean(schemas[one])
                            wanted += references(definitions[one])
    lines = [f"  {json.dumps(k)}: {json.dumps(definitions[k], separators=(',', ':'), sort_keys=True)}" for k in sorted(definitions)]
    (HERE / "kubernetes").mkdir(exist_ok=True)
    (HERE / "kubernetes" / "schemas.json").write_text(
        '{"kinds": ' + json.dumps(kinds, indent=1, sort_keys=True) + ',\n"definitions": {\n' + ",\n".join(lines) + "\n}}\n")


def definition(group, version, kind, plural, short, scope, status, schema):
    served = {"name": version, "served": True, "storage": True, "schema": {"openAPIV3Schema": lean(schema)}}
    if status:
        served["subresources"] = {"status": {}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group, "scope": scope, "versions": [served],
            "names": {"kind": kind, "listKind": kind + "List", "plural": plural, "singular": kind.lower(), "shortNames": short}}}


def kubevirt(source):
    for file, group, version, kind, plural, short, scope, status in KUBEVIRT:
        schema = yaml.safe_load((source / "crd-schemas" / f"{file}.openapi-v3-schema.yaml").read_text())["openAPIV3Schema"]
        if kind == "KubeVirt":  # the operator's object: read by us, never written
            schema = {"type": "object", "properties": {p: {"type": "object", "x-kubernetes-preserve-unknown-fields": True} for p in ("spec", "status")}}
        write(HERE / "kubevirt" / f"{plural}.{group}.json", definition(group, version, kind, plural, short, scope, status, schema))


def cdi(source):
    for file in CDI:
        crd = yaml.safe_load((source / "crds" / f"{file}.crd.yaml").read_text())
        spec = crd["spec"]
        version = next(v for v in spec["versions"] if v["storage"])
        schema = version["schema"]["openAPIV3Schema"]
        if file == "cdi":
            schema = {"type": "object", "properties": {p: {"type": "object", "x-kubernetes-preserve-unknown-fields": True} for p in ("spec", "status")}}
        names = spec["names"]
        write(HERE / "cdi" / f"{names['plural']}.{spec['group']}.json", definition(
            spec["group"], version["name"], names["kind"], names["plural"], names.get("shortNames", []), spec["scope"],
            "status" in version.get("subresources", {}), schema))


def main():
    source = pathlib.Path(sys.argv[1])
    for folder, origin, trim in (
            ("kubernetes", "kubernetes-openapi-v3-1.35", kubernetes), ("kubevirt", "kubevirt-v1.9.0", kubevirt), ("cdi", "cdi-v1.66.0", cdi)):
        trim(source / origin)
        shutil.copyfile(source / origin / "LICENSE", HERE / folder / "LICENSE")


main()
