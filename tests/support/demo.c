/* Demo: see the header. */
#include "support/demo.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/hostile.h"

#define ROOT "rules/demo/"

static const char *read_text(mesh *m, const char *path) {
  size_t length = 0;
  char *bytes = hostile_read(path, &length);
  const char *text = bytes ? edi_arena_copy(&m->arena, bytes, length) : NULL;
  free(bytes);
  if (!text) {
    fprintf(stderr, "demo: cannot read %s (tests run from the top of the tree)\n", path);
    abort();
  }
  return text;
}

void demo_mesh(mesh *m, const char *more) {
  static const char *const federal[] = {"edict.yaml", "vocabulary.edict", "privacy.edict", "corp.jwks.json", "holds.csv"};
  static const char *const sales[] = {"edict.yaml", "sales.edict", "contracts/orders.odcs.yaml"};
  mesh_file files[8];
  char path[256];
  mesh_init(m);
  for (size_t i = 0; i < 5; i++) {
    snprintf(path, sizeof path, ROOT "federal/%s", federal[i]);
    files[i] = (mesh_file){federal[i], read_text(m, path)};
  }
  size_t length = strlen(more) + 32;
  char *text = edi_arena_alloc(&m->arena, length);
  if (!text) abort();
  snprintf(text, length, "module federal.more\n%s", more);
  files[5] = (mesh_file){"more.edict", text};
  mesh_add(m, files, *more ? 6 : 5);
  for (size_t i = 0; i < 3; i++) {
    snprintf(path, sizeof path, ROOT "sales/%s", sales[i]);
    files[i] = (mesh_file){sales[i], read_text(m, path)};
  }
  mesh_add(m, files, 3);
}

void demo_customer(edict_cell out[7]) {
  out[0] = mesh_int(7);
  out[1] = mesh_text("J\xC3\xBCrgen M\xC3\xBCller");
  out[2] = mesh_text("juergen.mueller@mail.example");
  out[3] = mesh_text("+49301234567");
  out[4] = mesh_text("de");
  out[5] = mesh_text("calls after 18h");
  out[6] = mesh_text("2026-03-01T09:15:00Z");
}

void demo_order(edict_cell out[7]) {
  out[0] = mesh_int(100017);
  out[1] = mesh_int(7);
  out[2] = mesh_text("bicycle");
  out[3] = mesh_text("799.95");
  out[4] = mesh_text("paid");
  out[5] = mesh_text("de");
  out[6] = mesh_text("2026-03-01T09:15:00Z");
}
