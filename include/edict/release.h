/* Release of the library that these headers belong to. Since 0.1. */
#ifndef EDICT_RELEASE_H
#define EDICT_RELEASE_H

#define EDICT_RELEASE "0.1.0"

#endif
