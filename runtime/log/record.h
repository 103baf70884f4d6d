/* Record: one decision as a leaf of the log, and its inputs as a sealed payload.
 *
 * A record names no person: versions, time, the bundle set, product, dataset, action, purpose and the
 * answer in clear; a commitment to the inputs, keyed with a random r; a pointer to the payload, which
 * holds what the rules could read (the subject with its attributes, the request) and r. All forms are
 * specified in docs/log-records.md. Replay decides again and compares the answer byte for byte. */
#ifndef EDI_RECORD_H
#define EDI_RECORD_H

#include "enforce/host.h"
#include "log/seal.h"

#define EDI_RECORD_VERSION     1
#define EDI_RECORD_PERMIT      ((uint32_t)1)
#define EDI_RECORD_DEVELOPMENT ((uint32_t)2)
#define EDI_RECORD_RESOURCE    ((uint32_t)4) /* `dataset` names a kind of resource */
#define EDI_RECORD_RANDOM      32

typedef struct edi_record {
  uint16_t version, semantics;
  uint32_t flags;
  int64_t now;
  uint64_t bundles;                          /* index of the BUNDLE leaf in force */
  unsigned char set[EDI_DIGEST_BYTES];       /* edi_record_set of its bundles */
  edi_str product, dataset, action, purpose; /* purpose empty: unknown */
  edi_str answer;
  unsigned char commitment[32];
  edi_seal_pointer payload;
} edi_record;

/* BLAKE2b-256 over the digests of the engine's bundles in ascending order. */
void edi_record_set(const edict_engine *engine, unsigned char digest[EDI_DIGEST_BYTES]);
/* What a BUNDLE leaf says: count u32, then for each layer, name, version u64, digest. */
void edi_record_bundles(const edict_engine *engine, edi_buf *into);

/* Effect, reasons, masks, row rules and retention of a decision. */
void edi_record_answer(const edict_decision *decision, edi_buf *into);
/* The inputs: r, subject, request. LIMIT if the request was too large to keep. */
edict_status edi_record_inputs(const edict_decision *decision,
                               const unsigned char random[EDI_RECORD_RANDOM],
                               edi_buf *into) EDICT_MUST_CHECK;
/* The values of the arguments of the decision's obligations, as the inputs hold them. */
void edi_record_arguments(const edict_decision *decision, edi_buf *into);
/* BLAKE2b-256 keyed with r over what follows r in the inputs. */
void edi_record_commit(edi_str inputs, unsigned char commitment[32]);

/* What the decision says of itself in clear: all but bundles, set, answer, commitment, payload. */
void edi_record_describe(const edict_decision *decision, edi_record *record);
/* `into` is empty before. */
void edi_record_encode(const edi_record *record, edi_buf *into);
/* The one door for records: false for anything that encode does not write. Borrows. */
bool edi_record_decode(edi_str bytes, edi_record *record);

/* An answer one item after the other, for showing. */
typedef struct edi_answer {
  edict_effect effect;
  int64_t valid_until;
  struct {
    edi_str name;
    edi_truth holds;
    bool unmet;
  } * reasons;
  struct {
    edi_str name, rule;
  } * obligations;
  struct {
    edi_str rule;
    edi_truth holds;
    uint8_t would;
    uint32_t *columns, column_count;
  } * shadows;
  edi_plan_group *groups;
  edi_str *group_rules;
  struct {
    uint32_t column;
    edi_transform_id transform;
    bool varies, fell;
    edi_str arguments;
  } * columns;
  struct {
    edi_str rule;
    edi_truth holds;
    int64_t cutoff;
  } * retentions;
  edi_str *row_rules;
  uint32_t reason_count, column_count, retention_count, row_rule_count, obligation_count;
  uint32_t shadow_count, group_count, group_rule_count;
} edi_answer;
bool edi_answer_decode(edi_arena *arena, edi_str bytes, edi_answer *answer);

/* Inputs for deciding again: a subject in a session of its own, and the request. All from the arena;
 * `request->now` is the caller's to fill in. */
typedef struct edi_inputs {
  edi_subject subject;
  edict_request request;
  edi_str *meets;    /* qualified names of the obligations that the host could meet */
  uint32_t meet_count;
  edi_str arguments; /* of the answer's obligations, as edi_record_arguments writes them */
} edi_inputs;
bool edi_inputs_decode(edi_arena *arena, const edi_vocabulary *vocabulary, edi_str bytes,
                       edi_inputs *inputs);
/* By obligation of the program: whether the host could meet it then. NULL: no memory. */
bool *edi_inputs_meets(edi_arena *arena, const edi_inputs *inputs, const edi_linked *linked);
/* The same as members of a JSON object, `"subject":{...},"request":{...},"meets":[...],"arguments":[...]`,
 * without a vocabulary. False, and nothing of it in `into`, for what is not of the form. */
bool edi_inputs_show(edi_str bytes, edi_buf *into);

/* ---- parts of these forms ---- */
/* A text is its length u32 and its bytes. */
void edi_record_put_text(edi_buf *into, edi_str text);
edi_str edi_record_get_text(edi_reader *reader);
/* A count of things that take at least `least` bytes each: a lie is found before it costs memory. */
uint32_t edi_record_get_count(edi_reader *reader, size_t least);
edi_reader edi_record_reader(edi_str bytes);
/* Read to its end, and not beyond. */
bool edi_record_ended(const edi_reader *reader);

#endif
