// Command host does to Kulprit's plugins what a Grafana does: it starts their backends by Grafana's own plugin SDK, and serves over HTTP
// what pages and panels call. For tests only; README.md has the flags.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("host: ")
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	var options Options
	var listen string
	flag.StringVar(&listen, "listen", "127.0.0.1:3000", "address to listen on; port 0 takes a free one")
	flag.StringVar(&options.Backend, "backend", "", "the built kulprit program (needed)")
	flag.StringVar(&options.Data, "data", "", "Grafana's data path, as GF_PATHS_DATA (default: a temporary folder)")
	flag.StringVar(&options.Settings, "settings", "", "JSON file with the settings of app and data sources (default: none set)")
	flag.StringVar(&options.Dist, "dist", "", "folder of the built app, served below /public/plugins/"+AppID+"/")
	flag.StringVar(&options.Page, "page", "", "folder served at /")
	flag.Int64Var(&options.Who.Org, "org", 1, "the org of whoever asks, unless X-Test-Org names another")
	flag.StringVar(&options.Who.Login, "login", "admin", "the login of whoever asks, unless X-Test-Login names another")
	flag.StringVar(&options.Who.Role, "role", "Admin", "the role of whoever asks, unless X-Test-Role names another")
	flag.Parse()
	if options.Backend == "" {
		return errors.New("--backend: name the built kulprit program")
	}
	host, err := Start(options)
	if err != nil {
		return err
	}
	defer host.Close()
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	stop, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	server := &http.Server{Handler: host.Handler(), ReadHeaderTimeout: 10 * time.Second}
	go func() {
		<-stop.Done()
		shut, done := context.WithTimeout(context.Background(), 5*time.Second)
		defer done()
		_ = server.Shutdown(shut)
	}()
	fmt.Printf("ready http://%s\n", listener.Addr())
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
