package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"text/template"
)

// route is one of plugin.json's, by which Grafana passes calls on to a server elsewhere.
type route struct {
	Path, Method, ReqRole, URL string
	Headers                    []struct{ Name, Content string }
}

// rest is what of path a route's path stands for: a star at its end stands for all that is below, and without one the paths are the same.
func (r route) rest(path string) (string, bool) {
	if below, isWild := strings.CutSuffix(r.Path, "*"); isWild {
		return strings.CutPrefix(path, below)
	}
	return "", path == r.Path
}

func (h *Host) routes() ([]route, error) {
	text, err := os.ReadFile(filepath.Join(h.options.Manifest, "plugin.json"))
	if err != nil {
		return nil, err
	}
	var manifest struct{ Routes []route }
	return manifest.Routes, json.Unmarshal(text, &manifest)
}

var ladder = map[string]int{"None": 0, "Viewer": 1, "Editor": 2, "Admin": 3}

// proxy is /api/plugin-proxy: the first route of plugin.json that fits, with the secrets of the app's settings in its headers.
func (h *Host) proxy(c call) {
	routes, err := h.routes()
	if err != nil {
		c.fail(err)
		return
	}
	for _, one := range routes {
		rest, fits := one.rest(c.r.PathValue("rest"))
		if !fits || (one.Method != "" && one.Method != "*" && one.Method != c.r.Method) {
			continue
		}
		if ladder[c.who.Role] < ladder[one.ReqRole] {
			c.answer(http.StatusForbidden, map[string]any{"message": "plugin proxy route access denied"})
			return
		}
		if err := h.pass(c, one, rest); err != nil {
			c.fail(err)
		}
		return
	}
	c.answer(http.StatusNotFound, map[string]any{"message": "plugin route match not found"})
}

func (h *Host) pass(c call, one route, rest string) error {
	app := h.settings.App(c.who.Org)
	data := struct {
		JsonData       map[string]any
		SecureJsonData map[string]string
	}{SecureJsonData: app.SecureJSONData}
	if err := json.Unmarshal(orEmpty(app.JSONData), &data.JsonData); err != nil {
		return err
	}
	filled := func(text string) (string, error) {
		parsed, err := template.New("").Option("missingkey=zero").Parse(text)
		if err != nil {
			return "", err
		}
		var out bytes.Buffer
		err = parsed.Execute(&out, data)
		return out.String(), err
	}
	address, err := filled(one.URL)
	if err != nil {
		return err
	}
	target, err := url.Parse(address)
	if err != nil {
		return err
	}
	headers := map[string]string{}
	for _, header := range one.Headers {
		if headers[header.Name], err = filled(header.Content); err != nil {
			return err
		}
	}
	(&httputil.ReverseProxy{Rewrite: func(request *httputil.ProxyRequest) {
		out := request.Out
		out.URL.Scheme, out.URL.Host, out.Host = target.Scheme, target.Host, target.Host
		// As Grafana decodes paths.
		out.URL.Path, out.URL.RawPath = target.Path, ""
		if rest != "" {
			out.URL.Path = strings.TrimSuffix(target.Path, "/") + "/" + strings.TrimPrefix(rest, "/")
		}
		out.Header.Del("Cookie")
		for name := range out.Header {
			if strings.HasPrefix(name, "X-Test-") {
				out.Header.Del(name)
			}
		}
		for name, content := range headers {
			out.Header.Set(name, content)
		}
	}}).ServeHTTP(c.w, c.r)
	return nil
}
