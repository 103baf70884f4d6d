/* Comparison, words: everything that a layer declares but its rules, each as a thing with parts of text.
 *
 * A part is text that is equal on both sides exactly if it means the same there. Things are found again by noun and
 * name, so what was renamed is one thing less and one more. */
#include "bundle/claimpath.h"
#include "policy/checker.h"
#include "policy/comparison.h"
#include "policy/phrase.h"

/* ---- making things ---- */

edi_thing *edi_things_add(edi_things *t, const char *noun, edi_str name) {
  void *items = t->items;
  if (!edi_comparison_grow(t->c, &items, &t->capacity, t->count, sizeof *t->items)) return NULL;
  t->items = items;
  edi_thing *thing = &t->items[t->count++];
  *thing = (edi_thing){.noun = noun, .name = name, .rule = EDI_NONE, .span = EDI_SPAN_NONE, .decides = true};
  return thing;
}

void edi_things_part(edi_things *t, edi_thing *thing, const char *name, edi_buf *text) {
  edict_comparison *c = t->c;
  if (thing && text->len && edi_comparison_grow(c, (void **)&thing->parts, &thing->part_capacity, thing->part_count, sizeof *thing->parts))
    thing->parts[thing->part_count++] = (edi_part){.name = edi_str_from(name), .text = {edi_comparison_text(c, (edi_str){text->ptr, text->len}), text->len}};
  c->failed = c->failed || text->failed != EDICT_OK;
  text->len = 0;
}

static void part_text(edi_things *t, edi_thing *thing, const char *name, edi_str text) {
  edi_buf local;
  edi_buf_init(&local, NULL, (size_t)1 << 24);
  edi_buf_str(&local, text);
  edi_things_part(t, thing, name, &local);
  edi_buf_fini(&local);
}

static void part_flag(edi_things *t, edi_thing *thing, const char *name, bool set) {
  if (set) part_text(t, thing, name, EDI_STR("yes"));
}

/* Where it stands: which file and line that is, is found for what changed alone. */
static void place(edi_thing *thing, edi_span span) {
  if (thing) thing->span = span;
}

/* ---- vocabulary ---- */

typedef struct words {
  edi_things *t;
  const edi_model *m;
  bool domain;
  edi_buf buf;
} words;

static void add_nodes(words *w) {
  for (size_t i = 0; i < w->m->nodes_count; i++) {
    const edi_sym_node *n = &w->m->nodes[i];
    if (n->builtin || n->domain != w->domain || n->kind == EDI_BUILTIN_ISSUER) continue;
    edi_thing *thing = edi_things_add(w->t, edi_comparison_text(w->t->c, w->m->kinds[n->kind].name), n->name);
    uint32_t above = n->parent != EDI_NONE ? n->parent : n->domain ? n->outer : EDI_NONE;
    if (above != EDI_NONE) part_text(w->t, thing, "below", w->m->nodes[above].name);
    part_text(w->t, thing, "title", n->title);
    if (n->type != EDI_TYPE_NONE) edi_model_type_name(w->m, n->type, &w->buf);
    edi_things_part(w->t, thing, "type", &w->buf);
    part_flag(w->t, thing, "abstract", n->is_abstract);
    part_flag(w->t, thing, "open", n->is_open);
    place(thing, n->span);
  }
}

static void add_scales(words *w) {
  for (size_t i = 0; i < w->m->scales_count; i++) {
    const edi_sym_scale *s = &w->m->scales[i];
    if (s->domain != w->domain) continue;
    edi_thing *thing = edi_things_add(w->t, "levels", s->name);
    for (uint32_t l = s->levels.first; l < s->levels.first + s->levels.count; l++)
      edi_buf_format(&w->buf, "%s%.*s", l == s->levels.first ? "" : " < ", EDI_STR_ARG(w->m->levels[l].name));
    edi_things_part(w->t, thing, "order", &w->buf);
    place(thing, s->span);
  }
}

static void add_attributes(words *w) {
  for (size_t i = 0; i < w->m->resources_count; i++)
    if (w->m->resources[i].domain == w->domain) place(edi_things_add(w->t, "resource", w->m->resources[i].name), w->m->resources[i].span);
  for (size_t i = 0; i < w->m->attrs_count; i++) {
    const edi_sym_attr *a = &w->m->attrs[i];
    if (a->builtin || a->domain != w->domain) continue;
    edi_buf_format(&w->buf, "%.*s.%.*s", EDI_STR_ARG(edi_model_entity(w->m, a->entity)), EDI_STR_ARG(a->name));
    edi_thing *thing = edi_things_add(w->t, "attribute", edi_str_from(edi_comparison_text(w->t->c, (edi_str){w->buf.ptr, w->buf.len})));
    w->buf.len = 0;
    edi_model_type_name(w->m, a->type, &w->buf);
    edi_things_part(w->t, thing, "type", &w->buf);
    part_flag(w->t, thing, "may be absent", a->optional);
    if (a->fallback) edi_phrase_expr(w->m, a->fallback, &w->buf);
    edi_things_part(w->t, thing, "absent means", &w->buf);
    part_text(w->t, thing, "from", a->path);
    place(thing, a->span);
  }
}

static void put_columns(words *w, const edi_sym_tablecol *columns, size_t count) {
  for (size_t i = 0; i < count; i++) {
    edi_buf_format(&w->buf, "%s%.*s: ", i ? ", " : "", EDI_STR_ARG(columns[i].name));
    edi_model_type_name(w->m, columns[i].type, &w->buf);
  }
}

static void add_scoped(words *w) {
  static const char *const scopes[] = {[EDI_SCOPE_QUERY] = "query", [EDI_SCOPE_READER] = "reader", [EDI_SCOPE_PURPOSE] = "purpose",
                                       [EDI_SCOPE_PRODUCT] = "product", [EDI_SCOPE_DOMAIN] = "domain", [EDI_SCOPE_FEDERATION] = "federation"};
  for (size_t i = 0; i < w->m->keys_count; i++) {
    const edi_sym_key *k = &w->m->keys[i];
    if (k->domain != w->domain) continue;
    edi_thing *thing = edi_things_add(w->t, "key", k->name);
    part_text(w->t, thing, "joinable within", edi_str_from(k->scope < sizeof scopes / sizeof *scopes ? scopes[k->scope] : ""));
    part_text(w->t, thing, "title", k->title);
    place(thing, k->span);
  }
  for (size_t i = 0; i < w->m->tables_count; i++) {
    const edi_sym_table *t = &w->m->tables[i];
    if (t->domain != w->domain) continue;
    edi_thing *thing = edi_things_add(w->t, "table", t->name);
    put_columns(w, t->keys, t->key_count);
    edi_things_part(w->t, thing, "keys", &w->buf);
    put_columns(w, t->values, t->value_count);
    edi_things_part(w->t, thing, "gives", &w->buf);
    part_flag(w->t, thing, "complete", t->complete);
    place(thing, t->span);
  }
  for (size_t i = 0; i < w->m->obligations_count; i++) {
    const edi_sym_obligation *o = &w->m->obligations[i];
    if (o->domain != w->domain) continue;
    edi_thing *thing = edi_things_add(w->t, "obligation", o->name);
    put_columns(w, o->parameters, o->parameter_count);
    edi_things_part(w->t, thing, "parameters", &w->buf);
    place(thing, o->span);
  }
}

/* What rules make of a definition stands in them; this is for who reads. */
static void add_definitions(words *w) {
  for (size_t i = 0; i < w->m->definitions_count; i++) {
    const edi_sym_definition *d = &w->m->definitions[i];
    if (d->domain != w->domain || !d->decl->body) continue;
    edi_thing *thing = edi_things_add(w->t, "definition", d->name);
    edi_span s = d->decl->body->span;
    for (uint32_t at = s.begin; at < s.end && at < d->file->text.len; at++) {
      char one = d->file->text.ptr[at];
      bool blank = one == '\n' || one == '\r' || one == '\t' || one == ' ';
      if (!blank) edi_buf_char(&w->buf, one);
      else if (w->buf.len && w->buf.ptr[w->buf.len - 1] != ' ') edi_buf_char(&w->buf, ' ');
    }
    edi_things_part(w->t, thing, "is", &w->buf);
    if (thing) thing->decides = false;
    place(thing, d->span);
  }
}

/* ---- who may say what ---- */

static void put_maps(const edi_sym_claim *claim, edi_buf *into) {
  for (size_t i = 0; i < claim->decl->map_count; i++) {
    edi_buf_char(into, ' ');
    edi_json_string(into, claim->decl->maps[i].text);
    edi_buf_format(into, " as %.*s", EDI_STR_ARG(claim->decl->maps[i].node.text));
  }
}

static void add_claim(words *w, edi_thing *thing, const edi_sym_claim *claim) {
  edi_json_string(&w->buf, claim->decl->path);
  put_maps(claim, &w->buf);
  const edi_str source = {edi_comparison_text(w->t->c, (edi_str){w->buf.ptr, w->buf.len}), w->buf.len};
  w->buf.len = 0;
  edi_json_string(&w->buf, claim->decl->path);
  if (claim->within != EDI_NONE) edi_buf_format(&w->buf, " within %.*s", EDI_STR_ARG(w->m->nodes[claim->within].name));
  put_maps(claim, &w->buf);
  if (claim->decl->ignore_others) edi_buf_text(&w->buf, " ignore others");
  edi_things_part(w->t, thing, edi_comparison_format(w->t->c, "subject.%.*s from", EDI_STR_ARG(w->m->attrs[claim->attr].name)), &w->buf);
  if (!thing || thing->part_count == 0) return;
  thing->parts[thing->part_count - 1].source = source;
  thing->parts[thing->part_count - 1].lets_in = edi_claimpath_reads_actor(claim->decl->path);
}

static void put_names(words *w, const edi_names *names) {
  for (size_t i = 0; i < names->count; i++) edi_buf_format(&w->buf, "%s%.*s", i ? " " : "", EDI_STR_ARG(names->items[i].text));
}

static void add_issuers(words *w) {
  for (size_t i = 0; i < w->m->issuers_count && !w->domain; i++) {
    const edi_sym_issuer *s = &w->m->issuers[i];
    edi_thing *thing = edi_things_add(w->t, "issuer", s->name);
    part_text(w->t, thing, "url", s->decl->url);
    part_text(w->t, thing, "audience", s->decl->audience);
    part_text(w->t, thing, "keys", s->decl->keys_from_host ? EDI_STR("from host") : s->decl->keys);
    put_names(w, &s->decl->algorithms);
    edi_things_part(w->t, thing, "algorithms", &w->buf);
    put_names(w, &s->decl->tokens);
    edi_things_part(w->t, thing, "tokens", &w->buf);
    if (s->revoked != EDI_NONE) part_text(w->t, thing, "revoked in", w->m->tables[s->revoked].name);
    for (size_t k = 0; k < s->claim_count; k++) add_claim(w, thing, &s->claims[k]);
    place(thing, s->decl->url_span);
  }
}

static edi_str fact_name(words *w, const edi_sym_fact *f) {
  if (f->kind == EDI_FACT_CLASSIFICATION) return EDI_STR("classification");
  if (f->kind == EDI_FACT_TAG) return w->m->nodes[f->symbol].name;
  const edi_sym_attr *a = &w->m->attrs[f->symbol];
  return edi_str_from(edi_comparison_format(w->t->c, "%.*s.%.*s", EDI_STR_ARG(edi_model_entity(w->m, a->entity)), EDI_STR_ARG(a->name)));
}

/* What domains are believed for, and what a column without a tag is. */
static void add_settings(words *w) {
  for (size_t i = 0; i < w->m->may_state_count && !w->domain; i++)
    place(edi_things_add(w->t, "fact that domains may state", fact_name(w, &w->m->may_state[i])), w->m->may_state[i].span);
  if (w->domain || w->m->untagged == EDI_NONE) return;
  edi_thing *thing = edi_things_add(w->t, "setting", EDI_STR("untagged columns"));
  part_text(w->t, thing, "are", w->m->nodes[w->m->untagged].name);
}

/* ---- the bundle ---- */

static void put_digest(words *w, const void *bytes, size_t length) {
  unsigned char digest[EDI_DIGEST_BYTES];
  edi_digest(bytes, length, digest);
  edi_hex_append(&w->buf, digest, sizeof digest);
}

static void put_validity(words *w, const edi_manifest *m) {
  edi_timestamp_format(&w->buf, m->not_before);
  edi_buf_text(&w->buf, " until ");
  edi_timestamp_format(&w->buf, m->expires);
  if (m->stale_seconds) edi_buf_format(&w->buf, ", %llu seconds longer if nothing newer is there", (unsigned long long)m->stale_seconds);
}

static void add_release(words *w, edi_thing *thing, const edi_manifest *m) {
  edi_buf_format(&w->buf, "%llu", (unsigned long long)m->version);
  edi_things_part(w->t, thing, "version", &w->buf);
  put_validity(w, m);
  edi_things_part(w->t, thing, "valid", &w->buf);
  if (m->parent.len) edi_buf_format(&w->buf, "%.*s of version %llu or newer", EDI_STR_ARG(m->parent), (unsigned long long)m->parent_least);
  edi_things_part(w->t, thing, "served under", &w->buf);
}

static void add_bundle(words *w, const edi_compared_bundle *b) {
  edi_thing *thing = edi_things_add(w->t, "bundle", b->bundle.manifest.name);
  if (thing) thing->decides = false;
  add_release(w, thing, &b->bundle.manifest);
  for (size_t i = 0; i < b->build.project->key_count; i++) {
    const edi_project_file *f = &b->build.project->keys[i];
    edi_thing *keys = edi_things_add(w->t, "key set", f->path);
    put_digest(w, f->text.ptr, f->text.len);
    edi_things_part(w->t, keys, "digest", &w->buf);
  }
}

static void add_tables(words *w, const edi_compared_side *side) {
  for (size_t i = 0; i < side->count; i++) {
    const edi_bundle *b = &side->bundles[i].bundle;
    if (b->manifest.layer != EDI_BUNDLE_TABLE) continue;
    edi_thing *thing = edi_things_add(w->t, "data of table", b->manifest.layer_of);
    edi_str data = edi_bundle_find(b, "table");
    put_digest(w, data.ptr, data.len);
    edi_things_part(w->t, thing, "digest", &w->buf);
    add_release(w, thing, &b->manifest);
  }
}

void edi_things_of(edi_things *t, const edi_field *field, int side) {
  words w = {.t = t, .m = field->models[side], .domain = field->domain.len > 0};
  if (!field->bundles[side]) return;
  edi_buf_init(&w.buf, NULL, (size_t)1 << 24);
  add_bundle(&w, field->bundles[side]);
  if (!w.domain) add_tables(&w, &t->c->sides[side]);
  add_nodes(&w);
  add_scales(&w);
  add_attributes(&w);
  add_issuers(&w);
  add_settings(&w);
  add_scoped(&w);
  add_definitions(&w);
  edi_things_rules(t, field, side);
  edi_things_products(t, field, side);
  t->c->failed = t->c->failed || w.buf.failed != EDICT_OK;
  edi_buf_fini(&w.buf);
}
