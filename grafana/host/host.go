package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
	"github.com/hashicorp/go-hclog"
)

const (
	// AppID is the app plugin.
	AppID = "kulprit-reliability-app"
	// DataSourceID is the data source in it, which has a process of its own.
	DataSourceID = "kulprit-reliability-datasource"
)

// Who asks.
type Who struct {
	Org   int64
	Login string
	Role  string
}

// Options of a host.
type Options struct {
	Backend, Data, Settings, Dist, Page string
	// Manifest is the folder of the app's plugin.json, whose routes the proxy takes; Dist unless another is given.
	Manifest string
	Who                                 Who
}

// Host is a Grafana as far as plugins see one.
type Host struct {
	options  Options
	settings *Settings
	backends map[string]*Backend
	folder   string
}

// Start makes a host. Backends start with the first call.
func Start(options Options) (*Host, error) {
	settings, err := readSettings(options.Settings)
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "kulprit-host-")
	if err != nil {
		return nil, err
	}
	if options.Manifest == "" {
		options.Manifest = options.Dist
	}
	if options.Data == "" {
		options.Data = filepath.Join(folder, "data")
	}
	if options.Data, err = filepath.Abs(options.Data); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(options.Data, 0o755); err != nil {
		return nil, err
	}
	host := &Host{options: options, settings: settings, backends: map[string]*Backend{}, folder: folder}
	for _, id := range []string{AppID, DataSourceID} {
		program, err := asPlugin(options.Backend, filepath.Join(folder, "plugins"), id)
		if err != nil {
			return nil, fmt.Errorf("--backend: %w", err)
		}
		logger := hclog.New(&hclog.LoggerOptions{Name: id, Level: hclog.Debug, Output: os.Stderr})
		host.backends[id] = newBackend(program, options.Data, logger)
	}
	return host, nil
}

// Close ends the backends.
func (h *Host) Close() {
	for _, one := range h.backends {
		one.Stop()
	}
	_ = os.RemoveAll(h.folder)
}

// Handler serves what a Grafana would.
func (h *Host) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/api/plugins/{id}/resources/{rest...}", h.ofPlugin(h.resource))
	mux.HandleFunc("GET /api/plugins/{id}/health", h.ofPlugin(h.health))
	mux.HandleFunc("GET /api/plugins/{id}/settings", h.ofPlugin(h.pluginSettings))
	mux.HandleFunc("POST /api/plugins/{id}/settings", h.ofPlugin(h.savePluginSettings))
	mux.HandleFunc("GET /api/plugins/{id}/metrics", h.ofPlugin(h.metrics))
	mux.HandleFunc("GET /metrics/plugins/{id}", h.ofPlugin(h.metrics))
	mux.HandleFunc("/api/datasources/uid/{uid}/resources/{rest...}", h.ofDataSource(h.resource))
	mux.HandleFunc("GET /api/datasources/uid/{uid}/health", h.ofDataSource(h.health))
	mux.HandleFunc("GET /api/datasources", h.dataSources)
	mux.HandleFunc("GET /api/datasources/uid/{uid}", h.dataSource)
	mux.HandleFunc("PUT /api/datasources/uid/{uid}", h.saveDataSource)
	mux.HandleFunc("POST /api/ds/query", h.query)
	mux.HandleFunc("/api/plugin-proxy/{id}/{rest...}", h.ofPlugin(h.proxy))
	mux.HandleFunc("GET /test/pids", h.pids)
	if h.options.Dist != "" {
		files := http.FileServer(http.Dir(h.options.Dist))
		below := "/public/plugins/" + AppID + "/"
		mux.Handle("GET "+below, uncached(http.StripPrefix(below, files)))
		mux.HandleFunc("GET /api/plugins/{id}/plugin.json", h.ofPlugin(h.manifest))
	}
	if h.options.Page != "" {
		mux.Handle("GET /", uncached(page(h.options.Page)))
	}
	return mux
}

// call is one call to a plugin: whom it goes to, and as whom.
type call struct {
	w       http.ResponseWriter
	r       *http.Request
	who     Who
	backend *Backend
	context *pluginv2.PluginContext
}

func (h *Host) who(r *http.Request) Who {
	who := h.options.Who
	if org, err := strconv.ParseInt(r.Header.Get("X-Test-Org"), 10, 64); err == nil {
		who.Org = org
	}
	if login := r.Header.Get("X-Test-Login"); login != "" {
		who.Login = login
	}
	if role := r.Header.Get("X-Test-Role"); role != "" {
		who.Role = role
	}
	return who
}

func (h *Host) context(who Who, plugin string) backend.PluginContext {
	return backend.PluginContext{
		OrgID:    who.Org,
		PluginID: plugin,
		User:     &backend.User{Login: who.Login, Name: who.Login, Email: who.Login + "@example.com", Role: who.Role},
		// As Grafana names tenants: the first org is "default".
		Namespace: map[bool]string{true: "default", false: fmt.Sprintf("org-%d", who.Org)}[who.Org == 1],
	}
}

func (h *Host) ofPlugin(answer func(call)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id := r.PathValue("id")
		backendOf, known := h.backends[id]
		if !known {
			http.Error(w, `{"message":"Plugin not found"}`, http.StatusNotFound)
			return
		}
		who := h.who(r)
		context := h.context(who, id)
		if id == AppID {
			app := h.settings.App(who.Org)
			context.AppInstanceSettings = &backend.AppInstanceSettings{
				JSONData: orEmpty(app.JSONData), DecryptedSecureJSONData: app.SecureJSONData, Updated: app.updated,
			}
		}
		answer(call{w, r, who, backendOf, backend.ToProto().PluginContext(context)})
	}
}

func (h *Host) ofDataSource(answer func(call)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who := h.who(r)
		context, found := h.sourceContext(who, r.PathValue("uid"))
		if !found {
			http.Error(w, `{"message":"Data source not found"}`, http.StatusNotFound)
			return
		}
		answer(call{w, r, who, h.backends[DataSourceID], context})
	}
}

func (h *Host) sourceContext(who Who, uid string) (*pluginv2.PluginContext, bool) {
	source, found := h.settings.DataSource(who.Org, uid)
	if !found {
		return nil, false
	}
	context := h.context(who, DataSourceID)
	context.DataSourceInstanceSettings = &backend.DataSourceInstanceSettings{
		ID: 1, UID: uid, Type: DataSourceID, Name: source.Name,
		JSONData: orEmpty(source.JSONData), DecryptedSecureJSONData: source.SecureJSONData, Updated: source.updated,
	}
	return backend.ToProto().PluginContext(context), true
}

func orEmpty(json []byte) []byte {
	if len(json) == 0 {
		return []byte("{}")
	}
	return json
}

func (h *Host) resource(c call) {
	calls, err := c.backend.Calls()
	if err != nil {
		c.fail(err)
		return
	}
	body, err := io.ReadAll(c.r.Body)
	if err != nil {
		c.fail(err)
		return
	}
	address := strings.TrimPrefix(c.r.URL.EscapedPath(), "/api/")
	_, address, _ = strings.Cut(address, "/resources/")
	if c.r.URL.RawQuery != "" {
		address += "?" + c.r.URL.RawQuery
	}
	headers := map[string]*pluginv2.StringList{}
	for name, values := range c.r.Header {
		if name != "Cookie" && !strings.HasPrefix(name, "X-Test-") {
			headers[name] = &pluginv2.StringList{Values: values}
		}
	}
	stream, err := calls.resource.CallResource(c.r.Context(), &pluginv2.CallResourceRequest{
		PluginContext: c.context, Path: c.r.PathValue("rest"), Method: c.r.Method, Url: address, Headers: headers, Body: body,
	})
	if err != nil {
		c.fail(err)
		return
	}
	for first := true; ; first = false {
		part, err := stream.Recv()
		if err == io.EOF {
			return
		}
		if err != nil {
			if first {
				c.fail(err)
			}
			return
		}
		if first {
			for name, list := range part.Headers {
				c.w.Header()[http.CanonicalHeaderKey(name)] = list.Values
			}
			// As Grafana does: what a plugin answers is no page of Grafana's own.
			c.w.Header().Set("Content-Security-Policy", "sandbox")
			c.w.WriteHeader(int(part.Code))
		}
		_, _ = c.w.Write(part.Body)
	}
}

func (h *Host) health(c call) {
	calls, err := c.backend.Calls()
	if err != nil {
		c.fail(err)
		return
	}
	health, err := calls.diagnostics.CheckHealth(c.r.Context(), &pluginv2.CheckHealthRequest{PluginContext: c.context})
	if err != nil {
		c.fail(err)
		return
	}
	status := http.StatusOK
	if health.Status != pluginv2.CheckHealthResponse_OK {
		status = http.StatusBadRequest
	}
	c.answer(status, map[string]any{
		"status": health.Status.String(), "message": health.Message, "details": json.RawMessage(orEmpty(health.JsonDetails)),
	})
}

func (h *Host) metrics(c call) {
	calls, err := c.backend.Calls()
	if err != nil {
		c.fail(err)
		return
	}
	answer, err := calls.diagnostics.CollectMetrics(c.r.Context(), &pluginv2.CollectMetricsRequest{PluginContext: c.context})
	if err != nil {
		c.fail(err)
		return
	}
	c.w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	_, _ = c.w.Write(answer.GetMetrics().GetPrometheus())
}

func (h *Host) pluginSettings(c call) {
	app := h.settings.App(c.who.Org)
	c.answer(http.StatusOK, map[string]any{
		"id": c.r.PathValue("id"), "type": "app", "name": "Kulprit", "enabled": true, "pinned": true,
		"baseUrl": "public/plugins/" + AppID, "module": "public/plugins/" + AppID + "/module.js",
		"jsonData": json.RawMessage(orEmpty(app.JSONData)), "secureJsonFields": app.Fields(),
	})
}

func (h *Host) savePluginSettings(c call) {
	if saved, ok := c.saved(); ok {
		h.settings.SetApp(c.who.Org, saved)
		c.answer(http.StatusOK, map[string]any{"message": "Plugin settings updated"})
	}
}

func (h *Host) dataSources(w http.ResponseWriter, r *http.Request) {
	c := call{w: w, r: r, who: h.who(r)}
	all := []any{}
	for _, one := range h.settings.DataSources {
		if source, found := h.settings.DataSource(c.who.Org, one.UID); found {
			all = append(all, shown(source))
		}
	}
	c.answer(http.StatusOK, all)
}

func (h *Host) dataSource(w http.ResponseWriter, r *http.Request) {
	c := call{w: w, r: r, who: h.who(r)}
	source, found := h.settings.DataSource(c.who.Org, r.PathValue("uid"))
	if !found {
		http.Error(w, `{"message":"Data source not found"}`, http.StatusNotFound)
		return
	}
	c.answer(http.StatusOK, shown(source))
}

func shown(source Configured) map[string]any {
	return map[string]any{
		"uid": source.UID, "name": source.Name, "type": DataSourceID,
		"jsonData": json.RawMessage(orEmpty(source.JSONData)), "secureJsonFields": source.Fields(),
	}
}

func (h *Host) saveDataSource(w http.ResponseWriter, r *http.Request) {
	c := call{w: w, r: r, who: h.who(r)}
	if saved, ok := c.saved(); ok {
		h.settings.SetDataSource(r.PathValue("uid"), saved)
		c.answer(http.StatusOK, map[string]any{"message": "Datasource updated"})
	}
}

// manifest is plugin.json, which a page's harness reads as Grafana does when it finds plugins.
func (h *Host) manifest(c call) {
	folder := h.options.Dist
	if c.r.PathValue("id") == DataSourceID {
		folder = filepath.Join(folder, "datasource")
	}
	http.ServeFile(c.w, c.r, filepath.Join(folder, "plugin.json"))
}

func (h *Host) pids(w http.ResponseWriter, r *http.Request) {
	pids := map[string]int{}
	for id, one := range h.backends {
		pids[id] = one.Pid()
	}
	call{w: w, r: r}.answer(http.StatusOK, pids)
}

// saved reads what a configuration page saves. Only an Admin may.
func (c call) saved() (Configured, bool) {
	var saved Configured
	if c.who.Role != "Admin" {
		c.answer(http.StatusForbidden, map[string]any{"message": "You'll need additional permissions to perform this action."})
		return saved, false
	}
	if err := json.NewDecoder(c.r.Body).Decode(&saved); err != nil {
		c.answer(http.StatusBadRequest, map[string]any{"message": err.Error()})
		return saved, false
	}
	return saved, true
}

func (c call) answer(status int, value any) {
	c.w.Header().Set("Content-Type", "application/json")
	c.w.WriteHeader(status)
	_ = json.NewEncoder(c.w).Encode(value)
}

// fail answers for a backend that does not.
func (c call) fail(err error) {
	c.answer(http.StatusInternalServerError, map[string]any{"message": "An error occurred within the plugin", "error": err.Error()})
}

func uncached(files http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		files.ServeHTTP(w, r)
	})
}

// page serves a folder; addresses that are no file of it are the page's own, such as /a/kulprit-reliability-app/services.
func page(folder string) http.Handler {
	files := http.FileServer(http.Dir(folder))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		file := filepath.Join(folder, filepath.FromSlash(filepath.Clean("/"+r.URL.Path)))
		if _, err := os.Stat(file); err != nil && !strings.Contains(filepath.Base(file), ".") {
			http.ServeFile(w, r, filepath.Join(folder, "index.html"))
			return
		}
		files.ServeHTTP(w, r)
	})
}
