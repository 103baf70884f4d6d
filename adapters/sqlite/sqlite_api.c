/* API: where the functions of SQLite are called through. It is filled by whoever comes first: SQLite, when it loads the
 * extension, or a program that links SQLite and this folder's files. */
#include <sqlite3ext.h>

SQLITE_EXTENSION_INIT1
