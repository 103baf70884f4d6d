/* Verify, records: constants, patterns, masks, row slots; then rules, their arms and cases.
 *
 * In: symbols that hold, and for the rules codes that hold. Out: constants in their one canonical
 * form, arguments that fit their transforms, and rules that have exactly what their effect asks
 * for. */
#include "base/calendar.h"
#include "base/decimal.h"
#include "bundle/argument.h"
#include "bundle/verifier.h"

/* ---- constants ---- */

static bool verify_set(edi_verifier *v, const edi_const *c) {
  if (c->aux > EDI_LIMIT_SET_MEMBERS)
    return edi_verifier_limit(v, "aux", EDI_LIMIT_SET_MEMBERS, "members");
  if (c->value < 0 || c->value > v->p.lists_count)
    return edi_verifier_fail(v, EDI_R0125, "value", "the range leaves its section");
  edi_range members = {(uint32_t)c->value, c->aux};
  if (!edi_verifier_list(v, "value", members, 0, v->p.consts_count)) return false;
  for (uint32_t i = members.first; i < members.first + members.count; i++) {
    if (v->set_owned[i])
      return edi_verifier_fail(v, EDI_R0125, "value", "a member belongs to another set already");
    v->set_owned[i] = 1;
    if (v->p.consts[v->p.lists[i]].type != EDI_TYPE_ELEM(c->type))
      return edi_verifier_fail(v, EDI_R0128, "value", "a member is not of the set's type");
  }
  return true;
}

static bool verify_text_const(edi_verifier *v, const edi_const *c) {
  if (c->value < 0 || c->value > UINT32_MAX)
    return edi_verifier_fail(v, EDI_R0120, "value", "it lies outside of STRINGS");
  return edi_verifier_text(v, "value", (edi_ref){(uint32_t)c->value, c->aux}, 0, EDI_LIMIT_STRING);
}

static bool verify_ip(edi_verifier *v, const edi_const *c) {
  if (c->aux != 16) return edi_verifier_fail(v, EDI_R0128, "aux", "an address has 16 bytes");
  if (c->value >= 0 && v->p.strings_count >= 16 && c->value <= v->p.strings_count - 16) return true;
  return edi_verifier_fail(v, EDI_R0120, "value", "it lies outside of STRINGS");
}

static bool verify_between(edi_verifier *v, const edi_const *c, int64_t low, int64_t high) {
  if (c->aux != 0) return edi_verifier_fail(v, EDI_R0128, "aux", "it is not zero");
  if (c->value >= low && c->value <= high) return true;
  return edi_verifier_fail(v, EDI_R0128, "value", "it is outside of what the type holds");
}

static bool verify_decimal(edi_verifier *v, const edi_const *c) {
  edi_decimal canonical;
  bool held = edi_decimal_make(c->value, c->aux < 256 ? c->aux : 255, &canonical);
  if (held && canonical.mantissa == c->value && canonical.scale == c->aux) return true;
  return edi_verifier_fail(v, EDI_R0128, "value", "it is not the canonical form of a decimal");
}

static bool verify_symbol_const(edi_verifier *v, const edi_const *c) {
  if (c->aux != 0) return edi_verifier_fail(v, EDI_R0128, "aux", "it is not zero");
  bool node = EDI_TYPE_BASE(c->type) == EDI_TYPE_NODE;
  if (c->value < 0 || c->value >= (node ? v->p.nodes_count : v->p.levels_count))
    return edi_verifier_fail(v, EDI_R0124, "value", "no record has this index");
  uint32_t of = node ? v->p.nodes[c->value].kind : v->p.levels[c->value].scale;
  if (of == EDI_TYPE_PARAM(c->type)) return true;
  return edi_verifier_fail(v, EDI_R0128, "value", "it is of another taxonomy or scale");
}

static bool verify_const(edi_verifier *v, const edi_const *c) {
  if (!edi_verifier_type(v, "type", c->type)) return false;
  if (EDI_TYPE_IS_SET(c->type)) return verify_set(v, c);
  switch (EDI_TYPE_BASE(c->type)) {
    case EDI_TYPE_BOOL: return verify_between(v, c, 0, 1);
    case EDI_TYPE_INT: return verify_between(v, c, INT64_MIN, INT64_MAX);
    case EDI_TYPE_TIMESTAMP: return verify_between(v, c, EDI_TIMESTAMP_MIN, EDI_TIMESTAMP_MAX);
    case EDI_TYPE_DATE: return verify_between(v, c, EDI_DATE_MIN, EDI_DATE_MAX);
    case EDI_TYPE_DECIMAL: return verify_decimal(v, c);
    case EDI_TYPE_STRING:
    case EDI_TYPE_ID: return verify_text_const(v, c);
    case EDI_TYPE_IP: return verify_ip(v, c);
    case EDI_TYPE_NODE:
    case EDI_TYPE_LEVEL: return verify_symbol_const(v, c);
    case EDI_TYPE_DURATION:
      return c->aux <= 1 ||
             edi_verifier_fail(v, EDI_R0128, "aux", "a duration is of months or exact");
    default: return edi_verifier_fail(v, EDI_R0128, "type", "there are no constants of it");
  }
}

static bool verify_consts(edi_verifier *v) {
  for (uint32_t i = 0; i < v->p.consts_count; i++) {
    edi_verifier_at(v, EDI_SECTION_CONSTS, i);
    if (!verify_const(v, &v->p.consts[i])) return false;
  }
  return true;
}

/* ---- patterns ---- */

static bool verify_pattern(edi_verifier *v, uint32_t index) {
  const edi_pattern_ref *ref = &v->p.patterns[index];
  edi_verifier_at(v, EDI_SECTION_PATTERNS, index);
  if (!edi_verifier_text(v, "source", ref->source, 0, EDI_LIMIT_PATTERN)) return false;
  if (ref->use != EDI_PATTERN_CONDITION && ref->use != EDI_PATTERN_SUBSTITUTE)
    return edi_verifier_fail(v, EDI_R0134, "use", "there is no such use of a pattern");
  const char *why = "";
  size_t at = 0;
  edict_status status =
      edi_pattern_compile(edi_verifier_string(v, ref->source), (edi_pattern_use)ref->use,
                          &v->patterns[index], &why, &at);
  if (status == EDICT_OK) return true;
  edi_verifier_fail(v, EDI_R0129, "source", "at byte %zu: %s", at, why);
  if (status == EDICT_MEMORY) v->status = EDICT_MEMORY;
  return false;
}

static bool verify_patterns(edi_verifier *v) {
  v->patterns = edi_verifier_scratch(v, v->p.patterns_count, sizeof(edi_pattern *));
  if (!v->patterns) return false;
  for (uint32_t i = 0; i < v->p.patterns_count; i++)
    if (!verify_pattern(v, i)) return false;
  return true;
}

/* ---- masks ---- */

/* A constant as a value, as far as arguments need it. */
static edi_value argument_value(const edi_verifier *v, const edi_const *c) {
  if (EDI_TYPE_IS_SET(c->type)) return edi_value_unknown();
  if (c->type == EDI_TYPE_STRING)
    return edi_value_text(EDI_TYPE_STRING, edi_verifier_string(v, (edi_ref){(uint32_t)c->value, c->aux}));
  edi_value value = edi_value_integer(EDI_TYPE_BASE(c->type), c->value);
  if (c->type == EDI_TYPE_DECIMAL) value.scale = EDI_VALUE_SCALE(c->aux);
  return value;
}

/* That the slot is one of the rule's is asked where the rule is known. */
static bool verify_row_argument(edi_verifier *v, const edi_const *c) {
  return (c->type == EDI_TYPE_INT && c->value >= 0 && c->value < v->p.rowslots_count) ||
         edi_verifier_fail(v, EDI_R0130, "args", "it is no row slot");
}

static bool verify_argument(edi_verifier *v, const edi_mask *mask, const edi_parameter *parameter,
                            uint32_t number, edi_value *out) {
  if (number >= mask->args.count)
    return edi_verifier_fail(v, EDI_R0130, "args", "an argument is missing");
  uint32_t index = v->p.lists[mask->args.first + number];
  if (!edi_verifier_index(v, "args", index, v->p.consts_count)) return false;
  if (parameter->type == EDI_PARAMETER_ROW) return verify_row_argument(v, &v->p.consts[index]);
  edi_value given = argument_value(v, &v->p.consts[index]);
  *out = edi_argument_normal(parameter, given);
  if (out->base && (given.base != EDI_TYPE_STRING || parameter->type == EDI_PARAMETER_VALUE ||
                    given.length <= EDI_LIMIT_PATTERN))
    return true;
  return edi_verifier_fail(v, EDI_R0130, "args", "the argument `%.*s` does not fit",
                           EDI_STR_ARG(parameter->name));
}

static bool verify_mask_pattern(edi_verifier *v, const edi_mask *mask) {
  if (++v->regex_masks > EDI_LIMIT_PATTERNS)
    return edi_verifier_limit(v, "pattern", EDI_LIMIT_PATTERNS, "such masks");
  if (!edi_verifier_index(v, "pattern", mask->pattern, v->p.patterns_count)) return false;
  if (v->p.patterns[mask->pattern].use == EDI_PATTERN_SUBSTITUTE) return true;
  return edi_verifier_fail(v, EDI_R0130, "pattern", "it is compiled for another use");
}

static bool verify_replacement(edi_verifier *v, const edi_mask *mask) {
  const edi_const *c = &v->p.consts[v->p.lists[mask->args.first]];
  edi_str text = edi_verifier_string(v, (edi_ref){(uint32_t)c->value, c->aux});
  if (edi_pattern_replacement_valid(v->patterns[mask->pattern], text)) return true;
  return edi_verifier_fail(v, EDI_R0130, "args",
                           "the replacement names a group that the pattern does not have");
}

static bool verify_mask(edi_verifier *v, const edi_mask *mask) {
  static const bool known[] = {
#define TRANSFORM(NAME, number, text, determinism, types, parameters) [(number)] = true,
#include "bundle/transforms.def"
#undef TRANSFORM
  };
  if (mask->transform >= sizeof known || !known[mask->transform])
    return edi_verifier_fail(v, EDI_R0134, "transform", "there is no such transform");
  if (!edi_verifier_range(v, "args", mask->args, v->p.lists_count)) return false;
  bool key = false, pattern = false;
  uint32_t arguments = 0;
  edi_value args[EDI_PARAMETERS_MOST] = {{0}};
  edi_parameter parameter;
  for (unsigned i = 0; edi_transform_parameter((edi_transform_id)mask->transform, i, &parameter);
       i++) {
    if (parameter.type == EDI_PARAMETER_KEY) {
      key = !parameter.has_fallback || mask->key != EDI_NONE;
      if (key) args[i] = edi_value_integer(EDI_TYPE_BOOL, 1);
    }
    else if (parameter.type == EDI_PARAMETER_PATTERN) pattern = true;
    else if (parameter.type == EDI_PARAMETER_ROW && parameter.has_fallback && arguments == mask->args.count) continue;
    else if (!verify_argument(v, mask, &parameter, arguments++, &args[i])) return false;
  }
  if (arguments != mask->args.count)
    return edi_verifier_fail(v, EDI_R0130, "args", "there are too many");
  const char *trouble = edi_arguments_settle((edi_transform_id)mask->transform, args);
  if (trouble) return edi_verifier_fail(v, EDI_R0130, "args", "`%s` %s", edi_transform_name((edi_transform_id)mask->transform), trouble);
  if (key && !edi_verifier_index(v, "key", mask->key, v->p.keys_count)) return false;
  if (!key && mask->key != EDI_NONE)
    return edi_verifier_fail(v, EDI_R0130, "key", "the transform takes none");
  if (!pattern && mask->pattern != EDI_NONE)
    return edi_verifier_fail(v, EDI_R0130, "pattern", "the transform takes none");
  return !pattern || (verify_mask_pattern(v, mask) && verify_replacement(v, mask));
}

/* Most masks are, to the byte, the one of their transform that was found right last. Those with a pattern are counted. */
static bool verify_masks(edi_verifier *v) {
  enum { NEWEST = 32 };
  const edi_mask *right[NEWEST] = {NULL};
  for (uint32_t i = 0; i < v->p.masks_count; i++) {
    const edi_mask *mask = &v->p.masks[i], **like = &right[mask->transform % NEWEST];
    if (*like && mask->pattern == EDI_NONE && memcmp(*like, mask, sizeof *mask) == 0) continue;
    edi_verifier_at(v, EDI_SECTION_MASKS, i);
    if (!verify_mask(v, mask)) return false;
    *like = mask;
  }
  return true;
}

/* ---- row slots ---- */

static bool verify_rowslot(edi_verifier *v, const edi_rowslot *slot) {
  if (!edi_verifier_scalar(v, "type", slot->type) ||
      !edi_verifier_text(v, "name", slot->name, 0, EDI_LIMIT_EXTERNAL_NAME))
    return false;
  if (slot->node == EDI_NONE) {
    if (slot->name.len == 0)
      return edi_verifier_fail(v, EDI_R0131, "name", "neither a tag nor a column is named");
    return !v->federal ||
           edi_verifier_fail(v, EDI_R0132, "name", "a federal rule knows no columns by name");
  }
  if (slot->name.len > 0)
    return edi_verifier_fail(v, EDI_R0131, "name", "both a tag and a column are named");
  if (!edi_verifier_node(v, "node", slot->node, v->kind_tag)) return false;
  edi_type type = v->p.nodes[slot->node].type;
  if (type == EDI_TYPE_NONE || type == slot->type) return true;
  return edi_verifier_fail(v, EDI_R0127, "type", "it is not the tag's type of cells");
}

bool edi_verify_values(edi_verifier *v) {
  if (!verify_consts(v) || !verify_patterns(v) || !verify_masks(v)) return false;
  for (uint32_t i = 0; i < v->p.rowslots_count; i++) {
    edi_verifier_at(v, EDI_SECTION_ROWSLOTS, i);
    if (!verify_rowslot(v, &v->p.rowslots[i])) return false;
  }
  return true;
}

/* ---- rules ---- */

enum {
  READS_ANY_ROW = EDI_READS_PRODUCT | EDI_READS_SUBJECT | EDI_READS_CONTEXT | EDI_READS_NOW |
                  EDI_READS_ROW | EDI_READS_TABLE,
  READS_REQUEST = (READS_ANY_ROW & ~EDI_READS_ROW) | EDI_READS_RESOURCE,
  READS_SWEEP = EDI_READS_PRODUCT | EDI_READS_NOW | EDI_READS_TABLE,
};

/* What a rule of each effect has and may not have. */
typedef struct effect_shape {
  bool actions, opens, body, arms, slots, retains, exempts;
  edi_place place; /* of the body */
} effect_shape;

static const effect_shape shapes[] = {
    [EDI_EFFECT_PERMIT] = {.actions = true},
    [EDI_EFFECT_FORBID] = {.actions = true},
    [EDI_EFFECT_MASK] = {.arms = true, .slots = true},
    [EDI_EFFECT_SHOW_ROWS] = {.body = true,
                              .slots = true,
                              .place = {"body", READS_ANY_ROW, EDI_TYPE_BOOL}},
    [EDI_EFFECT_RETAIN_AT_MOST] = {.body = true,
                                   .slots = true,
                                   .retains = true,
                                   .place = {"body", EDI_READS_PRODUCT, EDI_TYPE_DURATION}},
    [EDI_EFFECT_RETAIN_AT_LEAST] = {.body = true,
                                    .slots = true,
                                    .retains = true,
                                    .place = {"body", EDI_READS_PRODUCT, EDI_TYPE_DURATION}},
    [EDI_EFFECT_RETAIN_WHILE] = {.body = true,
                                 .slots = true,
                                 .retains = true,
                                 .place = {"body", READS_SWEEP | EDI_READS_ROW, EDI_TYPE_BOOL}},
    [EDI_EFFECT_REQUIRE] = {.body = true,
                            .place = {"body", EDI_READS_PRODUCT | EDI_READS_NOW | EDI_READS_RESOURCE, EDI_TYPE_BOOL}},
    [EDI_EFFECT_DELEGATE] = {.actions = true},
    [EDI_EFFECT_EXEMPT] = {.exempts = true},
    [EDI_EFFECT_SHOW_GROUPS] = {.slots = true},
};

static bool effect_opens(uint32_t effect) {
  static const bool opens[] = {
#define EFFECT(NAME, number, text, does_open) [(number)] = (does_open),
#include "bundle/effects.def"
#undef EFFECT
  };
  return opens[effect];
}

static const edi_range no_slots = {0, 0};

/* A mask that reads a cell of the row reads it through a slot of the rule that uses the mask. */
static bool verify_mask_slots(edi_verifier *v, const edi_mask *mask, edi_range slots) {
  edi_parameter parameter;
  uint32_t number = 0;
  for (unsigned i = 0; edi_transform_parameter((edi_transform_id)mask->transform, i, &parameter); i++) {
    if (parameter.type == EDI_PARAMETER_KEY || parameter.type == EDI_PARAMETER_PATTERN) continue;
    if (number >= mask->args.count) break; /* a cell that was left out */
    int64_t slot = v->p.consts[v->p.lists[mask->args.first + number++]].value;
    if (parameter.type == EDI_PARAMETER_ROW && (slot < slots.first || slot >= (int64_t)slots.first + slots.count))
      return edi_verifier_fail(v, EDI_R0146, "mask", "it reads a row slot of another rule");
  }
  return true;
}

static bool verify_case(edi_verifier *v, const edi_case *c, bool otherwise, edi_range slots) {
  static const edi_place condition = {"condition", READS_ANY_ROW, EDI_TYPE_BOOL};
  if (!edi_verifier_index(v, "mask", c->mask, v->p.masks_count) ||
      !verify_mask_slots(v, &v->p.masks[c->mask], slots))
    return false;
  if (c->condition == EDI_NONE)
    return otherwise ||
           edi_verifier_fail(v, EDI_R0131, "condition", "only the last case may be without one");
  return edi_verifier_place(v, &condition, c->condition, slots);
}

static bool verify_arm(edi_verifier *v, uint32_t index, edi_range slots) {
  static const edi_place column = {"column", EDI_READS_PRODUCT | EDI_READS_COLUMN, EDI_TYPE_BOOL};
  const edi_arm *arm = &v->p.arms[index];
  edi_verifier_at(v, EDI_SECTION_ARMS, index);
  if (!edi_verifier_place(v, &column, arm->column, no_slots) ||
      !edi_verifier_own(v, "cases", arm->cases, EDI_SECTION_CASES))
    return false;
  if (arm->cases.count == 0) return edi_verifier_fail(v, EDI_R0131, "cases", "there is none");
  const edi_case *cases = v->p.cases + arm->cases.first;
  for (uint32_t i = 0; i < arm->cases.count; i++) {
    edi_verifier_at(v, EDI_SECTION_CASES, arm->cases.first + i);
    if (!verify_case(v, &cases[i], i + 1 == arm->cases.count, slots)) return false;
  }
  if (arm->cases.count == 1 || cases[arm->cases.count - 1].condition == EDI_NONE) return true;
  edi_verifier_at(v, EDI_SECTION_ARMS, index);
  return edi_verifier_fail(v, EDI_R0131, "cases", "two or more end in one without a condition");
}

static bool verify_rule_texts(edi_verifier *v, const edi_rule *rule) {
  if (!edi_verifier_qualified(v, "name", rule->name, false) ||
      !edi_verifier_text(v, "because", rule->because, 0, EDI_LIMIT_STRING) ||
      !edi_verifier_text(v, "see", rule->see, 0, EDI_LIMIT_STRING) ||
      !edi_verifier_text(v, "note", rule->note, 0, EDI_LIMIT_STRING) ||
      !edi_verifier_text(v, "file", rule->file, 1, EDI_LIMIT_EXTERNAL_NAME))
    return false;
  if (rule->line == 0) return edi_verifier_fail(v, EDI_R0134, "line", "lines count from 1");
  if (rule->column == 0) return edi_verifier_fail(v, EDI_R0134, "column", "columns count from 1");
  if (rule->from < EDI_DATE_MIN)
    return edi_verifier_fail(v, EDI_R0134, "from", "it is outside of the calendar");
  if (rule->until > EDI_DATE_MAX)
    return edi_verifier_fail(v, EDI_R0134, "until", "it is outside of the calendar");
  if (rule->from > rule->until)
    return edi_verifier_fail(v, EDI_R0134, "until", "it lies before `from`");
  return true;
}

static bool verify_rule_actions(edi_verifier *v, const edi_rule *rule) {
  bool delegates = rule->effect == EDI_EFFECT_DELEGATE;
  if (!shapes[rule->effect].actions)
    return rule->actions.count == 0 ||
           edi_verifier_fail(v, EDI_R0131, "actions", "the effect has none");
  if (rule->actions.count == 0)
    return edi_verifier_fail(v, EDI_R0131, "actions", "the effect has at least one");
  if (delegates && !v->federal)
    return edi_verifier_fail(v, EDI_R0132, "effect", "only the federal layer delegates");
  return edi_verifier_nodes(v, "actions", rule->actions, v->kind_action);
}

static bool verify_rule_slots(edi_verifier *v, const edi_rule *rule) {
  if (!edi_verifier_range(v, "rowslots", rule->rowslots, v->p.rowslots_count)) return false;
  bool timed =
      rule->effect == EDI_EFFECT_RETAIN_AT_MOST || rule->effect == EDI_EFFECT_RETAIN_AT_LEAST;
  bool grouped = rule->effect == EDI_EFFECT_SHOW_GROUPS;
  if (grouped && rule->rowslots.count != 1)
    return edi_verifier_fail(v, EDI_R0131, "rowslots", "it is not one, that of which groups have many");
  if (!timed)
    return rule->rowslots.count == 0 || shapes[rule->effect].slots ||
           edi_verifier_fail(v, EDI_R0131, "rowslots", "the effect reads no row");
  if (rule->rowslots.count != 1)
    return edi_verifier_fail(v, EDI_R0131, "rowslots", "it is not one, the time");
  edi_type type = v->p.rowslots[rule->rowslots.first].type;
  if (type == EDI_TYPE_TIMESTAMP || type == EDI_TYPE_DATE) return true;
  return edi_verifier_fail(v, EDI_R0127, "rowslots", "it is neither a timestamp nor a date");
}

/* Whether a rule is one that a sweep asks, or exempts from one. */
static bool is_swept(const edi_verifier *v, const edi_rule *rule) {
  if (shapes[rule->effect].retains) return true;
  for (uint32_t i = 0; i < rule->exempts.count; i++)
    if (shapes[v->p.rules[v->p.lists[rule->exempts.first + i]].effect].retains) return true;
  return false;
}

/* Each is a rule of this program that closes; its effect may not have been looked at yet. */
static bool verify_rule_exempts(edi_verifier *v, const edi_rule *rule) {
  if ((rule->exempts.count > 0) != shapes[rule->effect].exempts)
    return edi_verifier_fail(v, EDI_R0131, "exempts", "an exempt has at least one, another effect none");
  if (rule->exempts.count > EDI_LIMIT_RULE_EXEMPTS)
    return edi_verifier_limit(v, "exempts", EDI_LIMIT_RULE_EXEMPTS, "rules");
  if (!edi_verifier_list(v, "exempts", rule->exempts, 0, v->p.rules_count)) return false;
  for (uint32_t i = 0; i < rule->exempts.count; i++) {
    uint32_t effect = v->p.rules[v->p.lists[rule->exempts.first + i]].effect;
    bool closes = effect != EDI_EFFECT_NONE && effect < sizeof shapes / sizeof *shapes && !effect_opens(effect);
    if (!closes) return edi_verifier_fail(v, EDI_R0131, "exempts", "one of them closes nothing");
  }
  return true;
}

static bool verify_rule_least(edi_verifier *v, const edi_rule *rule) {
  bool grouped = rule->effect == EDI_EFFECT_SHOW_GROUPS;
  if (grouped ? rule->least >= 2 && rule->least <= EDI_LIMIT_GROUP : rule->least == 0) return true;
  return edi_verifier_fail(v, EDI_R0134, "least", "it is not how many a group has");
}

static bool verify_rule_codes(edi_verifier *v, const edi_rule *rule) {
  static const edi_place target = {"target", EDI_READS_PRODUCT | EDI_READS_RESOURCE, EDI_TYPE_BOOL};
  static const edi_place asked = {"condition", READS_REQUEST, EDI_TYPE_BOOL};
  static const edi_place swept = {"condition", READS_SWEEP, EDI_TYPE_BOOL};
  const effect_shape *shape = &shapes[rule->effect];
  if (rule->target != EDI_NONE && !edi_verifier_place(v, &target, rule->target, no_slots))
    return false;
  if (rule->target == EDI_NONE && effect_opens(rule->effect))
    return edi_verifier_fail(v, EDI_R0131, "target", "a rule that opens has one");
  if (rule->condition != EDI_NONE &&
      !edi_verifier_place(v, is_swept(v, rule) ? &swept : &asked, rule->condition, no_slots))
    return false;
  if (shape->body) return edi_verifier_place(v, &shape->place, rule->body, rule->rowslots);
  return rule->body == EDI_NONE || edi_verifier_fail(v, EDI_R0131, "body", "the effect has none");
}

static bool verify_code_thing(edi_verifier *v, uint32_t code, uint32_t thing) {
  uint32_t named = code == EDI_NONE ? EDI_THING_ANY : v->code_thing[code];
  if (named == EDI_THING_ANY || named == thing) return true;
  return edi_verifier_fail(v, EDI_R0145, "thing", "code %u reads of another one", (unsigned)code);
}

/* A rule about one thing reads nothing of another; what opens, and what has columns or rows, says what it is
 * about. */
static bool verify_rule_thing(edi_verifier *v, const edi_rule *rule) {
  const effect_shape *shape = &shapes[rule->effect];
  const uint32_t codes[] = {rule->target, rule->condition, rule->body};
  if (rule->thing >= EDI_THING_RESOURCE &&
      !edi_verifier_index(v, "thing", rule->thing - EDI_THING_RESOURCE, v->p.resources_count))
    return false;
  if (shape->slots && rule->thing != EDI_THING_DATASET)
    return edi_verifier_fail(v, EDI_R0131, "thing", "only datasets have columns and rows");
  if (rule->thing == EDI_THING_ANY && effect_opens(rule->effect))
    return edi_verifier_fail(v, EDI_R0131, "thing", "a rule that opens is about one");
  for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
    if (!verify_code_thing(v, codes[i], rule->thing)) return false;
  return true;
}

static uint32_t like_of(const edi_verifier *v, uint32_t code) { return code == EDI_NONE ? EDI_NONE : v->likes.of[code]; }

/* Codes that are alike read the same, and rules in a row share their lists. */
static bool verify_rule_reads(edi_verifier *v, const edi_rule *rule) {
  const uint32_t codes[] = {like_of(v, rule->target), like_of(v, rule->condition), like_of(v, rule->body)};
  bool before = v->read_before.known && memcmp(codes, v->read_before.codes, sizeof codes) == 0 &&
                rule->reads.first == v->read_before.reads.first && rule->reads.count == v->read_before.reads.count;
  if (before) return true;
  if (!edi_verifier_list(v, "reads", rule->reads, 0, v->p.attrs_count)) return false;
  bool same = edi_attr_sets_rule(&v->attrs, rule, NULL) == rule->reads.count;
  for (uint32_t i = 0; same && i < rule->reads.count; i++)
    same = edi_attr_sets_has(&v->attrs, v->p.lists[rule->reads.first + i]);
  memcpy(v->read_before.codes, codes, sizeof codes);
  v->read_before.reads = rule->reads;
  v->read_before.known = same;
  return same || edi_verifier_fail(v, EDI_R0144, "reads", "it is not what the codes read");
}

static bool verify_rule_arms(edi_verifier *v, uint32_t index) {
  const edi_rule *rule = &v->p.rules[index];
  if ((rule->arms.count > 0) != shapes[rule->effect].arms)
    return edi_verifier_fail(v, EDI_R0131, "arms", "a mask has at least one, another effect none");
  if (!edi_verifier_own(v, "arms", rule->arms, EDI_SECTION_ARMS)) return false;
  for (uint32_t i = 0; i < rule->arms.count; i++)
    if (!verify_arm(v, rule->arms.first + i, rule->rowslots)) return false;
  return true;
}

/* An argument reads what the rule's condition may. */
static bool verify_duty(edi_verifier *v, const edi_duty *duty, uint32_t reads, uint32_t thing) {
  if (!edi_verifier_index(v, "obligation", duty->obligation, v->p.obligations_count) ||
      !edi_verifier_range(v, "args", duty->args, v->p.lists_count))
    return false;
  const edi_range params = v->p.obligations[duty->obligation].params;
  if (duty->args.count != params.count)
    return edi_verifier_fail(v, EDI_R0131, "args", "it is not one for each parameter");
  for (uint32_t i = 0; i < params.count; i++) {
    edi_place place = {"args", reads, v->p.params[params.first + i].type};
    uint32_t code = v->p.lists[duty->args.first + i];
    if (!edi_verifier_place(v, &place, code, no_slots) || !verify_code_thing(v, code, thing)) return false;
  }
  return true;
}

static bool verify_rule_duties(edi_verifier *v, const edi_rule *rule) {
  uint32_t reads = is_swept(v, rule) ? READS_SWEEP : READS_REQUEST;
  if (rule->duties.count > EDI_LIMIT_RULE_OBLIGATIONS)
    return edi_verifier_limit(v, "duties", EDI_LIMIT_RULE_OBLIGATIONS, "obligations");
  if (!edi_verifier_own(v, "duties", rule->duties, EDI_SECTION_DUTIES)) return false;
  for (uint32_t i = 0; i < rule->duties.count; i++) {
    edi_verifier_at(v, EDI_SECTION_DUTIES, rule->duties.first + i);
    if (!verify_duty(v, &v->p.duties[rule->duties.first + i], reads, rule->thing)) return false;
  }
  return true;
}

static bool verify_rule(edi_verifier *v, uint32_t index) {
  const edi_rule *rule = &v->p.rules[index];
  if (rule->effect == EDI_EFFECT_NONE || rule->effect >= sizeof shapes / sizeof *shapes)
    return edi_verifier_fail(v, EDI_R0134, "effect", "there is no such effect");
  uint32_t flags =
      EDI_RULE_SHADOW | (rule->effect == EDI_EFFECT_RETAIN_AT_MOST ? EDI_RULE_THEN_ERASE : 0);
  if (!verify_rule_texts(v, rule) || !edi_verifier_flags(v, rule->flags, flags) ||
      !verify_rule_actions(v, rule))
    return false;
  if (rule->effect == EDI_EFFECT_DELEGATE) {
    if (!edi_verifier_node(v, "delegate_to", rule->delegate_to, v->kind_domain)) return false;
  } else if (rule->delegate_to != EDI_NONE) {
    return edi_verifier_fail(v, EDI_R0131, "delegate_to", "the effect has none");
  }
  return verify_rule_exempts(v, rule) && verify_rule_least(v, rule) && verify_rule_slots(v, rule) &&
         verify_rule_codes(v, rule) && verify_rule_thing(v, rule) && verify_rule_reads(v, rule) &&
         verify_rule_arms(v, index) && verify_rule_duties(v, rule);
}

bool edi_verify_rules(edi_verifier *v) {
  for (uint32_t i = 0; i < v->p.rules_count; i++) {
    edi_verifier_at(v, EDI_SECTION_RULES, i);
    if (!verify_rule(v, i)) return false;
    uint64_t cost = edi_measure_rule(&v->p, &v->p.rules[i]);
    v->cost += cost;
    if (cost > EDI_LIMIT_RULE_COST)
      return edi_verifier_limit(v, "cost", EDI_LIMIT_RULE_COST, "units");
  }
  for (uint32_t i = 0; i < v->p.codes_count; i++) {
    edi_verifier_at(v, EDI_SECTION_CODES, i);
    if (!v->code_used[i]) return edi_verifier_fail(v, EDI_R0125, "(record)", "no rule names it");
  }
  return edi_verifier_distinct(v, EDI_SECTION_RULES, v->p.rules_count, &v->p.rules->name,
                               sizeof *v->p.rules, NULL, 0);
}
