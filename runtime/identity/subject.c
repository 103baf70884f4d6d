/* Subject: the three doors by which one comes in, and what all of them fill in.
 *
 *   token   -> gate -> signature -> claims        edi_token_verify
 *   host's attributes -> its declaration's lines  edi_subject_vouch
 *   anybody's attributes, for a what-if           edi_subject_suppose
 *
 * Invariant: on anything but OK the subject is zero, and a zero subject is valid at no time. Issuer and
 * id are filled in last, so that no line can say who vouched. */
#include "identity/subject.h"

#include "identity/claims.h"
#include "identity/gate.h"

enum { SCRATCH_CEILING = 4 * 1024 * 1024 };

/* The slots with what absence means in each. */
static edict_status begin(edi_subject *subject, const edi_vocabulary *vocabulary,
                          edi_arena *arena) {
  subject->attrs = edi_arena_lines(arena, vocabulary->subject_slots * sizeof *subject->attrs);
  if (!subject->attrs) return edi_arena_status(arena);
  if (vocabulary->subject_slots > 0)
    memcpy(subject->attrs, vocabulary->subject_fallbacks,
           vocabulary->subject_slots * sizeof *subject->attrs);
  return EDICT_OK;
}

static edict_status finish(edi_subject *subject, const edi_vocabulary *vocabulary, uint32_t issuer,
                           edi_str id, edi_arena *arena) {
  const char *copy = edi_arena_copy(arena, id.ptr, id.len);
  if (!copy) return edi_arena_status(arena);
  subject->issuer = issuer;
  subject->id = (edi_str){copy, id.len};
  subject->attrs[vocabulary->slot_subject_issuer] =
      edi_value_integer(EDI_TYPE_NODE, vocabulary->program->issuers[issuer].node);
  subject->attrs[vocabulary->slot_subject_id] = edi_value_text(EDI_TYPE_SUBJECT, subject->id);
  return EDICT_OK;
}

/* ---- tokens ---- */

static edict_status verify(edi_gate *gate, const edi_issuers *issuers, int64_t now,
                           edict_diagnostics *diagnostics) {
  edict_status status = edi_signature_verify(gate->key, &gate->text);
  if (status == EDICT_UNTRUSTED)
    edi_diagnostics_add(diagnostics, EDI_R0320, EDI_SPAN_NONE, "",
                        "token refused: the signature is not by the key that it names");
  /* Only who shows a good token learns that it was taken back. */
  return status == EDICT_OK ? edi_gate_check_revoked(gate, issuers, now, diagnostics) : status;
}

static edict_status fill_from_token(const edi_gate *gate, const edi_vocabulary *vocabulary,
                                    edi_arena *scratch, edi_arena *arena, edi_subject *subject) {
  const edi_issuer *issuer = &vocabulary->program->issuers[gate->issuer];
  edict_status status = begin(subject, vocabulary, arena);
  if (status == EDICT_OK)
    status = edi_claims_fill(vocabulary, issuer, gate->payload, scratch, arena, subject->attrs);
  if (status == EDICT_OK) status = finish(subject, vocabulary, gate->issuer, gate->subject, arena);
  if (status != EDICT_OK) return status;
  subject->not_before = gate->not_before;
  subject->expires = gate->expires;
  subject->by_token = true;
  subject->key_epoch = gate->key_epoch;
  memcpy(subject->key_digest, gate->key->digest, sizeof subject->key_digest);
  memcpy(subject->key_identity, gate->key->identity, sizeof subject->key_identity);
  return EDICT_OK;
}

edict_status edi_token_verify(const edi_issuers *issuers, const edi_vocabulary *vocabulary,
                              edi_str token, int64_t now, edi_arena *arena, edi_subject *subject,
                              edict_diagnostics *diagnostics) {
  edi_arena scratch;
  edi_gate gate;
  *subject = (edi_subject){0};
  edi_arena_init(&scratch, arena->allocator, SCRATCH_CEILING);
  edict_status status = edi_gate_open(&gate, issuers, token, now, &scratch, diagnostics);
  if (status == EDICT_OK) status = verify(&gate, issuers, now, diagnostics);
  if (status == EDICT_OK) status = fill_from_token(&gate, vocabulary, &scratch, arena, subject);
  if (status != EDICT_OK) *subject = (edi_subject){0};
  edi_gate_fini(&gate);
  edi_arena_wipe(&scratch); /* whoever has a token's text has the token */
  return status;
}

/* ---- attributes ---- */

static edi_str str(edict_text text) { return (edi_str){text.ptr, text.len}; }

static edict_status refuse_unknown(const edi_vocabulary *v, edi_str name,
                                   edict_diagnostics *diagnostics) {
  const unsigned most = name.len < 6 ? 1 : 2;
  unsigned nearest = most + 1;
  edi_str best = {NULL, 0};
  edi_finding *finding =
      edi_diagnostics_add(diagnostics, EDI_R0352, EDI_SPAN_NONE, "",
                          "`subject` has no attribute `%.*s`", EDI_STR_ARG(name));
  for (uint32_t slot = 0; slot < v->subject_slots; slot++) {
    edi_str candidate =
        edi_program_string(v->program, v->program->attrs[v->subject_attrs[slot]].name);
    unsigned distance = edi_str_distance(name, candidate, most);
    if (distance >= nearest) continue;
    nearest = distance;
    best = candidate;
  }
  if (best.ptr) edi_finding_note(finding, "a similar name is declared: `%.*s`", EDI_STR_ARG(best));
  return EDICT_ARGUMENT;
}

/* The attribute that is meant, EDI_NONE with a diagnostic if it cannot be given so. */
static edict_status find_attribute(const edi_vocabulary *v, const edict_attribute *attributes,
                                   size_t at, uint32_t *attr, edict_diagnostics *diagnostics) {
  edi_str name = str(attributes[at].name);
  const char *why = NULL;
  *attr = edi_vocabulary_attr(v, EDI_ENTITY_SUBJECT, name);
  if (*attr == EDI_NONE) return refuse_unknown(v, name, diagnostics);
  uint32_t slot = v->attr_slot[*attr];
  if (slot == v->slot_subject_issuer || slot == v->slot_subject_id)
    why = "it is not given as an attribute";
  for (size_t i = 0; i < at && !why; i++)
    if (edi_str_equal(str(attributes[i].name), name)) why = "it is given twice";
  if (!why && attributes[at].count > 1 && !EDI_TYPE_IS_SET(v->program->attrs[*attr].type))
    why = "it is no set and has several values";
  if (!why && attributes[at].count > 0 && !attributes[at].values)
    why = "it has no values where it counts some";
  if (!why) return EDICT_OK;
  edi_diagnostics_add(diagnostics, EDI_R0353, EDI_SPAN_NONE, "", "attribute `%.*s`: %s",
                      EDI_STR_ARG(name), why);
  return EDICT_ARGUMENT;
}

/* A declaration without lines bounds nothing; one with lines lets its issuer assert those attributes. */
static edict_status fill_attribute(const edi_vocabulary *v, const edi_issuer *issuer, uint32_t attr,
                                   const edict_attribute *given, edi_arena *arena,
                                   edi_subject *subject, edict_diagnostics *diagnostics) {
  const edi_claim *claim = edi_claims_line(v->program, issuer, attr);
  if (!claim && issuer->claims.count > 0) {
    edi_diagnostics_add(diagnostics, EDI_R0354, EDI_SPAN_NONE, "",
                        "issuer `%.*s` has no line that lets it assert `subject.%.*s`",
                        EDI_STR_ARG(edi_program_string(v->program, issuer->name)),
                        EDI_STR_ARG(str(given->name)));
    return EDICT_UNTRUSTED;
  }
  edi_str *texts = EDI_NEW_ARRAY(arena, edi_str, given->count);
  if (!texts) return edi_arena_status(arena);
  for (size_t i = 0; i < given->count; i++) texts[i] = str(given->values[i]);
  edi_claimed claimed = {.texts = texts, .count = given->count};
  return edi_claims_value(v, claim, attr, &claimed, arena, &subject->attrs[v->attr_slot[attr]]);
}

static edict_status fill_from_attributes(const edi_vocabulary *v, uint32_t issuer, edi_str id,
                                         const edict_attribute *attributes, size_t count,
                                         edi_arena *arena, edi_subject *subject,
                                         edict_diagnostics *diagnostics) {
  if (!edi_gate_is_subject(id)) {
    edi_diagnostics_add(
        diagnostics, EDI_R0351, EDI_SPAN_NONE, "",
        "the subject's id is not 1 to 255 bytes of UTF-8 without control characters");
    return EDICT_ARGUMENT;
  }
  edict_status status = begin(subject, v, arena);
  for (size_t i = 0; status == EDICT_OK && i < count; i++) {
    uint32_t attr = EDI_NONE;
    status = find_attribute(v, attributes, i, &attr, diagnostics);
    if (status == EDICT_OK)
      status = fill_attribute(v, &v->program->issuers[issuer], attr, &attributes[i], arena, subject,
                              diagnostics);
  }
  if (status == EDICT_OK) status = finish(subject, v, issuer, id, arena);
  if (status != EDICT_OK) return status;
  subject->not_before = EDI_TIMESTAMP_MIN;
  subject->expires = EDI_TIMESTAMP_MAX;
  return EDICT_OK;
}

edict_status edi_subject_vouch(const edi_issuers *issuers, const edi_vocabulary *vocabulary,
                               edi_str id, const edict_attribute *attributes, size_t count,
                               edi_arena *arena, edi_subject *subject,
                               edict_diagnostics *diagnostics) {
  *subject = (edi_subject){0};
  uint32_t host = edi_issuers_host(issuers);
  if (host == EDI_NONE) {
    edi_diagnostics_add(
        diagnostics, EDI_R0350, EDI_SPAN_NONE, "",
        "the host vouches for a subject, and the federation declares no `issuer host`");
    return EDICT_UNTRUSTED;
  }
  edict_status status =
      fill_from_attributes(vocabulary, host, id, attributes, count, arena, subject, diagnostics);
  if (status != EDICT_OK) *subject = (edi_subject){0};
  return status;
}

edict_status edi_subject_suppose(const edi_issuers *issuers, const edi_vocabulary *vocabulary,
                                 edi_str issuer, edi_str id, const edict_attribute *attributes,
                                 size_t count, edi_arena *arena, edi_subject *subject,
                                 edict_diagnostics *diagnostics) {
  *subject = (edi_subject){0};
  uint32_t number = edi_issuers_by_name(issuers, issuer);
  if (number == EDI_NONE) {
    edi_diagnostics_add(diagnostics, EDI_R0355, EDI_SPAN_NONE, "",
                        "the federation declares no issuer `%.*s`", EDI_STR_ARG(issuer));
    return EDICT_ARGUMENT;
  }
  edict_status status =
      fill_from_attributes(vocabulary, number, id, attributes, count, arena, subject, diagnostics);
  if (status != EDICT_OK) *subject = (edi_subject){0};
  return status;
}
