/* Diff, search: see the header.
 *
 * First the requests that were made for the rules that changed, each about its own contract, then about others and about
 * the products that both sides carry; then those requests with a few values changed, about those contracts with a few
 * facts changed. Whatever comes out otherwise is made smaller at once, and kept if nothing like it was seen before. */
#include "workbench/diff.h"

#include <stdio.h>
#include <stdlib.h>

#include "workbench/diffwork.h"

enum {
  BATCH = 96,                   /* supposed contracts of one pair of engines */
  CONTRACTS_MOST = 480, VARIANTS = 4,
  OTHERS = 16,                  /* requests that were made for another contract */
  CLOSE_ONE_IN = 32,            /* variants of which the rows are looked at closely */
  KEPT_MOST = 96, SHRINKS_MOST = 400, CONTRACT_ROUNDS = 6,
};

/* One request that came out otherwise. */
typedef struct kept {
  uint64_t signature, like;
  work_request request;
  work_contract contract;       /* if `supposed` */
  bool supposed, opens;
  const char *product, *dataset;
  work_outcome outcome;
} kept;

/* One fact less of what was kept. */
typedef struct candidate { size_t kept; work_contract contract; } candidate;

typedef struct search {
  const diff_options *options;
  diff_report *report;
  const edict_comparison *c;
  edict_diagnostics *diagnostics, *quiet; /* quiet: of contracts that no bundle can hold */
  edi_arena arena;              /* of the search alone */
  work_desk desk;
  work_random random;
  work_request *bases;
  work_contract *contracts;     /* one for each base, then variants */
  size_t base_count, contract_count;
  kept *kept;
  size_t kept_count;
  candidate *candidates;
  const char **changed;         /* names of rules, in order */
  size_t changed_count;
  uint64_t budget;
} search;

static bool is_over(const search *s) {
  return s->report->asked >= s->budget;
}

/* ---- what an outcome is like ---- */

static uint64_t mix(uint64_t hash, const char *text, size_t length) {
  for (size_t i = 0; i < length; i++) hash = (hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001B3);
  return (hash ^ 0x1F) * UINT64_C(0x100000001B3);
}

/* Whether a reason says why the outcome is what it is: of two permits, whatever shapes them. */
static bool decides(const char *effect, const work_outcome *o, int side) {
  bool permit = strcmp(effect, "permit") == 0;
  return o->permits[0] && o->permits[1] ? true : permit == o->permits[side];
}

static bool has_rule(const work_stand *s, int side, edict_text rule) {
  edict_reason r;
  for (size_t i = 0; s->decisions[side] && i < edict_decision_reason_count(s->decisions[side]); i++)
    if (edict_decision_reason(s->decisions[side], i, &r) == EDICT_OK && r.rule.len == rule.len && memcmp(r.rule.ptr, rule.ptr, rule.len) == 0) return true;
  return false;
}

static int compare_names(const void *key, const void *item) {
  const edict_text *name = key;
  const char *other = *(const char *const *)item;
  size_t length = strlen(other);
  int order = memcmp(name->ptr, other, name->len < length ? name->len : length);
  return order ? order : name->len < length ? -1 : name->len > length;
}

static bool has_changed(const search *s, edict_text rule) {
  return s->changed_count && bsearch(&rule, s->changed, s->changed_count, sizeof *s->changed, compare_names);
}

/* Like causes, like outcomes: the rules that changed and that one side names and the other one does not. */
static uint64_t signature_of(const search *s, const work_stand *stand, const work_outcome *o) {
  uint64_t hash = UINT64_C(0xCBF29CE484222325) ^ (uint64_t)o->verdict << 4 ^ (uint64_t)o->permits[0] << 3 ^ (uint64_t)o->permits[1] << 2 ^
                  (uint64_t)o->known[0] << 1 ^ o->known[1];
  for (int side = 0; side < 2; side++) {
    edict_reason r;
    for (size_t i = 0; o->known[side] && i < edict_decision_reason_count(stand->decisions[side]); i++)
      if (edict_decision_reason(stand->decisions[side], i, &r) == EDICT_OK && decides(r.effect, o, side) && has_changed(s, r.rule) &&
          (!o->known[!side] || o->permits[0] != o->permits[1] || !has_rule(stand, !side, r.rule)))
        hash = mix(hash ^ (uint64_t)side, r.rule.ptr, r.rule.len);
  }
  return hash;
}

static int compare_texts(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

static bool list_changed(search *s) {
  const edict_change *change;
  s->changed = EDI_NEW_ARRAY(&s->arena, const char *, edict_comparison_change_count(s->c) + 1);
  if (!s->changed) return false;
  for (size_t i = 0; (change = edict_comparison_change(s->c, i)); i++)
    if (strcmp(change->noun, "rule") == 0) s->changed[s->changed_count++] = change->name;
  qsort(s->changed, s->changed_count, sizeof *s->changed, compare_texts);
  return true;
}

/* ---- asking and keeping ---- */

static edict_status ask(search *s, work_stand *stand, const work_request *q, size_t rows, work_outcome *o) {
  uint64_t before = stand->rows;
  edict_status status = work_ask(stand, q, rows, &s->random, NULL, o);
  s->report->asked++;
  s->report->rows += stand->rows - before;
  return status;
}

static bool is_like(const work_outcome *a, const work_outcome *b) {
  return a->verdict == b->verdict && a->permits[0] == b->permits[0] && a->permits[1] == b->permits[1];
}

static void name_columns(const work_stand *stand, work_request *q) {
  for (size_t i = 0; q->column_count == 0 && i < stand->column_count && i < WORK_COLUMNS; i++)
    q->columns[i] = (edict_text){stand->column_names[i], strlen(stand->column_names[i])};
  if (q->column_count == 0 && !q->kind) q->column_count = stand->column_count;
}

/* Takes away whatever the outcome does not need. */
static edict_status shrink(search *s, work_stand *stand, work_request *q, const work_outcome *wanted) {
  edict_status status = EDICT_OK;
  size_t tries = 0;
  if (!q->kind) name_columns(stand, q);
  for (size_t at = 0; status == EDICT_OK && tries < SHRINKS_MOST; tries++) {
    work_request smaller = *q;
    work_outcome o;
    if (!work_request_shrink(&smaller, at)) return EDICT_OK;
    status = ask(s, stand, &smaller, WORK_ROWS_FAR, &o);
    if (status == EDICT_OK && is_like(&o, wanted)) *q = smaller;
    else at++;
  }
  return status;
}

static const char *keep_bytes(search *s, const char *bytes, size_t length) {
  const char *copy = edi_arena_copy(&s->report->arena, bytes, length);
  return copy ? copy : "";
}

static const char *keep_text(search *s, const char *text) { return keep_bytes(s, text, strlen(text)); }

static edict_status keep(search *s, work_stand *stand, const work_request *q, const work_outcome *o, const kept *about) {
  uint64_t signature = signature_of(s, stand, o);
  for (size_t i = 0; i < s->kept_count; i++)
    if (s->kept[i].signature == signature) {
      s->kept[i].like++;
      return EDICT_OK;
    }
  s->report->kinds++;
  if (s->kept_count == KEPT_MOST) return EDICT_OK;
  kept *k = &s->kept[s->kept_count++];
  *k = *about;
  k->signature = signature;
  k->like = 1;
  k->request = *q;
  k->outcome = *o;
  memcpy(k->request.rows, stand->found, sizeof stand->found);
  edict_status status = shrink(s, stand, &k->request, o);
  /* Names of columns are the product's, which does not stay. */
  for (size_t i = 0; i < k->request.column_count; i++) k->request.columns[i].ptr = keep_bytes(s, k->request.columns[i].ptr, k->request.columns[i].len);
  for (int v = 0; v < DIFF_VERDICTS; v++)
    for (size_t i = 0; i < k->request.rows[v].count; i++) k->request.rows[v].names[i].ptr = keep_bytes(s, k->request.rows[v].names[i].ptr, k->request.rows[v].names[i].len);
  return status;
}

static edict_status try(search *s, work_stand *stand, const work_request *q, size_t rows, const kept *about) {
  work_outcome o;
  edict_status status = ask(s, stand, q, rows, &o);
  if (status != EDICT_OK) return status;
  s->report->found[o.verdict]++;
  return o.verdict == DIFF_SAME ? EDICT_OK : keep(s, stand, q, &o, about);
}

/* ---- one dataset of one product ---- */

static edict_status try_own(search *s, work_stand *stand, const kept *about, const work_request *own) {
  edict_status status = try(s, stand, own, WORK_ROWS_CLOSE, about);
  for (size_t at = 0; status == EDICT_OK && !is_over(s); at++) {
    work_request q = *own;
    if (!work_request_fill(s->c, &q, at)) break;
    status = try(s, stand, &q, WORK_ROWS_CLOSE, about);
  }
  return status;
}

/* The request made for this contract (`own`, SIZE_MAX: none), others by turns, then variants until `until` were asked. */
static edict_status try_dataset(search *s, work_stand *stand, const kept *about, size_t own, uint64_t until) {
  edict_status status = EDICT_OK;
  size_t most = s->base_count < OTHERS ? s->base_count : OTHERS;
  if (own < s->base_count) status = try_own(s, stand, about, &s->bases[own]);
  size_t turn = own == SIZE_MAX && s->base_count ? work_below(&s->random, s->base_count) : 0;
  for (size_t i = 0; i < (own == SIZE_MAX ? s->base_count : most) && status == EDICT_OK && !is_over(s); i++) {
    size_t which = ((own == SIZE_MAX ? turn : own + 1) + i) % s->base_count;
    if (own == SIZE_MAX && i >= OTHERS && s->report->asked >= until) break;
    status = try(s, stand, &s->bases[which], own == SIZE_MAX ? WORK_ROWS_CLOSE : WORK_ROWS_FAR, about);
  }
  while (status == EDICT_OK && !is_over(s) && s->report->asked < until) {
    work_request q = (work_request){.action = "read", .issuer = "", .id = "s-1"};
    if (s->base_count) q = s->bases[own < s->base_count && work_below(&s->random, 2) ? own : work_below(&s->random, s->base_count)];
    work_request_vary(s->c, &s->random, &q);
    status = try(s, stand, &q, work_below(&s->random, CLOSE_ONE_IN) ? WORK_ROWS_FAR : WORK_ROWS_CLOSE, about);
  }
  return status;
}

/* ---- supposed contracts ---- */

static bool holds_name(const search *s, const size_t *batch, size_t count, size_t contract) {
  const edict_text name = s->contracts[contract].product;
  for (size_t i = 0; i < count; i++) {
    const edict_text other = s->contracts[batch[i]].product;
    if (other.len == name.len && memcmp(other.ptr, name.ptr, name.len) == 0) return true;
  }
  return false;
}

static edict_status try_contract(search *s, const work_bench *bench, size_t number, bool opens, uint64_t each) {
  const work_contract *c = &s->contracts[number];
  kept about = {.contract = *c, .supposed = true, .opens = opens, .product = c->product.ptr, .dataset = c->dataset.ptr};
  work_stand stand;
  edict_status status = work_stand_open(&stand, bench, &s->desk, about.product);
  work_stand_dataset(&stand, about.dataset);
  size_t own = number < s->base_count ? number : (number - s->base_count) / VARIANTS;
  if (status == EDICT_OK) status = try_dataset(s, &stand, &about, own, s->report->asked + each);
  s->report->unbindable = s->report->unbindable || stand.unbindable;
  s->report->contracts++;
  work_stand_close(&stand);
  return status;
}

static edict_status open_batch(search *s, const size_t *batch, size_t count, bool opens, work_bench *bench) {
  edict_supposed_contract *api = EDI_NEW_ARRAY(&s->arena, edict_supposed_contract, count);
  bool good = api != NULL;
  for (size_t i = 0; i < count && good; i++) good = work_contract_api(&s->arena, &s->contracts[batch[i]], &api[i]);
  return good ? work_bench_open(s->c, api, count, opens, bench, s->quiet) : edi_arena_status(&s->arena);
}

/* What of a batch no bundle can hold is left out: the others are found by halves. */
static edict_status try_batch(search *s, const size_t *batch, size_t count, bool opens, uint64_t each) {
  work_bench bench;
  edict_status status = open_batch(s, batch, count, opens, &bench);
  if (status == EDICT_MEMORY) return status;
  if (status != EDICT_OK && count == 1) {
    edict_diagnostics_clear(s->quiet);
    s->report->unwritable++;
    return EDICT_OK;
  }
  if (status != EDICT_OK) {
    status = try_batch(s, batch, count / 2, opens, each);
    return status == EDICT_OK ? try_batch(s, batch + count / 2, count - count / 2, opens, each) : status;
  }
  for (size_t i = 0; i < count && status == EDICT_OK && !is_over(s); i++) status = try_contract(s, &bench, batch[i], opens, each);
  work_bench_close(&bench);
  return status;
}

/* In batches whose products have names of their own. */
static edict_status try_contracts(search *s, bool opens, uint64_t share) {
  edict_status status = EDICT_OK;
  bool *done = EDI_NEW_ARRAY(&s->arena, bool, s->contract_count + 1);
  if (!done) return edi_arena_status(&s->arena);
  uint64_t each = s->contract_count ? share / s->contract_count : 0;
  for (size_t left = s->contract_count; left && status == EDICT_OK && !is_over(s);) {
    size_t batch[BATCH], count = 0;
    for (size_t i = 0; i < s->contract_count && count < BATCH; i++) {
      if (done[i] || holds_name(s, batch, count, i)) continue;
      done[i] = true;
      batch[count++] = i;
    }
    left -= count;
    status = try_batch(s, batch, count, opens, each);
  }
  for (size_t i = 0; i < s->contract_count; i++) s->report->skipped += !done[i];
  return status;
}

static bool make_contracts(search *s) {
  size_t variants = s->base_count * VARIANTS, most = CONTRACTS_MOST > s->base_count ? CONTRACTS_MOST - s->base_count : 0;
  if (variants > most) variants = most;
  s->contracts = EDI_NEW_ARRAY(&s->arena, work_contract, s->base_count + variants + 1);
  s->bases = EDI_NEW_ARRAY(&s->arena, work_request, s->base_count + 1);
  if (!s->contracts || !s->bases) return false;
  for (size_t i = 0; i < s->base_count; i++) {
    edict_test test;
    const edict_supposed_contract *contract;
    if (edict_comparison_request(s->c, i, &test, &contract) != EDICT_OK) return false;
    work_request_of(&test, &s->bases[i]);
    work_contract_of(contract, &s->contracts[i]);
  }
  for (size_t i = 0; i < variants; i++) {
    work_contract *c = &s->contracts[s->base_count + i];
    char name[256];
    *c = s->contracts[i / VARIANTS];
    work_contract_vary(s->c, &s->random, c);
    if (c->named) continue;
    snprintf(name, sizeof name, "%.*s.example-%zu", EDI_STR_ARG(c->domain), s->base_count + i + 1);
    c->product.ptr = keep_text(s, name);
    c->product.len = strlen(c->product.ptr);
  }
  s->contract_count = s->base_count + variants;
  return true;
}

/* ---- products that are there ---- */

static edict_status try_product(search *s, const work_bench *bench, const char *product, uint64_t share) {
  work_stand stand;
  const char *names[256];
  size_t count = 0;
  edict_status status = work_stand_open(&stand, bench, &s->desk, product);
  for (int side = 0; side < 2 && status == EDICT_OK; side++)
    for (size_t d = 0; stand.products[side] && d < edict_product_dataset_count(stand.products[side]) && count < 256; d++) {
      const char *name = edict_product_dataset_name(stand.products[side], d);
      bool known = false;
      for (size_t i = 0; i < count; i++) known = known || strcmp(names[i], name) == 0;
      if (!known) names[count++] = name;
    }
  for (size_t i = 0; i < count && status == EDICT_OK && !is_over(s); i++) {
    kept about = {.product = keep_text(s, product), .dataset = keep_text(s, names[i])};
    work_stand_dataset(&stand, names[i]);
    status = try_dataset(s, &stand, &about, SIZE_MAX, s->report->asked + share / count);
  }
  s->report->unbindable = s->report->unbindable || stand.unbindable;
  s->report->products++;
  work_stand_close(&stand);
  return status;
}

static edict_status try_products(search *s) {
  work_bench bench;
  edict_status status = work_bench_open(s->c, NULL, 0, false, &bench, s->diagnostics);
  uint64_t share = s->budget / 2;
  if (status != EDICT_OK) return status;
  size_t counts[2] = {edict_engine_product_count(bench.engines[0]), edict_engine_product_count(bench.engines[1])};
  uint64_t most = s->budget;
  s->budget -= s->budget / 4; /* supposed contracts have their share, however many products there are */
  for (int side = 1; side >= 0; side--)
    for (size_t i = 0; i < counts[side] && status == EDICT_OK; i++) {
      const char *name = edict_engine_product_name(bench.engines[side], i);
      bool known = false;
      for (size_t k = 0; side == 0 && k < counts[1]; k++) known = known || strcmp(edict_engine_product_name(bench.engines[1], k), name) == 0;
      if (known) continue;
      if (is_over(s)) s->report->skipped++;
      else status = try_product(s, &bench, name, share / (counts[0] > counts[1] ? counts[0] : counts[1]));
    }
  s->budget = most;
  work_bench_close(&bench);
  return status;
}

/* ---- smaller contracts ---- */

enum { CANDIDATES_MOST = 256 };

static size_t make_candidates(search *s, bool opens, const bool *settled, candidate *list) {
  size_t count = 0;
  for (size_t k = 0; k < s->kept_count; k++) {
    const kept *of = &s->kept[k];
    if (!of->supposed || of->opens != opens || of->contract.named || settled[k]) continue;
    for (size_t at = 0; count < CANDIDATES_MOST; at++) {
      candidate *c = &list[count];
      char name[256];
      *c = (candidate){k, of->contract};
      if (!work_contract_shrink(&c->contract, at)) break;
      snprintf(name, sizeof name, "%.*s.example-%zu", EDI_STR_ARG(of->contract.domain), count + 1);
      c->contract.product.ptr = edi_arena_copy(&s->arena, name, strlen(name));
      if (!c->contract.product.ptr) break;
      c->contract.product.len = strlen(name);
      count++;
    }
  }
  return count;
}

static edict_status try_candidate(search *s, const work_bench *bench, const candidate *c, bool *smaller) {
  work_stand stand;
  work_outcome o = {.verdict = DIFF_SAME};
  kept *of = &s->kept[c->kept];
  edict_status status = work_stand_open(&stand, bench, &s->desk, c->contract.product.ptr);
  work_stand_dataset(&stand, of->dataset);
  if (status == EDICT_OK) status = ask(s, &stand, &of->request, WORK_ROWS_FAR, &o);
  work_stand_close(&stand);
  *smaller = status == EDICT_OK && is_like(&o, &of->outcome);
  if (*smaller) {
    edict_text name = of->contract.product;
    of->contract = c->contract;
    of->contract.product = name;
  }
  return status;
}

/* One fact fewer of each contract, if that changes nothing. */
static edict_status shrink_contracts(search *s, bool opens, bool *settled) {
  candidate *list = s->candidates;
  edict_supposed_contract *api = EDI_NEW_ARRAY(&s->arena, edict_supposed_contract, CANDIDATES_MOST);
  bool done[KEPT_MOST] = {false};
  work_bench bench;
  if (!api) return edi_arena_status(&s->arena);
  size_t count = make_candidates(s, opens, settled, list);
  for (size_t i = 0; i < count; i++)
    if (!work_contract_api(&s->arena, &list[i].contract, &api[i])) return edi_arena_status(&s->arena);
  if (count == 0) return EDICT_OK;
  edict_status status = work_bench_open(s->c, api, count, opens, &bench, s->quiet);
  if (status == EDICT_MEMORY) return status;
  if (status != EDICT_OK) { /* they stay as large as they are */
    memset(settled, 1, KEPT_MOST * sizeof *settled);
    return EDICT_OK;
  }
  for (size_t i = 0; i < count && status == EDICT_OK; i++)
    if (!done[list[i].kept]) status = try_candidate(s, &bench, &list[i], &done[list[i].kept]);
  for (size_t k = 0; k < s->kept_count; k++)
    if (s->kept[k].opens == opens) settled[k] = settled[k] || !done[k];
  work_bench_close(&bench);
  return status;
}

/* ---- what is told ---- */

static int compare_kept(const void *a, const void *b) {
  const kept *x = a, *y = b;
  if (x->outcome.verdict != y->outcome.verdict) return x->outcome.verdict > y->outcome.verdict ? -1 : 1;
  if (x->supposed != y->supposed) return x->supposed ? 1 : -1;
  size_t p = work_request_size(&x->request), q = work_request_size(&y->request);
  if (p != q) return p < q ? -1 : 1;
  return x->signature < y->signature ? -1 : x->signature > y->signature;
}

/* Of two permits those alone that the other one does not name: the rest is the same. */
static const char **rules_of(work_detail *d, const work_stand *s, int side, const work_outcome *o, size_t *count) {
  size_t all = o->known[side] ? edict_decision_reason_count(s->decisions[side]) : 0;
  const char **out = EDI_NEW_ARRAY(d->arena, const char *, all + 1);
  bool both = o->permits[0] && o->permits[1];
  edict_reason r;
  *count = 0;
  for (size_t i = 0; out && i < all; i++)
    if (edict_decision_reason(s->decisions[side], i, &r) == EDICT_OK && decides(r.effect, o, side) && !(both && has_rule(s, !side, r.rule)))
      out[(*count)++] = work_text(d, "%.*s (%s%s)", EDI_STR_ARG(r.rule), r.effect, r.holds == EDICT_HOLDS_UNKNOWN ? ", not known whether it holds" : "");
  d->failed = d->failed || !out;
  return out;
}

/* The request in the form of the API, to be printed. */
static bool test_of(search *s, const kept *k, edict_test *t) {
  edict_attribute *subject, *context, *resource;
  const char **columns = EDI_NEW_ARRAY(&s->arena, const char *, k->request.column_count + 1);
  const work_request *q = &k->request;
  if (!columns || !work_attributes_api(&s->arena, &q->subject, &subject) || !work_attributes_api(&s->arena, &q->context, &context) ||
      !work_attributes_api(&s->arena, &q->resource, &resource))
    return false;
  *t = (edict_test){.title = "", .file = "", .product = k->product, .dataset = q->kind ? q->kind : k->dataset, .action = q->action, .issuer = q->issuer, .id = q->id,
                    .now = q->now, .subject = subject, .subject_count = q->subject.count, .context = context, .context_count = q->context.count,
                    .is_resource = q->kind != NULL, .resource = resource, .resource_count = q->resource.count, .columns = columns};
  for (size_t i = 0; i < q->column_count; i++) {
    bool there = !k->supposed;
    for (size_t n = 0; n < k->contract.column_count && !there; n++)
      there = q->columns[i].len == k->contract.columns[n].name.len && memcmp(q->columns[i].ptr, k->contract.columns[n].name.ptr, q->columns[i].len) == 0;
    char *name = there && !q->kind ? edi_arena_copy(&s->arena, q->columns[i].ptr, q->columns[i].len) : NULL;
    if (name) columns[t->column_count++] = name;
  }
  return true;
}

static edict_status show(search *s, const kept *k, const edict_supposed_contract *contract, diff_finding *f) {
  edict_test test;
  char *text = NULL;
  size_t length;
  if (!test_of(s, k, &test)) return edi_arena_status(&s->arena);
  edict_status status = edict_comparison_show(s->c, k->supposed ? contract : NULL, &test, &text, &length);
  if (status == EDICT_OK) f->example = keep_bytes(s, text, length);
  edict_text_free(&text);
  return status;
}

/* Asked once more, with what is different told. What a bound of the search left otherwise is not told at all. */
static edict_status tell(search *s, const kept *k, const work_bench *bench, const edict_supposed_contract *contract) {
  work_detail d = {.arena = &s->report->arena};
  work_stand stand;
  diff_finding *f = &s->report->findings[s->report->finding_count];
  work_outcome o = {.verdict = DIFF_SAME};
  edict_status status = work_stand_open(&stand, bench, &s->desk, k->product);
  work_stand_dataset(&stand, k->dataset);
  if (status == EDICT_OK) status = work_ask(&stand, &k->request, WORK_ROWS_FAR, &s->random, &d, &o);
  if (status == EDICT_OK && o.verdict != DIFF_SAME) {
    *f = (diff_finding){.verdict = o.verdict, .permits = {o.permits[0], o.permits[1]}, .known = {o.known[0], o.known[1]}, .supposed = k->supposed,
                        .opens = k->opens, .aspects = d.items, .aspect_count = d.count, .like = k->like};
    for (int side = 0; side < 2; side++) f->rules[side] = rules_of(&d, &stand, side, &o, &f->rule_counts[side]);
    status = show(s, k, contract, f);
    s->report->finding_count += status == EDICT_OK;
  }
  work_stand_close(&stand);
  return d.failed ? EDICT_MEMORY : status;
}

static edict_status tell_one(search *s, const kept *k) {
  edict_supposed_contract api;
  work_bench bench;
  if (k->supposed && !work_contract_api(&s->arena, &k->contract, &api)) return edi_arena_status(&s->arena);
  edict_status status = work_bench_open(s->c, &api, k->supposed, k->opens, &bench, s->diagnostics);
  if (status != EDICT_OK) return status;
  status = tell(s, k, &bench, &api);
  work_bench_close(&bench);
  return status;
}

static edict_status tell_all(search *s) {
  size_t shown = s->options->shown ? s->options->shown : DIFF_SHOWN;
  bool settled[KEPT_MOST] = {false};
  edict_status status = EDICT_OK;
  if (s->kept_count) qsort(s->kept, s->kept_count, sizeof *s->kept, compare_kept);
  if (s->kept_count > shown) s->kept_count = shown;
  s->candidates = EDI_NEW_ARRAY(&s->arena, candidate, CANDIDATES_MOST);
  if (!s->candidates) return edi_arena_status(&s->arena);
  for (size_t round = 0; round < CONTRACT_ROUNDS && status == EDICT_OK; round++)
    for (int opens = 0; opens < 2 && status == EDICT_OK; opens++) status = shrink_contracts(s, opens != 0, settled);
  s->report->findings = EDI_NEW_ARRAY(&s->report->arena, diff_finding, s->kept_count + 1);
  if (!s->report->findings) return edi_arena_status(&s->report->arena);
  for (size_t i = 0; i < s->kept_count && status == EDICT_OK; i++) status = tell_one(s, &s->kept[i]);
  return status;
}

/* ---- all ---- */

static edict_status look(search *s) {
  s->base_count = edict_comparison_request_count(s->c);
  s->kept = EDI_NEW_ARRAY(&s->arena, kept, KEPT_MOST);
  if (!s->kept || !work_desk_make(&s->arena, &s->desk) || !list_changed(s) || !make_contracts(s)) return edi_arena_status(&s->arena);
  s->budget = s->options->requests ? s->options->requests : DIFF_REQUESTS;
  edict_status status = try_products(s);
  bool delegates = edict_comparison_delegates(s->c) != 0;
  uint64_t left = s->budget > s->report->asked ? s->budget - s->report->asked : 0;
  if (status == EDICT_OK) status = try_contracts(s, false, delegates ? left / 2 : left);
  if (status == EDICT_OK && delegates) status = try_contracts(s, true, left / 2);
  s->report->bounded = edict_comparison_left(s->c) > 0;
  return status == EDICT_OK ? tell_all(s) : status;
}

/* Bundles that do not fit together are refused whatever changed. */
static edict_status try_sets(const edict_comparison *c, edict_diagnostics *diagnostics) {
  work_bench bench;
  edict_status status = work_bench_open(c, NULL, 0, false, &bench, diagnostics);
  if (status == EDICT_OK) work_bench_close(&bench);
  return status;
}

static void count_changes(diff_report *report) {
  const edict_change *change;
  for (size_t i = 0; (change = edict_comparison_change(report->comparison, i)); i++) {
    report->changes += change->decides != 0;
    report->beyond += change->beyond != 0;
  }
}

edict_status diff_run(const diff_options *options, diff_report *report, edict_diagnostics *diagnostics) {
  *report = (diff_report){.asked = 0};
  edi_arena_init(&report->arena, NULL, (size_t)1 << 31);
  const edict_comparison_options sides = {.size = sizeof sides, .bundles = {options->bundles[0], options->bundles[1]},
                                          .counts = {options->counts[0], options->counts[1]}};
  edict_status status = edict_comparison_create(&sides, &report->comparison, diagnostics);
  if (status != EDICT_OK) return status;
  count_changes(report);
  report->searched = report->changes > 0 || edict_comparison_doubts(report->comparison, EDICT_SIDE_OLD) || edict_comparison_doubts(report->comparison, EDICT_SIDE_NEW);
  search *s = NULL;
  edi_arena home;
  edi_arena_init(&home, NULL, (size_t)1 << 31);
  if (report->searched) s = EDI_NEW(&home, search);
  if (report->searched && !s) status = EDICT_MEMORY;
  if (!report->searched) status = try_sets(report->comparison, diagnostics);
  if (s) {
    s->options = options;
    s->report = report;
    s->c = report->comparison;
    s->diagnostics = diagnostics;
    s->quiet = edict_diagnostics_create();
    edi_arena_init(&s->arena, NULL, (size_t)1 << 32);
    status = s->quiet ? look(s) : EDICT_MEMORY;
    edict_diagnostics_destroy(&s->quiet);
    edi_arena_fini(&s->arena);
  }
  edi_arena_fini(&home);
  return status;
}

void diff_report_fini(diff_report *report) {
  edict_comparison_destroy(&report->comparison);
  edi_arena_fini(&report->arena);
  *report = (diff_report){.asked = 0};
}

diff_verdict diff_report_verdict(const diff_report *r) {
  if (r->found[DIFF_OPENS]) return DIFF_OPENS;
  bool doubts = edict_comparison_doubts(r->comparison, EDICT_SIDE_OLD) || edict_comparison_doubts(r->comparison, EDICT_SIDE_NEW);
  if (r->found[DIFF_DIFFERS] || r->beyond || doubts || r->unbindable) return DIFF_DIFFERS;
  return r->found[DIFF_CLOSES] ? DIFF_CLOSES : DIFF_SAME;
}
