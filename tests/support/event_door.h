/* Event door: events from outside through the masks of decisions about a dataset whose columns hold others.
 *
 * The rules and the contract are in event_door.c. Whatever comes out is held to what every caller relies on. */
#ifndef EVENT_DOOR_H
#define EVENT_DOOR_H

#include "support/mesh.h"

/* The mesh of the door, made at the first call. */
mesh *event_door_mesh(void);
/* Decides for an analyst: all columns of `people`. */
void event_door_decide(mesh *m);

/* As a hostile_door. Aborts if something that the rules hide is in what comes out, if that is no event which goes in
 * again, or if something comes out of a failure. */
edict_status event_door(const char *name, const char *bytes, size_t length, edict_diagnostics *findings);

#endif
