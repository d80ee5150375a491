// Renders a chart as 'helm template' does, by what Helm itself is made of: Go's text/template, sprig, gojsonschema and YAML through
// JSON. For tests on machines without Helm; charts with dependencies, hooks and CRDs are beyond it.
//
//	render CHART RELEASE NAMESPACE [VALUES…]
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
	"github.com/ghodss/yaml"
	"github.com/xeipuuv/gojsonschema"
)

type values = map[string]interface{}

// The files of a chart beside its templates.
type files struct{ folder string }

func (f files) Get(name string) string {
	content, err := os.ReadFile(filepath.Join(f.folder, name))
	if err != nil {
		return ""
	}
	return string(content)
}

func main() {
	if len(os.Args) < 4 {
		fail(fmt.Errorf("usage: render CHART RELEASE NAMESPACE [VALUES…]"))
	}
	chart, release, namespace := os.Args[1], os.Args[2], os.Args[3]
	merged := read(filepath.Join(chart, "values.yaml"))
	for _, file := range os.Args[4:] {
		merged = merge(merged, read(file))
	}
	check(filepath.Join(chart, "values.schema.json"), merged)
	describe := read(filepath.Join(chart, "Chart.yaml"))
	context := values{
		"Values": merged,
		"Files":  files{chart},
		"Chart": values{
			"Name": describe["name"], "Version": describe["version"], "AppVersion": describe["appVersion"], "Type": describe["type"]},
		"Release": values{
			"Name": release, "Namespace": namespace, "Service": "Helm", "Revision": 1, "IsInstall": true, "IsUpgrade": false},
		"Capabilities": values{"KubeVersion": values{"Version": "v1.35.0", "Major": "1", "Minor": "35"}},
	}
	print(render(chart, fmt.Sprint(describe["name"]), context))
}

func render(chart, name string, context values) string {
	root := template.New("chart").Option("missingkey=zero")
	root.Funcs(functions(root))
	var names []string
	found, err := filepath.Glob(filepath.Join(chart, "templates", "*"))
	fail(err)
	for _, file := range found {
		content, err := os.ReadFile(file)
		fail(err)
		names = append(names, name+"/templates/"+filepath.Base(file))
		_, err = root.New(names[len(names)-1]).Parse(string(content))
		fail(err)
	}
	sort.Strings(names)
	var output strings.Builder
	for _, each := range names {
		base := filepath.Base(each)
		if strings.HasPrefix(base, "_") {
			continue
		}
		context["Template"] = values{"Name": each, "BasePath": name + "/templates"}
		var text bytes.Buffer
		fail(root.ExecuteTemplate(&text, each, context))
		rendered := strings.ReplaceAll(text.String(), "<no value>", "")
		if base == "NOTES.txt" {
			rendered = "# " + strings.ReplaceAll(strings.TrimSpace(rendered), "\n", "\n# ")
		}
		if strings.TrimSpace(rendered) != "" {
			fmt.Fprintf(&output, "---\n# Source: %s\n%s\n", each, rendered)
		}
	}
	return output.String()
}

// What Helm adds to sprig, and what it takes away.
func functions(root *template.Template) template.FuncMap {
	all := sprig.TxtFuncMap()
	delete(all, "env")
	delete(all, "expandenv")
	all["toYaml"] = func(value interface{}) string {
		text, err := yaml.Marshal(value)
		if err != nil {
			return ""
		}
		return strings.TrimSuffix(string(text), "\n")
	}
	all["include"] = func(name string, data interface{}) (string, error) {
		var text strings.Builder
		err := root.ExecuteTemplate(&text, name, data)
		return text.String(), err
	}
	all["tpl"] = func(text string, data interface{}) (string, error) {
		copied, err := root.Clone()
		if err != nil {
			return "", err
		}
		parsed, err := copied.New("tpl").Parse(text)
		if err != nil {
			return "", err
		}
		var result strings.Builder
		err = parsed.Execute(&result, data)
		return strings.ReplaceAll(result.String(), "<no value>", ""), err
	}
	all["required"] = func(warning string, value interface{}) (interface{}, error) {
		if value == nil || value == "" {
			return nil, fmt.Errorf("%s", warning)
		}
		return value, nil
	}
	// As 'helm template', which asks no cluster.
	all["lookup"] = func(string, string, string, string) values { return values{} }
	return all
}

func read(file string) values {
	content, err := os.ReadFile(file)
	fail(err)
	result := values{}
	fail(yaml.Unmarshal(content, &result))
	return result
}

// Later values win, maps are merged, and null takes a key away.
func merge(under, over values) values {
	for key, value := range over {
		below, isMap := under[key].(values)
		if above, areBoth := value.(values); isMap && areBoth {
			under[key] = merge(below, above)
		} else if value == nil {
			delete(under, key)
		} else {
			under[key] = value
		}
	}
	return under
}

func check(schema string, merged values) {
	rules, err := os.ReadFile(schema)
	fail(err)
	document, err := json.Marshal(merged)
	fail(err)
	result, err := gojsonschema.Validate(gojsonschema.NewBytesLoader(rules), gojsonschema.NewBytesLoader(document))
	fail(err)
	for _, mistake := range result.Errors() {
		fmt.Fprintf(os.Stderr, "values don't meet the schema: %s\n", mistake)
	}
	if !result.Valid() {
		os.Exit(1)
	}
}

func print(text string) { fmt.Print(text) }

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
