package main

import (
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"
)

// Configured is what somebody has set for the app or for a data source.
type Configured struct {
	// Org is whose it is; 0 stands for every org.
	Org            int64             `json:"orgId"`
	UID            string            `json:"uid,omitempty"`
	Name           string            `json:"name,omitempty"`
	JSONData       json.RawMessage   `json:"jsonData"`
	SecureJSONData map[string]string `json:"secureJsonData,omitempty"`
	updated        time.Time
}

// Settings are those of the app in each org and of the data sources.
type Settings struct {
	lock        sync.Mutex
	Apps        []*Configured `json:"apps"`
	DataSources []*Configured `json:"dataSources"`
}

func readSettings(file string) (*Settings, error) {
	settings := &Settings{}
	if file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(text, settings); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	if len(settings.DataSources) == 0 {
		settings.DataSources = []*Configured{{UID: "kulprit", Name: "Kulprit"}}
	}
	for _, one := range append(settings.Apps, settings.DataSources...) {
		one.updated = time.Now()
	}
	return settings, nil
}

// App is what is set for the app in an org.
func (s *Settings) App(org int64) Configured {
	s.lock.Lock()
	defer s.lock.Unlock()
	return *s.app(org)
}

func (s *Settings) app(org int64) *Configured {
	for _, one := range s.Apps {
		if one.Org == org {
			return one
		}
	}
	for _, one := range s.Apps {
		if one.Org == 0 {
			return one
		}
	}
	return &Configured{Org: org, updated: time.Unix(1, 0)}
}

// SetApp takes what the app's configuration page saves.
func (s *Settings) SetApp(org int64, saved Configured) {
	s.lock.Lock()
	defer s.lock.Unlock()
	before := s.app(org)
	saved.Org, saved.updated = org, time.Now()
	saved.SecureJSONData = merged(before.SecureJSONData, saved.SecureJSONData)
	for i, one := range s.Apps {
		if one.Org == org {
			s.Apps[i] = &saved
			return
		}
	}
	s.Apps = append(s.Apps, &saved)
}

// DataSource is the one with that uid, where the org has it.
func (s *Settings) DataSource(org int64, uid string) (Configured, bool) {
	s.lock.Lock()
	defer s.lock.Unlock()
	for _, one := range s.DataSources {
		if one.UID == uid && (one.Org == 0 || one.Org == org) {
			return *one, true
		}
	}
	return Configured{}, false
}

// SetDataSource takes what a data source's configuration page saves.
func (s *Settings) SetDataSource(uid string, saved Configured) {
	s.lock.Lock()
	defer s.lock.Unlock()
	saved.UID, saved.updated = uid, time.Now()
	for i, one := range s.DataSources {
		if one.UID == uid {
			saved.SecureJSONData = merged(one.SecureJSONData, saved.SecureJSONData)
			s.DataSources[i] = &saved
			return
		}
	}
	s.DataSources = append(s.DataSources, &saved)
}

// merged keeps secrets that are not given anew, as Grafana does.
func merged(before, saved map[string]string) map[string]string {
	all := map[string]string{}
	for name, value := range before {
		all[name] = value
	}
	for name, value := range saved {
		all[name] = value
	}
	return all
}

// Fields are the names of the secrets that are set: nobody is told more of them.
func (c Configured) Fields() map[string]bool {
	fields := map[string]bool{}
	for name, value := range c.SecureJSONData {
		fields[name] = value != ""
	}
	return fields
}
