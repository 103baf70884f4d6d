/* Intake: bytes that come in piece by piece, looked at without knowing where one piece ends.
 *
 * What reads is a function of the caller's: a file, a pipe, a test. */
#ifndef EDICT_WORKBENCH_INTAKE_H
#define EDICT_WORKBENCH_INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INTAKE_BYTES 65536

typedef struct intake {
  /* At most `room` bytes to `into`; *got 0: there are no more. 0, or an errno value. */
  int (*more)(void *user, void *into, size_t room, size_t *got);
  /* To byte `at` of a file that has `*size`; NULL: it can be read from its beginning alone. 0, or an errno value. */
  int (*place)(void *user, uint64_t at, uint64_t *size);
  void *user;
  char bytes[INTAKE_BYTES];
  size_t at, length;
  uint64_t total;  /* bytes that came in */
  bool ended;
  int error;       /* errno value of the read that failed: nothing comes after it */
} intake;

/* Only what is `more` and `user` is set, and `place` is NULL. */
void intake_init(intake *in, int (*more)(void *user, void *into, size_t room, size_t *got), void *user);
/* Whether a byte stands at bytes[at]; reads more where none does. */
bool intake_ready(intake *in);
/* Goes to byte `at`, and says how many there are. False: it cannot, or `error`. */
bool intake_place(intake *in, uint64_t at, uint64_t *size);

#endif
