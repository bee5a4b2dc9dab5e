package files

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"go.yaml.in/yaml/v3"
)

// What no program at hand reads itself is YAML at least, without a key that stands twice.
func TestFilesOfTheStackAreYAML(t *testing.T) {
	root := "../../.."
	files := []string{filepath.Join(root, "docker-compose.yaml"), filepath.Join(root, "docker-compose.test.yml")}
	for _, folder := range []string{"observability", "provisioning", "grafana/provisioning"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, entry fs.DirEntry, err error) error {
			if end := filepath.Ext(path); end == ".yaml" || end == ".yml" {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(files) < 10 {
		t.Fatalf("only %d files were found", len(files))
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var content map[string]any
		if err := yaml.Unmarshal(text, &content); err != nil || len(content) == 0 {
			t.Errorf("%s: %v", file, err)
		}
	}
}
