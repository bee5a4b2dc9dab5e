package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/grafana/grafana-plugin-sdk-go/backend/grpcplugin"
	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
)

// Backend is the process of one plugin, started again when it has ended, as Grafana does.
type Backend struct {
	program string
	env     []string
	logger  hclog.Logger

	lock   sync.Mutex
	client *goplugin.Client
	calls  calls
}

type calls struct {
	diagnostics grpcplugin.DiagnosticsClient
	resource    grpcplugin.ResourceClient
	data        grpcplugin.DataClient
}

func newBackend(program, data string, logger hclog.Logger) *Backend {
	env := []string{"GF_VERSION=13.2.2", "GF_EDITION=Open Source", "GF_PATHS_DATA=" + data}
	// The library of the embedded engine, where the tests have one.
	for _, name := range []string{"KULPRIT_ENGINE_LIB", "KULPRIT_LOG_LEVEL"} {
		if value := os.Getenv(name); value != "" {
			env = append(env, "GF_PLUGIN_"+name+"="+value)
		}
	}
	return &Backend{program: program, env: env, logger: logger}
}

// Calls are the services of the running process.
func (b *Backend) Calls() (calls, error) {
	b.lock.Lock()
	defer b.lock.Unlock()
	if b.client != nil && !b.client.Exited() {
		return b.calls, nil
	}
	if err := b.start(); err != nil {
		return calls{}, fmt.Errorf("start %s: %w", b.program, err)
	}
	return b.calls, nil
}

func (b *Backend) start() error {
	cmd := exec.Command(b.program)
	cmd.Env = b.env
	b.client = goplugin.NewClient(&goplugin.ClientConfig{
		Cmd: cmd,
		HandshakeConfig: goplugin.HandshakeConfig{
			ProtocolVersion:  grpcplugin.ProtocolVersion,
			MagicCookieKey:   grpcplugin.MagicCookieKey,
			MagicCookieValue: grpcplugin.MagicCookieValue,
		},
		VersionedPlugins: map[int]goplugin.PluginSet{
			grpcplugin.ProtocolVersion: {
				"diagnostics": &grpcplugin.DiagnosticsGRPCPlugin{},
				"resource":    &grpcplugin.ResourceGRPCPlugin{},
				"data":        &grpcplugin.DataGRPCPlugin{},
			},
		},
		Logger:           b.logger,
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
		// As Grafana does: of its own environment a plugin sees nothing.
		SkipHostEnv: true,
	})
	rpc, err := b.client.Client()
	if err != nil {
		b.client.Kill()
		return err
	}
	dispensed := map[string]any{}
	for _, name := range []string{"diagnostics", "resource", "data"} {
		if dispensed[name], err = rpc.Dispense(name); err != nil {
			return err
		}
	}
	b.calls = calls{
		diagnostics: dispensed["diagnostics"].(grpcplugin.DiagnosticsClient),
		resource:    dispensed["resource"].(grpcplugin.ResourceClient),
		data:        dispensed["data"].(grpcplugin.DataClient),
	}
	return rpc.Ping()
}

// Pid is the process; 0 when none runs.
func (b *Backend) Pid() int {
	b.lock.Lock()
	defer b.lock.Unlock()
	if b.client == nil || b.client.Exited() || b.client.ReattachConfig() == nil {
		return 0
	}
	return b.client.ReattachConfig().Pid
}

// Stop asks the process to end, and ends it when it does not.
func (b *Backend) Stop() {
	b.lock.Lock()
	defer b.lock.Unlock()
	if b.client != nil {
		b.client.Kill()
	}
}

// asPlugin is the program under the name that a plugin's backend has, in a folder for plugins.
func asPlugin(program, plugins, id string) (string, error) {
	program, err := filepath.Abs(program)
	if err != nil || strings.HasPrefix(filepath.Base(program), "gpx_") {
		return program, err
	}
	if _, err := os.Stat(program); err != nil {
		return "", err
	}
	folder := filepath.Join(plugins, id)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	name := filepath.Join(folder, fmt.Sprintf("gpx_kulprit_%s_%s", runtime.GOOS, runtime.GOARCH))
	_ = os.Remove(name)
	return name, os.Symlink(program, name)
}
