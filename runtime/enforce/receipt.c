/* Receipt: what a decision was applied to.
 *
 * Counts are kept with the decision: rows as they come, and of each column the values that its mask made nothing of.
 * Those of a call that fails are not counted. */
#include "edict/receipt.h"

#include <sodium.h>

#include "enforce/host.h"

edict_status edi_decision_tally_init(edict_decision *d) {
  size_t columns = d->product->bound.most_columns;
  d->tally.failed = EDI_NEW_ARRAY(&d->arena, uint64_t, columns);
  d->tally.pending = EDI_NEW_ARRAY(&d->arena, uint64_t, columns);
  d->tally.columns = EDI_NEW_ARRAY(&d->arena, edict_receipt_column, columns);
  return d->tally.failed && d->tally.pending && d->tally.columns ? EDICT_OK : edi_arena_status(&d->arena);
}

void edi_decision_count_failed(edict_decision *d, uint32_t column, uint64_t failed) {
  if (!failed) return;
  d->tally.pending[column] += failed;
  d->tally.is_pending = true;
}

static void settle_pending(edict_decision *d, bool done) {
  edi_tally *t = &d->tally;
  for (uint32_t i = 0; i < d->plan->asked_count; i++) {
    uint32_t c = d->plan->asked[i];
    if (done) t->failed[c] += t->pending[c];
    t->pending[c] = 0;
  }
  t->any = t->any || done;
  t->is_pending = false;
}

void edi_decision_count_rows(edict_decision *d, uint64_t in, uint64_t out, bool done) {
  if (d->tally.is_pending) settle_pending(d, done);
  if (!done) return;
  d->tally.used = true;
  d->tally.rows_in += in;
  d->tally.rows_out += out;
}

static void clear_counts(edict_decision *d) {
  edi_tally *t = &d->tally;
  if (t->any) memset(t->failed, 0, d->product->bound.most_columns * sizeof *t->failed);
  t->any = false;
  t->rows_in = t->rows_out = 0;
}

void edi_decision_tally_reset(edict_decision *d) {
  clear_counts(d);
  d->tally.number = 0;
  d->tally.used = false;
}

/* ---- the plan ---- */

static void add_bytes(crypto_generichash_state *s, const void *bytes, size_t length) {
  (void)crypto_generichash_update(s, bytes, length);
}

static void add_number(crypto_generichash_state *s, uint64_t number) {
  unsigned char bytes[8];
  edi_put64(bytes, number);
  add_bytes(s, bytes, sizeof bytes);
}

static void add_text(crypto_generichash_state *s, edi_str text) {
  add_number(s, text.len);
  add_bytes(s, (const unsigned char *)text.ptr, text.len);
}

static void add_column(crypto_generichash_state *s, const edi_plan_column *c, uint32_t number) {
  char storage[4096];
  edi_buf arguments = edi_buf_fixed(storage, sizeof storage);
  if (!c->live_count) edi_transform_arguments(&c->fixed, &arguments);
  add_number(s, number);
  add_number(s, c->live_count ? UINT64_MAX : c->fixed.id);
  add_text(s, (edi_str){arguments.ptr, arguments.len});
}

/* What the log's record of the decision says in clear, so that who reads a receipt knows the decision again. */
void edi_decision_print(const edict_decision *d, unsigned char print[32]) {
  const edi_plan *plan = d->plan;
  const edict_engine *engine = d->product->engine;
  crypto_generichash_state s;
  (void)crypto_generichash_init(&s, NULL, 0, 32);
  add_number(&s, edict_engine_bundle_count(engine));
  for (size_t i = 0; i < edict_engine_bundle_count(engine); i++) {
    const char *name, *layer;
    uint64_t version;
    const unsigned char *digest;
    if (edict_engine_bundle(engine, i, &name, &layer, &version, &digest) == EDICT_OK) add_bytes(&s, digest, 32);
  }
  add_text(&s, d->product->bound.name);
  add_text(&s, plan->dataset->name);
  add_text(&s, plan->action == EDI_NONE ? (edi_str){"", 0} : edi_vocabulary_name(plan->vocabulary, plan->action));
  add_number(&s, (uint64_t)plan->now);
  add_number(&s, plan->effect);
  for (uint32_t c = 0; plan->effect == EDICT_PERMIT && c < plan->dataset->column_count; c++)
    if (plan->columns[c].asked) add_column(&s, &plan->columns[c], c);
  (void)crypto_generichash_final(&s, print, 32);
}

/* ---- the receipt ---- */

/* Of the key that a mask used, if it is the same for every row and one was there. */
static uint64_t epoch_of(const edict_decision *d, uint32_t column) {
  const edi_plan_column *c = &d->plan->columns[column];
  unsigned base = d->plan->dataset->columns[column].base;
  for (size_t i = 0; c->live_count == 0 && c->fixed.key.len && i < d->key_count; i++) {
    const edi_decision_key *k = &d->keys[i];
    if (k->available && k->base == base && edi_transform_equal(&k->transform, &c->fixed)) return k->key.epoch;
  }
  return 0;
}

edict_status edict_decision_receipt(edict_decision *decision, edict_receipt *receipt) {
  edict_decision *d = decision;
  if (!receipt || receipt->size != sizeof *receipt) return EDICT_ARGUMENT;
  *receipt = (edict_receipt){.size = sizeof *receipt};
  if (!d || !d->plan->dataset || d->plan->dataset->thing != EDI_THING_DATASET) return EDICT_ARGUMENT;
  edi_tally *t = &d->tally;
  const edi_plan *plan = d->plan;
  edi_decision_print(d, receipt->plan);
  t->used = true;
  receipt->number = ++t->number;
  receipt->rows_in = t->rows_in;
  receipt->rows_out = t->rows_out;
  receipt->columns = t->columns;
  for (uint32_t c = 0; plan->effect == EDICT_PERMIT && c < plan->dataset->column_count; c++) {
    if (!plan->columns[c].asked) continue;
    t->columns[receipt->column_count++] = (edict_receipt_column){
        .column = c, .transform = edict_decision_column(d, c, NULL), .epoch = epoch_of(d, c), .failed = t->failed[c]};
  }
  clear_counts(d);
  return EDICT_OK;
}
