/* Key source: the secret material behind a federation's keys, and the keys derived from it.
 *
 * What masks use is derived: HKDF-SHA256 (RFC 5869) of an epoch's root, salt the federation's name, info
 * "edict/mask/v1", key, transform and scope value, each followed by a zero byte, then one byte for the
 * scope and one for the type; so two keys, transforms, scopes, products or types never share material. For an entity's own
 * key "edict/mask-entity/v1" stands in the place of the first, and the entity's 16 bytes behind all. One whose key is
 * destroyed has none in any epoch.
 * Or a host's key service derives. The file's form is enforce/keyring_file.h's. */
#ifndef EDI_KEY_SOURCE_H
#define EDI_KEY_SOURCE_H

#include "base/bytes.h"
#include "base/diagnostic.h"
#include "edict/engine.h"

typedef struct edi_keyring edi_keyring; /* immutable, shared by threads; locked in memory, wiped at the end */

/* From the options' file, or their service. A plain file is taken in development alone. FORMAT, UNTRUSTED
 * or NOT_FOUND with an R06xx diagnostic that never shows the file's text. */
edict_status edi_keyring_open(const edict_engine_options *options, edi_keyring **keyring, edict_diagnostics *diagnostics) EDICT_MUST_CHECK;
/* For tests: only these keys, by qualified name, each with material made from a text by HKDF-Extract with the
 * salt "edict/test-key/v1". The names must outlive the keyring. */
edict_status edi_keyring_create_named(const edict_named_key *keys, size_t count, edi_keyring **keyring) EDICT_MUST_CHECK;
void edi_keyring_destroy(edi_keyring *keyring); /* NULL allowed */

typedef struct edi_key_parts {
  edi_str key;        /* qualified name, which holds layer and module: "federal.privacy.contact" */
  edi_str transform;  /* "pseudonym"; in neither of the two is a zero byte */
  unsigned scope;     /* EDI_SCOPE_* */
  edi_str scope_value; /* the product's name, domain, purpose or reader; empty for the federation */
  unsigned base;      /* type of the values */
  const unsigned char *entity; /* EDI_ENTITY_BYTES: the key is its own; NULL: it is of all */
} edi_key_parts;
/* What stands for an entity, the value of a tag or column `of`: BLAKE2b-128 of both, under the federation's name. */
void edi_keyring_entity(const edi_keyring *keyring, edi_str of, edi_str value, unsigned char entity[16]);
/* Whether it is of the federation that a bundle of this name is in: `eu.example`, `eu.example/rules`; true of what is no file. */
bool edi_keyring_is_of(const edi_keyring *keyring, edi_str bundle);
uint64_t edi_keyring_version(const edi_keyring *keyring);
/* The BLAKE2b-256 of its federation's name; NULL: it is no file's. */
const unsigned char *edi_keyring_federation(const edi_keyring *keyring);
/* `length` bytes, 32 or 64, of epoch *epoch; 0 becomes the one in use. False if it failed, because the
 * epoch is not there or destroyed, or the entity's key is, or the service has none: the mask is then the bottom. */
bool edi_keyring_derive(const edi_keyring *keyring, const edi_key_parts *parts, uint64_t *epoch, unsigned char *out, size_t length);

#endif
