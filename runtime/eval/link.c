/* Link: one verified program mapped to the vocabulary's numbers.
 *
 * In: a program and the federal vocabulary. Out: constants as values, patterns compiled, transforms,
 * types of row slots. What the program imports must still be there under its name and with its type;
 * otherwise the set of bundles is refused, for an imported rule must never come to mean less. */
#include "eval/link.h"

#include "eval/graft.h"

typedef struct linker {
  edi_linked *linked;
  const edi_vocabulary *vocabulary;
  edi_arena *arena;
  edict_diagnostics *diagnostics;
  bool failed;
  edict_status status; /* memory or a pattern, which are no findings */
} linker;

static edi_str text(const linker *l, edi_ref ref) { return edi_program_string(&l->linked->program, ref); }

static void missing(linker *l, const char *what, edi_str name) {
  edi_diagnostics_add(l->diagnostics, EDI_R0501, EDI_SPAN_NONE, "",
                      "the %s `%.*s` that the domain's bundle uses is not in the federal bundle", what,
                      EDI_STR_ARG(name));
  l->failed = true;
}

/* A scale is found by name; its levels are compared one by one, since ranks are what is computed with. */
static uint32_t find_scale(const edi_linked *linked, const edi_vocabulary *vocabulary, uint32_t scale) {
  const edi_program *p = &linked->program, *federal = vocabulary->program;
  edi_str name = edi_program_string(p, p->scales[scale].name);
  for (uint32_t i = 0; i < federal->scales_count; i++)
    if (edi_str_equal(edi_program_string(federal, federal->scales[i].name), name)) return i;
  return EDI_NONE;
}

edi_type edi_link_type(const edi_linked *linked, const edi_vocabulary *vocabulary, edi_type type) {
  unsigned base = EDI_TYPE_BASE(type);
  uint32_t parameter = EDI_TYPE_PARAM(type);
  if (base == EDI_TYPE_NODE || base == EDI_TYPE_ID) parameter = linked->kind_of[parameter];
  if (base == EDI_TYPE_LEVEL) parameter = find_scale(linked, vocabulary, parameter);
  if (parameter == EDI_NONE) return EDI_TYPE_NONE;
  return EDI_TYPE_MAKE(base, parameter) | (type & EDI_TYPE_SET);
}

static edi_type map_type(const linker *l, edi_type type) { return edi_link_type(l->linked, l->vocabulary, type); }

static void map_resources(linker *l) {
  const edi_program *p = &l->linked->program;
  for (uint32_t i = 0; i < p->resources_count; i++) {
    uint32_t found = edi_vocabulary_resource(l->vocabulary, text(l, p->resources[i].name));
    if (found == EDI_NONE) missing(l, "resource", text(l, p->resources[i].name));
    l->linked->thing_of[i] = EDI_THING_RESOURCE + (found == EDI_NONE ? 0 : found);
  }
}

static edi_entity map_entity(const linker *l, uint32_t entity) {
  if (entity < EDI_ENTITY_RESOURCE) return (edi_entity)entity;
  return (edi_entity)(l->linked->thing_of[entity - EDI_ENTITY_RESOURCE] - EDI_THING_RESOURCE + EDI_ENTITY_RESOURCE);
}

static void map_attrs(linker *l) {
  const edi_program *p = &l->linked->program;
  for (uint32_t i = 0; i < p->attrs_count; i++) {
    const edi_attr *a = &p->attrs[i];
    l->linked->slot_of[i] = EDI_NONE;
    bool requested = a->entity == EDI_ENTITY_SUBJECT || a->entity >= EDI_ENTITY_CONTEXT;
    if (!requested && !(a->flags & EDI_IMPORTED)) continue;
    uint32_t found = edi_vocabulary_attr(l->vocabulary, map_entity(l, a->entity), text(l, a->name));
    if (found == EDI_NONE || l->vocabulary->program->attrs[found].type != map_type(l, a->type)) {
      missing(l, "attribute", text(l, a->name));
      continue;
    }
    if (requested) l->linked->slot_of[i] = l->vocabulary->attr_slot[found];
  }
}

static edi_value scalar(linker *l, const edi_const *c) {
  const edi_program *p = &l->linked->program;
  unsigned base = EDI_TYPE_BASE(c->type);
  edi_value v = edi_value_integer(base, c->value);
  switch (base) {
    case EDI_TYPE_STRING:
    case EDI_TYPE_ID:
    case EDI_TYPE_IP: return edi_value_marked(edi_value_text(base, (edi_str){p->strings + c->value, c->aux}));
    case EDI_TYPE_NODE: v.as.integer = l->linked->node_of[c->value]; break;
    case EDI_TYPE_LEVEL: {
      const edi_level *level = &p->levels[c->value];
      uint32_t scale = find_scale(l->linked, l->vocabulary, level->scale);
      uint32_t rank = scale == EDI_NONE ? EDI_NONE
                                        : edi_vocabulary_level(l->vocabulary, scale, text(l, level->name));
      if (rank == EDI_NONE) missing(l, "level", text(l, level->name));
      v.as.integer = rank;
      break;
    }
    case EDI_TYPE_DECIMAL:
    case EDI_TYPE_DURATION: v.scale = EDI_VALUE_SCALE(c->aux); break;
    default: break;
  }
  return v;
}

static edi_value constant(linker *l, const edi_const *c) {
  const edi_program *p = &l->linked->program;
  if (!EDI_TYPE_IS_SET(c->type)) return scalar(l, c);
  edi_value *members = EDI_NEW_ARRAY(l->arena, edi_value, c->aux + edi_members_places(c->aux));
  if (!members) {
    l->status = edi_arena_status(l->arena);
    return edi_value_unknown();
  }
  for (uint32_t i = 0; i < c->aux; i++) members[i] = scalar(l, &p->consts[p->lists[c->value + i]]);
  unsigned base = EDI_TYPE_BASE(c->type);
  if (edi_base_is_text(base)) return edi_members_set(base, members, c->aux);
  return (edi_value){.base = (uint8_t)base, .set = 1, .length = c->aux, .as.members = members};
}

static edict_status compile_patterns(linker *l) {
  const edi_program *p = &l->linked->program;
  for (uint32_t i = 0; i < p->patterns_count; i++) {
    const char *why;
    size_t at;
    edict_status status = edi_pattern_compile(
        text(l, p->patterns[i].source), (edi_pattern_use)p->patterns[i].use,
        &l->linked->patterns[i], &why, &at);
    if (status != EDICT_OK) return status == EDICT_MEMORY ? status : EDICT_DEFECT; /* it was verified */
  }
  return EDICT_OK;
}

static edi_value row_argument(const linker *l, uint32_t slot, edi_transform *t) {
  const edi_rowslot *s = &l->linked->program.rowslots[slot];
  bool tag = s->node != EDI_NONE;
  edi_value name = edi_value_text(EDI_TYPE_STRING, text(l, tag ? l->linked->program.nodes[s->node].name : s->name));
  name.scale = !tag;
  t->row_slot = slot + 1;
  return name;
}

/* The verifier settled the same arguments before. */
static edi_transform transform(linker *l, const edi_mask *mask) {
  const edi_program *p = &l->linked->program;
  edi_transform t = {.id = (edi_transform_id)mask->transform};
  const uint32_t *args = p->lists + mask->args.first;
  edi_parameter parameter;
  for (unsigned i = 0; edi_transform_parameter(t.id, i, &parameter); i++) {
    if (parameter.type == EDI_PARAMETER_KEY) t.args[i] = edi_value_integer(mask->key == EDI_NONE ? 0 : EDI_TYPE_BOOL, mask->key != EDI_NONE);
    else if (parameter.type == EDI_PARAMETER_ROW && args == p->lists + mask->args.first + mask->args.count) continue;
    else if (parameter.type == EDI_PARAMETER_ROW) t.args[i] = row_argument(l, (uint32_t)l->linked->consts[*args++].as.integer, &t);
    else if (parameter.type != EDI_PARAMETER_PATTERN) t.args[i] = edi_argument_normal(&parameter, l->linked->consts[*args++]);
  }
  (void)edi_arguments_settle(t.id, t.args);
  if (mask->pattern != EDI_NONE) {
    t.pattern = l->linked->patterns[mask->pattern];
    t.pattern_source = text(l, p->patterns[mask->pattern].source);
  }
  if (mask->key != EDI_NONE) {
    t.key = text(l, p->keys[mask->key].name);
    t.key_scope = p->keys[mask->key].scope;
  }
  return t;
}

/* Most masks are like the one of their transform that was met last. */
static void make_transforms(linker *l) {
  enum { NEWEST = 32 };
  const edi_program *p = &l->linked->program;
  const edi_mask *newest[NEWEST] = {NULL};
  for (uint32_t i = 0; i < p->masks_count; i++) {
    const edi_mask *mask = &p->masks[i], **like = &newest[mask->transform % NEWEST];
    bool same = *like && memcmp(*like, mask, sizeof *mask) == 0;
    l->linked->transforms[i] = same ? l->linked->transforms[*like - p->masks] : transform(l, mask);
    *like = mask;
  }
}

/* An imported key must be the federal one still, with the scope it was compiled with. */
static void check_keys(linker *l) {
  const edi_program *p = &l->linked->program, *federal = l->vocabulary->program;
  for (uint32_t i = 0; i < p->keys_count; i++) {
    if (!(p->keys[i].flags & EDI_IMPORTED)) continue;
    bool found = false;
    for (uint32_t k = 0; k < federal->keys_count && !found; k++)
      found = edi_str_equal(edi_program_string(federal, federal->keys[k].name), text(l, p->keys[i].name)) &&
              federal->keys[k].scope == p->keys[i].scope;
    if (!found) missing(l, "key", text(l, p->keys[i].name));
  }
}

static bool same_table_columns(const linker *l, edi_range ours, edi_range theirs) {
  const edi_program *p = &l->linked->program, *federal = l->vocabulary->program;
  if (ours.count != theirs.count) return false;
  for (uint32_t i = 0; i < ours.count; i++) {
    const edi_tablecol *a = &p->tablecols[ours.first + i], *b = &federal->tablecols[theirs.first + i];
    if (map_type(l, a->type) != b->type) return false;
    if (!edi_str_equal(text(l, a->name), edi_program_string(federal, b->name))) return false;
  }
  return true;
}

/* An imported table must have the columns it was compiled with, in their order, and what counts as
 * complete must be so still: a row that is not there would else be denied for certain. */
static void check_tables(linker *l) {
  const edi_program *p = &l->linked->program, *federal = l->vocabulary->program;
  for (uint32_t i = 0; i < p->tables_count; i++) {
    const edi_table *ours = &p->tables[i];
    if (!(ours->flags & EDI_IMPORTED)) continue;
    bool found = false;
    for (uint32_t t = 0; t < federal->tables_count && !found; t++) {
      const edi_table *theirs = &federal->tables[t];
      found = edi_str_equal(edi_program_string(federal, theirs->name), text(l, ours->name)) &&
              same_table_columns(l, ours->keys, theirs->keys) &&
              same_table_columns(l, ours->values, theirs->values) &&
              (!(ours->flags & EDI_TABLE_COMPLETE) || (theirs->flags & EDI_TABLE_COMPLETE));
    }
    if (!found) missing(l, "table", text(l, ours->name));
  }
}

/* An imported obligation must have the parameters it was compiled with, in their order. */
static void check_obligations(linker *l) {
  const edi_program *p = &l->linked->program, *federal = l->vocabulary->program;
  for (uint32_t i = 0; i < p->obligations_count; i++) {
    const edi_obligation *ours = &p->obligations[i];
    if (!(ours->flags & EDI_IMPORTED)) continue;
    bool found = false;
    for (uint32_t o = 0; o < federal->obligations_count && !found; o++) {
      const edi_obligation *theirs = &federal->obligations[o];
      found = edi_str_equal(edi_program_string(federal, theirs->name), text(l, ours->name)) &&
              ours->params.count == theirs->params.count;
      for (uint32_t k = 0; k < ours->params.count && found; k++) {
        const edi_param *a = &p->params[ours->params.first + k], *b = &federal->params[theirs->params.first + k];
        found = map_type(l, a->type) == b->type &&
                edi_str_equal(text(l, a->name), edi_program_string(federal, b->name));
      }
    }
    if (!found) missing(l, "obligation", text(l, ours->name));
  }
}

static bool make_arrays(linker *l) {
  edi_linked *k = l->linked;
  const edi_program *p = &k->program;
  k->node_of = EDI_NEW_ARRAY(l->arena, uint32_t, p->nodes_count);
  k->kind_of = EDI_NEW_ARRAY(l->arena, uint32_t, p->kinds_count);
  k->slot_of = EDI_NEW_ARRAY(l->arena, uint32_t, p->attrs_count);
  k->thing_of = EDI_NEW_ARRAY(l->arena, uint32_t, p->resources_count);
  k->consts = EDI_NEW_ARRAY(l->arena, edi_value, p->consts_count);
  k->patterns = EDI_NEW_ARRAY(l->arena, edi_pattern *, p->patterns_count);
  k->transforms = EDI_NEW_ARRAY(l->arena, edi_transform, p->masks_count);
  k->tables = EDI_NEW_ARRAY(l->arena, edi_table_link, p->tables_count);
  k->slot_types = EDI_NEW_ARRAY(l->arena, edi_type, p->rowslots_count);
  k->param_types = EDI_NEW_ARRAY(l->arena, edi_type, p->params_count);
  k->meets = EDI_NEW_ARRAY(l->arena, bool, p->obligations_count);
  k->fused = EDI_NEW_ARRAY(l->arena, const edi_fused *, p->codes_count);
  if (!k->param_types || !k->meets || !k->fused) return false;
  return k->node_of && k->kind_of && k->slot_of && k->thing_of && k->consts && k->patterns && k->transforms && k->tables &&
         k->slot_types;
}

static bool map_tables(linker *l) {
  const edi_program *p = &l->linked->program;
  for (uint32_t i = 0; i < p->tables_count; i++) {
    const edi_table *t = &p->tables[i];
    edi_type *types = EDI_NEW_ARRAY(l->arena, edi_type, (size_t)t->keys.count + t->values.count);
    if (!types) return false;
    for (uint32_t c = 0; c < t->keys.count; c++) types[c] = map_type(l, p->tablecols[t->keys.first + c].type);
    for (uint32_t c = 0; c < t->values.count; c++)
      types[t->keys.count + c] = map_type(l, p->tablecols[t->values.first + c].type);
    l->linked->tables[i].types = types;
    l->linked->tables[i].complete = (t->flags & EDI_TABLE_COMPLETE) != 0;
  }
  return true;
}

/* Codes that are like another run in its form, each with its own constants. */
static edict_status fuse_codes(linker *l) {
  const edi_program *p = &l->linked->program;
  const edi_fused **fused = l->linked->fused;
  edict_status status = EDICT_OK;
  edi_arena scratch;
  edi_arena_init(&scratch, NULL, l->arena->ceiling);
  bool *asked = EDI_NEW_ARRAY(&scratch, bool, p->codes_count);
  if (!asked) status = edi_arena_status(&scratch);
  for (uint32_t i = 0; i < p->codes_count && status == EDICT_OK; i++) {
    uint32_t like = p->likes ? p->likes[i] : i;
    if (p->codes[i].type != EDI_TYPE_BOOL) continue;
    if (like != i && !asked[like]) fused[i] = fused[like];
    else status = edi_fuse(l->linked, i, l->arena, &asked[i], &fused[i]);
  }
  edi_arena_fini(&scratch);
  return status;
}

edict_status edi_link_program(edi_linked *linked, const edi_vocabulary *federal, edi_arena *arena,
                              edict_diagnostics *diagnostics) {
  linker l = {linked, federal, arena, diagnostics, false, EDICT_OK};
  const edi_program *p = &linked->program;
  if (!make_arrays(&l)) return edi_arena_status(arena);
  l.status = edi_graft(linked, federal, arena, diagnostics);
  if (l.status != EDICT_OK) return l.status;
  l.vocabulary = linked->vocabulary;
  map_resources(&l);
  if (l.failed) return EDICT_FINDINGS;
  map_attrs(&l);
  for (uint32_t i = 0; i < p->consts_count; i++) linked->consts[i] = constant(&l, &p->consts[i]);
  if (l.status != EDICT_OK) return l.status;
  check_keys(&l);
  check_tables(&l);
  check_obligations(&l);
  if (!map_tables(&l)) return edi_arena_status(arena);
  for (uint32_t i = 0; i < p->rowslots_count; i++) linked->slot_types[i] = map_type(&l, p->rowslots[i].type);
  for (uint32_t i = 0; i < p->params_count; i++) linked->param_types[i] = map_type(&l, p->params[i].type);
  if (l.failed) return EDICT_FINDINGS;
  l.status = compile_patterns(&l);
  if (l.status == EDICT_OK) l.status = fuse_codes(&l);
  if (l.status != EDICT_OK) return l.status;
  make_transforms(&l);
  linked->domain = EDI_NONE;
  if (p->settings->layer == EDI_LAYER_DOMAIN) {
    edi_str name = text(&l, p->settings->domain);
    linked->domain = edi_vocabulary_node(federal, federal->kind_domain, name);
    if (linked->domain == EDI_NONE) {
      missing(&l, "domain", name);
      return EDICT_FINDINGS;
    }
  }
  return EDICT_OK;
}

edict_status edi_link_scratch(const edi_linked *federal, const edi_linked *domain, edi_pattern_scratch **scratch) {
  *scratch = NULL;
  if (federal->program.patterns_count == 0 && domain->program.patterns_count == 0) return EDICT_OK;
  return edi_pattern_scratch_create(scratch);
}

void edi_link_fini(edi_linked *linked) {
  for (uint32_t i = 0; linked->patterns && i < linked->program.patterns_count; i++)
    edi_pattern_destroy(linked->patterns[i]);
  linked->patterns = NULL;
}
