/* Decision: the C API over a plan; decides, tells the effect, applies to rows.
 *
 * Everything it needs is allocated when it is created. Keys for pseudonyms are derived once for a
 * decision and wiped at the next. The masks of a row are those of the plan: nothing here widens. */
#include "enforce/host.h"
#include "eval/conditions.h"

static void forget(edict_decision *d) {
  edi_plan_clear(&d->plan);
  edi_decision_keys_wipe(d);
  d->request_length = 0;
  if (d->session) edi_session_leave(d->session);
  d->session = NULL;
}

static void text32(edi_buf *into, edict_text t) {
  edi_buf_u32(into, (uint32_t)t.len);
  edi_buf_append(into, t.ptr, t.len);
}

static void attributes(edi_buf *into, const edict_attribute *items, size_t count) {
  edi_buf_u32(into, (uint32_t)count);
  for (size_t i = 0; i < count && into->failed == EDICT_OK; i++) {
    text32(into, items[i].name);
    edi_buf_u32(into, (uint32_t)items[i].count);
    for (size_t v = 0; v < items[i].count && into->failed == EDICT_OK; v++) text32(into, items[i].values[v]);
  }
}

void edi_request_encode(const edict_request *r, edi_buf *into) {
  edi_buf_u32(into, (uint32_t)r->dataset);
  edi_buf_u32(into, (uint32_t)r->column_count);
  for (size_t i = 0; i < r->column_count && into->failed == EDICT_OK; i++) edi_buf_u32(into, r->columns[i]);
  text32(into, r->action);
  attributes(into, r->context, r->context_count);
  edi_buf_u8(into, (r->resource ? EDI_REQUEST_RESOURCE : 0) | (r->seed ? EDI_REQUEST_SEED : 0));
  if (r->resource) {
    text32(into, r->resource->kind);
    attributes(into, r->resource->attributes, r->resource->attribute_count);
  }
  if (r->seed) edi_buf_append(into, r->seed, EDICT_SEED_BYTES);
}

static void remember(edict_decision *d, const edict_request *request) {
  edi_buf copy = edi_buf_fixed(d->request, sizeof d->request);
  edi_request_encode(request, &copy);
  d->request_length = copy.failed == EDICT_OK ? copy.len : 0;
}

edict_status edict_decision_create(const edict_product *product, edict_decision **decision) {
  *decision = NULL;
  if (!product) return EDICT_ARGUMENT;
  edi_arena arena;
  edi_arena_init(&arena, NULL, EDI_ARENA_DECISION);
  edict_decision *d = EDI_NEW(&arena, edict_decision);
  if (!d) {
    edi_arena_fini(&arena);
    return EDICT_MEMORY;
  }
  d->arena = arena;
  d->product = edi_product_keep(product);
  edict_status status = edi_plan_init(&d->plan, &product->engine->vocabulary, &product->bound, &d->arena);
  if (status == EDICT_OK) status = edi_hasher_init(&d->hasher);
  if (status == EDICT_OK) status = edi_decision_keys_init(d);
  d->plan.suppresses_groups = product->engine->suppresses_groups;
  if (status != EDICT_OK) {
    edict_decision_destroy(&d);
    return status;
  }
  *decision = d;
  return EDICT_OK;
}

void edict_decision_destroy(edict_decision **decision) {
  if (!decision || !*decision) return;
  edict_decision *d = *decision;
  if (d->session) edi_session_leave(d->session);
  edi_decision_keys_fini(d);
  edi_plan_fini(&d->plan);
  edi_hasher_fini(&d->hasher);
  edi_product_leave(d->product);
  edi_arena arena = d->arena;
  edi_arena_fini(&arena);
  *decision = NULL;
}

/* The set decides only while all of it is in force: the latest start, the earliest expiry of the
 * federal bundle and the product's domain. */
static void bound_times(const edict_product *p, int64_t floor, edi_plan_request *r) {
  const edi_linked *federal = p->layers[0], *own = p->layers[1];
  r->not_before = federal->not_before > own->not_before ? federal->not_before : own->not_before;
  r->expires = federal->expires < own->expires ? federal->expires : own->expires;
  r->floor = floor;
}

/* Pointers that cannot be meant; what they point to is checked when it is read. */
static bool malformed_attributes(const edict_attribute *items, size_t count) {
  if (count && !items) return true;
  for (size_t i = 0; i < count; i++) {
    const edict_attribute *a = &items[i];
    if ((a->name.len && !a->name.ptr) || (a->count && !a->values)) return true;
    for (size_t v = 0; v < a->count; v++)
      if (a->values[v].len && !a->values[v].ptr) return true;
  }
  return false;
}

static bool malformed(const edict_request *r) {
  if ((r->column_count && !r->columns) || (r->action.len && !r->action.ptr)) return true;
  if (malformed_attributes(r->context, r->context_count)) return true;
  if (!r->resource) return false;
  if (r->dataset || r->column_count || (r->resource->kind.len && !r->resource->kind.ptr)) return true;
  return malformed_attributes(r->resource->attributes, r->resource->attribute_count);
}

edict_status edict_decide(edict_decision *decision, const edict_session *session, const edict_request *request) {
  return decision ? edi_decision_decide_at(decision, session, request, decision->product->engine->floor) : EDICT_ARGUMENT;
}

edict_status edi_decision_decide_at(edict_decision *decision, const edict_session *session,
                                    const edict_request *request, int64_t floor) {
  forget(decision);
  if (!session || !request || request->size != sizeof *request || malformed(request)) return EDICT_ARGUMENT;
  if (session->engine != decision->product->engine) return EDICT_ARGUMENT;
  if (!edi_session_stands(session, request->now)) return EDICT_UNTRUSTED;
  decision->session = edi_session_keep(session);
  edi_plan_request r = {.action = {request->action.ptr, request->action.len},
                        .dataset = request->dataset,
                        .columns = request->columns,
                        .column_count = request->column_count,
                        .context = request->context,
                        .context_count = request->context_count,
                        .resource = request->resource,
                        .now = request->now};
  bound_times(decision->product, floor, &r);
  edict_status status = edi_plan_decide(&decision->plan, &session->subject, &r);
  decision->has_seed = request->seed != NULL;
  if (request->seed) memcpy(decision->seed, request->seed, sizeof decision->seed);
  if (status == EDICT_OK) remember(decision, request);
  else forget(decision);
  return status;
}

edict_effect edict_decision_effect(const edict_decision *decision) {
  return decision ? decision->plan.effect : EDICT_DENY;
}

int64_t edict_decision_valid_until(const edict_decision *decision) {
  return decision ? decision->plan.valid_until : 0;
}

int edict_decision_is_hypothetical(const edict_decision *decision) {
  return decision && decision->session ? decision->session->hypothetical : 1;
}

/* ---- rows ---- */

static void mask_cell(edict_decision *d, uint32_t column, const edict_cell *in, edict_cell *out, edi_output *memory) {
  const edi_bound_column *c = &d->plan.dataset->columns[column];
  edi_transform room;
  const edi_transform *t = edi_plan_column_transform(&d->plan, column, in, &room);
  edi_apply_column how = {.base = c->base, .required = c->required, .vocabulary = d->plan.vocabulary, .taxonomy = c->taxonomy};
  if (t->key.len) how.key = edi_decision_key_for(d, t, t != &room, c->base);
  if (t->id == EDI_TRANSFORM_SHA256_QUERY) how.salt = edi_decision_salt(d);
  if (t->row_column) {
    how.cell = &in[t->row_column - 1];
    how.cell_base = d->plan.dataset->column_types[t->row_column - 1];
  }
  edi_apply(t, &how, d->plan.patterns, &in[column], out, memory);
}

/* False if the memory does not suffice; nothing is left in it then. */
static bool mask_row(edict_decision *d, const edict_cell *in, edict_cell *out, char *memory, size_t size) {
  edi_output output = {.ptr = memory, .size = size, .hasher = &d->hasher};
  for (uint32_t i = 0; i < d->plan.asked_count && !output.full; i++) {
    uint32_t column = d->plan.asked[i];
    mask_cell(d, column, in, &out[column], &output);
  }
  if (output.full && output.used) memset(memory, 0, output.used);
  return !output.full;
}

edict_status edict_decision_apply_row(edict_decision *decision, const edict_cell *in, size_t count, edict_cell *out,
                                      char *memory, size_t memory_size, edict_row *row) {
  if (!row) return EDICT_ARGUMENT;
  *row = EDICT_ROW_HIDDEN;
  if (!decision || (count && (!in || !out))) return EDICT_ARGUMENT;
  if (count) memset(out, 0, count * sizeof *out);
  const edi_bound_dataset *dataset = decision->plan.dataset;
  if (!dataset || count != dataset->column_count || (memory_size && !memory)) return EDICT_ARGUMENT;
  bool grouped;
  edict_row state = edi_plan_row(&decision->plan, in, &grouped);
  if (grouped) return EDICT_UNSUPPORTED;
  if (state == EDICT_ROW_SHOWN && !mask_row(decision, in, out, memory, memory_size)) {
    memset(out, 0, count * sizeof *out);
    return EDICT_LIMIT;
  }
  *row = state;
  return EDICT_OK;
}

/* ---- conditions ---- */

typedef struct listener { void (*tell)(void *user, const edict_condition *condition); void *user; } listener;

static void pass_on(void *user, const edi_condition *c) {
  static const char *const words[] = {
#define PART(NAME, text) text,
      EDI_CONDITION_PARTS(PART)
#undef PART
  };
  const listener *l = user;
  edi_str rule = edi_program_string(&c->linked->program, c->rule->name);
  edict_condition out = {{rule.ptr, rule.len}, words[c->part], c->number, (edict_holds)c->holds};
  l->tell(l->user, &out);
}

edict_status edict_decision_conditions(edict_decision *decision, const edict_cell *row, size_t count,
                                       void (*tell)(void *user, const edict_condition *condition), void *user) {
  listener l = {tell, user};
  if (!decision || !tell || !decision->plan.dataset) return EDICT_ARGUMENT;
  if (row && count != decision->plan.dataset->column_count) return EDICT_ARGUMENT;
  if (row) edi_plan_row_conditions(&decision->plan, row, pass_on, &l);
  else edi_plan_conditions(&decision->plan, pass_on, &l);
  return EDICT_OK;
}

/* ---- columns ---- */

const char *edict_decision_column(edict_decision *decision, size_t column, const char **arguments) {
  static const char none[] = "";
  if (arguments) *arguments = none;
  if (!decision) return edi_transform_name(EDI_TRANSFORM_NULL);
  const edi_plan *plan = &decision->plan;
  if (plan->effect != EDICT_PERMIT || column >= plan->dataset->column_count || !plan->columns[column].asked)
    return edi_transform_name(EDI_TRANSFORM_NULL);
  const edi_plan_column *c = &plan->columns[column];
  if (c->live_count && c->fixed.id != EDI_TRANSFORM_NULL && c->fixed.id != EDI_TRANSFORM_DROP) return "varies";
  if (arguments) {
    edi_buf buf = edi_buf_fixed(decision->text, sizeof decision->text);
    edi_transform_arguments(&c->fixed, &buf);
    edi_buf_char(&buf, '\0');
    if (buf.failed == EDICT_OK) *arguments = decision->text;
  }
  return edi_transform_name(c->fixed.id == EDI_TRANSFORM_NONE ? EDI_TRANSFORM_NULL : c->fixed.id);
}

int edict_decision_reads(const edict_decision *decision, size_t column) {
  if (!decision) return 0;
  const edi_plan *plan = &decision->plan;
  return plan->effect == EDICT_PERMIT && column < plan->dataset->column_count && plan->reads[column];
}
