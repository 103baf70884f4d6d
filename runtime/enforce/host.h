/* Host: the objects behind the C API, and who keeps whom alive.
 *
 * decision -> product, session -> engine. Each holds a count of its users; the last one out frees.
 * Everything but a decision is immutable after creation. */
#ifndef EDI_HOST_H
#define EDI_HOST_H

#include <stdatomic.h>

#include "edict/edict.h"
#include "edict/receipt.h"
#include "enforce/apply.h"
#include "enforce/held.h"
#include "enforce/key_source.h"
#include "enforce/recall.h"
#include "eval/fold.h"
#include "eval/sieve.h"

#define EDI_ARENA_ENGINE ((size_t)1 << 31)
#define EDI_ARENA_PRODUCT ((size_t)1 << 30)
#define EDI_ARENA_SESSION ((size_t)1 << 24)
#define EDI_ARENA_SESSION_BLOCK 4096 /* there may be many sessions */
#define EDI_ARENA_DECISION ((size_t)1 << 28)
#define EDI_ARENA_SIEVE ((size_t)1 << 28)

typedef struct edi_loaded { /* one bundle of the set */
  edi_bundle bundle;
  edi_linked *linked;       /* federal and domain bundles */
  edi_tablefile table;      /* table bundles */
  const char *name, *layer; /* NUL-terminated, for the API */
} edi_loaded;

typedef struct edi_product_place { const char *name; uint32_t linked, contract; } edi_product_place;

struct edict_engine {
  edi_arena arena;
  atomic_uint users;
  edi_loaded *loaded;
  size_t loaded_count;
  edi_linked *linked;       /* [0] the federal one */
  size_t linked_count;
  edi_vocabulary vocabulary;
  edi_issuers *issuers;
  edi_keyring *keyring;     /* NULL: none */
  edi_product_place *places; /* sorted by name */
  size_t place_count;
  uint64_t id;              /* of this process, never used twice */
  void (*release)(void *user); /* called when the engine is gone; NULL: nobody waits */
  void *release_user;
  atomic_llong floor;       /* the newest time that was seen */
  atomic_ullong hands;      /* bits of decisions that there are: edi_engine_take_hand */
  bool development;
  bool suppresses_groups;
};

struct edict_product {
  edi_arena arena;
  atomic_uint users;
  const edict_engine *engine;
  edi_bound_product bound;
  const edi_linked *layers[2];
  int64_t not_before, expires; /* when both layers may decide, with the leeway between clocks */
  edict_column_info **columns; /* by dataset: what the API tells, NUL-terminated */
  const char **dataset_names, **dataset_physical;
};

/* What each decision reads stands in its first line of 64 bytes. */
struct edict_session {
  const edict_engine *engine;
  atomic_ullong holders;    /* see edi_held */
  edi_subject subject;
  atomic_ullong key_epoch;  /* of its issuer's keys, when the subject's key was last seen among them */
  atomic_uint users;
  bool hypothetical;
  edi_arena arena;
};
_Static_assert(offsetof(edict_session, subject.expires) < 64, "in its first line");

#define EDI_REQUEST_COPY 65536
typedef struct edi_decision_key {
  edi_transform transform;
  const edi_transform *source;  /* where it stands in the plan; NULL: it is made for a row */
  unsigned base;
  bool available;
  edi_mask_key key;
} edi_decision_key;

/* An answer, with what it was made for. */
typedef struct edi_made {
  edi_plan plan;
  const edict_session *session; /* NULL: it is not given again */
  const edict_entity *entity;   /* what it is about, where that was prepared; held; NULL: what the request says */
  uint64_t print;               /* edi_request_print_of */
  size_t length, flags;         /* of `request`, 0: it did not fit, and the log refuses the decision; where its flags stand */
  int64_t since;                /* when it was made */
  char *request;                /* in the form of edi_request_write; of the desk: the decision's own */
  edi_sieve *sieve;             /* what batches need; NULL: none has come */
  edi_arena sieve_arena;        /* its memory, from the first batch until the answer is made anew or let go of */
} edi_made;

void edi_made_drop_sieve(edi_made *made);

/* How many answers a decision remembers at most. */
enum { EDI_ANSWERS = 8 };

typedef struct edi_wording edi_wording; /* enforce/wording.h */

/* What a decision was applied to since the receipt before. */
typedef struct edi_tally {
  uint64_t rows_in, rows_out, number;
  uint64_t *failed;             /* by column of the dataset */
  uint64_t *pending;            /* of the call that is under way */
  bool used, any, is_pending;   /* something was counted or told; a value failed; in the call that is under way */
  edict_receipt_column *columns; /* room for the newest receipt's */
} edi_tally;

struct edict_decision {
  edi_arena arena;
  const edict_product *product;
  const edict_session *session; /* of the newest decide, held; NULL before */
  edi_made *answer;           /* of the newest decide: `desk` or one of `answers` */
  edi_plan *plan;               /* the answer's */
  size_t key_count, slot_count; /* keys that are derived; made */
  bool has_salt, has_seed;
  edi_made desk;              /* where what is not remembered is made; clear where nothing was decided */
  edi_made answers[EDI_ANSWERS];
  size_t answer_count, next;
  edi_folds *folds;             /* of the sessions that are held */
  unsigned long long hand;      /* its bit among the holders of what it holds; 0: it has none, and looks it up */
  edi_held sessions, entities, wordings;
  edi_decision_key *keys;       /* derived for this decision, wiped with it; room for all of a dataset */
  edi_mask_key reverse;         /* of the newest unmask */
  edi_mask_key own;             /* of the newest entity that has its own keys, */
  edi_transform own_of;         /* for this mask */
  unsigned own_base;
  unsigned char own_entity[EDI_ENTITY_BYTES];
  edi_recall recall;
  bool own_known, own_there;    /* known: the above say whose; there: it is not destroyed */
  unsigned char salt[32];       /* of this decision's sha256-query, if has_salt */
  edi_hasher hasher;            /* for masks that are digests */
  unsigned char seed[EDICT_SEED_BYTES]; /* of the newest decide, if has_seed; wiped with the keys */
  char *request;                /* EDI_REQUEST_COPY bytes: of the decide that is under way; the desk keeps it there */
  char text[2048];              /* what the last call that tells something in words said */
  const edi_lanes *lanes;       /* what the processor has, for rows */
  edi_hashlanes *hashlanes;     /* for pseudonyms of batches */
  uint64_t serial;              /* rises with every answer */
  edi_tally tally;
};

/* receipt.c */
edict_status edi_decision_tally_init(edict_decision *decision) EDICT_MUST_CHECK;
void edi_decision_tally_reset(edict_decision *decision);
/* Values of a column that its mask made nothing of, in a call that is under way; then the rows of the call, or that
 * nothing of it counts. */
void edi_decision_count_failed(edict_decision *decision, uint32_t column, uint64_t failed);
void edi_decision_count_rows(edict_decision *decision, uint64_t in, uint64_t out, bool done);
/* What was decided, as edict_receipt.plan has it. */
void edi_decision_print(const edict_decision *decision, unsigned char print[32]);

/* All but the cell that a transform of a column needs; `in` is a row in which the cell that it reads beside its own
 * stands, or will. `fixed` as for edi_decision_key_for. */
edi_apply_column edi_decision_how(edict_decision *decision, uint32_t column, const edi_transform *transform, bool fixed,
                                  const edict_cell *in);
/* Applies it, recalling what the same text gave before in this decision. */
void edi_decision_apply(edict_decision *decision, const edi_transform *transform, bool fixed, const edi_apply_column *how, const edict_cell *in,
                        edict_cell *out, edi_output *memory);
/* What becomes of the cell of a column that was asked for, in a row that is shown; `in` is the whole row. */
void edi_decision_mask(edict_decision *decision, uint32_t column, const edict_cell *in, edict_cell *out, edi_output *memory);

/* What every row of a column has in common. A bottom that is no NULL goes cell by cell. */
edict_masked_as edi_plan_masked_as(const edi_plan *plan, size_t column);

/* `holds`: how many sessions, entities and wordings are kept, so many of each. */
edict_status edi_answers_init(edict_decision *decision, uint32_t holds) EDICT_MUST_CHECK;
void edi_answers_fini(edict_decision *decision);
/* Lets go of all answers and subjects. */
void edi_answers_forget(edict_decision *decision);
/* Keeps the session, and the entity unless it is NULL, with the decision; where they are too many, all others go, with
 * the answers that are theirs. */
void edi_answers_hold(edict_decision *decision, const edict_session *session, const edict_entity *entity);
/* The same for what a question says, which no answer that is remembered needs. */
void edi_answers_hold_wording(edict_decision *decision, const edi_wording *wording);
/* What an answer is found by. */
typedef struct edi_sought {
  const edict_session *session;
  const edict_entity *entity;
  const char *request;
  size_t length, flags;
} edi_sought;
/* The answer that was given before and stands at `now`; NULL: there is none. */
edi_made *edi_answers_find(edict_decision *decision, const edi_sought *sought, uint64_t print, int64_t now);
/* Where the answer to a request of so many bytes is to be made; what stood there is no longer given. */
edi_made *edi_answers_take(edict_decision *decision, size_t length);

edict_status edi_decision_keys_init(edict_decision *decision) EDICT_MUST_CHECK;
void edi_decision_keys_fini(edict_decision *decision);
void edi_decision_keys_wipe(edict_decision *decision);
/* The key for a transform that has one and the type of its column; NULL: it is not available. `fixed`: the
 * transform stands where it is until the next decision, and for this column alone. */
edi_mask_key *edi_decision_key_for(edict_decision *decision, const edi_transform *transform, bool fixed, unsigned base);
/* The own key of the entity that a cell names, and what stands for it; NULL: it is not available. */
edi_mask_key *edi_decision_own_key(edict_decision *decision, const edi_transform *transform, const edict_cell *cell, unsigned cell_base,
                                   unsigned base, const unsigned char **entity);
/* Derives the key of an epoch (0: the one in use) for this decision into one that the caller keeps. */
bool edi_decision_derive(const edict_decision *decision, const edi_transform *transform, unsigned base, uint64_t epoch,
                         const unsigned char *entity, edi_mask_key *key);
/* What sha256-query puts before values in this decision; empty if the request brings no randomness. */
edi_str edi_decision_salt(edict_decision *decision);

/* When the bundles behind a product decide, and `floor`, the earliest time that is believed, into a request. */
void edi_decision_bounds(const edict_product *product, int64_t floor, edi_plan_request *request);
/* The newest time that the engine has seen, and the leeway before it. */
int64_t edi_engine_floor(const edict_engine *engine);
/* A batch and where its answer goes, checked; the answer is empty then: false where they are not as described. */
bool edi_selection_begin(const edi_bound_dataset *dataset, const edict_batch *batch, edict_selection *selection);
/* What the sieve says of each row; on any failure the answer is empty. */
edict_status edi_selection_sift(edi_sieve *sieve, const edict_batch *batch, edict_selection *selection) EDICT_MUST_CHECK;

/* A bit that no other decision of the engine has until it is given back; 0: 64 decisions have them all. */
unsigned long long edi_engine_take_hand(const edict_engine *engine);
void edi_engine_give_hand(const edict_engine *engine, unsigned long long hand);

const edict_engine *edi_engine_keep(const edict_engine *engine);
void edi_engine_leave(const edict_engine *engine);
const edict_product *edi_product_keep(const edict_product *product);
void edi_product_leave(const edict_product *product);
const edict_entity *edi_entity_keep(const edict_entity *entity);
void edi_entity_leave(const edict_entity *entity);
const edi_wording *edi_wording_keep(const edi_wording *wording);
void edi_wording_leave(const edi_wording *wording);
const edict_session *edi_session_keep(const edict_session *session);
void edi_session_leave(const edict_session *session);
/* Whether the key that vouched for the subject is still one of its issuer's; of a host: yes. */
bool edi_session_stands(const edict_session *session, int64_t now);

/* Argument `which` of obligation `index`, with its type and name; false past the last. */
bool edi_obligation_value(const edict_decision *decision, size_t index, size_t which, edi_value *value,
                          edi_type *type, edi_str *name);

/* The request as bytes, in the form of docs/log-format.md: dataset u32, columns u32 and each u32,
 * action, attributes u32 and of each its name, values u32 and each; then flags u8, and as they say the kind of
 * resource with its attributes in the same way, and the seed. Texts are length u32 and bytes. */
#define EDI_REQUEST_RESOURCE 1u
#define EDI_REQUEST_SEED 2u
/* All of it but the seed and its flag; its length, 0: `size` does not suffice. *flags: where the flags stand. */
size_t edi_request_write(const edict_request *request, char *out, size_t size, size_t *flags);
/* A resource as it stands there after the flags. */
size_t edi_resource_write(const edict_resource *resource, char *out, size_t size);
/* A number that differs only where the bytes do; and where the bytes, who asks, or what is asked about do. */
uint64_t edi_request_print(const char *bytes, size_t length);
uint64_t edi_request_print_of(uint64_t print, const edict_session *session, const edict_entity *entity);
bool edi_request_malformed(const edict_request *request);
bool edi_resource_malformed(const edict_resource *resource);
bool edi_attribute_malformed(const edict_attribute *attribute);
/* The request of the newest decide. EDICT_LIMIT: it is too long to be kept. */
edict_status edi_decision_request(const edict_decision *decision, edi_buf *into) EDICT_MUST_CHECK;

/* What a row must be for the decision to show it, as text; nothing where no rule says. EDICT_UNSUPPORTED and
 * EDICT_LIMIT: it has no text. */
edict_status edi_decision_where(edict_decision *decision, edi_buf *into) EDICT_MUST_CHECK;

/* edict_decide with the floor of time given, and with nothing remembered: a replay decides at the time of its
 * record, long past, on the desk. */
edict_status edi_decision_decide_at(edict_decision *decision, const edict_session *session,
                                    const edict_request *request, int64_t floor) EDICT_MUST_CHECK;

/* A copy in the arena with a NUL after it; NULL without memory. */
const char *edi_terminated(edi_arena *arena, edi_str s);

#endif
