/* Decision as JSON: the object of docs/decision-json.md. Keys never disappear: an empty list is [], an
 * absent value null. The order of members and lists is fixed, so equal decisions are equal bytes. */
#include "enforce/host.h"

static void member(edi_buf *b, const char *name) {
  if (b->len && b->ptr[b->len - 1] != '{' && b->ptr[b->len - 1] != '[') edi_buf_char(b, ',');
  edi_buf_format(b, "\"%s\":", name);
}

static void item(edi_buf *b) {
  if (b->len && b->ptr[b->len - 1] != '[') edi_buf_char(b, ',');
}

static void text(edi_buf *b, edict_text t) { edi_json_string(b, (edi_str){t.ptr, t.len}); }
static void boolean(edi_buf *b, bool v) { edi_buf_text(b, v ? "true" : "false"); }

static void moment(edi_buf *b, int64_t t) {
  edi_buf_char(b, '"');
  edi_timestamp_format(b, t);
  edi_buf_char(b, '"');
}

static edi_str rule_name(const edi_plan *plan, uint32_t entry) {
  const edi_entry *e = &plan->dataset->entries[entry];
  return edi_program_string(&e->linked->program, e->rule->name);
}

static void rule_names(edi_buf *b, const edi_plan *plan, const uint32_t *entries, uint32_t count) {
  edi_buf_char(b, '[');
  for (uint32_t i = 0; i < count; i++) {
    bool again = false;
    for (uint32_t j = 0; j < i; j++) again = again || entries[j] == entries[i];
    if (again) continue;
    item(b);
    edi_json_string(b, rule_name(plan, entries[i]));
  }
  edi_buf_char(b, ']');
}

/* "federal/privacy.edict:5:1". A file's name is what a bundle says it is, so it is escaped. */
static void place(edi_buf *b, const edict_reason *r) {
  edi_buf at;
  if (r->file.len == 0) {
    edi_buf_text(b, "null");
    return;
  }
  edi_buf_init(&at, NULL, 1 << 17);
  edi_buf_append(&at, r->file.ptr, r->file.len);
  edi_buf_format(&at, ":%u:%u", r->line, r->column);
  if (at.failed != EDICT_OK && b->failed == EDICT_OK) b->failed = at.failed;
  edi_json_string(b, (edi_str){at.ptr, at.len});
  edi_buf_fini(&at);
}

static const char *const holds_words[] = {"no", "yes", "unknown"};

static void reasons(edi_buf *b, edict_decision *d) {
  edi_buf_char(b, '[');
  for (size_t i = 0; i < edi_plan_reasons(d->plan); i++) {
    edict_reason r;
    if (edict_decision_reason(d, i, &r) != EDICT_OK) continue;
    item(b);
    edi_buf_char(b, '{');
    member(b, "rule");
    text(b, r.rule);
    member(b, "effect");
    edi_json_string(b, edi_str_from(r.effect));
    member(b, "holds");
    edi_json_string(b, edi_str_from(holds_words[r.holds]));
    member(b, "because");
    if (r.because.len) text(b, r.because);
    else edi_buf_text(b, "null");
    member(b, "at");
    place(b, &r);
    member(b, "unmet");
    if (r.unmet.len) text(b, r.unmet);
    else edi_buf_text(b, "null");
    member(b, "unknown");
    edi_buf_char(b, '[');
    const char *name;
    for (size_t u = 0; (name = edict_decision_reason_unknown(d, i, u)) != NULL; u++) {
      item(b);
      edi_json_string(b, edi_str_from(name));
    }
    edi_buf_text(b, "]}");
  }
  edi_buf_char(b, ']');
}

static void columns(edi_buf *b, edict_decision *d) {
  const edi_plan *plan = d->plan;
  edi_buf_char(b, '{');
  for (size_t c = 0; plan->effect == EDICT_PERMIT && c < plan->dataset->column_count; c++) {
    const edi_plan_column *column = &plan->columns[c];
    if (!column->asked) continue;
    const char *arguments;
    const char *name = edict_decision_column(d, c, &arguments);
    if (b->len && b->ptr[b->len - 1] != '{') edi_buf_char(b, ',');
    edi_json_string(b, plan->dataset->columns[c].name);
    edi_buf_text(b, ":{");
    member(b, "mask");
    if (strcmp(name, edi_transform_name(EDI_TRANSFORM_RAW)) == 0) edi_buf_text(b, "null");
    else edi_json_string(b, edi_str_from(name));
    member(b, "args");
    edi_json_string(b, edi_str_from(arguments));
    member(b, "rules");
    rule_names(b, plan, plan->column_rules + column->rule_first, column->rule_count);
    member(b, "met");
    boolean(b, column->fell);
    edi_buf_char(b, '}');
  }
  edi_buf_char(b, '}');
}

/* Null too where it would be too long to be of use, or was not written by the compiler. */
static void where(edi_buf *b, edict_decision *d) {
  edi_buf text;
  edi_buf_init(&text, NULL, 16 * 1024);
  edict_status status = edi_decision_where(d, &text);
  if (status == EDICT_MEMORY && b->failed == EDICT_OK) b->failed = EDICT_MEMORY;
  if (status == EDICT_OK && text.len) edi_json_string(b, (edi_str){text.ptr, text.len});
  else edi_buf_text(b, "null");
  edi_buf_fini(&text);
}

static void retention(edi_buf *b, const edi_plan *plan) {
  edi_buf_char(b, '[');
  for (uint32_t i = 0; i < plan->retain_rule_count; i++) {
    const edi_entry *e = &plan->dataset->entries[plan->retain_rules[i]];
    bool timed = e->rule->effect != EDI_EFFECT_RETAIN_WHILE;
    uint32_t column = timed ? e->combinations[0] : EDI_NONE;
    item(b);
    edi_buf_char(b, '{');
    member(b, "bound");
    edi_json_string(b, edi_str_from(edi_effect_name((edi_effect)e->rule->effect) + strlen("retain ")));
    member(b, "column");
    if (column == EDI_NONE) edi_buf_text(b, "null");
    else edi_json_string(b, plan->dataset->columns[column].name);
    member(b, "cutoff");
    if (e->rule->effect == EDI_EFFECT_RETAIN_AT_MOST) moment(b, plan->retain_cutoffs[i]);
    else edi_buf_text(b, "null");
    member(b, "then");
    edi_buf_text(b, e->rule->flags & EDI_RULE_THEN_ERASE ? "\"erase\"" : "null");
    member(b, "rule");
    edi_json_string(b, rule_name(plan, plan->retain_rules[i]));
    edi_buf_char(b, '}');
  }
  edi_buf_char(b, ']');
}

static bool groups_by(const edi_entry *e, uint32_t column) {
  for (uint32_t way = 0; way < e->combination_count; way++)
    if (e->combinations[way] == column) return true;
  return false;
}

static void groups(edi_buf *b, const edi_plan *plan) {
  edi_buf_char(b, '[');
  for (uint32_t i = 0; i < plan->group_count; i++) {
    const edi_plan_group *g = &plan->groups[i];
    item(b);
    edi_buf_text(b, "{\"column\":");
    if (g->column == EDI_NONE) edi_buf_text(b, "null");
    else edi_json_string(b, plan->dataset->columns[g->column].name);
    edi_buf_format(b, ",\"least\":%u,\"rules\":[", (unsigned)g->least);
    for (uint32_t r = 0; r < plan->group_rule_count; r++) {
      if (!groups_by(&plan->dataset->entries[plan->group_rules[r]], g->column)) continue;
      item(b);
      edi_json_string(b, rule_name(plan, plan->group_rules[r]));
    }
    edi_buf_text(b, "]}");
  }
  edi_buf_char(b, ']');
}

static void would(edi_buf *b, unsigned bits) {
  static const struct { unsigned bit; const char *word; } words[] = {
#define WOULD(NAME, bit, word) {bit, word},
      EDI_WOULDS(WOULD)
#undef WOULD
  };
  edi_buf_char(b, '[');
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    if (!(bits & words[i].bit)) continue;
    item(b);
    edi_json_string(b, edi_str_from(words[i].word));
  }
  edi_buf_char(b, ']');
}

static void shadows(edi_buf *b, const edict_decision *d) {
  edict_shadow s;
  edi_buf_char(b, '[');
  for (size_t i = 0; edict_decision_shadow(d, i, &s) == EDICT_OK; i++) {
    item(b);
    edi_buf_text(b, "{\"rule\":");
    text(b, s.rule);
    edi_buf_format(b, ",\"effect\":\"%s\",\"holds\":\"%s\",\"would\":", s.effect, holds_words[s.holds]);
    would(b, s.would);
    edi_buf_text(b, ",\"columns\":[");
    for (size_t c = 0; c < d->plan->dataset->column_count; c++) {
      if (!edict_decision_shadow_masks(d, i, c)) continue;
      item(b);
      edi_json_string(b, d->plan->dataset->columns[c].name);
    }
    edi_buf_text(b, "]}");
  }
  edi_buf_char(b, ']');
}

/* A number or a truth value as it is, all else as text. */
static void argument(edi_buf *b, const edict_argument *a) {
  bool bare = strcmp(a->type, "int") == 0 || strcmp(a->type, "bool") == 0;
  edi_str value = {a->value.ptr, a->value.len};
  if (bare) edi_buf_str(b, value);
  else edi_json_string(b, value);
}

static void obligations(edi_buf *b, edict_decision *d) {
  edict_obligation o;
  edi_buf_char(b, '[');
  for (size_t i = 0; edict_decision_obligation(d, i, &o) == EDICT_OK; i++) {
    item(b);
    edi_buf_char(b, '{');
    member(b, "name");
    text(b, o.name);
    member(b, "args");
    edi_buf_char(b, '{');
    for (size_t k = 0; k < o.argument_count; k++) {
      edict_argument a;
      edict_status status = edict_decision_obligation_argument(d, i, k, &a);
      if (status != EDICT_OK && b->failed == EDICT_OK) b->failed = status;
      if (k) edi_buf_char(b, ',');
      text(b, a.name);
      edi_buf_char(b, ':');
      argument(b, &a);
    }
    edi_buf_char(b, '}');
    member(b, "rule");
    text(b, o.rule);
    edi_buf_char(b, '}');
  }
  edi_buf_char(b, ']');
}

static void bundles(edi_buf *b, const edict_engine *engine) {
  edi_buf_char(b, '[');
  for (size_t i = 0; i < engine->loaded_count; i++) {
    const edi_loaded *l = &engine->loaded[i];
    item(b);
    edi_buf_char(b, '{');
    member(b, "layer");
    edi_json_string(b, edi_str_from(l->layer));
    member(b, "name");
    edi_json_string(b, edi_str_from(l->name));
    member(b, "version");
    edi_buf_format(b, "%llu", (unsigned long long)l->bundle.manifest.version);
    member(b, "digest");
    edi_buf_text(b, "\"blake2b:");
    edi_hex_append(b, l->bundle.digest, EDI_DIGEST_BYTES);
    edi_buf_text(b, "\"}");
  }
  edi_buf_char(b, ']');
}

static void subject(edi_buf *b, const edict_session *session) {
  edi_buf_char(b, '{');
  member(b, "issuer");
  text(b, edict_session_issuer(session));
  member(b, "id");
  text(b, edict_session_id(session));
  edi_buf_char(b, '}');
}

/* Denied because nothing permits it, rather than because something forbids it. */
static bool by_default(edi_plan *plan) {
  if (plan->effect == EDICT_PERMIT || edi_plan_reasons(plan) == 0) return false;
  const edi_reason *r = &plan->reasons[0];
  if (r->entry == EDI_NONE) return r->system == EDI_SYSTEM_DEFAULT;
  return plan->dataset->entries[r->entry].rule->effect == EDI_EFFECT_PERMIT;
}

static void decision_object(edi_buf *b, edict_decision *d) {
  const edi_plan *plan = d->plan;
  edi_buf_char(b, '{');
  member(b, "decision");
  edi_buf_text(b, plan->effect == EDICT_PERMIT ? "\"permit\"" : "\"deny\"");
  member(b, "default");
  boolean(b, by_default(d->plan));
  member(b, "hypothetical");
  boolean(b, d->session->hypothetical);
  member(b, "development");
  boolean(b, d->product->engine->development);
  member(b, "reasons");
  reasons(b, d);
  member(b, "columns");
  columns(b, d);
  member(b, "rows");
  edi_buf_char(b, '{');
  member(b, "where");
  where(b, d);
  member(b, "rules");
  rule_names(b, plan, plan->row_rules, plan->row_rule_count);
  edi_buf_char(b, '}');
  member(b, "groups");
  groups(b, plan);
  member(b, "retention");
  retention(b, plan);
  member(b, "obligations");
  obligations(b, d);
  member(b, "shadow");
  shadows(b, d);
  member(b, "valid_until");
  moment(b, plan->valid_until);
  member(b, "bundles");
  bundles(b, d->product->engine);
  member(b, "product");
  edi_json_string(b, d->product->bound.name);
  bool resource = plan->dataset->thing != EDI_THING_DATASET;
  member(b, "dataset");
  if (resource) edi_buf_text(b, "null");
  else edi_json_string(b, plan->dataset->name);
  member(b, "resource");
  if (resource && plan->dataset->name.len) edi_json_string(b, plan->dataset->name);
  else edi_buf_text(b, "null");
  member(b, "subject");
  subject(b, d->session);
  edi_buf_char(b, '}');
}

edict_status edict_decision_json(edict_decision *decision, char **out, size_t *length) {
  *out = NULL;
  *length = 0;
  if (!decision || !decision->session || !decision->plan->dataset) return EDICT_ARGUMENT;
  edi_buf b;
  edi_buf_init(&b, NULL, 16 * 1024 * 1024);
  decision_object(&b, decision);
  *length = b.len;
  edi_buf_char(&b, '\0');
  return edi_buf_give(&b, out);
}
