/* Witness, printed: the lines of a `test` block, after a comment that says what the contract states. */
#include "policy/analysis.h"
#include "policy/lex.h"

/* A node's name where one is expected: with its kind where the name alone is a word of the language. */
static void put_node(const edi_model *m, uint32_t kind, edi_str name, edi_buf *into) {
  if (edi_word_find(name) != EDI_WORD_NONE) edi_buf_format(into, "%.*s.", EDI_STR_ARG(m->kinds[kind].name));
  edi_buf_str(into, name);
}

static void put_value(const edi_model *m, edi_type type, edi_str text, edi_buf *into) {
  switch (EDI_TYPE_BASE(type)) {
    case EDI_TYPE_STRING:
    case EDI_TYPE_ID:
    case EDI_TYPE_IP: edi_json_string(into, text); return;
    case EDI_TYPE_NODE: put_node(m, EDI_TYPE_PARAM(type), text, into); return;
    default: edi_buf_str(into, text);
  }
}

static void put_attribute(const edi_model *m, edi_entity entity, const edict_attribute *a, const char *before, edi_buf *into) {
  uint32_t symbol = edi_model_attr(m, entity, (edi_str){a->name.ptr, a->name.len});
  edi_type type = symbol == EDI_NONE ? EDI_TYPE_STRING : m->attrs[symbol].type;
  bool set = EDI_TYPE_IS_SET(type);
  edi_buf_format(into, "%s%.*s: %s", before, (int)a->name.len, a->name.ptr, set ? "[" : "");
  for (size_t i = 0; i < a->count; i++) {
    if (i > 0) edi_buf_text(into, ", ");
    put_value(m, type, (edi_str){a->values[i].ptr, a->values[i].len}, into);
  }
  if (set) edi_buf_text(into, "]");
}

static void put_tags(const edi_model *m, const char *before, const uint32_t *tags, size_t count, edi_buf *into) {
  for (size_t i = 0; i < count; i++) edi_buf_format(into, "%s%.*s", i == 0 ? before : ", ", EDI_STR_ARG(m->nodes[tags[i]].name));
}

static void put_facts(const edi_model *m, const edi_fact_entry *facts, size_t count, edi_buf *into) {
  for (size_t i = 0; i < count; i++) {
    const edi_sym_attr *attr = &m->attrs[facts[i].attr];
    const edi_fact_value *v = &facts[i].value;
    bool set = EDI_TYPE_IS_SET(attr->type);
    edi_buf_format(into, ", %.*s ", EDI_STR_ARG(attr->name));
    if (set) edi_buf_char(into, '[');
    for (size_t k = 0; k < (set ? v->member_count : 1); k++) {
      const edi_fact_value *one = set ? &v->members[k] : v;
      if (k > 0) edi_buf_text(into, ", ");
      switch (EDI_TYPE_BASE(attr->type)) {
        case EDI_TYPE_NODE: edi_buf_str(into, m->nodes[one->integer].name); break;
        case EDI_TYPE_LEVEL: edi_buf_str(into, m->levels[one->integer].name); break;
        case EDI_TYPE_STRING:
        case EDI_TYPE_ID: edi_json_string(into, one->text); break;
        case EDI_TYPE_BOOL: edi_buf_text(into, one->integer ? "true" : "false"); break;
        case EDI_TYPE_DATE: edi_date_format(into, one->integer); break;
        case EDI_TYPE_TIMESTAMP: edi_timestamp_format(into, one->integer); break;
        case EDI_TYPE_DECIMAL: edi_decimal_format(into, one->decimal); break;
        case EDI_TYPE_DURATION: edi_buf_text(into, "12 months"); break;
        case EDI_TYPE_IP: edi_buf_text(into, "10.0.0.1"); break;
        default: edi_buf_format(into, "%lld", (long long)one->integer);
      }
    }
    if (set) edi_buf_char(into, ']');
  }
}

/* What a request about a resource may read of a contract: nothing that is said of datasets. */
static void put_product(const edi_model *m, const edi_contract_facts *c, edi_buf *into) {
  if (c->fact_count + c->tag_count == 0) return;
  edi_buf_text(into, "# a contract of a product");
  put_facts(m, c->facts, c->fact_count, into);
  put_tags(m, ", tagged ", c->tags, c->tag_count, into);
  edi_buf_char(into, '\n');
}

/* "# the contract: classified internal, purposes [support], columns c1 (pii.email)" */
static void put_contract(const edi_model *m, const edi_contract_facts *c, edi_buf *into) {
  const edi_dataset_facts *d = &c->datasets[0];
  edi_buf_text(into, "# a contract that says: ");
  size_t before = into->len;
  if (d->classification == EDI_NONE) edi_buf_text(into, "not classified");
  else edi_buf_format(into, "classified %.*s", EDI_STR_ARG(m->levels[d->classification].name));
  put_facts(m, c->facts, c->fact_count, into);
  put_facts(m, d->facts, d->fact_count, into);
  put_tags(m, ", product tagged ", c->tags, c->tag_count, into);
  put_tags(m, ", dataset tagged ", d->tags, d->tag_count, into);
  for (size_t i = 0; i < d->column_count; i++) {
    edi_buf_format(into, ", column %.*s", EDI_STR_ARG(d->columns[i].name));
    put_tags(m, " tagged ", d->columns[i].tags, d->columns[i].tag_count, into);
    if (d->columns[i].classification != EDI_NONE)
      edi_buf_format(into, " classified %.*s", EDI_STR_ARG(m->levels[d->columns[i].classification].name));
  }
  if (into->len == before) edi_buf_text(into, "nothing");
  edi_buf_char(into, '\n');
}

static void put_cells(const edict_test_cell *cells, size_t count, edi_buf *into) {
  edi_buf_text(into, "{");
  for (size_t i = 0; i < count; i++) {
    edi_buf_format(into, "%s %s: ", i ? "," : "", cells[i].column);
    if (cells[i].cell.type == EDICT_CELL_TIMESTAMP) edi_timestamp_format(into, cells[i].cell.integer);
    else if (cells[i].cell.type == EDICT_CELL_DATE) edi_date_format(into, cells[i].cell.integer);
    else if (cells[i].cell.type == EDICT_CELL_TEXT) edi_json_string(into, (edi_str){cells[i].cell.ptr, cells[i].cell.len});
    else edi_buf_format(into, "%lld", (long long)cells[i].cell.integer);
  }
  edi_buf_text(into, " }");
}

static void put_expectation(const edict_expectation *x, edi_buf *into) {
  edi_buf_text(into, "\nexpect   ");
  switch ((int)x->kind) {
    case EDICT_EXPECT_PERMIT:
    case EDICT_EXPECT_DENY:
      edi_buf_text(into, x->kind == EDICT_EXPECT_PERMIT ? "permit" : "deny");
      if (x->rule) edi_buf_format(into, " by %s", x->rule);
      return;
    case EDICT_EXPECT_COLUMN:
      edi_buf_format(into, "column %s %s", x->column, x->transform);
      if (x->arguments && *x->arguments) edi_buf_format(into, "(%s)", x->arguments);
      return;
    case EDICT_EXPECT_ROW:
      edi_buf_text(into, "row ");
      put_cells(x->cells, x->cell_count, into);
      edi_buf_text(into, x->outcome == EDICT_ROW_SHOWN ? " shown" : x->outcome == EDICT_ROW_ERASABLE ? " erasable" : x->outcome == EDICT_ROW_WITHHELD ? " withheld" : " hidden");
      return;
    default: return;
  }
}

static void put_resource(const edi_model *m, const edict_test *t, edi_buf *into) {
  uint32_t kind = 0;
  while (kind < m->resources_count && !edi_str_equal(m->resources[kind].name, edi_str_from(t->dataset))) kind++;
  for (size_t i = 0; i < t->resource_count; i++)
    put_attribute(m, (edi_entity)(EDI_ENTITY_RESOURCE + kind), &t->resource[i], i ? ", " : " { ", into);
  edi_buf_text(into, t->resource_count ? " }" : " { }");
}

void edi_witness_print_test(const edi_analysis *a, const edi_witness *w, edi_buf *into) {
  const edict_test *t = &w->test;
  const edi_model *m = a->model;
  edi_buf_format(into, "product  %s\nsubject  { issuer: %s, id: \"%s\"", t->product, t->issuer, t->id);
  for (size_t i = 0; i < t->subject_count; i++) put_attribute(m, EDI_ENTITY_SUBJECT, &t->subject[i], ", ", into);
  edi_buf_text(into, " }\ncontext  { now: ");
  edi_timestamp_format(into, t->now);
  for (size_t i = 0; i < t->context_count; i++) put_attribute(m, EDI_ENTITY_CONTEXT, &t->context[i], ", ", into);
  edi_buf_format(into, " }\nask      %s %s", t->action, t->dataset);
  if (t->is_resource) put_resource(m, t, into);
  for (size_t i = 0; i < t->column_count; i++) edi_buf_format(into, "%s%s", i ? ", " : " columns ", t->columns[i]);
  for (size_t i = 0; i < t->expect_count && !w->openers_alone; i++) put_expectation(&t->expects[i], into);
}

void edi_witness_print(const edi_analysis *a, const edi_witness *w, edi_buf *into) {
  if (w->test.is_resource) put_product(a->model, &a->contracts[w->contract], into);
  else put_contract(a->model, &a->contracts[w->contract], into);
  if (w->supposes) edi_buf_text(into, "# and a domain that permits it, as a delegate lets it\n");
  edi_witness_print_test(a, w, into);
}
