/* Comparison, sides: bundles opened, their sources checked, what belongs to each other found.
 *
 * Everything that cannot be compared is refused here: a damaged bundle, one of another federation, one whose sources
 * are not there or have findings. */
#include <stdarg.h>
#include <stdio.h>

#include "policy/comparison.h"
#include "policy/rebuild.h"

#define ARENA_COMPARISON ((size_t)1 << 33)

/* ---- memory ---- */

const char *edi_comparison_text(edict_comparison *c, edi_str text) {
  const char *copy = edi_arena_copy(&c->arena, text.ptr ? text.ptr : "", text.len);
  c->failed = c->failed || !copy;
  return copy ? copy : "";
}

const char *edi_comparison_format(edict_comparison *c, const char *format, ...) {
  char local[1024];
  va_list arguments;
  va_start(arguments, format);
  int n = vsnprintf(local, sizeof local, format, arguments);
  va_end(arguments);
  return edi_comparison_text(c, (edi_str){local, n < 0 ? 0 : (size_t)n < sizeof local ? (size_t)n : sizeof local - 1});
}

bool edi_comparison_grow(edict_comparison *c, void **items, size_t *capacity, size_t count, size_t each) {
  bool good = edi_arena_grow(&c->arena, items, capacity, count, each);
  c->failed = c->failed || !good;
  return good;
}

/* ---- one bundle ---- */

static const char *side_word(int side) { return side == EDI_OLD ? "old" : "new"; }

static edict_status refuse(edict_diagnostics *d, edi_code code, const char *message, const char *why) {
  edi_finding *f = edi_diagnostics_add(d, code, EDI_SPAN_NONE, "", "%s", message);
  if (why) edi_finding_why(f, "%s", why);
  return EDICT_FINDINGS;
}

static edict_status open_bundle(edict_comparison *c, edict_bytes bytes, edi_compared_bundle *b, edict_diagnostics *d) {
  b->bytes = (edi_str){bytes.ptr, bytes.len};
  edict_status status = edi_bundle_open(&c->arena, bytes.ptr, bytes.len, &b->bundle, d);
  if (status != EDICT_OK) return status;
  const edi_manifest *m = &b->bundle.manifest;
  if (m->semantics == EDI_SEMANTICS && m->format == EDI_BUNDLE_FORMAT) return EDICT_OK;
  edi_diagnostics_add(d, EDI_R0216, EDI_SPAN_NONE, "", "bundle `%.*s`: its semantics or format is not one that this version knows", EDI_STR_ARG(m->name));
  return EDICT_VERSION;
}

static edict_status check_sources(edict_comparison *c, const edi_compared_side *side, edi_compared_bundle *b, edict_diagnostics *d) {
  edict_status status = edi_rebuild_check(&c->arena, &b->bundle, side->federal->bytes, &b->build, c->quiet);
  if (status == EDICT_FINDINGS || status == EDICT_UNSUPPORTED) {
    const char *message = edict_diagnostics_message(c->quiet, 0);
    edi_finding *f = edi_diagnostics_add(d, EDI_E0872, EDI_SPAN_NONE, "", "the sources of bundle `%.*s` cannot be read", EDI_STR_ARG(b->bundle.manifest.name));
    if (message) edi_finding_why(f, "%s", message);
    return EDICT_FINDINGS;
  }
  return status;
}

/* Whether the program is what the sources give. A domain's may have been built on the other side's federal bundle. */
static edict_status look_for_doubts(edict_comparison *c, int which, const edi_compared_bundle *b) {
  edict_status status = edi_rebuild_compare(&c->arena, &b->bundle, &b->build, c->quiet);
  if (status == EDICT_FINDINGS && b->bundle.manifest.layer == EDI_BUNDLE_DOMAIN) {
    edi_build build;
    status = edi_rebuild_check(&c->arena, &b->bundle, c->sides[!which].federal->bytes, &build, c->quiet);
    if (status == EDICT_OK) status = edi_rebuild_compare(&c->arena, &b->bundle, &build, c->quiet);
  }
  c->sides[which].doubts = c->sides[which].doubts || status == EDICT_FINDINGS;
  return status == EDICT_FINDINGS ? EDICT_OK : status;
}

/* ---- one side ---- */

static edict_status find_federal(edi_compared_side *side, int which, edict_diagnostics *d) {
  char message[96];
  size_t found = 0;
  for (size_t i = 0; i < side->count; i++)
    if (side->bundles[i].bundle.manifest.layer == EDI_BUNDLE_FEDERAL) {
      side->federal = &side->bundles[i];
      found++;
    }
  if (found == 1) return EDICT_OK;
  snprintf(message, sizeof message, "the %s side has %s federal bundle", side_word(which), found ? "more than one" : "no");
  return refuse(d, EDI_E0870, message, found ? "two federations are never one set of rules: each decides for itself" : "a domain alone opens nothing");
}

static edict_status open_side(edict_comparison *c, const edict_comparison_options *options, int which, edict_diagnostics *d) {
  edi_compared_side *side = &c->sides[which];
  edict_status status = EDICT_OK;
  side->bundles = EDI_NEW_ARRAY(&c->arena, edi_compared_bundle, options->counts[which]);
  if (!side->bundles) return edi_arena_status(&c->arena);
  for (; side->count < options->counts[which] && status == EDICT_OK; side->count++)
    status = open_bundle(c, options->bundles[which][side->count], &side->bundles[side->count], d);
  if (status == EDICT_OK) status = find_federal(side, which, d);
  for (size_t i = 0; i < side->count && status == EDICT_OK; i++)
    if (side->bundles[i].bundle.manifest.layer != EDI_BUNDLE_TABLE) status = check_sources(c, side, &side->bundles[i], d);
  return status;
}

static void widen(edict_comparison *c, const edi_manifest *m) {
  int64_t until = m->expires + (int64_t)m->stale_seconds * 1000000;
  if (m->not_before < c->from) c->from = m->not_before;
  if (until > c->until) c->until = until;
  if (m->not_before > c->first) c->first = m->not_before;
  if (until < c->past) c->past = until;
}

/* ---- fields ---- */

static edi_field *field_of(edict_comparison *c, edi_str domain) {
  for (size_t i = 0; i < c->field_count; i++)
    if (edi_str_equal(c->fields[i].domain, domain)) return &c->fields[i];
  edi_field *f = &c->fields[c->field_count++];
  *f = (edi_field){.domain = domain};
  for (int side = 0; side < EDI_SIDES; side++) f->models[side] = c->sides[side].federal->build.model;
  return f;
}

static bool make_fields(edict_comparison *c) {
  size_t most = 1 + c->sides[EDI_OLD].count + c->sides[EDI_NEW].count;
  c->fields = EDI_NEW_ARRAY(&c->arena, edi_field, most);
  if (!c->fields) return false;
  (void)field_of(c, EDI_STR(""));
  for (int side = 0; side < EDI_SIDES; side++)
    for (size_t i = 0; i < c->sides[side].count; i++) {
      const edi_compared_bundle *b = &c->sides[side].bundles[i];
      if (b->bundle.manifest.layer == EDI_BUNDLE_TABLE) continue;
      edi_field *f = field_of(c, b->bundle.manifest.layer == EDI_BUNDLE_DOMAIN ? b->bundle.manifest.layer_of : EDI_STR(""));
      f->bundles[side] = b;
      f->models[side] = b->build.model;
    }
  return true;
}

edict_status edi_comparison_begin(edict_comparison *c, const edict_comparison_options *options, edict_diagnostics *d) {
  edi_arena_init(&c->arena, NULL, ARENA_COMPARISON);
  c->from = c->past = INT64_MAX;
  c->until = c->first = INT64_MIN;
  c->quiet = edict_diagnostics_create();
  edict_status status = c->quiet ? EDICT_OK : EDICT_MEMORY;
  for (int side = 0; side < EDI_SIDES && status == EDICT_OK; side++) status = open_side(c, options, side, d);
  if (status != EDICT_OK) return status;
  if (!edi_str_equal(c->sides[0].federal->bundle.manifest.name, c->sides[1].federal->bundle.manifest.name))
    return refuse(d, EDI_E0871, edi_comparison_format(c, "the sides are of two federations, `%.*s` and `%.*s`",
                                                      EDI_STR_ARG(c->sides[0].federal->bundle.manifest.name), EDI_STR_ARG(c->sides[1].federal->bundle.manifest.name)),
                  "what one of them says is no other version of what the other one says");
  for (int side = 0; side < EDI_SIDES; side++)
    for (size_t i = 0; i < c->sides[side].count && status == EDICT_OK; i++) {
      const edi_compared_bundle *b = &c->sides[side].bundles[i];
      widen(c, &b->bundle.manifest);
      if (b->bundle.manifest.layer != EDI_BUNDLE_TABLE) status = look_for_doubts(c, side, b);
    }
  if (status != EDICT_OK) return status;
  if (c->first >= c->past) {
    c->first = c->from;
    c->past = c->until;
  }
  return make_fields(c) ? EDICT_OK : edi_arena_status(&c->arena);
}
