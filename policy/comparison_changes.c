/* Comparison, changes: the things of both sides in order, beside each other, and the rules that a search is for.
 *
 * A search is for a rule that was added, removed or changed in what it does, and for one that names what changed: a
 * node that moved, an attribute with another meaning. Others decide as before by themselves. */
#include "policy/comparison.h"

#include <stdlib.h>

#include "policy/checker.h"

enum { TOUCHED_MOST = 64 }; /* rules that are searched for what they name */

/* ---- things in order ---- */

static int compare_things(const void *a, const void *b) {
  const edi_thing *x = a, *y = b;
  int nouns = strcmp(x->noun, y->noun);
  return nouns ? nouns : edi_str_compare(x->name, y->name);
}

static const edi_part *part_of(const edi_thing *t, edi_str name) {
  for (size_t i = 0; t && i < t->part_count; i++)
    if (edi_str_equal(t->parts[i].name, name)) return &t->parts[i];
  return NULL;
}

/* What is for people alone, or about a bundle as a whole. */
static bool part_decides(edi_str name) {
  static const char *const others[] = {"title", "because", "see", "note", "version", "valid", "served under"};
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    if (edi_str_equal(name, edi_str_from(others[i]))) return false;
  return true;
}

/* Who may vouch for whom, and which data a name means, no supposed request shows. */
static bool is_beyond(const edi_thing *t, edi_str part, edict_change_kind kind) {
  static const char *const known[] = {"url", "audience", "keys", "algorithms", "tokens", "revoked in", "digest"};
  if (strcmp(t->noun, "fact that domains may state") == 0) return kind == EDICT_CHANGE_ADDED;
  if (strcmp(t->noun, "product") == 0) return kind == EDICT_CHANGE_CHANGED && edi_str_ends(part, EDI_STR("stored as"));
  if (strcmp(t->noun, "issuer") != 0 && strcmp(t->noun, "key set") != 0) return false;
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (edi_str_equal(part, edi_str_from(known[i]))) return kind != EDICT_CHANGE_REMOVED;
  return false;
}

/* Where a column's cells are stored. Which claim fills an attribute, and which texts of it stand for which node: requests begin with the nodes. Which texts
 * match a pattern, unless it is shown that they are fewer where that closes. A first line that reads who acts lets
 * in tokens that were refused. */
static bool is_other_source(const edi_part *before, const edi_part *after) {
  if (!before) return after && after->lets_in;
  return after && !edi_str_equal(before->source, after->source) && !edi_comparison_tightens(before, after);
}

/* ---- one change ---- */

typedef struct differ {
  edict_comparison *c;
  uint32_t field;
  edict_change *change;
  size_t capacity;
} differ;

static void add_part(differ *d, const edi_thing *t, edi_str name, const edi_part *before, const edi_part *after) {
  edict_change *change = d->change;
  void *items = (void *)(uintptr_t)change->parts;
  if (!edi_comparison_grow(d->c, &items, &d->capacity, change->part_count, sizeof(edict_change_part))) return;
  edict_change_part *parts = items;
  parts[change->part_count++] = (edict_change_part){edi_comparison_text(d->c, name), before ? before->text.ptr : NULL, after ? after->text.ptr : NULL};
  change->parts = parts;
  change->decides = change->decides || (t->decides && part_decides(name));
  change->beyond = change->beyond || is_beyond(t, name, change->kind) || is_other_source(before, after);
}

static void add_parts(differ *d, const edi_thing *before, const edi_thing *after) {
  const edi_thing *t = after ? after : before;
  for (size_t i = 0; before && i < before->part_count; i++) {
    const edi_part *other = part_of(after, before->parts[i].name);
    if (!other || !edi_str_equal(other->text, before->parts[i].text)) add_part(d, t, before->parts[i].name, &before->parts[i], other);
  }
  for (size_t i = 0; after && i < after->part_count; i++)
    if (!part_of(before, after->parts[i].name)) add_part(d, t, after->parts[i].name, NULL, &after->parts[i]);
}

static void find_place(edict_comparison *c, const edi_thing *t, const edi_model *m, edict_change *change) {
  change->file = edi_comparison_text(c, t->file);
  change->line = t->line;
  for (size_t i = 0; i < m->file_count && t->file.len == 0 && t->span.source != EDI_SOURCE_NONE; i++) {
    const edi_file_ast *f = m->files[i];
    if (f->source != t->span.source || t->span.begin > f->text.len) continue;
    change->file = edi_comparison_text(c, f->path);
    change->line = 1;
    for (uint32_t at = 0; at < t->span.begin; at++) change->line += f->text.ptr[at] == '\n';
    return;
  }
}

static bool is_turned(const edi_thing *a, const edi_thing *b) { return a && b && a->rule != EDI_NONE && a->shadow != b->shadow; }

static edict_change *begin_change(differ *d, const edi_thing *before, const edi_thing *after) {
  edict_comparison *c = d->c;
  void *items = c->changes;
  if (!edi_comparison_grow(c, &items, &c->change_capacity, c->change_count, sizeof *c->changes)) return NULL;
  c->changes = items;
  const edi_thing *t = after ? after : before;
  const edi_field *f = &c->fields[d->field];
  edict_change *change = &c->changes[c->change_count];
  *change = (edict_change){.kind = !before ? EDICT_CHANGE_ADDED : !after ? EDICT_CHANGE_REMOVED : !is_turned(before, after) ? EDICT_CHANGE_CHANGED
                                   : after->shadow ? EDICT_CHANGE_TO_SHADOW : EDICT_CHANGE_FROM_SHADOW,
                           .noun = t->noun, .name = edi_comparison_text(c, t->name),
                           .layer = f->domain.len ? edi_comparison_format(c, "domain %.*s", EDI_STR_ARG(f->domain)) : "federal"};
  find_place(c, t, f->models[after ? EDI_NEW : EDI_OLD], change);
  change->beyond = is_beyond(t, EDI_STR(""), change->kind);
  d->change = change;
  d->capacity = 0;
  return change;
}

static void add_pair(edict_comparison *c, uint32_t field, uint32_t old, uint32_t new_) {
  void *items = c->pairs;
  if ((old == EDI_NONE && new_ == EDI_NONE) || !edi_comparison_grow(c, &items, &c->pair_capacity, c->pair_count, sizeof *c->pairs)) return;
  c->pairs = items;
  c->pairs[c->pair_count++] = (edi_change_pair){field, {old, new_}};
}

static uint32_t enforced(const edi_thing *t) { return t && !t->shadow ? t->rule : EDI_NONE; }

static void differ_on(differ *d, const edi_thing *before, const edi_thing *after) {
  edict_change *change = begin_change(d, before, after);
  if (!change) return;
  add_parts(d, before, after);
  bool turned = is_turned(before, after);
  if (before && after && change->part_count == 0 && !turned) return; /* the same */
  const edi_thing *t = after ? after : before;
  if (!before || !after || turned) change->decides = t->decides;
  if (t->rule != EDI_NONE) {
    change->decides = change->decides && (enforced(before) != EDI_NONE || enforced(after) != EDI_NONE);
    if (change->decides) add_pair(d->c, d->field, enforced(before), enforced(after));
  }
  d->c->change_count++;
}

static void compare_field(edict_comparison *c, uint32_t field) {
  edi_things sides[EDI_SIDES] = {{.c = c}, {.c = c}};
  differ d = {.c = c, .field = field};
  size_t at[EDI_SIDES] = {0};
  for (int side = 0; side < EDI_SIDES; side++) {
    edi_things_of(&sides[side], &c->fields[field], side);
    if (sides[side].count) qsort(sides[side].items, sides[side].count, sizeof(edi_thing), compare_things);
  }
  while (!c->failed && (at[EDI_OLD] < sides[EDI_OLD].count || at[EDI_NEW] < sides[EDI_NEW].count)) {
    const edi_thing *x = at[EDI_OLD] < sides[EDI_OLD].count ? &sides[EDI_OLD].items[at[EDI_OLD]] : NULL;
    const edi_thing *y = at[EDI_NEW] < sides[EDI_NEW].count ? &sides[EDI_NEW].items[at[EDI_NEW]] : NULL;
    int order = !x ? 1 : !y ? -1 : compare_things(x, y);
    differ_on(&d, order <= 0 ? x : NULL, order >= 0 ? y : NULL);
    at[EDI_OLD] += order <= 0;
    at[EDI_NEW] += order >= 0;
  }
}

/* ---- rules that name what changed ---- */

typedef struct marks {
  const edi_model *m;
  bool *nodes, *attrs, *tables, *scales;
  bool *moved;                  /* kinds in which a node lies elsewhere now */
  bool any;
} marks;

static void mark_node(marks *k, edi_str noun, edi_str name) {
  uint32_t kind = edi_model_kind(k->m, noun), node = kind == EDI_NONE ? EDI_NONE : edi_model_node(k->m, kind, name);
  if (node == EDI_NONE) return;
  for (uint32_t i = 0; i < k->m->nodes_count; i++)
    if (edi_model_below(k->m, i, node) || edi_model_below(k->m, node, i)) k->nodes[i] = k->any = true;
}

/* "subject.roles"; of an issuer's part "subject.roles from". */
static void mark_attr(marks *k, edi_str text) {
  for (uint32_t i = 0; i < k->m->attrs_count; i++) {
    edi_str entity = edi_model_entity(k->m, k->m->attrs[i].entity), name = k->m->attrs[i].name;
    bool fits = text.len >= entity.len + 1 + name.len && memcmp(text.ptr, entity.ptr, entity.len) == 0 && text.ptr[entity.len] == '.' &&
                memcmp(text.ptr + entity.len + 1, name.ptr, name.len) == 0 && (text.len == entity.len + 1 + name.len || text.ptr[entity.len + 1 + name.len] == ' ');
    if (fits) k->attrs[i] = k->any = true;
  }
}

/* A node that lies elsewhere: also for rules that compare what may hold it, and name no node. */
static void mark_moved(marks *k, const edict_change *change) {
  uint32_t kind = edi_model_kind(k->m, edi_str_from(change->noun));
  for (size_t i = 0; kind != EDI_NONE && i < change->part_count; i++)
    if (strcmp(change->parts[i].name, "below") == 0) k->moved[kind] = k->any = true;
}

static void mark_names(marks *k, edi_str noun, const char *names) {
  for (const char *at = names; at && *at;) {
    size_t length = strcspn(at, ", ");
    if (length) mark_node(k, noun, (edi_str){at, length});
    at += length + strspn(at + length, ", ");
  }
}

/* What a contract states otherwise: "orders: classification", "orders.phone: tags", "orders: purposes", "owner". */
static void mark_stated(marks *k, const edict_change_part *part) {
  const char *colon = strstr(part->name, ": ");
  edi_str what = edi_str_from(colon ? colon + 2 : part->name);
  if (edi_str_equal(what, EDI_STR("tags"))) {
    mark_names(k, EDI_STR("tag"), part->before);
    mark_names(k, EDI_STR("tag"), part->after);
  } else if (edi_str_equal(what, EDI_STR("classification"))) {
    if (k->m->classification != EDI_NONE) k->scales[k->m->classification] = k->any = true;
  }
  for (uint32_t i = 0; i < k->m->attrs_count; i++) {
    edi_entity wanted = colon ? EDI_ENTITY_DATASET : EDI_ENTITY_PRODUCT;
    if (k->m->attrs[i].entity == wanted && !k->m->attrs[i].builtin && edi_str_equal(k->m->attrs[i].name, what)) k->attrs[i] = k->any = true;
  }
}

static void mark(marks *k, const edict_change *change) {
  edi_str noun = edi_str_from(change->noun), name = edi_str_from(change->name);
  uint32_t found;
  if (edi_str_equal(noun, EDI_STR("attribute"))) mark_attr(k, name);
  else if (edi_str_equal(noun, EDI_STR("issuer"))) {
    for (size_t i = 0; i < change->part_count; i++) mark_attr(k, edi_str_from(change->parts[i].name));
  } else if (edi_str_equal(noun, EDI_STR("table")) || edi_str_equal(noun, EDI_STR("data of table"))) {
    if ((found = edi_model_table(k->m, name)) != EDI_NONE) k->tables[found] = k->any = true;
  } else if (edi_str_equal(noun, EDI_STR("levels"))) {
    if ((found = edi_model_scale(k->m, name)) != EDI_NONE) k->scales[found] = k->any = true;
  } else if (edi_str_equal(noun, EDI_STR("product"))) {
    for (size_t i = 0; i < change->part_count; i++) mark_stated(k, &change->parts[i]);
  } else {
    mark_node(k, noun, name);
    mark_moved(k, change);
  }
}

static bool is_of_moved(const marks *k, const edi_expr *x) {
  bool reads = x->kind == EDI_EXPR_ATTR || x->kind == EDI_EXPR_ROW_TAG || x->kind == EDI_EXPR_ROW_COLUMN;
  return reads && EDI_TYPE_BASE(x->type) == EDI_TYPE_NODE && k->moved[EDI_TYPE_PARAM(x->type)];
}

/* Two things that may each hold a node are compared, such as a cell with what a subject may see. */
static bool compares_moved(const marks *k, const edi_expr *x) {
  return x->operand_count == 2 && is_of_moved(k, x->operands[0]) && is_of_moved(k, x->operands[1]);
}

static bool names_marked(const marks *k, const edi_expr *x) {
  if (!x) return false;
  bool symbol = x->symbol != EDI_NONE;
  if ((x->kind == EDI_EXPR_NODE || x->kind == EDI_EXPR_ROW_TAG) && symbol && k->nodes[x->symbol]) return true;
  if (x->kind == EDI_EXPR_ATTR && k->attrs[x->symbol]) return true;
  if (compares_moved(k, x)) return true;
  if ((x->kind == EDI_EXPR_IN_TABLE || x->kind == EDI_EXPR_TABLE_VALUE) && symbol && k->tables[x->symbol]) return true;
  if (x->kind == EDI_EXPR_LEVEL && k->scales[EDI_TYPE_PARAM(x->type)]) return true;
  for (uint32_t i = 0; i < x->operand_count; i++)
    if (names_marked(k, x->operands[i])) return true;
  return false;
}

static bool is_touched(const marks *k, const edi_rule_decl *r) {
  const edi_expr *all[] = {r->target, r->more->where, r->when, r->unless, r->more->require, r->more->retain_while, r->more->duration, r->more->after, r->more->group};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    if (names_marked(k, all[i])) return true;
  for (size_t i = 0; i < r->actions.count; i++)
    if (k->nodes[r->action_nodes[i]]) return true;
  for (size_t i = 0; i < r->mask_count; i++) {
    if (names_marked(k, r->masks[i].column)) return true;
    for (size_t n = 0; n < r->masks[i].case_count; n++)
      if (names_marked(k, r->masks[i].cases[n].condition)) return true;
  }
  return false;
}

static bool make_marks(edict_comparison *c, const edi_model *m, marks *k) {
  *k = (marks){.m = m, .nodes = EDI_NEW_ARRAY(&c->arena, bool, m->nodes_count), .attrs = EDI_NEW_ARRAY(&c->arena, bool, m->attrs_count),
               .tables = EDI_NEW_ARRAY(&c->arena, bool, m->tables_count + 1), .scales = EDI_NEW_ARRAY(&c->arena, bool, m->scales_count + 1),
               .moved = EDI_NEW_ARRAY(&c->arena, bool, m->kinds_count + 1)};
  if (!k->nodes || !k->attrs || !k->tables || !k->scales || !k->moved) return false;
  for (size_t i = 0; i < c->change_count; i++)
    if (c->changes[i].decides || c->changes[i].beyond) mark(k, &c->changes[i]);
  return true;
}

static uint32_t rule_named(const edi_model *m, edi_str name) {
  for (uint32_t i = 0; i < m->rules_count; i++)
    if (edi_str_equal(m->rules[i].decl->qualified, name)) return i;
  return EDI_NONE;
}

/* By number of a rule on the new side: whether it is one of a pair already. */
static bool *make_paired(edict_comparison *c, uint32_t field, size_t rules) {
  bool *paired = EDI_NEW_ARRAY(&c->arena, bool, rules + 1);
  c->failed = c->failed || !paired;
  for (size_t i = 0; paired && i < c->pair_count; i++)
    if (c->pairs[i].field == field && c->pairs[i].rules[EDI_NEW] != EDI_NONE) paired[c->pairs[i].rules[EDI_NEW]] = true;
  return paired;
}

static void pair_touched(edict_comparison *c, uint32_t field) {
  const edi_field *f = &c->fields[field];
  marks all[EDI_SIDES];
  size_t touched = 0;
  for (int side = 0; side < EDI_SIDES; side++)
    if (!make_marks(c, f->models[side], &all[side])) {
      c->failed = true;
      return;
    }
  const edi_model *m = f->models[EDI_NEW];
  const bool *paired = make_paired(c, field, m->rules_count);
  for (uint32_t i = 0; paired && i < m->rules_count && (all[0].any || all[1].any); i++) {
    if (m->rules[i].domain != (f->domain.len > 0) || m->rules[i].decl->shadow || paired[i]) continue;
    if (touched >= TOUCHED_MOST && c->left >= TOUCHED_MOST) return; /* it is said that more were left */
    bool here = all[EDI_NEW].any && is_touched(&all[EDI_NEW], m->rules[i].decl);
    uint32_t old = here || all[EDI_OLD].any ? rule_named(f->models[EDI_OLD], m->rules[i].decl->qualified) : EDI_NONE;
    bool there = old != EDI_NONE && all[EDI_OLD].any && is_touched(&all[EDI_OLD], f->models[EDI_OLD]->rules[old].decl);
    if (!here && !there) continue;
    if (touched++ < TOUCHED_MOST) add_pair(c, field, old, i);
    else c->left++;
  }
}

static void ignore_key(void *user, uint32_t column, edi_str text) {
  (void)user;
  (void)column;
  (void)text;
}

/* The rows of a table that differ are asked about where they are few. */
static void judge_tables(edict_comparison *c) {
  for (size_t i = 0; i < c->change_count; i++)
    if (strcmp(c->changes[i].noun, "data of table") == 0 && c->changes[i].decides)
      c->changes[i].beyond = !edi_comparison_keys(c, edi_str_from(c->changes[i].name), ignore_key, NULL);
}

void edi_comparison_changes(edict_comparison *c) {
  for (uint32_t i = 0; i < c->field_count && !c->failed; i++) compare_field(c, i);
  judge_tables(c);
  for (uint32_t i = 0; i < c->field_count && !c->failed; i++) pair_touched(c, i);
}
