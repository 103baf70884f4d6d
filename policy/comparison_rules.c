/* Comparison, rules: a rule as its parts, in words whose names are resolved. */
#include "policy/comparison.h"
#include "policy/phrase.h"

typedef struct describer {
  edi_things *t;
  edi_thing *thing;
  const edi_model *m;
  const edi_rule_decl *r;
  edi_buf buf;
} describer;

static void end_part(describer *d, const char *name) { edi_things_part(d->t, d->thing, name, &d->buf); }

static void put_patterns(const edi_expr *x, edi_buf *into) {
  if (!x) return;
  if (x->kind == EDI_EXPR_MATCHES) edi_json_string(into, x->text);
  for (uint32_t i = 0; i < x->operand_count; i++) put_patterns(x->operands[i], into);
}

/* Its part is the last one of the thing. */
static void note_patterns(describer *d, const edi_expr *x) {
  put_patterns(x, &d->buf);
  if (d->buf.len == 0 || !d->thing || d->thing->part_count == 0) return;
  edi_str *source = &d->thing->parts[d->thing->part_count - 1].source;
  *source = edi_str_from(edi_comparison_format(d->t->c, "%s%.*s", source->len ? source->ptr : "", (int)d->buf.len, d->buf.ptr));
  d->buf.len = 0;
}

/* Whether its yes opens, as far as patterns go: 1, -1; 0 where it may do both, or rows may be erased by it. */
static void note_condition(describer *d, const edi_expr *x, int opens) {
  if (!x || !d->thing || d->thing->part_count == 0) return;
  edi_part *part = &d->thing->parts[d->thing->part_count - 1];
  part->condition = x;
  part->model = d->m;
  part->opens = opens;
}

static void add_expr(describer *d, const char *name, const edi_expr *x, int opens) {
  if (!x) return;
  edi_phrase_expr(d->m, x, &d->buf);
  end_part(d, name);
  note_patterns(d, x);
  note_condition(d, x, opens);
}

/* A permit that obliges to something closes, too: where another one holds, its obligation falls away with it. */
static int opens_by(const edi_rule_decl *r) {
  edi_effect e = r->effect;
  if (e == EDI_EFFECT_PERMIT || e == EDI_EFFECT_DELEGATE) return r->more->oblige_count == 0;
  bool closes = e == EDI_EFFECT_FORBID || e == EDI_EFFECT_REQUIRE || e == EDI_EFFECT_MASK || e == EDI_EFFECT_SHOW_ROWS || e == EDI_EFFECT_SHOW_GROUPS;
  return closes ? -1 : 0;
}

static void add_text(describer *d, const char *name, edi_str text) {
  if (!text.ptr) return;
  edi_json_string(&d->buf, text);
  end_part(d, name);
}

static void add_day(describer *d, const char *name, bool has, int64_t date) {
  if (!has) return;
  edi_date_format(&d->buf, date);
  end_part(d, name);
}

static const char *effect_words(edi_effect effect) {
  switch (effect) {
#define EFFECT(NAME, number, text, opens) \
  case EDI_EFFECT_##NAME: return text;
#include "bundle/effects.def"
#undef EFFECT
    case EDI_EFFECT_NONE: break;
  }
  return "";
}

static void put_nodes(describer *d) {
  for (size_t i = 0; i < d->r->actions.count; i++)
    edi_buf_format(&d->buf, "%s%.*s", i ? ", " : " ", EDI_STR_ARG(d->m->nodes[d->r->action_nodes[i]].name));
}

static void put_exempts(describer *d) {
  for (size_t i = 0; i < d->r->more->exempts.count; i++) {
    uint32_t n = d->r->more->exempt_rules[i];
    edi_str name = n == EDI_NONE ? d->r->more->exempts.items[i].text : d->m->rules[n].decl->qualified;
    edi_buf_format(&d->buf, "%s%.*s", i ? ", " : " ", EDI_STR_ARG(name));
  }
}

static void put_retention(describer *d) {
  if (d->r->more->duration) edi_buf_char(&d->buf, ' ');
  if (d->r->more->duration) edi_phrase_expr(d->m, d->r->more->duration, &d->buf);
  if (d->r->more->after) edi_buf_text(&d->buf, " after ");
  if (d->r->more->after) edi_phrase_expr(d->m, d->r->more->after, &d->buf);
  if (d->r->more->then_erase) edi_buf_text(&d->buf, " then erase");
}

static void add_effect(describer *d) {
  const edi_rule_decl *r = d->r;
  edi_buf_text(&d->buf, r->effect == EDI_EFFECT_DELEGATE ? "delegate permit" : effect_words(r->effect));
  put_nodes(d);
  put_exempts(d);
  put_retention(d);
  if (r->more->delegate_to.text.len) edi_buf_format(&d->buf, " to domain %.*s", EDI_STR_ARG(d->m->nodes[r->more->delegate_node].name));
  if (r->effect == EDI_EFFECT_SHOW_GROUPS) {
    edi_buf_format(&d->buf, " of at least %lld ", (long long)r->more->least);
    edi_phrase_expr(d->m, r->more->group, &d->buf);
  }
  const edi_expr *body = r->more->require ? r->more->require : r->more->retain_while;
  if (body) edi_buf_char(&d->buf, ' ');
  if (body) edi_phrase_expr(d->m, body, &d->buf);
  end_part(d, "effect");
  note_patterns(d, body);
  note_condition(d, body, r->more->require ? 1 : 0);
}

static void add_mask(describer *d, const edi_mask_line *line, size_t number) {
  edi_phrase_expr(d->m, line->column, &d->buf);
  for (size_t i = 0; i < line->case_count; i++) {
    const edi_mask_case *k = &line->cases[i];
    edi_buf_text(&d->buf, i ? ", with " : " with ");
    edi_phrase_transform(d->m, &k->with, &d->buf);
    if (k->otherwise) edi_buf_text(&d->buf, " otherwise");
    if (k->condition) edi_buf_text(&d->buf, " if ");
    if (k->condition) edi_phrase_expr(d->m, k->condition, &d->buf);
  }
  end_part(d, d->r->mask_count == 1 ? "mask" : edi_comparison_format(d->t->c, "mask %zu", number + 1));
  for (size_t i = 0; i < line->case_count; i++) note_patterns(d, line->cases[i].condition);
}

static void describe(describer *d) {
  const edi_rule_decl *r = d->r;
  add_effect(d);
  for (size_t i = 0; i < r->mask_count; i++) add_mask(d, &r->masks[i], i);
  add_expr(d, "on", r->target, opens_by(r));
  add_expr(d, "where", r->more->where, 1);
  add_expr(d, "when", r->when, opens_by(r));
  add_expr(d, "unless", r->unless, -opens_by(r));
  add_day(d, "from", r->more->has_from, r->more->from);
  add_day(d, "until", r->more->has_until && !r->more->until_further_notice, r->more->until);
  if (r->more->until_further_notice) edi_buf_text(&d->buf, "further notice");
  end_part(d, "until");
  for (size_t i = 0; i < r->more->oblige_count; i++) {
    if (i) edi_buf_text(&d->buf, ", ");
    edi_phrase_oblige(d->m, &r->more->obliges[i], &d->buf);
  }
  end_part(d, "oblige");
  add_text(d, "because", r->because);
  add_text(d, "see", r->more->see);
  add_text(d, "note", r->more->note);
}

void edi_things_rules(edi_things *t, const edi_field *field, int side) {
  const edi_model *m = field->models[side];
  describer d = {.t = t, .m = m};
  edi_buf_init(&d.buf, NULL, (size_t)1 << 24);
  for (uint32_t i = 0; i < m->rules_count; i++) {
    if (m->rules[i].domain != (field->domain.len > 0)) continue;
    d.r = m->rules[i].decl;
    d.thing = edi_things_add(t, "rule", d.r->qualified);
    if (!d.thing) break;
    d.thing->rule = i;
    d.thing->shadow = d.r->shadow;
    d.thing->file = m->rules[i].file->path;
    d.thing->line = d.r->line;
    describe(&d);
  }
  t->c->failed = t->c->failed || d.buf.failed != EDICT_OK;
  edi_buf_fini(&d.buf);
}
