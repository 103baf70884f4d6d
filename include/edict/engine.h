/* Engine and product: the verified bundles, and one data product bound to them. Both are immutable and
 * shared by any number of threads; each keeps what it was made from alive. Since 0.1. */
#ifndef EDICT_ENGINE_H
#define EDICT_ENGINE_H

#include <stddef.h>
#include <stdint.h>

#include "edict/diagnostics.h"
#include "edict/keyring.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct edict_engine edict_engine;
typedef struct edict_product edict_product;
typedef struct edict_text { const char *ptr; size_t len; } edict_text;
typedef struct edict_bytes { const void *ptr; size_t len; } edict_bytes;

/* A key by its qualified name ("federal.privacy.contact"), its material made from a text: for tests. */
typedef struct edict_named_key { edict_text name, text; } edict_named_key;

/* Keys of an issuer whose declaration says `keys from host`: a JWKS (RFC 7517), secrets of symmetric
 * algorithms among it. The text is read and not kept; whoever holds a secret wipes it. */
typedef struct edict_issuer_keys {
  const char *issuer;       /* its name in the rules */
  const char *jwks;         /* NULL with length 0: no keys */
  size_t jwks_length;
} edict_issuer_keys;

/* What a key is to be derived for: equal requests, equal keys; each difference in any part, another key. */
typedef struct edict_key_request {
  size_t size;              /* sizeof(edict_key_request) */
  edict_text key;           /* qualified name: "federal.privacy.contact" */
  edict_text transform;     /* "pseudonym", "token", ... */
  const char *scope;        /* "federation", "domain", "product", "purpose", "reader", "query" */
  edict_text scope_value;   /* which one; bytes, empty for the federation */
  const char *type;         /* of the values: "string", "int", ... */
  edict_text entity;        /* 16 bytes, whose own key it is; empty: of all. A service that destroyed it has none */
} edict_key_request;
/* A host's own key service: writes `length` bytes, 32 or 64, of epoch *epoch and returns 1; 0 if it has none,
 * and the mask is the bottom. *epoch is 0 for the epoch in use, which it then says (1 to 999999999). It is
 * called when a decision first meets a key, from any thread, and must answer from what it holds. */
typedef int edict_derive(void *user, const edict_key_request *request, uint64_t *epoch, unsigned char *out, size_t length);

/* Whether decisions find the rules that can apply by the index of their bundles: where there are more than a few,
 * never, or always. Once: products are bound by it, and nothing is prepared for their decisions, as is right where a
 * product is asked a request or two; answers are the same. */
typedef enum edict_index {
  EDICT_INDEX_AUTO = 0,
  EDICT_INDEX_NEVER = 1,
  EDICT_INDEX_ALWAYS = 2,
  EDICT_INDEX_ONCE = 3
} edict_index;

typedef struct edict_engine_options {
  size_t size;              /* sizeof(edict_engine_options): how a later library knows this layout */
  const char *trust;        /* text of the trust store, or a root document; NULL only with `development` */
  size_t trust_length;
  const void *keyring;      /* bytes of the keyring file; NULL: every keyed mask is the bottom */
  size_t keyring_length;
  int64_t now;              /* microseconds since 1970, UTC; decisions are made at no time before it */
  int development;          /* 1: accept unsigned bundles; every decision says so */
  /* Qualified names of the obligations that the host can meet ("federal.privacy.watermark"); "*" for all
   * of them, which is for evaluating and testing. One that no bundle declares says nothing. */
  const char *const *obligations;
  size_t obligation_count;
  const edict_named_key *keys; /* with `development` and without `keyring` only; others are the bottom */
  size_t key_count;
  int suppresses_groups;    /* 1: the host shows what it makes of rows in groups alone, and asks
                               edict_decision_apply_groups which; else no row is given where that is asked for */
  const edict_issuer_keys *issuer_keys; /* may be handed over later too */
  size_t issuer_key_count;
  const edict_keyring_secret *keyring_secret; /* what the keyring is sealed with; a plain one is for `development` */
  uint64_t keyring_epoch;   /* masks use this epoch of the keyring; 0: the current one */
  uint64_t keyring_least;   /* the keyring has to be of this version at least: an older one brings destroyed keys back */
  edict_derive *derive;     /* in the place of `keyring`; NULL: none */
  void *derive_user;
  edict_index index;        /* answers are the same whatever it is; for tests and measures */
} edict_engine_options;

/* Opens, authenticates, verifies and links one federal bundle and any number of domain and table
 * bundles. The bytes must stay, unchanged and 8-byte aligned, until the engine and all made from it
 * are destroyed. Any failure leaves *engine NULL and says why: EDICT_FORMAT, EDICT_UNTRUSTED,
 * EDICT_EXPIRED, EDICT_VERSION, EDICT_FINDINGS (bundles that do not fit together), EDICT_MEMORY. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_engine_create(const edict_engine_options *options,
                                                              const edict_bytes *bundles, size_t count,
                                                              edict_engine **engine,
                                                              edict_diagnostics *diagnostics);
EDICT_EXPORT void edict_engine_destroy(edict_engine **engine);

/* Replaces all keys of an issuer that takes them from the host, while any number of threads verify and
 * decide; NULL takes them away. Sessions of keys that are no longer there end at their next decision,
 * which is EDICT_UNTRUSTED. On any failure the keys before stay: EDICT_ARGUMENT: no such issuer;
 * EDICT_UNTRUSTED: the federation did not say `keys from host`; EDICT_FORMAT, EDICT_LIMIT, EDICT_MEMORY. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_engine_reload_keys(const edict_engine *engine, const char *issuer,
                                                                   const char *jwks, size_t length,
                                                                   edict_diagnostics *diagnostics);

/* Rules that deny stand in shadow from now on, where they decide nothing: for tools that ask what the others open. The bundles
 * are those that were loaded no more, and have a digest of zeros. EDICT_ARGUMENT: the engine is not for development, or
 * something that was made of it is not destroyed yet. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_engine_shadow_denials(edict_engine *engine);

/* A time that the host has seen: no decision is made at a time before the newest one, but for the leeway of a
 * minute that two clocks may differ by. An earlier one changes nothing. From any thread. */
EDICT_EXPORT void edict_engine_advance(const edict_engine *engine, int64_t now);

/* The bundles in force: how many, and of each its name, layer ("federal", "domain sales",
 * "table ..."), version and BLAKE2b-256 digest (32 bytes). Valid while the engine lives. */
EDICT_EXPORT size_t edict_engine_bundle_count(const edict_engine *engine);
EDICT_EXPORT edict_status edict_engine_bundle(const edict_engine *engine, size_t index, const char **name,
                                             const char **layer, uint64_t *version,
                                             const unsigned char **digest);
/* The version of its keyring, to be the least of the next one: it grows with each change. 0: none, or of the first form. */
EDICT_EXPORT uint64_t edict_engine_keyring_version(const edict_engine *engine);
EDICT_EXPORT int edict_engine_is_development(const edict_engine *engine);
/* Names of the products whose contracts the domain bundles carry. */
EDICT_EXPORT size_t edict_engine_product_count(const edict_engine *engine);
EDICT_EXPORT const char *edict_engine_product_name(const edict_engine *engine, size_t index);

/* Binds a product by its contract's name. EDICT_NOT_FOUND if no bundle carries it. Notes of the
 * binding (a rule that reads a tag which no column carries, masks that meet at the bottom, ...) are
 * added to the diagnostics as warnings. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_product_create(const edict_engine *engine, const char *name,
                                                               edict_product **product,
                                                               edict_diagnostics *diagnostics);
EDICT_EXPORT void edict_product_destroy(edict_product **product);

/* What the contract says. Types are those of cells: see edict_cell_type in decision.h.
 *
 * What lies inside of a column is a column too, a part, named by its path: `address.city` of an object, `phones[]` of an
 * array, `prefs[key]` and `prefs[value]` of a map. All parts stand behind all columns of the dataset, in preorder. Whoever
 * asks for a column asks for its parts. A host that can look inside masks each part as a column and leaves the container
 * as it is; for one that cannot, the container is one cell, masked by whatever masks anything in it. */
typedef enum edict_column_role {
  EDICT_COLUMN_FIELD = 0,   /* a column, or a property of an object */
  EDICT_COLUMN_ITEM = 1,    /* the items of an array */
  EDICT_COLUMN_KEY = 2,     /* the keys of a map */
  EDICT_COLUMN_VALUE = 3,   /* its values */
} edict_column_role;
typedef struct edict_column_info {
  const char *name;
  const char *physical_name; /* of a part: within what it is inside of; empty of items, keys and values */
  const char *type;         /* "string" "int" "decimal" "bool" "date" "timestamp" "time" "float" "binary", or "other"; of
                               a container with parts "object" "array" "map" */
  int required;
  size_t parent;            /* what it is a part of; SIZE_MAX: a column */
  edict_column_role role;
  int repeated;             /* in an array or a map: a row has many of it, so that no cell of a row stands for it */
  size_t first_part, part_count; /* all that is inside of it, at any depth */
} edict_column_info;
EDICT_EXPORT size_t edict_product_dataset_count(const edict_product *product);
/* Index of a dataset by name, or SIZE_MAX. */
EDICT_EXPORT size_t edict_product_dataset(const edict_product *product, const char *name);
EDICT_EXPORT const char *edict_product_dataset_name(const edict_product *product, size_t dataset);
EDICT_EXPORT const char *edict_product_dataset_physical_name(const edict_product *product, size_t dataset);
EDICT_EXPORT size_t edict_product_column_count(const edict_product *product, size_t dataset);
/* How many of them are no parts: the first ones. */
EDICT_EXPORT size_t edict_product_top_column_count(const edict_product *product, size_t dataset);
EDICT_EXPORT size_t edict_product_column(const edict_product *product, size_t dataset, const char *name);
EDICT_EXPORT edict_status edict_product_column_info(const edict_product *product, size_t dataset, size_t column,
                                                   edict_column_info *info);
/* Tag `index` of a column; with column SIZE_MAX of the dataset, with dataset SIZE_MAX of the product. ptr NULL past the
 * last. `untagged` is the tag of a column that has no other. Not NUL-terminated, here and below; valid while the engine lives. */
EDICT_EXPORT edict_text edict_product_tag(const edict_product *product, size_t dataset, size_t column, size_t index);
/* The level of a column, with column SIZE_MAX of the dataset; ptr NULL: it has none. */
EDICT_EXPORT edict_text edict_product_classification(const edict_product *product, size_t dataset, size_t column);
/* 1 if nobody gets anything but the bottom of this column, whatever the rules say. */
EDICT_EXPORT int edict_product_column_closed(const edict_product *product, size_t dataset, size_t column);

#ifdef __cplusplus
}
#endif
#endif
