// OPA, cel-go and Casbin at the scenarios of bench-peers.
//
//	peers opa|cel|casbin FOLDER-OF-POLICIES FILE.json …
//
// One line a file: engine, scenario, n, seed, right answers, allowed, median and 99th percentile over the requests.
// Everything is compiled and loaded before the clock runs; only the call that decides is timed, as the mean of a few
// calls in a row.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"
	"github.com/google/cel-go/cel"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
)

const repeat = 8

// A file that takes longer is left after as many requests as were answered by then.
const longest = 10 * time.Second

type entity struct {
	ID        string         `json:"id"`
	Ancestors []string       `json:"ancestors"`
	Attrs     map[string]any `json:"attrs"`
}

type request struct {
	Principal string `json:"principal"`
	Action    string `json:"action"`
	Resource  string `json:"resource"`
}

type scenario struct {
	Name     string            `json:"name"`
	N        int               `json:"n"`
	Seed     int               `json:"seed"`
	Entities map[string]entity `json:"entities"`
	Requests []request         `json:"requests"`
	Expected []bool            `json:"expected"`
	Policies [][]string        `json:"policies"`
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// plain replaces {"uid": u} by u.
func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if uid, ok := v["uid"]; ok && len(v) == 1 {
			return uid
		}
		out := map[string]any{}
		for k, x := range v {
			out[k] = plain(x)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = plain(x)
		}
		return out
	}
	return v
}

func opa(s *scenario, folder string) []func() bool {
	text, err := os.ReadFile(filepath.Join(folder, "rego", strings.TrimSuffix(s.Name, "-as-published")+".rego"))
	if err != nil {
		return nil // not written for this engine
	}
	entities := map[string]any{}
	for uid, e := range s.Entities {
		above := map[string]any{uid: true}
		for _, a := range e.Ancestors {
			above[a] = true
		}
		entities[uid] = map[string]any{"above": above, "attrs": plain(e.Attrs)}
	}
	ctx := context.Background()
	store := inmem.NewFromObjectWithOpts(map[string]any{"entities": entities}, inmem.OptReturnASTValuesOnRead(true))
	query := must(rego.New(rego.Query("data.app.allow"), rego.Module("app.rego", string(text)), rego.Store(store)).PrepareForEval(ctx))
	var out []func() bool
	for _, r := range s.Requests {
		input := must(ast.InterfaceToValue(map[string]any{"principal": r.Principal, "action": r.Action, "resource": r.Resource}))
		out = append(out, func() bool { return must(query.Eval(ctx, rego.EvalParsedInput(input))).Allowed() })
	}
	return out
}

func celGo(s *scenario, _ string) []func() bool {
	expressions := map[string]string{
		"abac": `sub.age >= 18.0 && sub.unit == obj.unit`,
		"rbac": `policies.exists(p, p[0] == sub.role && p[1] == id && p[2] == act)`,
	}
	text, ok := expressions[s.Name]
	if !ok {
		return nil
	}
	env := must(cel.NewEnv(cel.Variable("sub", cel.DynType), cel.Variable("obj", cel.DynType), cel.Variable("id", cel.StringType),
		cel.Variable("act", cel.StringType), cel.Variable("policies", cel.ListType(cel.ListType(cel.StringType)))))
	checked, issues := env.Compile(text)
	if issues.Err() != nil {
		panic(issues.Err())
	}
	program := must(env.Program(checked, cel.EvalOptions(cel.OptOptimize)))
	var out []func() bool
	for _, r := range s.Requests {
		input := map[string]any{"sub": s.Entities[r.Principal].Attrs, "obj": s.Entities[r.Resource].Attrs,
			"id": s.Entities[r.Resource].ID, "act": r.Action, "policies": s.Policies}
		out = append(out, func() bool {
			answer, _, err := program.Eval(input)
			return must(answer, err).Value() == true
		})
	}
	return out
}

const rbacModel = `
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = g(r.sub, p.sub) && r.obj == p.obj && r.act == p.act
`

const abacModel = `
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.sub.Age >= 18 && r.sub.Unit == r.obj.Unit && r.act == "read"
`

type who struct {
	Age  float64
	Unit string
}

func casbinGo(s *scenario, _ string) []func() bool {
	texts := map[string]string{"rbac": rbacModel, "abac": abacModel}
	if texts[s.Name] == "" {
		return nil
	}
	enforcer := must(casbin.NewEnforcer(must(model.NewModelFromString(texts[s.Name]))))
	for _, p := range s.Policies {
		must(enforcer.AddPolicy(p[0], p[1], p[2]))
	}
	for uid, e := range s.Entities {
		if role, ok := e.Attrs["role"].(string); ok && s.Name == "rbac" {
			must(enforcer.AddGroupingPolicy(uid, role))
		}
	}
	fact := func(uid string) who {
		age, _ := s.Entities[uid].Attrs["age"].(float64)
		unit, _ := s.Entities[uid].Attrs["unit"].(string)
		return who{age, unit}
	}
	var out []func() bool
	for _, r := range s.Requests {
		var sub, obj any = r.Principal, s.Entities[r.Resource].ID
		if s.Name == "abac" {
			sub, obj = fact(r.Principal), fact(r.Resource)
		}
		out = append(out, func() bool { return must(enforcer.Enforce(sub, obj, r.Action)) })
	}
	return out
}

func main() {
	engines := map[string]func(*scenario, string) []func() bool{"opa": opa, "cel-go": celGo, "casbin": casbinGo}
	for _, path := range os.Args[3:] {
		var s scenario
		if err := json.Unmarshal(must(os.ReadFile(path)), &s); err != nil {
			panic(err)
		}
		asks := engines[os.Args[1]](&s, os.Args[2])
		if asks == nil {
			continue
		}
		right, allowed := 0, 0
		ns := make([]float64, 0, len(asks))
		begin := time.Now()
		for i, ask := range asks {
			if time.Since(begin) > longest {
				break
			}
			answer := ask()
			if answer {
				allowed++
			}
			if answer == s.Expected[i] {
				right++
			}
			start := time.Now()
			for range repeat {
				ask()
			}
			ns = append(ns, float64(time.Since(start).Nanoseconds())/repeat)
		}
		sort.Float64s(ns)
		fmt.Printf("%s %s %d %d right %d/%d allowed %d p50 %.1f p99 %.1f\n", os.Args[1], s.Name, s.N, s.Seed, right, len(ns), allowed,
			ns[len(ns)/2], ns[len(ns)*99/100])
	}
}
