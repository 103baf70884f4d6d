/* Site: the engine, the product and the log that one configuration makes.
 *
 * All connections of a process that name the same configuration share one, because a log has one
 * holder and bundles are large. It is shared only while every file that it was read from is the
 * same file, unchanged: whoever comes later never gets rules that are not those on the disk. */
#ifndef EDI_SQLITE_SITE_H
#define EDI_SQLITE_SITE_H

#include "edict/edict.h"

typedef struct edi_sqlite_site edi_sqlite_site;

/* Reads the configuration at `path` and all it names. NULL, and why, on any failure. */
edi_sqlite_site *edi_sqlite_site_open(const char *path, char **why);
/* The last to leave closes the log. NULL is allowed. */
void edi_sqlite_site_leave(edi_sqlite_site *site);

const edict_engine *edi_sqlite_site_engine(const edi_sqlite_site *site);
const edict_product *edi_sqlite_site_product(const edi_sqlite_site *site);
const char *edi_sqlite_site_product_name(const edi_sqlite_site *site);
edict_log *edi_sqlite_site_log(const edi_sqlite_site *site);
/* Path of the file that holds the base tables; never a URI. */
const char *edi_sqlite_site_database(const edi_sqlite_site *site);

#endif
