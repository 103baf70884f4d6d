/* Rows, Arrow: record batches through the masks of a decision, one batch at a time. */
#include "workbench/ipc.h"
#include "workbench/rows.h"

typedef struct arrow_job {
  rows_job *job;
  ipc_reader reader;
  edict_arrow *arrow;
  int64_t valid_until;        /* of the decision that `arrow` was made for */
  struct ArrowSchema schema;  /* of what comes out */
  edi_buf out;
  edict_diagnostics *diagnostics;
} arrow_job;

static rows_result from_ipc(rows_job *job, const ipc_reader *reader, ipc_result result) {
  job->why = reader->why;
  job->line = reader->messages;
  switch (result) {
    case IPC_BATCH:
    case IPC_END: return ROWS_DONE;
    case IPC_BAD:
    case IPC_UNSUPPORTED: return ROWS_BAD;
    case IPC_FAILED: return ROWS_UNREAD;
    case IPC_MEMORY: break;
  }
  job->status = EDICT_MEMORY;
  return ROWS_FAILED;
}

static rows_result failed(arrow_job *a, edict_status status) {
  if (status == EDICT_OK) return ROWS_DONE;
  a->job->status = status;
  a->job->why = "rows may be shown in groups alone";
  return ROWS_FAILED;
}

static rows_result flush(arrow_job *a) {
  bool put = a->out.failed == EDICT_OK && sink_put(a->job->out, a->out.ptr, a->out.len);
  if (a->out.failed != EDICT_OK) a->job->status = a->out.failed;
  a->out.len = 0;
  return put ? ROWS_DONE : a->job->out->error ? ROWS_UNWRITTEN : ROWS_FAILED;
}

/* Whether batches of the one are batches of the other: types and names, all the way down. */
static bool same_schema(const struct ArrowSchema *x, const struct ArrowSchema *y) {
  bool same = strcmp(x->format, y->format) == 0 && strcmp(x->name, y->name) == 0 && x->flags == y->flags && x->n_children == y->n_children &&
              !x->dictionary == !y->dictionary;
  for (int64_t i = 0; same && i < x->n_children; i++) same = same_schema(x->children[i], y->children[i]);
  return same && (!x->dictionary || same_schema(x->dictionary, y->dictionary));
}

/* Once for each decision. What came out under the one before cannot be followed by what is of another schema. */
static rows_result make_ready(arrow_job *a, bool first) {
  struct ArrowSchema schema;
  edict_arrow_destroy(&a->arrow);
  edict_status status = edict_arrow_create(a->job->decision, &a->reader.schema, NULL, &a->arrow, first ? a->diagnostics : NULL);
  if (status == EDICT_OK) status = edict_arrow_schema(a->arrow, &schema);
  if (status != EDICT_OK) return failed(a, status);
  a->valid_until = edict_decision_valid_until(a->job->decision);
  if (first) {
    a->schema = schema;
    if (ipc_put_schema(&a->out, &a->schema)) return flush(a);
    a->job->why = "its types cannot be written";
    return ROWS_BAD;
  }
  bool same = same_schema(&a->schema, &schema);
  schema.release(&schema);
  a->job->why = "the answer changed, and with it the columns";
  return same ? ROWS_DONE : ROWS_BAD;
}

/* What was counted under a decision goes with it. */
static rows_result count(arrow_job *a) {
  edict_receipt receipt = {.size = sizeof receipt};
  edict_status status = edict_decision_receipt(a->job->decision, &receipt);
  if (status != EDICT_OK) return failed(a, status);
  for (size_t i = 0; i < receipt.column_count; i++) a->job->failed[receipt.columns[i].column] += receipt.columns[i].failed;
  return !a->job->receipt || a->job->receipt(a->job->user, &receipt) ? ROWS_DONE : ROWS_STOPPED;
}

static rows_result one_batch(arrow_job *a) {
  struct ArrowArray out;
  rows_result result = ROWS_DONE;
  if (edict_decision_valid_until(a->job->decision) != a->valid_until) result = make_ready(a, false);
  if (result != ROWS_DONE) return result;
  edict_status status = edict_arrow_apply(a->arrow, &a->reader.batch, &a->reader.sizes, &out, a->diagnostics);
  if (status != EDICT_OK) return failed(a, status);
  result = count(a);
  a->job->rows_in += (uint64_t)a->reader.batch.length;
  a->job->rows_out += (uint64_t)out.length;
  bool put = result == ROWS_DONE && ipc_put_batch(&a->out, &a->schema, &out);
  out.release(&out);
  if (result != ROWS_DONE) return result;
  if (put) return flush(a);
  a->job->status = EDICT_LIMIT;
  return ROWS_FAILED;
}

static rows_result all_batches(arrow_job *a) {
  rows_result result = from_ipc(a->job, &a->reader, ipc_open(&a->reader, a->job->in));
  edi_arena_init(&a->job->arena, NULL, (size_t)1 << 24);
  a->job->failed = EDI_NEW_ARRAY(&a->job->arena, uint64_t, edict_product_column_count(a->job->product, a->job->dataset));
  if (!a->job->failed) return failed(a, EDICT_MEMORY);
  if (result == ROWS_DONE && a->job->tick && !a->job->tick(a->job->user)) return ROWS_STOPPED;
  if (result == ROWS_DONE) result = make_ready(a, true);
  while (result == ROWS_DONE) {
    ipc_result read = ipc_next(&a->reader);
    result = from_ipc(a->job, &a->reader, read);
    if (result != ROWS_DONE || read == IPC_END) break;
    if (a->job->tick && !a->job->tick(a->job->user)) return ROWS_STOPPED;
    result = one_batch(a);
  }
  if (result != ROWS_DONE) return result;
  ipc_put_end(&a->out);
  return flush(a);
}

rows_result rows_arrow(rows_job *job, edict_diagnostics *diagnostics) {
  arrow_job a = {.job = job, .diagnostics = diagnostics};
  job->rows_in = job->rows_out = job->bad = job->line = 0;
  job->why = "";
  edi_buf_init(&a.out, NULL, (size_t)1 << 33);
  rows_result result = all_batches(&a);
  ipc_close(&a.reader);
  edict_arrow_destroy(&a.arrow);
  if (a.schema.release) a.schema.release(&a.schema);
  edi_buf_fini(&a.out);
  return result;
}
