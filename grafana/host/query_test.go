package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// The demo's history ends here; its incident lasts ten minutes up to then.
const (
	demoEnd      = "2026-01-31T12:00:00Z"
	demoFromMS   = "1769860200000"
	demoToMS     = "1769860800000"
	demoDatabase = "kulprit_demo"
)

func kulprit(t *testing.T, arguments ...string) {
	t.Helper()
	out, err := exec.Command(program(t), arguments...).CombinedOutput()
	if err != nil {
		t.Fatalf("kulprit %v: %v\n%s", arguments, err, out)
	}
}

// frame is one as a panel gets it.
type frame struct {
	t      *testing.T
	kind   string
	names  []string
	types  []string
	labels []map[string]any
	units  []string
	values [][]any
	meta   map[string]any
}

func (s served) query(queries ...map[string]any) (int, map[string]any) {
	s.t.Helper()
	for i, query := range queries {
		query["datasource"] = map[string]any{"uid": "kulprit"}
		if query["refId"] == nil {
			query["refId"] = string(rune('A' + i))
		}
	}
	got := s.call("POST", "/api/ds/query", map[string]any{"from": demoFromMS, "to": demoToMS, "queries": queries})
	results, ok := got.json(s.t)["results"].(map[string]any)
	if !ok {
		s.t.Fatalf("%d %s", got.status, got.text)
	}
	return got.status, results
}

// frame is the answer to a query that has one.
func (s served) frame(query map[string]any) frame {
	s.t.Helper()
	_, results := s.query(query)
	result := results[query["refId"].(string)].(map[string]any)
	if result["error"] != nil {
		s.t.Fatalf("%v: %v", query, result["error"])
	}
	frames := result["frames"].([]any)
	if len(frames) != 1 {
		s.t.Fatalf("%v: %d frames", query, len(frames))
	}
	whole := frames[0].(map[string]any)
	schema := whole["schema"].(map[string]any)
	read := frame{t: s.t, meta: schema["meta"].(map[string]any)}
	read.kind, _ = read.meta["type"].(string)
	for _, one := range schema["fields"].([]any) {
		field := one.(map[string]any)
		config, _ := field["config"].(map[string]any)
		unit, _ := config["unit"].(string)
		labels, _ := field["labels"].(map[string]any)
		read.names = append(read.names, field["name"].(string))
		read.types = append(read.types, field["type"].(string))
		read.units = append(read.units, unit)
		read.labels = append(read.labels, labels)
	}
	for _, column := range whole["data"].(map[string]any)["values"].([]any) {
		values, _ := column.([]any)
		read.values = append(read.values, values)
	}
	return read
}

func (f frame) column(name string) []any {
	f.t.Helper()
	for i, known := range f.names {
		if known == name {
			return f.values[i]
		}
	}
	f.t.Fatalf("there is no field %s in %v", name, f.names)
	return nil
}

// TestQueries runs on the demo's incident: payment is the culprit.
func TestQueries(t *testing.T) {
	data := t.TempDir()
	kulprit(t, "demo", "--once", "--data", filepath.Join(data, "kulprit"), "--at", demoEnd, "--minutes", "60")
	settings := filepath.Join(t.TempDir(), "settings.json")
	// A machine that is busy with other tests has time to answer.
	set := fmt.Sprintf(`{"database":%q,"config":{"server":{"query_timeout_seconds":120}}}`, demoDatabase)
	text := fmt.Sprintf(`{"apps":[{"jsonData":%s}],"dataSources":[{"uid":"kulprit","jsonData":%s}]}`, set, set)
	if err := os.WriteFile(settings, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := serve(t, Options{Data: data, Settings: settings})

	t.Run("tables", func(t *testing.T) {
		s := served{t, s.host, s.url}
		for kind, want := range map[string]struct{ name, unit string }{
			"changes":        {"rate_change", "percentunit"},
			"services":       {"p95_ms", "ms"},
			"objectives":     {"target", "percent"},
			"error_patterns": {"share", "percentunit"},
			"suspects":       {"confidence", "percent"},
		} {
			got := s.frame(map[string]any{"kind": kind})
			if got.kind != "table" || len(got.column("service")) == 0 {
				t.Errorf("%s: %s with %d rows", kind, got.kind, len(got.column("service")))
			}
			for i, name := range got.names {
				if name == want.name && got.units[i] != want.unit {
					t.Errorf("%s: %s is in %q", kind, name, got.units[i])
				}
				if len(got.values[i]) != len(got.values[0]) {
					t.Errorf("%s: %s has %d values, not %d", kind, name, len(got.values[i]), len(got.values[0]))
				}
			}
			got.column(want.name)
		}
		suspects := s.frame(map[string]any{"kind": "suspects"})
		if suspects.column("service")[0] != "payment" || suspects.column("confidence")[0] == nil {
			t.Errorf("the culprit is payment: %v %v", suspects.column("service"), suspects.column("confidence"))
		}
	})
	t.Run("series", func(t *testing.T) {
		s := served{t, s.host, s.url}
		for kind, number := range map[string]string{
			"changes": "current_rate", "services": "error_ratio", "objectives": "firing", "error_patterns": "new_patterns", "suspects": "confidence",
		} {
			got := s.frame(map[string]any{"kind": kind, "format": "time_series"})
			if got.kind != "timeseries-wide" || got.types[0] != "time" {
				t.Errorf("%s: %s beginning with %s", kind, got.kind, got.types[0])
			}
			seen, found := map[string]bool{}, false
			for i, name := range got.names[1:] {
				if got.types[i+1] != "number" || len(got.labels[i+1]) == 0 {
					t.Errorf("%s: %s is a %s with labels %v", kind, name, got.types[i+1], got.labels[i+1])
				}
				key := fmt.Sprint(name, got.labels[i+1])
				if seen[key] {
					t.Errorf("%s: %s is there twice", kind, key)
				}
				seen[key] = true
				found = found || name == number
			}
			if !found {
				t.Errorf("%s: no %s in %v", kind, number, got.names)
			}
			times := got.values[0]
			for i := 1; i < len(times); i++ {
				if times[i].(float64) <= times[i-1].(float64) {
					t.Errorf("%s: the times are not in order", kind)
				}
			}
		}
		services := s.frame(map[string]any{"kind": "services", "format": "time_series", "services": []string{"payment"}})
		if len(services.values[0]) < 5 || len(services.names) != 5 {
			t.Errorf("%d times, fields %v", len(services.values[0]), services.names)
		}
	})
	t.Run("annotations", func(t *testing.T) {
		s := served{t, s.host, s.url}
		opened := opening("checkout fails")
		opened["from"], opened["to"], opened["services"] = "2026-01-31T11:50:00Z", demoEnd, []string{"payment", "checkout"}
		s.ok("POST", "/api/datasources/uid/kulprit/resources/api/v1/incidents", opened)
		// Opened now, which is after the demo's window.
		got := s.call("POST", "/api/ds/query", map[string]any{"from": "now-1h", "to": "now", "queries": []any{
			map[string]any{"refId": "A", "kind": "incidents", "datasource": map[string]any{"uid": "kulprit"}},
		}})
		for _, said := range []string{`"timeEnd"`, `"tags"`, "checkout fails", "high,open,payment,checkout"} {
			if !strings.Contains(string(got.text), said) {
				t.Errorf("no %s in %.2000s", said, got.text)
			}
		}
		onsets := s.frame(map[string]any{"kind": "onsets"})
		if len(onsets.column("time")) == 0 || len(onsets.column("timeEnd")) != len(onsets.column("time")) {
			t.Errorf("%v", onsets.values)
		}
		for _, name := range []string{"title", "text", "tags"} {
			onsets.column(name)
		}
	})
	t.Run("a wrong query is an error of its own", func(t *testing.T) {
		s := served{t, s.host, s.url}
		status, results := s.query(
			map[string]any{"kind": "changes", "limit": 2},
			map[string]any{"kind": "chagnes"},
			map[string]any{"kind": "changes", "baseline": "yesterdya"},
			map[string]any{"kind": "changes", "servces": []string{}},
			map[string]any{"kind": "suspects", "services": []string{"cart", "payment"}},
		)
		if status != 207 {
			t.Errorf("status %d", status)
		}
		if well := results["A"].(map[string]any); well["error"] != nil {
			t.Errorf("%v", well)
		}
		for refID, said := range map[string]string{"B": "kind: ", "C": "baseline: ", "D": "servces: ", "E": "services: "} {
			result := results[refID].(map[string]any)
			message, _ := result["error"].(string)
			if !strings.HasPrefix(message, said) || result["status"] != 400.0 {
				t.Errorf("%s: %v", refID, result)
			}
		}
	})
	t.Run("what is provisioned asks for what there is", func(t *testing.T) {
		s := served{t, s.host, s.url}
		asked := provisioned(t)
		if len(asked) < 20 {
			t.Fatalf("only %d queries", len(asked))
		}
		for where, query := range asked {
			got := s.frame(query)
			measure, ofRule := query["measure"], strings.Contains(where, "alerting")
			if measure == nil {
				continue
			}
			labels := map[string]bool{}
			for i, name := range got.names {
				if i == 0 {
					continue
				}
				// A rule compares all that it gets, and tells it apart by labels alone.
				if name != measure || labels[fmt.Sprint(got.labels[i])] {
					t.Errorf("%s: %s %v", where, name, got.labels[i])
				}
				labels[fmt.Sprint(got.labels[i])] = true
			}
			if ofRule && len(got.names) < 2 {
				t.Errorf("%s: the demo's incident gives it nothing", where)
			}
		}
	})
	t.Run("a limit holds", func(t *testing.T) {
		s := served{t, s.host, s.url}
		for _, kind := range []string{"changes", "services", "objectives", "suspects"} {
			if got := s.frame(map[string]any{"kind": kind, "limit": 1}); len(got.column("service")) != 1 {
				t.Errorf("%s: %d rows", kind, len(got.column("service")))
			}
		}
	})
}

// provisioned are the queries of the examples in ../provisioning, by where they stand.
func provisioned(t *testing.T) map[string]map[string]any {
	t.Helper()
	found := map[string]map[string]any{}
	err := filepath.WalkDir("../provisioning", func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		// JSON is YAML too.
		var document any
		if err := yaml.Unmarshal(text, &document); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		collect(path, document, found)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func collect(where string, value any, found map[string]map[string]any) {
	switch value := value.(type) {
	case map[string]any:
		if value["kind"] != nil && value["refId"] != nil {
			// The page puts the variable's values here, and none for all.
			delete(value, "services")
			found[fmt.Sprintf("%s #%d", where, len(found))] = value
			return
		}
		for name, inner := range value {
			collect(where+" "+name, inner, found)
		}
	case []any:
		for _, inner := range value {
			collect(where, inner, found)
		}
	}
}

// TestALargeAnswerArrivesWhole lists more services than fit into one part of a stream.
func TestALargeAnswerArrivesWhole(t *testing.T) {
	const services = 6_000
	data, lines := t.TempDir(), filepath.Join(t.TempDir(), "lines.jsonl")
	var text strings.Builder
	for i := range services {
		fmt.Fprintf(&text, `{"time":"2026-01-31T11:5%d:00Z","level":"INFO","service":"service-%05d","message":"request served"}`+"\n", i%10, i)
	}
	if err := os.WriteFile(lines, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	kulprit(t, "ingest", lines, "--data", filepath.Join(data, "kulprit"))
	s := serve(t, Options{Data: data})
	s.answers()
	got := s.call("GET", app+"/resources/api/v1/services?from="+demoFromMS+"&to="+demoToMS, nil)
	if got.status != 200 || len(got.text) < 2<<20 {
		t.Fatalf("%d with %d bytes: %.300s", got.status, len(got.text), got.text)
	}
	if listed := got.json(t)["services"].([]any); len(listed) != services {
		t.Errorf("%d services", len(listed))
	}
	// A frame is for a screen, and bounded.
	table := s.frame(map[string]any{"kind": "services"})
	if len(table.column("service")) != 1_000 {
		t.Errorf("%d rows", len(table.column("service")))
	}
}
