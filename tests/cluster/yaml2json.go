package main

import (
	"encoding/json"
	"os"

	"sigs.k8s.io/yaml"
)

// Prints for each file named, one document a file, a line [name, document, error], read as kubectl reads it: the tests are
// in Python, whose library has no YAML, and evenkeel's own reader may not judge itself.
func runYAMLToJSON() int {
	lines := json.NewEncoder(os.Stdout)
	for _, name := range os.Args[1:] {
		var document json.RawMessage = []byte("null")
		problem := ""
		bytes, err := os.ReadFile(name)
		if err == nil {
			bytes, err = yaml.YAMLToJSON(bytes)
		}
		if err == nil {
			document = bytes
		} else {
			problem = err.Error()
		}
		if lines.Encode([]any{name, document, problem}) != nil {
			return 1
		}
	}
	return 0
}
