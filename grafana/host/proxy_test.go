package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// elsewhere is a running `kulprit serve` on the data in a folder, and a token of org 1 with that role for it.
func elsewhere(t *testing.T, data, role string) (url, token string) {
	t.Helper()
	config := filepath.Join(t.TempDir(), "config.toml")
	text := fmt.Sprintf("[clickhouse]\ndatabase = %q\n[server]\nport = 0\nquery_timeout_seconds = 120\n[auth]\n", demoDatabase)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(program(t), "token", "create", "--config", config, "--data", data, "--org", "1", "--role", role, "--name", "grafana").Output()
	if err != nil {
		t.Fatalf("kulprit token create: %v", err)
	}
	command := exec.Command(program(t), "serve", "--config", config, "--data", data)
	command.Stderr = os.Stderr
	said, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		processes := append(children(t, command.Process.Pid), command.Process.Pid)
		_ = command.Process.Signal(os.Interrupt)
		_ = command.Wait()
		for _, pid := range processes {
			eventually(t, fmt.Sprintf("the end of process %d", pid), func() bool { return !isAlive(pid) })
		}
	})
	lines := bufio.NewScanner(said)
	for lines.Scan() {
		if _, address, found := strings.Cut(lines.Text(), "listening on "); found {
			go func() { _, _ = io.Copy(io.Discard, said) }()
			return strings.Fields(address)[0], strings.TrimSpace(string(out))
		}
	}
	t.Fatal("kulprit serve ended before it listened")
	return "", ""
}

// TestAServeElsewhereAnswersThroughGrafanasProxy is for those who may not run the backend beside Grafana.
func TestAServeElsewhereAnswersThroughGrafanasProxy(t *testing.T) {
	data := filepath.Join(t.TempDir(), "kulprit")
	kulprit(t, "demo", "--once", "--data", data, "--at", demoEnd, "--minutes", "60")
	url, token := elsewhere(t, data, "editor")
	s := serve(t, Options{Manifest: "../src"})
	s.ok("POST", app+"/settings", map[string]any{
		"jsonData": map[string]any{"serveUrl": url}, "secureJsonData": map[string]any{"serveToken": token},
	})
	const proxy = "/api/plugin-proxy/" + AppID + "/kulprit"
	window := "from=" + demoFromMS + "&to=" + demoToMS
	asked := map[string]any{
		"org": "1", "dashboard": "d", "panel_title": "p", "metric_name": "m",
		"start_time": "2026-01-31T11:50:00Z", "end_time": demoEnd,
	}
	viewer := []string{"X-Test-Role", "Viewer", "Cookie", "grafana_session=x", "Authorization", "Bearer of-the-browser"}
	for _, one := range []struct {
		method, path string
		body         any
		said         string
	}{
		{"GET", "/api/v1/services?" + window, nil, `"service":"payment"`},
		{"GET", "/api/v1/services/payment?" + window, nil, `"service":"payment"`},
		{"GET", "/api/v1/sql/log_changes/pattern_changes", nil, `"log_changes/pattern_changes"`},
		{"GET", "/openapi.json", nil, `"openapi"`},
		{"POST", "/query_logs", asked, `"log_groups":[{`},
		{"POST", "/api/v1/correlate", map[string]any{"from": "2026-01-31T11:50:00Z", "to": demoEnd}, `"suspects":[{"service":"payment"`},
	} {
		got := s.call(one.method, proxy+one.path, one.body, viewer...)
		if got.status != 200 || !strings.Contains(string(got.text), one.said) {
			t.Errorf("%s %s: %d %.400s", one.method, one.path, got.status, got.text)
		}
	}

	// What changes something needs the role, whatever the token may.
	incident, choice := opening("by proxy"), map[string]any{"org": "1", "pattern_id": "7", "name": "seven"}
	incident["from"], incident["to"] = "2026-01-31T11:50:00Z", demoEnd
	for _, one := range []struct {
		method, path string
		body         any
	}{
		{"POST", "/api/v1/incidents", incident},
		{"PATCH", "/api/v1/incidents/x", map[string]any{"state": "acknowledged"}},
		{"POST", "/api/v1/incidents/x/comments", map[string]any{"note": "x"}},
		{"PUT", "/api/v1/choices", choice},
	} {
		if got := s.call(one.method, proxy+one.path, one.body, viewer...); got.status != 403 {
			t.Errorf("%s %s as a viewer: %d %.300s", one.method, one.path, got.status, got.text)
		}
	}
	editor := []string{"X-Test-Role", "Editor"}
	opened := s.ok("POST", proxy+"/api/v1/incidents", incident, editor...)
	if by, _ := opened["opened_by"].(string); !strings.HasPrefix(by, "grafana (token ") || opened["org"] != "1" {
		t.Errorf("opened by %v of org %v", opened["opened_by"], opened["org"])
	}
	ours := proxy + "/api/v1/incidents/" + opened["id"].(string)
	if got := s.ok("PATCH", ours, map[string]any{"state": "acknowledged"}, editor...); got["state"] != "acknowledged" {
		t.Errorf("%v", got["state"])
	}
	s.ok("POST", ours+"/comments", map[string]any{"note": "seen"}, editor...)
	s.ok("PUT", proxy+"/api/v1/choices", choice, editor...)
	if got := s.call("GET", ours+"/export?format=markdown", nil, viewer...); got.status != 200 || !strings.Contains(string(got.text), "by proxy") {
		t.Errorf("%d %.300s", got.status, got.text)
	}

	// Of the API nothing else is reached, and the token reaches no browser.
	if got := s.call("DELETE", ours, nil, "X-Test-Role", "Admin"); got.status != 404 {
		t.Errorf("DELETE: %d %.300s", got.status, got.text)
	}
	settings, err := json.Marshal(s.ok("GET", app+"/settings", nil))
	if err != nil || strings.Contains(string(settings), token) {
		t.Errorf("the token is in the settings: %v", err)
	}
	s.ok("POST", app+"/settings", map[string]any{
		"jsonData": map[string]any{"serveUrl": url}, "secureJsonData": map[string]any{"serveToken": "kpt_wrong"},
	})
	if got := s.call("GET", proxy+"/api/v1/services", nil, viewer...); got.status != 403 {
		t.Errorf("with a wrong token: %d %.300s", got.status, got.text)
	}
	if s.pid(AppID) != 0 {
		t.Error("the backend beside Grafana was started for what a serve elsewhere answers")
	}
}
