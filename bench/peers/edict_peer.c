/* Edict at the scenarios of bench-peers: the same requests as every other engine, from the same files.
 *
 *   edict_peer FILE.json …
 *
 * For each file two lines: scenario, n, seed, right answers, allowed, median and 99th percentile over the requests.
 * `edict` asks prepared questions, one for each action, about prepared entities, as other engines hold theirs; `edict-names`
 * gives names and texts with each call. Sessions are held. All requests are asked in their order and
 * again, so that no answer that is remembered serves; what counts for a request is its median over the rounds, less
 * the median of what the clock says of nothing, read before each. The mean is that of all requests in a row, with
 * the clock read once for all of them. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/stopwatch.h"
#include "edict/question.h"
#include "support/hostile.h"
#include "support/mesh.h"

enum { ASKED = 31, MOST = 4096, ATTRIBUTES = 12, TEXTS = 512 };

static void die(const char *what, const char *which) {
  fprintf(stderr, "edict_peer: %s: %s\n", what, which);
  exit(1);
}

/* ---- what a scenario says, as attributes ---- */

typedef struct facts {
  edict_attribute attributes[ATTRIBUTES];
  edict_text texts[ATTRIBUTES][TEXTS];
  size_t count;
} facts;

static edict_text text_of(const char *s) { return (edict_text){s, strlen(s)}; }

static void add(facts *f, const char *name, const char *value) {
  if (!value) return;
  f->texts[f->count][0] = text_of(value);
  f->attributes[f->count] = (edict_attribute){text_of(name), f->texts[f->count], 1};
  f->count++;
}

/* A list of uids, whether they are texts or objects {"uid": …}, and one more text. */
static void add_set(facts *f, const char *name, const json_t *list, const char *more) {
  size_t count = 0, i;
  json_t *item;
  json_array_foreach(list, i, item) {
    if (count == TEXTS - 1) die("too many members", name);
    f->texts[f->count][count++] = text_of(json_string_value(json_is_object(item) ? json_object_get(item, "uid") : item));
  }
  if (more) f->texts[f->count][count++] = text_of(more);
  f->attributes[f->count] = (edict_attribute){text_of(name), f->texts[f->count], count};
  f->count++;
}

static const json_t *entity(const json_t *root, const char *uid) {
  const json_t *e = json_object_get(json_object_get(root, "entities"), uid);
  if (!e) die("no such entity", uid);
  return e;
}

static const json_t *attr(const json_t *e, const char *name) { return json_object_get(json_object_get(e, "attrs"), name); }

static const char *uid_of(const json_t *e, const char *name) {
  const json_t *value = attr(e, name);
  return json_string_value(json_is_object(value) ? json_object_get(value, "uid") : value);
}

static const char *number_of(const json_t *e, const char *name) {
  static const char *const numbers[] = {"0", "1", "2", "3", "4"};
  return numbers[json_integer_value(attr(e, name)) % 5];
}

/* ---- scenarios: SCENARIO(name, rules, subject, resource) ---- */

static void drive_subject(const json_t *root, const char *uid, facts *f) {
  const json_t *e = entity(root, uid);
  add(f, "view", uid_of(e, "documentsAndFoldersWithViewAccess"));
  add_set(f, "owned-documents", attr(e, "ownedDocuments"), NULL);
  add_set(f, "owned-folders", attr(e, "ownedFolders"), NULL);
}

static const char *drive_resource(const json_t *root, const char *uid, facts *f) {
  const json_t *e = entity(root, uid);
  add(f, "self", uid);
  if (strncmp(uid, "Folder::", 8) == 0) return "folder";
  add_set(f, "above", json_object_get(e, "ancestors"), NULL);
  add(f, "public", json_is_true(attr(e, "isPublic")) ? "true" : "false");
  return "document";
}

static void hub_subject(const json_t *root, const char *uid, facts *f) {
  add_set(f, "groups", json_object_get(entity(root, uid), "ancestors"), uid);
}

static const char *hub_resource(const json_t *root, const char *uid, facts *f) {
  const json_t *e = entity(root, uid), *owner = entity(root, uid_of(e, "owner"));
  static const char *const groups[] = {"readers", "triagers", "writers", "maintainers", "admins"};
  for (size_t i = 0; i < 5; i++) add(f, groups[i], uid_of(e, groups[i]));
  add(f, "owner-readers", uid_of(owner, "readers"));
  add(f, "owner-writers", uid_of(owner, "writers"));
  add(f, "owner-admins", uid_of(owner, "admins"));
  return "repository";
}

static void todo_subject(const json_t *root, const char *uid, facts *f) {
  add(f, "self", uid);
  add_set(f, "teams", json_object_get(entity(root, uid), "ancestors"), NULL);
}

static const char *todo_resource(const json_t *root, const char *uid, facts *f) {
  const json_t *e = entity(root, uid);
  if (strncmp(uid, "Application::", 13) == 0) return "application";
  add(f, "owner", uid_of(e, "owner"));
  add(f, "readers", uid_of(e, "readers"));
  add(f, "editors", uid_of(e, "editors"));
  return "list";
}

static void staff_subject(const json_t *root, const char *uid, facts *f) {
  const json_t *e = entity(root, uid);
  add_set(f, "units", json_object_get(e, "ancestors"), NULL);
  add(f, "job", json_string_value(attr(e, "role")));
  add(f, "clearance", number_of(e, "clearance"));
}

static const char *record_resource(const json_t *root, const char *uid, facts *f) {
  const json_t *e = entity(root, uid);
  add(f, "type", json_string_value(attr(e, "type")));
  add(f, "department", json_string_value(attr(e, "department")));
  add(f, "sensitivity", number_of(e, "sensitivity"));
  add(f, "emergency", json_is_true(attr(e, "emergency")) ? "true" : "false");
  return "record";
}

static void member_subject(const json_t *root, const char *uid, facts *f) {
  add(f, "job", json_string_value(attr(entity(root, uid), "role")));
}

static const char *thing_resource(const json_t *root, const char *uid, facts *f) {
  add(f, "self", json_string_value(json_object_get(entity(root, uid), "id")));
  return "thing";
}

static void adult_subject(const json_t *root, const char *uid, facts *f) {
  static char ages[128][24];
  const json_t *e = entity(root, uid);
  long long age = json_integer_value(attr(e, "age")) % 128;
  snprintf(ages[age], sizeof ages[age], "%lld", age);
  add(f, "age", ages[age]);
  add(f, "unit", json_string_value(attr(e, "unit")));
}

static const char *unit_resource(const json_t *root, const char *uid, facts *f) {
  add(f, "unit", json_string_value(attr(entity(root, uid), "unit")));
  return "thing";
}

/* The names of actions as the rules have them: createDocument is create-document. */
static const char *action_name(const char *name, char out[64]) {
  size_t n = 0;
  for (const char *c = name; *c && n < 62; c++) {
    if (*c >= 'A' && *c <= 'Z' && n) out[n++] = '-';
    out[n++] = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
  }
  out[n] = '\0';
  return out;
}

static void hospital_rules(edi_buf *b, const json_t *root) {
  json_t *department, *permit, *item;
  size_t d, k, a;
  edi_buf_text(b, "module federal.hospital\n"
                  "taxonomy action { write create update delete sign share export print approve archive annotate }\n"
                  "taxonomy purpose { work }\ntaxonomy role { user }\ntaxonomy domain { app }\ntaxonomy tag { plain }\n"
                  "resource record { type?: string department?: string sensitivity?: int emergency?: bool }\n"
                  "attributes subject { units?: set<string> job?: string clearance?: int }\nissuer host\n");
  json_array_foreach(json_object_get(root, "departments"), d, department) {
    const char *name = json_string_value(department);
    json_array_foreach(json_object_get(root, "permits"), k, permit) {
      edi_buf_format(b, "rule d%zu-p%zu\n permit ", d, k);
      json_array_foreach(json_array_get(permit, 2), a, item) edi_buf_format(b, "%s%s", a ? ", " : "", json_string_value(item));
      edi_buf_format(b, "\n on record\n when record.department == \"%s\" and subject.units has \"Department::%s\" and "
                        "subject.job == \"%s\" and record.type == \"%s\"\n", name, name,
                     json_string_value(json_array_get(permit, 0)), json_string_value(json_array_get(permit, 1)));
    }
    edi_buf_format(b, "rule d%zu-cleared\n forbid access\n on record\n when record.department == \"%s\" and "
                      "record.sensitivity > subject.clearance\n because \"above the reader's clearance\"\n", d, name);
  }
  json_array_foreach(json_object_get(root, "emergency"), k, permit)
    edi_buf_format(b, "rule emergency-%zu\n permit read\n on record\n when record.emergency and subject.job == \"%s\" and record.type == \"%s\"\n",
                   k, json_string_value(json_array_get(permit, 0)), json_string_value(json_array_get(permit, 1)));
}

static void rbac_rules(edi_buf *b, const json_t *root) {
  json_t *policy;
  size_t i;
  edi_buf_text(b, "module federal.rbac\ntaxonomy action { write }\ntaxonomy purpose { work }\ntaxonomy role { user }\n"
                  "taxonomy domain { app }\ntaxonomy tag { plain }\nresource thing { self?: string }\n"
                  "attributes subject { job?: string }\nissuer host\n");
  json_array_foreach(json_object_get(root, "policies"), i, policy)
    edi_buf_format(b, "rule p%zu\n permit read\n on thing\n when subject.job == \"%s\" and thing.self == \"%s\"\n", i,
                   json_string_value(json_array_get(policy, 0)), json_string_value(json_array_get(policy, 1)));
}

static void abac_rules(edi_buf *b, const json_t *root) {
  (void)root;
  edi_buf_text(b, "module federal.abac\ntaxonomy action { write }\ntaxonomy purpose { work }\ntaxonomy role { user }\n"
                  "taxonomy domain { app }\ntaxonomy tag { plain }\nresource thing { unit?: string }\n"
                  "attributes subject { age?: int unit?: string }\nissuer host\n"
                  "rule adults\n permit read\n on thing\n when subject.age >= 18 and subject.unit == thing.unit\n");
}

typedef struct scenario {
  const char *name, *rules;
  void (*write)(edi_buf *b, const json_t *root); /* where the rules follow from the file */
  void (*subject)(const json_t *root, const char *uid, facts *f);
  const char *(*resource)(const json_t *root, const char *uid, facts *f);
} scenario;

static const scenario scenarios[] = {
    {"gdrive", "bench/peers/rules/gdrive.edict", NULL, drive_subject, drive_resource},
    {"gdrive-as-published", "bench/peers/rules/gdrive.edict", NULL, drive_subject, drive_resource},
    {"github", "bench/peers/rules/github.edict", NULL, hub_subject, hub_resource},
    {"tinytodo", "bench/peers/rules/tinytodo.edict", NULL, todo_subject, todo_resource},
    {"hospital", NULL, hospital_rules, staff_subject, record_resource},
    {"rbac", NULL, rbac_rules, member_subject, thing_resource},
    {"abac", NULL, abac_rules, adult_subject, unit_resource},
};

/* ---- the federation ---- */

static void federation(mesh *m, const scenario *s, const json_t *root) {
  static const char federal[] = "edict: 1\nname: app.example\nlayer: federal\nversion: 1\ncreated: 2026-01-01T00:00:00Z\n"
                                "expires: 2030-01-01T00:00:00Z\nrules: [ \"*.edict\" ]\n";
  static const char domain[] = "edict: 1\nname: app.example/app\nlayer: domain\ndomain: app\nversion: 1\n"
                               "created: 2026-01-01T00:00:00Z\nexpires: 2030-01-01T00:00:00Z\n"
                               "parent: { bundle: federal.edb, least: 1 }\ncontracts: [ \"c*.yaml\" ]\n";
  static const char contract[] = "apiVersion: v3.1.0\nkind: DataContract\nid: c-1\nversion: 1.0.0\nstatus: active\n"
                                 "domain: app\ndataProduct: data\nschema:\n  - name: things\n    logicalType: object\n"
                                 "    physicalName: things\n    properties:\n      - { name: name, logicalType: string, tags: [ plain ] }\n";
  edi_buf text;
  size_t length = 0;
  edi_buf_init(&text, NULL, (size_t)1 << 28);
  if (s->rules) {
    char *bytes = hostile_read(s->rules, &length);
    if (!bytes) die("cannot read", s->rules);
    edi_buf_append(&text, bytes, length);
    free(bytes);
  } else s->write(&text, root);
  edi_buf_char(&text, '\0');
  if (text.failed != EDICT_OK) die("memory", s->name);
  mesh_init(m);
  mesh_add(m, (mesh_file[]){{"edict.yaml", federal}, {"rules.edict", text.ptr}}, 2);
  mesh_add(m, (mesh_file[]){{"edict.yaml", domain}, {"contract.yaml", contract}}, 2);
  edi_buf_fini(&text);
  if (mesh_engine(m, NULL) != EDICT_OK) die("engine", s->name);
  if (edict_product_create(m->engine, "app.data", &m->product, m->diagnostics) != EDICT_OK) die("product", s->name);
  if (edict_decision_create(m->product, &m->decision) != EDICT_OK) die("decision", s->name);
}

/* ---- requests ---- */

/* One question for each action. */
enum { ACTIONS = 64 };
typedef struct prepared_action { char action[64]; edict_question *question; } prepared_action;

typedef struct asked {
  edict_session *session;
  edict_resource thing;
  edict_request request;
  const edict_question *question;
  edict_entity *entity;
  char action[64];
} asked;

static edict_session *session_of(const mesh *m, const scenario *s, const json_t *root, const char *uid) {
  static facts f;
  edict_session *session = NULL;
  f.count = 0;
  s->subject(root, uid, &f);
  if (edict_session_create_hypothetical(m->engine, text_of("host"), text_of(uid), f.attributes, f.count, &session,
                                        m->diagnostics) != EDICT_OK)
    die("session", uid);
  return session;
}

/* One session and one entity for each that requests name, as other engines have theirs. */
typedef struct held { const char *uid; edict_session *session; edict_entity *entity; facts *facts; const char *kind; } held;

static held *hold(held *all, size_t *count, const char *uid) {
  for (size_t i = 0; i < *count; i++)
    if (strcmp(all[i].uid, uid) == 0) return &all[i];
  all[*count] = (held){.uid = uid};
  return &all[(*count)++];
}

static const edict_question *question_of(const mesh *m, const asked *a, prepared_action *actions) {
  size_t i = 0;
  while (i < ACTIONS && actions[i].question && strcmp(actions[i].action, a->action) != 0) i++;
  if (i == ACTIONS) die("too many actions", a->action);
  if (actions[i].question) return actions[i].question;
  edict_request alone = a->request;
  alone.resource = NULL;
  memcpy(actions[i].action, a->action, sizeof a->action);
  if (edict_question_create(m->product, &alone, &actions[i].question) != EDICT_OK) die("question", a->action);
  return actions[i].question;
}

static void prepare(const mesh *m, const scenario *s, const json_t *root, const json_t *request, held *all, size_t *count,
                    prepared_action *actions, asked *a) {
  held *who = hold(all, count, json_string_value(json_object_get(request, "principal")));
  held *what = hold(all, count, json_string_value(json_object_get(request, "resource")));
  if (!who->session) who->session = session_of(m, s, root, who->uid);
  a->session = who->session;
  if (!what->facts) {
    what->facts = calloc(1, sizeof *what->facts);
    if (!what->facts) die("memory", s->name);
    what->kind = s->resource(root, what->uid, what->facts);
  }
  a->thing = (edict_resource){text_of(what->kind), what->facts->attributes, what->facts->count};
  if (!what->entity && edict_entity_create(m->product, &a->thing, &what->entity) != EDICT_OK) die("entity", what->kind);
  a->entity = what->entity;
  action_name(json_string_value(json_object_get(request, "action")), a->action);
  a->request = (edict_request){.size = sizeof a->request, .action = text_of(a->action), .resource = &a->thing,
                               .now = mesh_time("2026-11-20T10:00:00Z")};
  a->question = question_of(m, a, actions);
}

static void let_go(held *h) {
  edict_session_destroy(&h->session);
  edict_entity_destroy(&h->entity);
  free(h->facts);
}

typedef bool decider(const mesh *m, const asked *a);

static bool by_names(const mesh *m, const asked *a) {
  if (edict_decide(m->decision, a->session, &a->request) != EDICT_OK) die("decide", a->action);
  return edict_decision_effect(m->decision) == EDICT_PERMIT;
}

static bool prepared(const mesh *m, const asked *a) {
  if (edict_ask(m->decision, a->session, a->question, a->entity, a->request.now, NULL) != EDICT_OK) die("ask", a->action);
  return edict_decision_effect(m->decision) == EDICT_PERMIT;
}

/* Nanoseconds of each request, sorted. */
static void time_all(const mesh *m, const asked *asks, size_t count, decider *decide, double *ns) {
  double *rounds = malloc(count * ASKED * sizeof *rounds), *readings = malloc(count * ASKED * sizeof *readings);
  if (!rounds || !readings) die("memory", "rounds");
  for (size_t r = 0; r < ASKED; r++)
    for (size_t i = 0; i < count; i++) {
      double before = now(), start = now();
      (void)decide(m, &asks[i]);
      rounds[i * ASKED + r] = now() - start;
      readings[i * ASKED + r] = start - before;
    }
  qsort(readings, count * ASKED, sizeof *readings, compare);
  double cost = readings[count * ASKED / 2];
  for (size_t i = 0; i < count; i++) {
    qsort(rounds + i * ASKED, ASKED, sizeof *rounds, compare);
    ns[i] = rounds[i * ASKED + ASKED / 2] - cost;
  }
  qsort(ns, count, sizeof *ns, compare);
  free(rounds);
  free(readings);
}

/* The mean of a request where the clock is read once for all of them: what reading it between them adds is not in it. */
static double time_together(const mesh *m, const asked *asks, size_t count, decider *decide) {
  double rounds[ASKED];
  for (size_t r = 0; r < ASKED; r++) {
    double start = now();
    for (size_t i = 0; i < count; i++) (void)decide(m, &asks[i]);
    rounds[r] = (now() - start) / (double)count;
  }
  qsort(rounds, ASKED, sizeof *rounds, compare);
  return rounds[ASKED / 2];
}

static const scenario *scenario_of(const char *name) {
  for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++)
    if (strcmp(scenarios[i].name, name) == 0) return &scenarios[i];
  die("no such scenario", name);
  return NULL;
}

static void tell(const mesh *m, const json_t *root, const asked *asks, size_t count, const char *engine, decider *decide) {
  static double ns[MOST];
  const json_t *expected = json_object_get(root, "expected");
  size_t right = 0, allowed = 0;
  for (size_t i = 0; i < count; i++) {
    bool permit = decide(m, &asks[i]);
    allowed += permit;
    right += permit == json_is_true(json_array_get(expected, i));
  }
  time_all(m, asks, count, decide, ns);
  printf("%s %s %lld %lld right %zu/%zu allowed %zu p50 %.1f p99 %.1f mean %.1f\n", engine, json_string_value(json_object_get(root, "name")),
         (long long)json_integer_value(json_object_get(root, "n")), (long long)json_integer_value(json_object_get(root, "seed")),
         right, count, allowed, ns[count / 2], ns[count * 99 / 100],
         time_together(m, asks, count, decide));
}

static void run(const char *path) {
  static asked asks[MOST];
  static held all[2 * MOST];
  prepared_action actions[ACTIONS] = {{.question = NULL}};
  size_t held_count = 0;
  json_error_t error;
  json_t *root = json_load_file(path, 0, &error);
  if (!root) die("cannot read", path);
  const scenario *s = scenario_of(json_string_value(json_object_get(root, "name")));
  mesh m;
  federation(&m, s, root);
  const json_t *requests = json_object_get(root, "requests");
  size_t count = json_array_size(requests);
  if (count > MOST) die("too many requests", path);
  for (size_t i = 0; i < count; i++) prepare(&m, s, root, json_array_get(requests, i), all, &held_count, actions, &asks[i]);
  tell(&m, root, asks, count, "edict", prepared);
  tell(&m, root, asks, count, "edict-names", by_names);
  for (size_t i = 0; i < ACTIONS; i++) edict_question_destroy(&actions[i].question);
  for (size_t i = 0; i < held_count; i++) let_go(&all[i]);
  mesh_fini(&m);
  json_decref(root);
}

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) run(argv[i]);
  return 0;
}
