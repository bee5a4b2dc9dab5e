package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend/gtime"
	"github.com/grafana/grafana-plugin-sdk-go/data"
	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
)

// queries is the body of /api/ds/query.
type queries struct {
	From    string            `json:"from"`
	To      string            `json:"to"`
	Queries []json.RawMessage `json:"queries"`
}

// query is what Grafana itself reads of each query.
type query struct {
	RefID      string  `json:"refId"`
	IntervalMS float64 `json:"intervalMs"`
	MaxPoints  float64 `json:"maxDataPoints"`
	QueryType  string  `json:"queryType"`
	DataSource struct {
		UID string `json:"uid"`
	} `json:"datasource"`
}

// result is what a panel gets for one refId.
type result struct {
	Status int           `json:"status"`
	Error  string        `json:"error,omitempty"`
	Source string        `json:"errorSource,omitempty"`
	Frames []*data.Frame `json:"frames"`
}

func (h *Host) query(w http.ResponseWriter, r *http.Request) {
	c := call{w: w, r: r, who: h.who(r)}
	var asked queries
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		c.answer(http.StatusBadRequest, map[string]any{"message": err.Error()})
		return
	}
	now := time.Now()
	from, err := instant(asked.From, now)
	if err == nil {
		var to time.Time
		if to, err = instant(asked.To, now); err == nil {
			h.queryBetween(c, asked.Queries, &pluginv2.TimeRange{FromEpochMS: from.UnixMilli(), ToEpochMS: to.UnixMilli()})
			return
		}
	}
	c.answer(http.StatusBadRequest, map[string]any{"message": err.Error()})
}

func (h *Host) queryBetween(c call, asked []json.RawMessage, between *pluginv2.TimeRange) {
	// Grafana sends the queries of one data source together.
	bySource := map[string][]*pluginv2.DataQuery{}
	for _, text := range asked {
		var one query
		if err := json.Unmarshal(text, &one); err != nil {
			c.answer(http.StatusBadRequest, map[string]any{"message": err.Error()})
			return
		}
		if one.MaxPoints == 0 {
			one.MaxPoints = 100
		}
		if one.IntervalMS == 0 {
			one.IntervalMS = 1000
		}
		bySource[one.DataSource.UID] = append(bySource[one.DataSource.UID], &pluginv2.DataQuery{
			RefId: one.RefID, QueryType: one.QueryType, Json: text, TimeRange: between,
			MaxDataPoints: int64(one.MaxPoints), IntervalMS: int64(one.IntervalMS),
		})
	}
	results, status := map[string]result{}, http.StatusOK
	for uid, queries := range bySource {
		context, found := h.sourceContext(c.who, uid)
		if !found {
			c.answer(http.StatusNotFound, map[string]any{"message": fmt.Sprintf("data source %q not found", uid)})
			return
		}
		calls, err := h.backends[DataSourceID].Calls()
		if err != nil {
			c.fail(err)
			return
		}
		answer, err := calls.data.QueryData(c.r.Context(), &pluginv2.QueryDataRequest{PluginContext: context, Queries: queries})
		if err != nil {
			c.fail(err)
			return
		}
		for refID, one := range answer.Responses {
			frames, err := data.UnmarshalArrowFrames(one.Frames)
			if err != nil {
				c.fail(fmt.Errorf("the frames of %s: %w", refID, err))
				return
			}
			if one.Error != "" {
				// As Grafana does: some of the answers are errors.
				status = http.StatusMultiStatus
			}
			results[refID] = result{Status: int(one.Status), Error: one.Error, Source: one.ErrorSource, Frames: frames}
		}
	}
	c.answer(status, map[string]any{"results": results})
}

// instant reads a time as the query API takes it: epoch milliseconds, or now and a distance.
func instant(text string, now time.Time) (time.Time, error) {
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.UnixMilli(ms), nil
	}
	if text == "" || text == "now" {
		return now, nil
	}
	if len(text) > 4 && text[:4] == "now-" {
		back, err := gtime.ParseDuration(text[4:])
		return now.Add(-back), err
	}
	return now, fmt.Errorf("%q is no time: give epoch milliseconds or now-1h", text)
}
