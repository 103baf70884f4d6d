/* Intake: see the header. */
#include "workbench/intake.h"

void intake_init(intake *in, int (*more)(void *user, void *into, size_t room, size_t *got), void *user) {
  in->more = more;
  in->place = NULL;
  in->user = user;
  in->at = in->length = 0;
  in->total = 0;
  in->ended = false;
  in->error = 0;
}

bool intake_ready(intake *in) {
  if (in->at < in->length) return true;
  if (in->ended) return false;
  in->at = in->length = 0;
  in->error = in->more(in->user, in->bytes, sizeof in->bytes, &in->length);
  if (in->error) in->length = 0;
  in->total += in->length;
  in->ended = in->length == 0;
  return !in->ended;
}

bool intake_place(intake *in, uint64_t at, uint64_t *size) {
  if (!in->place || in->error) return false;
  in->error = in->place(in->user, at, size);
  in->at = in->length = 0;
  in->ended = in->error != 0;
  return in->error == 0;
}
