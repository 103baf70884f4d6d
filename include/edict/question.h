/* Question: a request whose names are looked up and whose values are read once, to be asked again and again.
 *
 * An edict_question is an edict_request that was prepared; one value of its context can be changed at a time. An
 * edict_entity is an edict_resource that was prepared, to be asked about with any question. Both copy what they are
 * given and keep their product alive. Asking gives the same answer as edict_decide, and the same bytes in the log.
 *
 *   edict_question_create -> edict_question_set -> edict_ask -> edict_question_set -> edict_ask ...
 *
 * An entity is immutable and any number of threads may ask about it; a question may be asked by any number of threads
 * while none changes it. Since 0.1. */
#ifndef EDICT_QUESTION_H
#define EDICT_QUESTION_H

#include "edict/decision.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct edict_question edict_question;
typedef struct edict_entity edict_entity;

/* Prepares a request; `now` and `seed` of it are not looked at. A name that is not declared is no error: asked, it is
 * refused as with edict_decide. EDICT_ARGUMENT: no request that edict_decide would take, or a dataset that the product
 * has not; EDICT_LIMIT: it is longer than a log takes, 64 KiB; EDICT_MEMORY. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_question_create(const edict_product *product, const edict_request *request,
                                                                edict_question **question);
/* NULL is allowed. Decisions that asked it stay valid. */
EDICT_EXPORT void edict_question_destroy(edict_question **question);
/* Gives an attribute of the context, in the place of what it had; one that it had not comes after the others.
 * Statuses as before; on any failure it stays as it was. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_question_set(edict_question *question, const edict_attribute *attribute);
/* Takes an attribute of the context away; without one of that name nothing happens. EDICT_MEMORY. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_question_unset(edict_question *question, edict_text name);

/* Prepares a resource; statuses as above. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_entity_create(const edict_product *product, const edict_resource *resource,
                                                              edict_entity **entity);
/* NULL is allowed. Decisions about it stay valid, and keep it while they remember it: see edict_decision_forget. */
EDICT_EXPORT void edict_entity_destroy(edict_entity **entity);

/* As edict_decide. `entity` is what is asked about; NULL: what the question's own request says. With one, the request
 * has neither dataset nor columns nor a resource. `seed` is as in edict_request. EDICT_ARGUMENT also where decision,
 * question and entity are not of one product. */
EDICT_EXPORT EDICT_MUST_CHECK edict_status edict_ask(edict_decision *decision, const edict_session *session,
                                                    const edict_question *question, const edict_entity *entity,
                                                    int64_t now, const unsigned char *seed);

#ifdef __cplusplus
}
#endif
#endif
