/* Exercise: see the header. */
#include "exercise.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/random_batch.h"
#include "support/trusted.h"

enum { REQUESTS = 3, SUBJECTS = 2, ROWS = 3, BATCH_ROWS = 24, ATTRIBUTES = 24, COLUMNS_MOST = 64 };

typedef struct play {
  const bundle_set *set;
  random_source r;
  edi_buf *out;
  exercise_told *told;
  bool closely;
  edict_engine *engine;
  edict_product *product;
  edict_decision *decision;
  edict_session *subjects[SUBJECTS];
} play;

static void say(play *p, const char *what) { edi_buf_text(p->out, what); }
static void say_text(play *p, edict_text text) {
  edi_buf_append(p->out, text.ptr, text.len);
  edi_buf_char(p->out, '|');
}
static void say_number(play *p, int64_t n) { edi_buf_format(p->out, " %lld\n", (long long)n); }
static void say_given(play *p, edict_status status, char **text, size_t length) {
  say_number(p, status);
  if (*text) edi_buf_append(p->out, *text, length);
  edict_text_free(text);
}

/* ---- loading ---- */

static bool load(play *p, const edict_bytes *bundles, const exercise_way *way, edict_diagnostics *findings) {
  static const char *const meets[] = {"federal.vocabulary.ring", "federal.vocabulary.mark"};
  static const edict_named_key keys[] = {{{"federal.vocabulary.wide", 23}, {"one", 3}}, {{"federal.vocabulary.narrow", 25}, {"two", 3}}};
  edict_engine_options options = {.size = sizeof options, .now = TRUSTED_NOW, .development = !way->with_trust, .obligations = meets, .obligation_count = 2,
                                  .index = way->index, .suppresses_groups = random_below(&p->r, 2) == 1};
  if (way->with_trust) {
    options.trust = p->set->trust.ptr;
    options.trust_length = p->set->trust.len;
  } else {
    options.keys = keys;
    options.key_count = 2;
  }
  p->told->loaded = edict_engine_create(&options, bundles, p->set->count, &p->engine, findings);
  if ((p->told->loaded == EDICT_OK) != (p->engine != NULL)) abort();
  for (size_t i = 0; p->engine && way->as_it_stands && i < p->engine->linked_count; i++) {
    const edi_linked *layer = &p->engine->linked[i];
    if (layer->program.codes_count) memset(layer->fused, 0, layer->program.codes_count * sizeof *layer->fused);
  }
  return p->engine != NULL;
}

/* ---- requests ---- */

typedef struct given { edict_attribute items[ATTRIBUTES]; edict_text values[ATTRIBUTES][4]; size_t count; } given;

static edict_text some_text(play *p) {
  static const char *const texts[] = {"true", "false", "0", "7", "-3", "42", "9223372036854775807", "1.5", "100.25", "2026-05-01", "2024-02-29",
                                      "2026-05-01T00:00:00Z", "2026-11-20T10:00:00Z", "10.1.2.3", "2001:db8::1", "Ann", "ann1", "", "c-1", "c-2", "orders",
                                      "24 months", "90 days", "nobody"};
  const set_words *w = &p->set->words;
  if (w->value_count && random_below(&p->r, 5) < 3) return w->values[random_below(&p->r, w->value_count)].text;
  const char *t = texts[random_below(&p->r, sizeof texts / sizeof *texts)];
  return (edict_text){t, strlen(t)};
}

static void give(play *p, const set_word *names, size_t count, given *out) {
  out->count = 0;
  for (size_t i = 0; i < count && out->count < ATTRIBUTES; i++) {
    if (random_below(&p->r, 4) == 0) continue;
    edict_attribute *a = &out->items[out->count];
    *a = (edict_attribute){names[i].text, out->values[out->count], names[i].set ? random_below(&p->r, 4) : 1};
    for (size_t v = 0; v < a->count; v++) out->values[out->count][v] = some_text(p);
    out->count++;
  }
}

static void make_subjects(play *p) {
  given attributes;
  edict_text host = {"host", 4}, works = {"works", 5}, id = {"ann", 3};
  for (int i = 0; i < SUBJECTS; i++) {
    give(p, p->set->words.subject, p->set->words.subjects, &attributes);
    for (int other = 0; other < 2 && !p->subjects[i]; other++)
      (void)!edict_session_create_hypothetical(p->engine, other ? works : host, id, attributes.items, attributes.count, &p->subjects[i], NULL);
  }
}

/* ---- what a decision says ---- */

static void hear_condition(void *user, const edict_condition *c) {
  play *p = user;
  say_text(p, c->rule);
  say(p, c->part);
  say_number(p, c->holds * 10000 + c->number * 100 + c->leaf);
}

static void hear_expression(void *user, const edict_expression *e) {
  play *p = user;
  say_text(p, e->rule);
  say_text(p, e->text);
  say(p, e->why);
  for (size_t i = 0; i < e->read_count; i++) {
    say_text(p, e->reads[i].attribute);
    say_text(p, e->reads[i].value);
  }
  for (size_t i = 0; i < e->constant_count; i++) say_text(p, e->constants[i]);
  say_number(p, e->holds + 10 * (int64_t)e->depth);
}

static void tell_reasons(play *p) {
  edict_decision *d = p->decision;
  edict_reason reason;
  for (size_t i = 0; edict_decision_reason(d, i, &reason) == EDICT_OK; i++) {
    say_text(p, reason.rule);
    say_text(p, reason.because);
    say_text(p, reason.unmet);
    for (size_t k = 0; k < 3; k++) {
      const char *unknown = edict_decision_reason_unknown(d, i, k);
      say(p, unknown ? unknown : "-");
    }
    say_number(p, reason.holds);
  }
  edict_obligation duty;
  edict_argument argument;
  for (size_t i = 0; edict_decision_obligation(d, i, &duty) == EDICT_OK; i++)
    for (size_t k = 0; edict_decision_obligation_argument(d, i, k, &argument) == EDICT_OK; k++) say_text(p, argument.value);
}

static void tell_texts(play *p) {
  char *text = NULL, words[1500];
  size_t length = 0;
  const char *why = NULL;
  edict_decision *d = p->decision;
  edict_status status = edict_decision_json(d, &text, &length);
  say_given(p, status, &text, length);
  size_t full = edict_decision_explain(d, words, sizeof words);
  edi_buf_append(p->out, words, full < sizeof words ? full : sizeof words - 1);
  for (int dialect = EDICT_SQL_SQLITE; dialect <= EDICT_SQL_POSTGRESQL; dialect++) {
    status = edict_decision_where(d, (edict_sql_dialect)dialect, &text, &length, &why);
    say_given(p, status, &text, length);
  }
  say_number(p, edict_decision_conditions(d, NULL, 0, hear_condition, p));
  say_number(p, edict_decision_comparisons(d, NULL, 0, hear_condition, p));
  say_number(p, edict_decision_expressions(d, hear_expression, p));
}

/* ---- rows ---- */

static void say_cell(play *p, const edict_cell *c) {
  edi_buf_format(p->out, "%d:%u:%lld:", (int)c->type, c->type == EDICT_CELL_DECIMAL ? c->scale : 0,
                 c->type == EDICT_CELL_TEXT || c->type == EDICT_CELL_BLOB || c->type == EDICT_CELL_REAL ? 0 : (long long)c->integer);
  if (c->type == EDICT_CELL_REAL) edi_buf_append(p->out, &c->real, sizeof c->real);
  if (c->type == EDICT_CELL_TEXT || c->type == EDICT_CELL_BLOB) edi_buf_append(p->out, c->ptr, c->len);
}

static void ask_rows(play *p, size_t dataset) {
  edict_cell in[COLUMNS_MOST], out[COLUMNS_MOST];
  char memory[8192];
  size_t count = edict_product_column_count(p->product, dataset);
  if (count > COLUMNS_MOST) return;
  for (int i = 0; i < ROWS; i++) {
    edict_row row = EDICT_ROW_HIDDEN;
    for (size_t c = 0; c < count; c++) {
      edict_column_info info;
      if (edict_product_column_info(p->product, dataset, c, &info) != EDICT_OK) abort();
      in[c] = random_cell(&p->r, info.type);
      if (in[c].type == EDICT_CELL_TEXT && random_below(&p->r, 2)) {
        edict_text text = some_text(p);
        in[c].ptr = text.ptr;
        in[c].len = text.len;
      }
    }
    memset(out, 0xA5, sizeof out);
    say_number(p, edict_decision_apply_row(p->decision, in, count, out, memory, sizeof memory, &row));
    say_number(p, row);
    for (size_t c = 0; c < count; c++) say_cell(p, &out[c]);
    say_number(p, edict_decision_conditions(p->decision, in, count, hear_condition, p));
    p->told->rows++;
    p->told->rows_shown += row == EDICT_ROW_SHOWN;
  }
}

static void ask_batch(play *p) {
  char why[512] = "";
  batch_counts counts = {0};
  const edi_bound_dataset *dataset = p->decision->plan->dataset;
  if (!dataset || dataset->column_count > COLUMNS_MOST) return;
  if (!batch_agrees(p->decision, &p->r, BATCH_ROWS, NULL, &counts, why, sizeof why)) {
    fprintf(stderr, "a batch differs from its rows: %s\n", why);
    abort();
  }
  p->told->batches++;
}

/* ---- one request ---- */

static void decide(play *p, const edict_session *subject, const edict_request *q) {
  uint64_t declared = 0, before = edi_vm_spent;
  edict_status status = edict_decide(p->decision, subject, q);
  for (size_t i = 0; i < 2; i++) declared += p->product->layers[i] ? p->product->layers[i]->program.settings->cost : 0;
  uint64_t spent = edi_vm_spent - before, share = declared ? spent * 1000 / declared : spent * 1000;
  if (share > p->told->dearest) p->told->dearest = share;
  if (spent > declared) {
    fprintf(stderr, "a decision cost %llu, its bundles declare %llu\n", (unsigned long long)spent, (unsigned long long)declared);
    abort();
  }
  say_number(p, status);
  say_number(p, edict_decision_effect(p->decision));
  say_number(p, edict_decision_valid_until(p->decision));
  p->told->decisions++;
  p->told->permits += edict_decision_effect(p->decision) == EDICT_PERMIT;
}

/* The same, prepared: it has to be the same answer. */
static void ask_prepared(play *p, const edict_session *subject, const edict_request *q) {
  edict_question *question = NULL;
  edict_effect effect = edict_decision_effect(p->decision);
  if (edict_question_create(p->product, q, &question) != EDICT_OK) return;
  if (edict_ask(p->decision, subject, question, NULL, q->now, NULL) == EDICT_OK && edict_decision_effect(p->decision) != effect) abort();
  edict_question_destroy(&question);
}

static void one_request(play *p, int number) {
  const set_words *w = &p->set->words;
  uint32_t columns[COLUMNS_MOST];
  given context, about;
  edict_session *subject = p->subjects[number % SUBJECTS];
  edict_request q = {.size = sizeof q, .columns = columns, .now = random_below(&p->r, 2) ? TRUSTED_NOW : random_now(&p->r)};
  size_t datasets = edict_product_dataset_count(p->product);
  give(p, w->context, w->contexts, &context);
  q.context = context.items;
  q.context_count = context.count;
  q.action = w->action_count && random_below(&p->r, 3) == 0 ? w->actions[random_below(&p->r, w->action_count)].text : (edict_text){"read", 4};
  edict_resource resource = {{"model", 5}, about.items, 0};
  if (w->kind_count && (datasets == 0 || random_below(&p->r, 4) == 0)) {
    resource.kind = w->kinds[random_below(&p->r, w->kind_count)].text;
    give(p, w->resource, w->resources, &about);
    resource.attribute_count = about.count;
    q.resource = &resource;
  } else if (datasets == 0) {
    return;
  } else {
    q.dataset = random_below(&p->r, datasets);
    for (size_t c = 0; c < edict_product_column_count(p->product, q.dataset) && c < COLUMNS_MOST; c++)
      if (random_below(&p->r, 4)) columns[q.column_count++] = (uint32_t)c;
  }
  if (!subject) return;
  decide(p, subject, &q);
  tell_reasons(p);
  if (number == 0 && p->closely) tell_texts(p);
  if (!q.resource) ask_rows(p, q.dataset);
  if (!q.resource && edict_decision_effect(p->decision) == EDICT_PERMIT && p->closely) ask_batch(p);
  if (number == 1) ask_prepared(p, subject, &q);
}

static void ask_product(play *p) {
  if (edict_decision_create(p->product, &p->decision) == EDICT_OK)
    for (int i = 0; i < (p->closely ? REQUESTS : 2); i++) one_request(p, i);
  edict_decision_destroy(&p->decision);
}

void exercise(const bundle_set *set, const edict_bytes *bundles, const exercise_way *way, uint64_t seed, edi_buf *answers, exercise_told *told,
              edict_diagnostics *findings) {
  play p = {.closely = way->closely, .set = set, .r = {seed}, .out = answers, .told = told};
  answers->len = 0;
  if (!load(&p, bundles, way, findings)) return;
  make_subjects(&p);
  size_t products = edict_engine_product_count(p.engine);
  for (size_t i = 0; i < products && i < 2; i++) {
    edict_diagnostics *notes = edict_diagnostics_create();
    edict_status status = edict_product_create(p.engine, edict_engine_product_name(p.engine, i), &p.product, notes);
    say_number(&p, status);
    if (status == EDICT_OK) ask_product(&p);
    told->products += status == EDICT_OK;
    edict_product_destroy(&p.product);
    edict_diagnostics_destroy(&notes);
  }
  for (int i = 0; i < SUBJECTS; i++) edict_session_destroy(&p.subjects[i]);
  edict_engine_destroy(&p.engine);
}
