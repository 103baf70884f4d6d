/* Demo: the rules of rules/demo as a mesh: federation, its table of holds, and the domain sales. */
#ifndef DEMO_H
#define DEMO_H

#include "support/mesh.h"

/* The bundles; an engine is the caller's next step (mesh_open). `more` are further federal rules, each
 * with all its clauses, or "". */
void demo_mesh(mesh *m, const char *more);
/* The subjects of the demonstration: an analyst, and one of support in Germany. */
#define DEMO_ANALYST "roles analyst; purposes analytics; regions europe"
#define DEMO_SUPPORT "roles support; purposes support; regions de"
#define DEMO_NOW     "2026-11-20T10:00:00Z"
/* A customer and an order that both may see; `out` has 7 cells. */
void demo_customer(edict_cell out[7]);
void demo_order(edict_cell out[7]);

#endif
