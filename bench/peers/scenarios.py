#!/usr/bin/env python3
"""Scenarios for bench-peers: entities, requests and the right answers, as JSON files that every engine's harness reads.

    scenarios.py OUT [--sizes 5,10,20,50] [--seeds 4] [--requests 500]

The three applications are those of the benchmark of Cedar's paper (Cutler et al., OOPSLA 2024), written anew from
their description: gdrive, github and tinytodo, each with n entities of a type and every edge with probability 0.05.
`gdrive-as-published` keeps a defect of the published generator: the views that documents hang below have names that
no view has, so the rule about views never applies. Answers are computed here, by walking the graph.
`hospital` is written anew after the scenario of that name in SAPL's benchmark: 33 n + 5 policies for n departments.

A file: {"name", "n", "seed", "entities": {uid: {"type", "id", "parents", "ancestors", "attrs"}},
         "requests": [{"principal", "action", "resource"}], "expected": [bool]}
Uids are "Type::id"; an attribute that is a uid is {"uid": ...}; ancestors are all above, without the entity itself."""
import argparse, json, os, random

EDGE = 0.05


class World:
    def __init__(self, name, n, seed):
        self.name, self.n, self.seed = name, n, seed
        self.random = random.Random(f"{name} {n} {seed}")
        self.entities = {}

    def add(self, kind, ident, parents=(), **attrs):
        uid = f"{kind}::{ident}"
        self.entities[uid] = {"type": kind, "id": ident, "parents": list(parents), "attrs": attrs}
        return uid

    def some(self, uids):
        return [u for u in uids if self.random.random() < EDGE]

    def close(self):
        done = {}

        def above(uid):
            if uid not in done:
                done[uid] = set()
                for parent in self.entities.get(uid, {"parents": []})["parents"]:
                    done[uid] |= {parent} | above(parent)
            return done[uid]

        for uid, entity in self.entities.items():
            entity["ancestors"] = sorted(above(uid))

    def of(self, kind):
        return [u for u, e in self.entities.items() if e["type"] == kind]

    def below(self, uid, above):
        return uid == above or above in self.entities[uid]["ancestors"]

    def attr(self, uid, name):
        value = self.entities[uid]["attrs"].get(name)
        return value["uid"] if isinstance(value, dict) else value

    def file(self, count, actions, allowed):
        requests = []
        for _ in range(count):
            action = self.random.choice(list(actions))
            principal, resource = actions[action]
            requests.append({"principal": self.random.choice(self.of(principal)), "action": action,
                             "resource": self.random.choice(self.of(resource))})
        return {"name": self.name, "n": self.n, "seed": self.seed, "entities": self.entities, "requests": requests,
                "expected": [bool(allowed(self, r["principal"], r["action"], r["resource"])) for r in requests]}


def uid(text):
    return {"uid": text}


# ---- gdrive ----

def gdrive(n, seed, count, as_published=False):
    w = World("gdrive-as-published" if as_published else "gdrive", n, seed)
    mark = (lambda kind, i: f"View::{kind} {i}") if as_published else (lambda kind, i: f"View::{kind} {kind.lower()}_{i}")
    groups, docs, folders = ([f"{k}_{i}" for i in range(n)] for k in ("group", "doc", "folder"))
    members = {g: [] for g in groups}
    for i in range(n):
        user = f"user_{i}"
        mine = w.some(groups)
        for g in mine:
            members[g].append(user)
        w.add("User", user, [f"Group::{g}" for g in mine],
              documentsAndFoldersWithViewAccess=uid(f"View::User {user}"),
              ownedDocuments=[uid(f"Document::{d}") for d in w.some(docs)],
              ownedFolders=[uid(f"Folder::{f}") for f in w.some(folders)])
        w.add("View", f"User {user}")
    for g in groups:
        w.add("Group", g)
        w.add("View", f"Group {g}", [f"View::User {u}" for u in members[g]])
    views = [mark("User", i) for i in range(n)] + [mark("Group", i) for i in range(n)]
    for d in docs:
        w.add("Document", d, [f"Folder::{f}" for f in w.some(folders)] + w.some(views), isPublic=w.random.random() < 0.5)
    for i, f in enumerate(folders):
        w.add("Folder", f, [f"Folder::{g}" for g in w.some(folders[:i])] + w.some(views))
    w.close()
    actions = {a: ("User", "Document") for a in ("read", "write", "share", "changeOwner")}
    actions["createDocument"] = ("User", "Folder")

    def allowed(w, principal, action, resource):
        docs = [d["uid"] for d in w.entities[principal]["attrs"]["ownedDocuments"]]
        folders = [f["uid"] for f in w.entities[principal]["attrs"]["ownedFolders"]]
        if action == "changeOwner":
            return resource in docs
        if action == "createDocument":
            return resource in folders
        if any(w.below(resource, o) for o in docs + folders):
            return True
        return action == "read" and (w.attr(resource, "isPublic") or
                                     w.below(resource, w.attr(principal, "documentsAndFoldersWithViewAccess")))

    return w.file(count, actions, allowed)


# ---- github ----

LADDER = ["read", "triage", "write", "maintain", "admin"]
REPO = {"readers": 1, "triagers": 2, "writers": 3, "maintainers": 4, "admins": 5}  # how many steps of the ladder
ORG = {"readers": 1, "writers": 3, "admins": 5}


def github(n, seed, count):
    w = World("github", n, seed)
    role = lambda: w.random.choice(list(REPO))
    org_role = lambda: w.random.choice(list(ORG))
    for i in range(n):
        w.add("Organization", f"org_{i}", [f"OrgPermission::org_{j}_{org_role()}" for j in range(n) if w.random.random() < EDGE],
              **{r: uid(f"OrgPermission::org_{i}_{r}") for r in ORG})
        for r in ORG:
            w.add("OrgPermission", f"org_{i}_{r}")
    for i in range(n):
        w.add("Repository", f"repo_{i}", **{r: uid(f"RepoPermission::repo_{i}_{r}") for r in REPO},
              owner=uid(f"Organization::org_{w.random.randrange(n)}"))
        for r in REPO:
            w.add("RepoPermission", f"repo_{i}_{r}")
    for i in range(n):
        w.add("Team", f"team_{i}", w.some([f"Team::team_{j}" for j in range(i)]) +
              [f"RepoPermission::repo_{j}_{role()}" for j in range(n) if w.random.random() < EDGE])
    for i in range(n):
        parents = [f"RepoPermission::repo_{j}_{role()}" for j in range(n) if w.random.random() < EDGE]
        parents += w.some([f"Team::team_{j}" for j in range(n)])
        parents += w.some([f"Organization::org_{j}" for j in range(n)])
        parents += [f"OrgPermission::org_{j}_{org_role()}" for j in range(n) if w.random.random() < EDGE]
        w.add("User", f"user_{i}", parents)
    w.close()

    def allowed(w, principal, action, resource):
        step = LADDER.index(action) + 1
        owner = w.attr(resource, "owner")
        return (any(steps >= step and w.below(principal, w.attr(resource, r)) for r, steps in REPO.items()) or
                any(steps >= step and w.below(principal, w.attr(owner, r)) for r, steps in ORG.items()))

    return w.file(count, {a: ("User", "Repository") for a in LADDER}, allowed)


# ---- tinytodo ----

def tinytodo(n, seed, count):
    w = World("tinytodo", n, seed)
    app = w.add("Application", "TinyTodo")
    teams = [f"Team::team_{i}" for i in range(n)]
    for i in range(n):
        w.add("User", f"user_{i}", w.some(teams) + [app])
    for i in range(n):
        w.add("Team", f"team_{i}", w.some(teams[:i]) + [app])
    for i in range(n):
        pick = lambda kind: uid(f"{kind}_{w.random.randrange(n)}")
        tasks = [{"name": f"task_{k}", "id": k, "state": w.random.choice(["Checked", "Unchecked"])}
                 for k in range(w.random.randint(0, 50))]
        w.add("List", f"list_{i}", [app], name=f"list_{i}", owner=pick("User::user"), readers=pick("Team::team"),
              editors=pick("Team::team"), tasks=tasks)
    w.close()
    on_lists = ["GetList", "UpdateList", "DeleteList", "CreateTask", "UpdateTask", "DeleteTask", "EditShares"]
    actions = {a: ("User", "List") for a in on_lists}
    actions.update({a: ("User", "Application") for a in ("CreateList", "GetLists")})

    def allowed(w, principal, action, resource):
        if action in ("CreateList", "GetLists"):
            return True
        if w.attr(resource, "owner") == principal:
            return True
        editor = w.below(principal, w.attr(resource, "editors"))
        if action == "GetList":
            return editor or w.below(principal, w.attr(resource, "readers"))
        return editor and action in ("UpdateList", "CreateTask", "UpdateTask", "DeleteTask")

    return w.file(count, actions, allowed)


# ---- hospital ----

ROLES = ["doctor", "nurse", "surgeon", "pharmacist", "lab-technician", "radiologist", "receptionist", "billing-clerk", "administrator"]
KINDS = ["patient-record", "lab-result", "prescription", "imaging", "appointment", "invoice", "surgery-plan", "care-note", "consent-form", "audit-entry"]
ACTIONS = ["read", "write", "create", "update", "delete", "sign", "share", "export", "print", "approve", "archive", "annotate"]


def permits_of(w):
    """The 32 permits that every department has alike: role, kind of resource, actions."""
    chosen = random.Random("hospital permits")
    out = []
    while len(out) < 32:
        role, kind = chosen.choice(ROLES), chosen.choice(KINDS)
        actions = sorted({"read"} | set(chosen.sample(ACTIONS[1:], chosen.randint(0, 3))))
        if (role, kind) not in [(r, k) for r, k, _ in out]:
            out.append((role, kind, actions))
    return out


EMERGENCY = [("doctor", "patient-record"), ("nurse", "patient-record"), ("surgeon", "surgery-plan"),
             ("pharmacist", "prescription"), ("radiologist", "imaging")]


def hospital(n, seed, count):
    w = World("hospital", n, seed)
    permits = permits_of(w)
    departments = [f"department_{i}" for i in range(n)]
    for i, d in enumerate(departments):
        w.add("Department", d)
        for t in range(2):
            w.add("Team", f"team_{i}_{t}", [f"Department::{d}"])
        for s in range(5):
            parents = [f"Team::team_{i}_{w.random.randrange(2)}"]
            if n > 1 and w.random.random() < EDGE:
                parents.append(f"Team::team_{w.random.randrange(n)}_{w.random.randrange(2)}")
            w.add("Staff", f"staff_{i}_{s}", parents, role=w.random.choice(ROLES), clearance=w.random.randint(1, 4))
    w.close()
    staff = w.of("Staff")
    requests, expected = [], []
    for k in range(count):
        who = w.random.choice(staff)
        home = [a for a in w.entities[who]["ancestors"] if a.startswith("Department::")]
        where = w.random.choice(home) if w.random.random() < 0.8 else f"Department::{w.random.choice(departments)}"
        role = w.entities[who]["attrs"]["role"]
        usual = [kind for r, kind, _ in permits if r == role]
        kind = w.random.choice(usual if usual and w.random.random() < 0.45 else KINDS)
        resource = w.add("Record", f"record_{k}", type=kind, department=where.split("::")[1],
                         sensitivity=w.random.randint(1, 4), emergency=w.random.random() < 0.02)
        w.entities[resource]["ancestors"] = []
        action = "read" if w.random.random() < 0.39 else w.random.choice(ACTIONS)
        a, s = w.entities[resource]["attrs"], w.entities[who]["attrs"]
        member = where in home
        allowed = member and any(r == s["role"] and kind == a["type"] and action in actions for r, kind, actions in permits)
        allowed = allowed or (a["emergency"] and action == "read" and (s["role"], a["type"]) in EMERGENCY)
        requests.append({"principal": who, "action": action, "resource": resource})
        expected.append(bool(allowed and a["sensitivity"] <= s["clearance"]))
    return {"name": "hospital", "n": n, "seed": seed, "entities": w.entities, "requests": requests, "expected": expected,
            "permits": permits, "emergency": EMERGENCY, "departments": departments}


# ---- small cases, after those of Casbin's own benchmark ----

def rbac(n, seed, count):
    """n roles that may read one of n / 10 things each, and ten users of each role."""
    w = World("rbac", n, seed)
    policies = [[f"group_{i}", f"data_{i // 10}", "read"] for i in range(n)]
    for i in range(n // 10):
        w.add("Data", f"data_{i}")
    for i in range(10 * n):
        w.add("User", f"user_{i}", role=f"group_{i // 10}")
    w.close()
    may = {(role, data, action) for role, data, action in policies}
    for e in w.entities.values():
        e["ancestors"] = []
    requests, expected = [], []
    for _ in range(count):
        who = w.random.choice(w.of("User"))
        role = w.attr(who, "role")
        mine = f"Data::data_{int(role.split('_')[1]) // 10}"
        data = mine if w.random.random() < 0.5 else w.random.choice(w.of("Data"))
        requests.append({"principal": who, "action": "read", "resource": data})
        expected.append((role, data.split("::")[1], "read") in may)
    return {"name": "rbac", "n": n, "seed": seed, "entities": w.entities, "requests": requests, "expected": expected, "policies": policies}


def abac(n, seed, count):
    w = World("abac", n, seed)
    units = [f"unit_{i}" for i in range(4)]
    for i in range(n):
        w.add("User", f"user_{i}", age=w.random.randint(0, 99), unit=w.random.choice(units))
        w.add("Data", f"data_{i}", unit=w.random.choice(units))
    w.close()
    adult = lambda w, p, a, r: w.attr(p, "age") >= 18 and w.attr(p, "unit") == w.attr(r, "unit")
    return w.file(count, {"read": ("User", "Data")}, adult)


def main():
    arguments = argparse.ArgumentParser(description="writes scenarios for bench-peers")
    arguments.add_argument("out")
    arguments.add_argument("--sizes", default="5,10,20,50")
    arguments.add_argument("--departments", default="1,5,50,100,300")
    arguments.add_argument("--seeds", type=int, default=4)
    arguments.add_argument("--requests", type=int, default=500)
    given = arguments.parse_args()
    os.makedirs(given.out, exist_ok=True)
    made = []
    for n in map(int, given.sizes.split(",")):
        for seed in range(given.seeds):
            made += [gdrive(n, seed, given.requests), gdrive(n, seed, given.requests, True), github(n, seed, given.requests),
                     tinytodo(n, seed, given.requests)]
    made += [hospital(n, 0, given.requests) for n in map(int, given.departments.split(","))]
    made += [rbac(100, 0, given.requests), abac(100, 0, given.requests)]
    rates = {}
    for s in made:
        with open(os.path.join(given.out, f"{s['name']}-{s['n']}-{s['seed']}.json"), "w", encoding="utf-8") as f:
            json.dump(s, f)
        rates.setdefault((s["name"], s["n"]), []).append(sum(s["expected"]) / len(s["expected"]))
    for (name, n), r in rates.items():
        print(f"{name:20} n={n:<4} allowed {100 * sum(r) / len(r):5.1f} %")


if __name__ == "__main__":
    main()
