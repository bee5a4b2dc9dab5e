package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const app = "/api/plugins/" + AppID

// program is the built kulprit.
func program(t *testing.T) string {
	t.Helper()
	named := os.Getenv("KULPRIT_BACKEND")
	if named == "" {
		named = "../../target/debug/kulprit"
	}
	path, err := filepath.Abs(named)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("build kulprit first, or name it with KULPRIT_BACKEND: %v", err)
	}
	return path
}

// served is a host in this process.
type served struct {
	t    *testing.T
	host *Host
	url  string
}

func serve(t *testing.T, options Options) served {
	t.Helper()
	options.Backend = program(t)
	if options.Data == "" {
		options.Data = t.TempDir()
	}
	if options.Who.Login == "" {
		options.Who = Who{Org: 1, Login: "ann", Role: "Admin"}
	}
	host, err := Start(options)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(host.Handler())
	t.Cleanup(func() {
		server.Close()
		stop(t, host)
	})
	return served{t, host, server.URL}
}

// stop ends a host, its backends and their engines, whose data can be removed then.
func stop(t *testing.T, host *Host) {
	t.Helper()
	var processes []int
	for _, backend := range host.backends {
		if pid := backend.Pid(); pid != 0 {
			processes = append(append(processes, pid), children(t, pid)...)
		}
	}
	host.Close()
	for _, pid := range processes {
		eventually(t, fmt.Sprintf("the end of process %d", pid), func() bool { return !isAlive(pid) })
	}
}

// answer is what came back.
type answer struct {
	status int
	head   http.Header
	text   []byte
}

func (a answer) json(t *testing.T) map[string]any {
	t.Helper()
	var value map[string]any
	if err := json.Unmarshal(a.text, &value); err != nil {
		t.Fatalf("%v in %.300s", err, a.text)
	}
	return value
}

func (a answer) message(t *testing.T) string {
	t.Helper()
	message, _ := a.json(t)["message"].(string)
	return message
}

func (s served) call(method, path string, body any, headers ...string) answer {
	s.t.Helper()
	var sent io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			s.t.Fatal(err)
		}
		sent = bytes.NewReader(text)
	}
	request, err := http.NewRequest(method, s.url+path, sent)
	if err != nil {
		s.t.Fatal(err)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, text}
}

// ok is call for what must go well.
func (s served) ok(method, path string, body any, headers ...string) map[string]any {
	s.t.Helper()
	answer := s.call(method, path, body, headers...)
	if answer.status >= 300 {
		s.t.Fatalf("%s %s: %d %s", method, path, answer.status, answer.text)
	}
	return answer.json(s.t)
}

// answers waits until the tables are there, which on a busy machine takes longer than a call does.
func (s served) answers() {
	s.t.Helper()
	eventually(s.t, "an answer", func() bool { return s.call("GET", app+"/resources/api/v1/services", nil).status == 200 })
}

func (s served) pid(id string) int {
	s.t.Helper()
	pid, _ := s.ok("GET", "/test/pids", nil)[id].(float64)
	return int(pid)
}

// eventually waits for what is to happen soon.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(60 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if is() {
			return
		}
	}
	t.Fatalf("not within a minute: %s", what)
}

func isAlive(pid int) bool {
	state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	// One that has ended and that nobody has waited for is not alive.
	return err == nil && !bytes.Contains(state, []byte(") Z "))
}

// children are the processes that pid has started.
func children(t *testing.T, pid int) []int {
	t.Helper()
	var found []int
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, list := range lists {
		text, _ := os.ReadFile(list)
		for _, word := range strings.Fields(string(text)) {
			var child int
			if _, err := fmt.Sscan(word, &child); err == nil {
				found = append(found, child)
			}
		}
	}
	return found
}

func opening(title string) map[string]any {
	return map[string]any{
		"title": title, "severity": "high", "services": []string{"cart"},
		"from": "2026-01-31T10:00:00Z", "to": "2026-01-31T10:10:00Z",
	}
}

func TestWhoStartsItByHandIsTold(t *testing.T) {
	name, err := asPlugin(program(t), t.TempDir(), AppID)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(name)
	var out, said bytes.Buffer
	command.Stdout, command.Stderr = &out, &said
	err = command.Run()
	if _, failed := err.(*exec.ExitError); !failed {
		t.Errorf("it must end with an error, not %v", err)
	}
	if out.Len() > 0 || !strings.Contains(said.String(), "backend of a Grafana plugin") {
		t.Errorf("stdout %q, stderr %q", out.String(), said.String())
	}
}

func TestHealthSaysWhatTheDoctorFinds(t *testing.T) {
	s := serve(t, Options{})
	s.answers()
	health := s.call("GET", app+"/health", nil)
	if health.status != 200 || health.json(t)["status"] != "OK" || !strings.Contains(health.message(t), "0 problems") {
		t.Fatalf("%d %s", health.status, health.text)
	}
	checks := health.json(t)["details"].(map[string]any)["checks"].([]any)
	if len(checks) < 10 {
		t.Errorf("only %d checks", len(checks))
	}
	if _, err := os.Stat(filepath.Join(s.host.options.Data, "kulprit")); err != nil {
		t.Errorf("the embedded engine keeps its data in Grafana's data path: %v", err)
	}
	metrics := s.call("GET", app+"/metrics", nil)
	if !strings.Contains(string(metrics.text), "kulprit_build_info") {
		t.Errorf("metrics: %s", metrics.text)
	}
}

func TestChangedSettingsCountFromTheNextCallOn(t *testing.T) {
	s := serve(t, Options{})
	save := func(settings map[string]any) {
		s.ok("POST", app+"/settings", map[string]any{"jsonData": settings})
	}
	services := func() answer { return s.call("GET", app+"/resources/api/v1/services", nil) }
	save(map[string]any{"url": "http://127.0.0.1:1"})
	if got := services(); got.status != 503 {
		t.Fatalf("a ClickHouse that is away: %d %s", got.status, got.text)
	}
	pid := s.pid(AppID)
	health := s.call("GET", app+"/health", nil)
	if health.status != 400 || !strings.Contains(health.message(t), "does not answer at port 1") {
		t.Errorf("%d %s", health.status, health.text)
	}
	for _, wrong := range []struct {
		settings map[string]any
		said     string
	}{
		{map[string]any{"url": "localhost:8123"}, "url: is no HTTP address"},
		{map[string]any{"config": map[string]any{"engine": map[string]any{"library": "/tmp/x.so"}}}, "config.engine"},
		{map[string]any{"config": map[string]any{"slo": map[string]any{"minimum": 1}}}, "minimum"},
	} {
		save(wrong.settings)
		if got := services(); got.status != 422 || !strings.Contains(got.message(t), wrong.said) {
			t.Errorf("%v: %d %s", wrong.settings, got.status, got.text)
		}
		if got := s.call("GET", app+"/health", nil); got.status != 400 || !strings.Contains(got.message(t), wrong.said) {
			t.Errorf("health for %v: %d %s", wrong.settings, got.status, got.text)
		}
	}
	save(map[string]any{})
	s.answers()
	if s.pid(AppID) != pid {
		t.Error("the backend was started again for its settings")
	}
}

func TestRolesAndOrgsAreThoseOfThePluginContext(t *testing.T) {
	s := serve(t, Options{})
	incidents := app + "/resources/api/v1/incidents"
	as := func(org, role string) []string {
		return []string{"X-Test-Org", org, "X-Test-Login", role + org, "X-Test-Role", role}
	}
	opened := s.ok("POST", incidents, opening("ours"), as("7", "Editor")...)
	if opened["opened_by"] != "Editor7" || opened["org"] != "7" {
		t.Errorf("%v", opened)
	}
	ours := incidents + "/" + opened["id"].(string)
	send := map[string]func(who []string) int{
		"list":   func(who []string) int { return s.call("GET", incidents, nil, who...).status },
		"read":   func(who []string) int { return s.call("GET", ours, nil, who...).status },
		"create": func(who []string) int { return s.call("POST", incidents, opening("theirs"), who...).status },
		"transition": func(who []string) int {
			return s.call("PATCH", ours, map[string]any{"state": "acknowledged"}, who...).status
		},
		"comment": func(who []string) int {
			return s.call("POST", ours+"/comments", map[string]any{"note": "x"}, who...).status
		},
		"export": func(who []string) int { return s.call("GET", ours+"/export?format=markdown", nil, who...).status },
		"delete": func(who []string) int { return s.call("DELETE", ours, nil, who...).status },
	}
	requests := []string{"list", "read", "create", "transition", "comment", "export", "delete"}
	for _, line := range []struct {
		org, role string
		want      []int
	}{
		{"8", "Viewer", []int{200, 404, 403, 404, 404, 404, 404}},
		{"8", "Editor", []int{200, 404, 201, 404, 404, 404, 404}},
		{"8", "Admin", []int{200, 404, 201, 404, 404, 404, 404}},
		{"7", "None", []int{200, 200, 403, 403, 403, 200, 403}},
		{"7", "Viewer", []int{200, 200, 403, 403, 403, 200, 403}},
		{"7", "Editor", []int{200, 200, 201, 200, 201, 200, 403}},
		// Acknowledged already, which is no step any more.
		{"7", "Admin", []int{200, 200, 201, 409, 201, 200, 204}},
	} {
		for i, request := range requests {
			if got := send[request](as(line.org, line.role)); got != line.want[i] {
				t.Errorf("%s of org %s: %s: %d, not %d", line.role, line.org, request, got, line.want[i])
			}
		}
	}
}

func TestClaimsInHeadersCountForNothing(t *testing.T) {
	s := serve(t, Options{})
	s.answers()
	viewer := []string{
		"X-Test-Role", "Viewer", "X-Grafana-Role", "Admin", "X-Grafana-Org-Id", "9", "X-Grafana-User", "root", "X-Grafana-Id", "a.b.c",
		"Authorization", "Bearer x", "X-Kulprit-Secret", "x", "X-Forwarded-For", "6.6.6.6", "Cookie", "grafana_session=x",
	}
	if got := s.call("POST", app+"/resources/api/v1/incidents", opening("no"), viewer...); got.status != 403 {
		t.Errorf("%d %s", got.status, got.text)
	}
	if got := s.call("GET", app+"/resources/api/v1/services?org=9", nil, viewer...); got.status != 403 {
		t.Errorf("another org: %d %s", got.status, got.text)
	}
	if got := s.call("GET", app+"/resources/api/v1/services", nil, viewer...); got.status != 200 {
		t.Errorf("%d %s", got.status, got.text)
	}
}

func TestErrorsAndLimitsAreThoseOfTheAPI(t *testing.T) {
	s := serve(t, Options{})
	s.answers()
	for _, one := range []struct {
		method, path string
		body         any
		status       int
		said         string
	}{
		{"GET", "/nothing", nil, 404, "no such path"},
		{"DELETE", "/api/v1/services", nil, 405, "takes GET"},
		{"GET", "/api/v1/services?form=1", nil, 400, "form"},
		{"POST", "/query_logs", map[string]any{"org": "1"}, 400, "dashboard"},
		{"POST", "/query_logs", map[string]any{"org": strings.Repeat("x", 2<<20)}, 413, "larger than"},
		{"GET", "/api/v1/services/a%2Fb%20c", nil, 404, `a/b c`},
	} {
		got := s.call(one.method, app+"/resources"+one.path, one.body)
		if got.status != one.status || !strings.Contains(got.message(t), one.said) || got.json(t)["request_id"] == nil {
			t.Errorf("%s %s: %d %s", one.method, one.path, got.status, got.text)
		}
	}
	contract := s.ok("GET", app+"/resources/openapi.json", nil)
	if contract["openapi"] == nil {
		t.Error("openapi.json")
	}
}

func TestABackendThatWasKilledIsStartedAgain(t *testing.T) {
	s := serve(t, Options{})
	incidents := app + "/resources/api/v1/incidents"
	opened := s.ok("POST", incidents, opening("kept"))
	before := s.pid(AppID)
	if err := syscall.Kill(before, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "another process", func() bool {
		s.call("GET", incidents, nil)
		now := s.pid(AppID)
		return now != 0 && now != before
	})
	kept := s.ok("GET", incidents+"/"+opened["id"].(string), nil)
	if kept["title"] != "kept" && kept["incident"] == nil {
		t.Errorf("%v", kept)
	}
	s.answers()
}

func TestTwoHostsShareTheDataAndOneGoesOnWithoutTheOther(t *testing.T) {
	data := t.TempDir()
	one, other := serve(t, Options{Data: data}), serve(t, Options{Data: data})
	incidents := app + "/resources/api/v1/incidents"
	opened := one.ok("POST", incidents, opening("shared"))
	other.ok("GET", incidents+"/"+opened["id"].(string), nil)
	other.answers()
	stop(t, one.host)
	// By an engine of its own.
	other.answers()
}

func TestWhenGrafanaDiesNothingIsLeft(t *testing.T) {
	built := filepath.Join(t.TempDir(), "host")
	if out, err := exec.Command("go", "build", "-o", built, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	command := exec.Command(built, "--backend", program(t), "--listen", "127.0.0.1:0", "--data", t.TempDir())
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	var url string
	if _, err := fmt.Fscanf(out, "ready %s\n", &url); err != nil {
		t.Fatal(err)
	}
	s := served{t: t, url: url}
	s.answers()
	backend := s.pid(AppID)
	processes := append(children(t, backend), backend)
	if len(processes) < 2 {
		t.Fatalf("the backend hosts an engine: %v", processes)
	}
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for _, pid := range processes {
		eventually(t, fmt.Sprintf("the end of process %d", pid), func() bool { return !isAlive(pid) })
	}
}
