/* Comparison, products: what the contracts of a domain state, and where a rule may find it. */
#include "policy/comparison.h"
#include "policy/phrase.h"

typedef struct stater {
  edi_things *t;
  edi_thing *thing;
  const edi_model *m;
  edi_buf buf;
} stater;

static const char *within(stater *s, const char *what, edi_str of) {
  return of.len ? edi_comparison_format(s->t->c, "%.*s: %s", EDI_STR_ARG(of), what) : what;
}

static void add_tags(stater *s, edi_str of, const uint32_t *tags, size_t count) {
  for (size_t i = 0; i < count; i++) edi_buf_format(&s->buf, "%s%.*s", i ? ", " : "", EDI_STR_ARG(s->m->nodes[tags[i]].name));
  edi_things_part(s->t, s->thing, within(s, "tags", of), &s->buf);
}

static void add_facts(stater *s, edi_str of, const edi_fact_entry *facts, size_t count) {
  for (size_t i = 0; i < count; i++) {
    edi_phrase_fact(s->m, &facts[i].value, &s->buf);
    edi_things_part(s->t, s->thing, within(s, edi_comparison_text(s->t->c, s->m->attrs[facts[i].attr].name), of), &s->buf);
  }
}

static void add_level(stater *s, edi_str of, uint32_t level) {
  if (level == EDI_NONE) return;
  edi_buf_str(&s->buf, s->m->levels[level].name);
  edi_things_part(s->t, s->thing, within(s, "classification", of), &s->buf);
}

static void add_columns(stater *s, const edi_dataset_facts *d) {
  for (size_t i = 0; i < d->column_count; i++) {
    const edi_column_facts *c = &d->columns[i];
    edi_str of = edi_str_from(edi_comparison_format(s->t->c, "%.*s.%.*s", EDI_STR_ARG(d->name), EDI_STR_ARG(c->name)));
    edi_buf_text(&s->buf, c->type == EDI_TYPE_NONE ? "other" : edi_type_base_name(c->type));
    edi_buf_format(&s->buf, "%s%s%s", c->uuid ? " of UUIDs" : "", c->required ? ", required" : "", c->closed ? ", closed" : "");
    if (!edi_str_equal(c->physical_name, c->name)) edi_buf_format(&s->buf, ", stored as %.*s", EDI_STR_ARG(c->physical_name));
    edi_things_part(s->t, s->thing, within(s, "column", of), &s->buf);
    if (s->thing->part_count) s->thing->parts[s->thing->part_count - 1].source = c->physical_name;
    add_tags(s, of, c->tags, c->tag_count);
    add_level(s, of, c->classification);
  }
}

static void add_product(stater *s, const edi_contract_facts *c) {
  edi_str none = {NULL, 0};
  edi_buf_str(&s->buf, s->m->nodes[c->domain].name);
  edi_things_part(s->t, s->thing, "domain", &s->buf);
  add_tags(s, none, c->tags, c->tag_count);
  add_facts(s, none, c->facts, c->fact_count);
  for (size_t i = 0; i < c->dataset_count; i++) {
    const edi_dataset_facts *d = &c->datasets[i];
    edi_buf_str(&s->buf, d->physical_name);
    edi_things_part(s->t, s->thing, within(s, "stored as", d->name), &s->buf);
    add_tags(s, d->name, d->tags, d->tag_count);
    add_level(s, d->name, d->classification);
    add_facts(s, d->name, d->facts, d->fact_count);
    add_columns(s, d);
  }
}

void edi_things_products(edi_things *t, const edi_field *field, int side) {
  stater s = {.t = t, .m = field->models[side]};
  if (field->domain.len == 0) return;
  edi_buf_init(&s.buf, NULL, (size_t)1 << 24);
  for (size_t i = 0; i < s.m->contract_count; i++) {
    s.thing = edi_things_add(t, "product", s.m->contracts[i].name);
    if (!s.thing) break;
    s.thing->file = s.m->contracts[i].path;
    add_product(&s, &s.m->contracts[i]);
  }
  t->c->failed = t->c->failed || s.buf.failed != EDICT_OK;
  edi_buf_fini(&s.buf);
}
