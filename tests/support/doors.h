/* Doors: where hostile inputs come in, each by one function of one shape, for whoever goes through many of them. */
#ifndef DOORS_H
#define DOORS_H

#include "edict/keyring.h"
#include "support/hostile.h"

typedef struct door {
  const char *name;    /* of its folder below tests/hostile/ */
  hostile_door *open;
  size_t memory, pieces; /* no input takes more: KiB at once, pieces in all */
} door;
extern const door doors[];
extern const size_t door_count;

/* What the sealed ones of tests/hostile/keyring/ are sealed with. */
extern const edict_keyring_secret door_keyring_secret;

/* By the name of a folder; NULL: there is none. */
const door *door_named(const char *name, size_t length);

#endif
