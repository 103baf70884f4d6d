//! Cedar and regorus at the scenarios of bench-peers.
//!
//!     peers cedar|regorus FOLDER-OF-POLICIES FILE.json …
//!
//! One line a file: engine, scenario, n, seed, right answers, allowed, median and 99th percentile over the requests.
//! Everything is loaded and closed before the clock runs; only the call that authorises is timed, as the mean of a few
//! calls in a row.

use cedar_policy::{Authorizer, Context, Decision, Entities, EntityUid, PolicySet, Request};
use serde_json::{json, Value};
use std::{fmt::Write, fs, str::FromStr, time::{Duration, Instant}};

const REPEAT: u32 = 8;
/// A file that takes longer is left after as many requests as were answered by then.
const LONGEST: Duration = Duration::from_secs(10);

fn text<'a>(v: &'a Value, name: &str) -> &'a str {
    v[name].as_str().unwrap_or_else(|| panic!("no text {name}"))
}

fn split(uid: &str) -> (&str, &str) {
    uid.split_once("::").expect("a uid")
}

// ---- Cedar ----

fn cedar_uid(uid: &str) -> EntityUid {
    let (kind, id) = split(uid);
    EntityUid::from_str(&format!("{kind}::{id:?}")).expect("a uid of Cedar's")
}

fn cedar_value(v: &Value) -> Value {
    match v {
        Value::Object(o) if o.contains_key("uid") => {
            let (kind, id) = split(text(v, "uid"));
            json!({"__entity": {"type": kind, "id": id}})
        }
        Value::Object(o) => o.iter().map(|(k, v)| (k.clone(), cedar_value(v))).collect::<serde_json::Map<_, _>>().into(),
        Value::Array(a) => a.iter().map(cedar_value).collect::<Vec<_>>().into(),
        other => other.clone(),
    }
}

fn cedar_entities(root: &Value) -> Entities {
    let mut list = Vec::new();
    for e in root["entities"].as_object().expect("entities").values() {
        let parents = e["parents"].as_array().expect("parents").iter().map(|p| {
            let (kind, id) = split(p.as_str().expect("a uid"));
            json!({"type": kind, "id": id})
        });
        list.push(json!({"uid": {"type": e["type"], "id": e["id"]}, "attrs": cedar_value(&e["attrs"]), "parents": parents.collect::<Vec<_>>()}));
    }
    if root["name"] == "github" {
        for (action, parent) in [("read", "triage"), ("triage", "write"), ("write", "maintain"), ("maintain", "admin"), ("admin", "")] {
            let parents = if parent.is_empty() { json!([]) } else { json!([{"type": "Action", "id": parent}]) };
            list.push(json!({"uid": {"type": "Action", "id": action}, "attrs": {}, "parents": parents}));
        }
    }
    Entities::from_json_value(Value::Array(list), None).expect("entities of Cedar's")
}

fn cedar_hospital(root: &Value) -> String {
    let mut out = String::new();
    for d in root["departments"].as_array().expect("departments") {
        for p in root["permits"].as_array().expect("permits") {
            let actions: Vec<_> = p[2].as_array().expect("actions").iter().map(|a| format!("Action::{a}")).collect();
            writeln!(out, "permit (principal in Department::{d}, action in [{}], resource) when {{ resource.department == {d} && principal.role == {} && resource.type == {} }};", actions.join(", "), p[0], p[1]).unwrap();
        }
        writeln!(out, "forbid (principal, action, resource) when {{ resource.department == {d} && resource.sensitivity > principal.clearance }};").unwrap();
    }
    for p in root["emergency"].as_array().expect("emergency") {
        writeln!(out, "permit (principal, action == Action::\"read\", resource) when {{ resource.emergency && principal.role == {} && resource.type == {} }};", p[0], p[1]).unwrap();
    }
    out
}

fn cedar(root: &Value, policies: &str, ask: &mut dyn FnMut(usize, &mut dyn FnMut() -> bool)) {
    let set = PolicySet::from_str(&if root["name"] == "hospital" { cedar_hospital(root) } else { policies.to_string() }).expect("policies");
    let entities = cedar_entities(root);
    let authorizer = Authorizer::new();
    for (i, r) in root["requests"].as_array().expect("requests").iter().enumerate() {
        let action = EntityUid::from_str(&format!("Action::{:?}", text(r, "action"))).expect("an action");
        let request = Request::new(cedar_uid(text(r, "principal")), action, cedar_uid(text(r, "resource")), Context::empty(), None).expect("a request");
        ask(i, &mut || authorizer.is_authorized(&request, &set, &entities).decision() == Decision::Allow);
    }
}

// ---- regorus ----

fn rego_value(v: &Value) -> Value {
    match v {
        Value::Object(o) if o.contains_key("uid") => v["uid"].clone(),
        Value::Object(o) => o.iter().map(|(k, v)| (k.clone(), rego_value(v))).collect::<serde_json::Map<_, _>>().into(),
        Value::Array(a) => a.iter().map(rego_value).collect::<Vec<_>>().into(),
        other => other.clone(),
    }
}

fn rego_data(root: &Value) -> Value {
    let mut entities = serde_json::Map::new();
    for (uid, e) in root["entities"].as_object().expect("entities") {
        let mut above: serde_json::Map<String, Value> = e["ancestors"].as_array().expect("ancestors").iter().map(|a| (a.as_str().unwrap().to_string(), true.into())).collect();
        above.insert(uid.clone(), true.into());
        entities.insert(uid.clone(), json!({"above": above, "attrs": rego_value(&e["attrs"])}));
    }
    json!({ "entities": entities })
}

fn regorus(root: &Value, policies: &str, ask: &mut dyn FnMut(usize, &mut dyn FnMut() -> bool)) {
    let mut engine = regorus::Engine::new();
    engine.add_policy("app.rego".to_string(), policies.to_string()).expect("policies");
    engine.add_data(regorus::Value::from_json_str(&rego_data(root).to_string()).expect("data")).expect("data");
    for (i, r) in root["requests"].as_array().expect("requests").iter().enumerate() {
        let input = regorus::Value::from_json_str(&r.to_string()).expect("input");
        ask(i, &mut || {
            engine.set_input(input.clone());
            engine.eval_rule("data.app.allow".to_string()).expect("an answer") == regorus::Value::from(true)
        });
    }
}

fn run(engine: &str, folder: &str, path: &str) {
    let root: Value = serde_json::from_str(&fs::read_to_string(path).expect(path)).expect(path);
    let name = text(&root, "name");
    let (ending, base) = (if engine == "cedar" { "cedar" } else { "rego" }, name.trim_end_matches("-as-published"));
    let policies = fs::read_to_string(format!("{folder}/{ending}/{base}.{ending}")).unwrap_or_default();
    if policies.is_empty() && !(engine == "cedar" && name == "hospital") {
        return; // not written for this engine
    }
    let (mut right, mut allowed, mut ns) = (0, 0, Vec::new());
    let begin = Instant::now();
    let mut ask = |i: usize, decide: &mut dyn FnMut() -> bool| {
        if begin.elapsed() > LONGEST {
            return;
        }
        let answer = decide();
        allowed += u32::from(answer);
        right += u32::from(answer == root["expected"][i].as_bool().expect("an answer"));
        let start = Instant::now();
        for _ in 0..REPEAT {
            std::hint::black_box(decide());
        }
        ns.push(start.elapsed().as_nanos() as f64 / f64::from(REPEAT));
    };
    if engine == "cedar" { cedar(&root, &policies, &mut ask) } else { regorus(&root, &policies, &mut ask) }
    ns.sort_by(f64::total_cmp);
    println!("{engine} {name} {} {} right {right}/{} allowed {allowed} p50 {:.1} p99 {:.1}", root["n"], root["seed"], ns.len(), ns[ns.len() / 2], ns[ns.len() * 99 / 100]);
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [engine, folder, files @ ..] = arguments.as_slice() else { panic!("peers cedar|regorus FOLDER FILE.json …") };
    for path in files {
        run(engine, folder, path);
    }
}
