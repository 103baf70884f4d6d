/* Link: SQLite for a program that is linked with it. Before anything else of this folder. */
#ifndef EDI_SWEEP_LINK_H
#define EDI_SWEEP_LINK_H

#include <sqlite3.h>

int edi_sweep_link(void);

#endif
