/* Disk: a directory in memory with two states, what is seen and what is durable, and the operations
 * between them.
 *
 *   inode   bytes as seen, durable bytes, operations since the last sync
 *   names   as seen, durable, operations since the last sync_dir */
#include "support/disk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INODES = 1024, NAMES = 160, HANDLES = 128, NAME_MOST = 100, SECTOR = 512 };

typedef struct content {
  uint8_t *bytes;
  size_t size, used, capacity; /* bytes from `used` to `size` are zero and not stored */
} content;

typedef struct operation {
  enum { WRITE, RESIZE } kind;
  uint64_t offset, size;
  uint8_t *bytes;
} operation;

typedef struct inode {
  bool used;
  content seen, durable;
  operation *operations;
  size_t count, capacity;
} inode;

typedef struct name {
  char text[NAME_MOST];
  int inode;
} name;

typedef struct directory {
  name names[NAMES];
  size_t count;
} directory;

typedef struct name_operation {
  enum { LINK, UNLINK, RENAME } kind;
  name from;
  char to[NAME_MOST];
} name_operation;

typedef struct handle {
  bool used, locked;
  int inode;
} handle;

struct disk {
  edi_system system;
  inode inodes[INODES];
  int inode_count;
  directory seen, durable;
  name_operation *pending;
  size_t pending_count, pending_capacity;
  handle handles[HANDLES];
  bool made;
  uint64_t random, calls, fail_at, writes, flip_at, limit;
  bool fail_forever;
  int fail_error;
  int64_t now, step, process;
};

static void *grow(void *old, size_t size) {
  void *grown = realloc(old, size ? size : 1);
  if (!grown) abort();
  return grown;
}

uint64_t disk_random(disk *d) { /* splitmix64 */
  uint64_t z = d->random += 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

/* ---- contents ---- */

static void resize(content *c, size_t size) {
  c->size = size;
  if (c->used > size) c->used = size;
}

/* Stores the first `used` bytes in full. */
static void store(content *c, size_t used) {
  if (used <= c->used) return;
  if (used > c->capacity) {
    c->capacity = used + used / 2 + 64;
    c->bytes = grow(c->bytes, c->capacity);
  }
  memset(c->bytes + c->used, 0, used - c->used);
  c->used = used;
}

static void put(content *c, uint64_t offset, const uint8_t *bytes, size_t length) {
  size_t end = (size_t)offset + length;
  if (length == 0) return;
  if (end > c->size) c->size = end;
  store(c, end);
  memcpy(c->bytes + offset, bytes, length);
}

static void get(const content *c, uint64_t offset, uint8_t *bytes, size_t length) {
  size_t stored = offset >= c->used ? 0 : c->used - (size_t)offset;
  if (stored > length) stored = length;
  if (stored > 0) memcpy(bytes, c->bytes + offset, stored);
  memset(bytes + stored, 0, length - stored);
}

static void copy_content(content *to, const content *from) {
  resize(to, 0);
  put(to, 0, from->bytes, from->used);
  to->size = from->size;
}

static void remember(inode *i, operation o) {
  if (i->count == i->capacity) {
    i->capacity = i->capacity ? 2 * i->capacity : 16;
    i->operations = grow(i->operations, i->capacity * sizeof *i->operations);
  }
  i->operations[i->count++] = o;
}

static void forget(inode *i) {
  for (size_t n = 0; n < i->count; n++) free(i->operations[n].bytes);
  i->count = 0;
}

static int new_inode(disk *d) {
  int at = 0;
  while (at < d->inode_count && d->inodes[at].used) at++;
  if (at == INODES) abort();
  if (at == d->inode_count) d->inode_count++;
  d->inodes[at].used = true;
  resize(&d->inodes[at].seen, 0);
  resize(&d->inodes[at].durable, 0);
  return at;
}

/* ---- names ---- */

static const char *base_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

static name *find(directory *dir, const char *text) {
  for (size_t i = 0; i < dir->count; i++)
    if (strcmp(dir->names[i].text, text) == 0) return &dir->names[i];
  return NULL;
}

static void link_name(directory *dir, const char *text, int at) {
  name *n = find(dir, text);
  if (!n) {
    if (dir->count == NAMES) abort();
    n = &dir->names[dir->count++];
    snprintf(n->text, sizeof n->text, "%s", text);
  }
  n->inode = at;
}

static void unlink_name(directory *dir, const char *text) {
  name *n = find(dir, text);
  if (n) *n = dir->names[--dir->count];
}

static void apply_name(directory *dir, const name_operation *o) {
  if (o->kind == LINK) link_name(dir, o->from.text, o->from.inode);
  if (o->kind == UNLINK) unlink_name(dir, o->from.text);
  if (o->kind == RENAME) {
    name *n = find(dir, o->from.text);
    if (!n || n->inode != o->from.inode) return; /* what it depends on was lost */
    unlink_name(dir, o->from.text);
    link_name(dir, o->to, o->from.inode);
  }
}

static void change_name(disk *d, name_operation o) {
  if (d->pending_count == d->pending_capacity) {
    d->pending_capacity = d->pending_capacity ? 2 * d->pending_capacity : 16;
    d->pending = grow(d->pending, d->pending_capacity * sizeof *d->pending);
  }
  d->pending[d->pending_count++] = o;
  apply_name(&d->seen, &o);
}

static name_operation name_change(int kind, const char *from, int at, const char *to) {
  name_operation o;
  memset(&o, 0, sizeof o);
  o.kind = kind;
  o.from.inode = at;
  snprintf(o.from.text, sizeof o.from.text, "%s", from);
  snprintf(o.to, sizeof o.to, "%s", to);
  return o;
}

static bool is_open(const disk *d, int at) {
  for (int h = 0; h < HANDLES; h++)
    if (d->handles[h].used && d->handles[h].inode == at) return true;
  return false;
}

static bool is_named(const directory *dir, int at) {
  for (size_t n = 0; n < dir->count; n++)
    if (dir->names[n].inode == at) return true;
  return false;
}

/* Inodes that no name and no handle can reach any more. */
static void collect(disk *d) {
  if (d->inode_count < INODES / 8) return; /* not worth the search yet */
  for (int i = 0; i < d->inode_count; i++) {
    bool pending = false;
    for (size_t n = 0; n < d->pending_count; n++)
      pending = pending || d->pending[n].from.inode == i;
    if (d->inodes[i].used && !pending && !is_open(d, i) && !is_named(&d->seen, i) &&
        !is_named(&d->durable, i)) {
      forget(&d->inodes[i]);
      d->inodes[i].used = false;
    }
  }
}

/* ---- faults ---- */

static int fault(disk *d) {
  d->calls++;
  bool fails =
      d->fail_at != 0 && (d->fail_forever ? d->calls >= d->fail_at : d->calls == d->fail_at);
  return fails ? d->fail_error : 0;
}

static bool no_space(const disk *d, const inode *i, uint64_t size) {
  uint64_t all = 0;
  if (d->limit == 0 || size <= i->seen.size) return false;
  for (int n = 0; n < d->inode_count; n++)
    if (d->inodes[n].used && (is_named(&d->seen, n) || is_open(d, n)))
      all += d->inodes[n].seen.size;
  return all - i->seen.size + size > d->limit;
}

/* ---- the table ---- */

static int sim_open(void *context, const char *path, unsigned flags, edi_file *file) {
  disk *d = context;
  int error = fault(d);
  if (error) return error;
  if (!d->made) return ENOENT;
  const char *text = base_name(path);
  name *n = find(&d->seen, text);
  if (!n && !(flags & EDI_OPEN_CREATE)) return ENOENT;
  if (n && (flags & EDI_OPEN_EXCLUSIVE)) return EEXIST;
  int h = 0;
  while (h < HANDLES && d->handles[h].used) h++;
  if (h == HANDLES) return EMFILE;
  int at = n ? n->inode : new_inode(d);
  d->handles[h] = (handle){true, false, at};
  if (!n) change_name(d, name_change(LINK, text, at, ""));
  if (n && (flags & EDI_OPEN_TRUNCATE)) {
    remember(&d->inodes[at], (operation){RESIZE, 0, 0, NULL});
    resize(&d->inodes[at].seen, 0);
  }
  file->fd = h;
  return 0;
}

static int sim_close(void *context, edi_file file) {
  disk *d = context;
  int error = fault(d);
  if (!d->handles[file.fd].used) abort(); /* closed twice */
  d->handles[file.fd].used = false;
  collect(d);
  return error;
}

static inode *inode_of(disk *d, edi_file file) {
  if (file.fd < 0 || file.fd >= HANDLES || !d->handles[file.fd].used) abort();
  return &d->inodes[d->handles[file.fd].inode];
}

static int sim_read(void *context, edi_file file, uint64_t offset, void *bytes, size_t length,
                    size_t *got) {
  disk *d = context;
  inode *i = inode_of(d, file);
  *got = 0;
  int error = fault(d);
  if (error) return error;
  if (offset >= i->seen.size) return 0;
  *got = length < i->seen.size - offset ? length : (size_t)(i->seen.size - offset);
  get(&i->seen, offset, bytes, *got);
  return 0;
}

static int sim_write(void *context, edi_file file, uint64_t offset, const void *bytes,
                     size_t length) {
  disk *d = context;
  inode *i = inode_of(d, file);
  int error = fault(d);
  if (!error && no_space(d, i, offset + length)) error = ENOSPC;
  if (error && length > 0) length = (size_t)(disk_random(d) % length); /* some of it arrives */
  operation o = {WRITE, offset, length, grow(NULL, length)};
  if (length > 0) memcpy(o.bytes, bytes, length);
  if (length > 0 && ++d->writes == d->flip_at)
    o.bytes[disk_random(d) % length] ^= (uint8_t)(1u << disk_random(d) % 8);
  put(&i->seen, offset, o.bytes, length);
  remember(i, o);
  return error;
}

static int sim_sync(void *context, edi_file file) {
  disk *d = context;
  inode *i = inode_of(d, file);
  int error = fault(d);
  if (!error) {
    for (size_t n = 0; n < i->count; n++) {
      operation *o = &i->operations[n];
      if (o->kind == WRITE) put(&i->durable, o->offset, o->bytes, (size_t)o->size);
      if (o->kind == RESIZE) resize(&i->durable, (size_t)o->size);
    }
  }
  forget(i);
  return error;
}

static int sim_size(void *context, edi_file file, uint64_t *size) {
  disk *d = context;
  int error = fault(d);
  *size = inode_of(d, file)->seen.size;
  return error;
}

static int set_size(disk *d, edi_file file, uint64_t size) {
  inode *i = inode_of(d, file);
  if (no_space(d, i, size)) return ENOSPC;
  resize(&i->seen, (size_t)size);
  remember(i, (operation){RESIZE, 0, size, NULL});
  return 0;
}

static int sim_truncate(void *context, edi_file file, uint64_t size) {
  int error = fault(context);
  return error ? error : set_size(context, file, size);
}

static int sim_reserve(void *context, edi_file file, uint64_t size) {
  disk *d = context;
  int error = fault(d);
  if (error) return error;
  return size <= inode_of(d, file)->seen.size ? 0 : set_size(d, file, size);
}

static int sim_lock(void *context, edi_file file) {
  disk *d = context;
  int error = fault(d);
  if (error) return error;
  handle *mine = &d->handles[file.fd];
  for (int h = 0; h < HANDLES; h++)
    if (d->handles[h].used && d->handles[h].locked && d->handles[h].inode == mine->inode &&
        h != file.fd)
      return EWOULDBLOCK;
  mine->locked = true;
  return 0;
}

static int sim_rename(void *context, const char *from, const char *to) {
  disk *d = context;
  int error = fault(d);
  if (error) return error;
  name *n = find(&d->seen, base_name(from));
  if (!n) return ENOENT;
  change_name(d, name_change(RENAME, base_name(from), n->inode, base_name(to)));
  return 0;
}

static int sim_remove(void *context, const char *path) {
  disk *d = context;
  int error = fault(d);
  if (error) return error;
  name *n = find(&d->seen, base_name(path));
  if (!n) return ENOENT;
  change_name(d, name_change(UNLINK, base_name(path), n->inode, ""));
  return 0;
}

static int sim_make_dir(void *context, const char *path) {
  disk *d = context;
  (void)path;
  int error = fault(d);
  if (error) return error;
  if (d->made) return EEXIST;
  d->made = true;
  return 0;
}

static int sim_sync_dir(void *context, const char *path) {
  disk *d = context;
  int error = fault(d);
  if (strcmp(path, DISK_DIRECTORY) != 0)
    return error; /* the parent: the directory is always durable */
  if (!error) d->durable = d->seen;
  if (!error) d->pending_count = 0;
  collect(d);
  return error;
}

static int sim_list_dir(void *context, const char *path, void (*each)(void *user, const char *name),
                        void *user) {
  disk *d = context;
  (void)path;
  int error = fault(d);
  if (error) return error;
  if (!d->made) return ENOENT;
  for (size_t n = 0; n < d->seen.count; n++) each(user, d->seen.names[n].text);
  return 0;
}

static int sim_clock(void *context, int64_t *timestamp) {
  disk *d = context;
  int error = fault(d);
  *timestamp = d->now += d->step;
  return error;
}

static int sim_random(void *context, void *bytes, size_t length) {
  disk *d = context;
  int error = fault(d);
  for (size_t i = 0; i < length; i++) ((uint8_t *)bytes)[i] = (uint8_t)disk_random(d);
  return error;
}

static int sim_process(void *context, int64_t *pid) {
  disk *d = context;
  int error = fault(d);
  *pid = d->process;
  return error;
}

/* ---- life ---- */

disk *disk_create(uint64_t seed) {
  disk *d = calloc(1, sizeof *d);
  if (!d) abort();
  d->random = seed;
  d->now = INT64_C(1795000000000000);
  d->step = 100;
  d->process = 100;
  d->system = (edi_system){.context = d,
                           .open = sim_open,
                           .close = sim_close,
                           .read = sim_read,
                           .write = sim_write,
                           .sync = sim_sync,
                           .size = sim_size,
                           .truncate = sim_truncate,
                           .reserve = sim_reserve,
                           .lock = sim_lock,
                           .rename = sim_rename,
                           .remove = sim_remove,
                           .make_dir = sim_make_dir,
                           .sync_dir = sim_sync_dir,
                           .list_dir = sim_list_dir,
                           .clock = sim_clock,
                           .random = sim_random,
                           .process = sim_process};
  return d;
}

void disk_destroy(disk *d) {
  for (int i = 0; i < d->inode_count; i++) {
    forget(&d->inodes[i]);
    free(d->inodes[i].operations);
    free(d->inodes[i].seen.bytes);
    free(d->inodes[i].durable.bytes);
  }
  free(d->pending);
  free(d);
}

const edi_system *disk_system(disk *d) { return &d->system; }

void disk_kill(disk *d) {
  memset(d->handles, 0, sizeof d->handles);
  d->fail_at = d->flip_at = 0;
  collect(d);
}

static bool survives(disk *d, unsigned mode) {
  return mode == 0 ? false : mode == 1 ? true : disk_random(d) & 1;
}

static void crash_inode(disk *d, inode *i, unsigned mode) {
  for (size_t n = 0; n < i->count; n++) {
    operation *o = &i->operations[n];
    if (o->kind == RESIZE && survives(d, mode)) resize(&i->durable, (size_t)o->size);
    for (uint64_t at = 0; o->kind == WRITE && at < o->size;) {
      uint64_t length = SECTOR - (o->offset + at) % SECTOR;
      if (length > o->size - at) length = o->size - at;
      if (survives(d, mode)) put(&i->durable, o->offset + at, o->bytes + at, (size_t)length);
      at += length;
    }
  }
  forget(i);
  copy_content(&i->seen, &i->durable);
}

void disk_crash(disk *d) {
  unsigned mode = (unsigned)(disk_random(d) % 4); /* nothing, everything, and twice some of it */
  for (size_t n = 0; n < d->pending_count; n++)
    if (survives(d, mode)) apply_name(&d->durable, &d->pending[n]);
  d->pending_count = 0;
  d->seen = d->durable;
  for (int i = 0; i < d->inode_count; i++)
    if (d->inodes[i].used) crash_inode(d, &d->inodes[i], mode);
  disk_kill(d);
}

uint64_t disk_calls(const disk *d) { return d->calls; }

void disk_fail(disk *d, uint64_t at, bool forever, int error) {
  d->calls = 0;
  d->fail_at = at;
  d->fail_forever = forever;
  d->fail_error = error;
}

void disk_flip(disk *d, uint64_t at) {
  d->writes = 0;
  d->flip_at = at;
}

void disk_limit(disk *d, uint64_t bytes) { d->limit = bytes; }

void disk_set_time(disk *d, int64_t micros, int64_t step) {
  d->now = micros;
  d->step = step;
}

void disk_set_process(disk *d, int64_t process) { d->process = process; }

/* ---- files from outside ---- */

uint8_t *disk_file(disk *d, const char *text, size_t *size) {
  name *n = find(&d->seen, text);
  if (!n) return NULL;
  content *c = &d->inodes[n->inode].seen;
  *size = c->size;
  store(c, c->size);
  if (!c->bytes) c->bytes = grow(NULL, c->capacity = 64); /* NULL means: no such file */
  return c->bytes;
}

void disk_put(disk *d, const char *text, const void *bytes, size_t size) {
  d->made = true;
  name *n = find(&d->seen, text);
  int at = n ? n->inode : new_inode(d);
  resize(&d->inodes[at].seen, 0);
  put(&d->inodes[at].seen, 0, bytes, size);
  forget(&d->inodes[at]);
  copy_content(&d->inodes[at].durable, &d->inodes[at].seen);
  link_name(&d->seen, text, at);
  link_name(&d->durable, text, at);
}

void disk_remove(disk *d, const char *text) {
  unlink_name(&d->seen, text);
  unlink_name(&d->durable, text);
  collect(d);
}

const char *disk_name(disk *d, size_t index) {
  return index < d->seen.count ? d->seen.names[index].text : NULL;
}

disk *disk_copy(const disk *d) {
  disk *copy = disk_create(d->random);
  copy->made = d->made;
  copy->now = d->now;
  for (size_t n = 0; n < d->seen.count; n++) {
    const content *seen = &d->inodes[d->seen.names[n].inode].seen;
    disk_put(copy, d->seen.names[n].text, seen->bytes, seen->used);
    resize(&copy->inodes[find(&copy->seen, d->seen.names[n].text)->inode].seen, seen->size);
    resize(&copy->inodes[find(&copy->seen, d->seen.names[n].text)->inode].durable, seen->size);
  }
  return copy;
}

static const char pack_magic[8] = "EDICTDIR";

bool disk_unpack(disk *d, const uint8_t *bytes, size_t size) {
  edi_reader r = {bytes, size, 0, false};
  edi_str magic = edi_reader_bytes(&r, sizeof pack_magic);
  if (r.bad || memcmp(magic.ptr, pack_magic, sizeof pack_magic) != 0) return false;
  d->made = true;
  while (r.at < r.len) {
    edi_str text = edi_reader_bytes(&r, edi_reader_u16(&r));
    edi_str body = edi_reader_bytes(&r, edi_reader_u32(&r));
    char buffer[NAME_MOST];
    if (r.bad || text.len == 0 || text.len >= sizeof buffer || memchr(text.ptr, '/', text.len) ||
        memchr(text.ptr, 0, text.len) || d->seen.count >= NAMES - 8)
      return false;
    memcpy(buffer, text.ptr, text.len);
    buffer[text.len] = '\0';
    disk_put(d, buffer, body.ptr, body.len);
  }
  return true;
}

uint8_t *disk_pack(disk *d, size_t *size) {
  size_t length = sizeof pack_magic;
  for (size_t n = 0; n < d->seen.count; n++)
    length += 6 + strlen(d->seen.names[n].text) + d->inodes[d->seen.names[n].inode].seen.size;
  uint8_t *out = grow(NULL, length), *at = out + sizeof pack_magic;
  memcpy(out, pack_magic, sizeof pack_magic);
  for (size_t n = 0; n < d->seen.count; n++) {
    const content *body = &d->inodes[d->seen.names[n].inode].seen;
    size_t name_length = strlen(d->seen.names[n].text);
    edi_put16(at, (uint16_t)name_length);
    memcpy(at + 2, d->seen.names[n].text, name_length);
    edi_put32(at + 2 + name_length, (uint32_t)body->size);
    get(body, 0, at + 6 + name_length, body->size);
    at += 6 + name_length + body->size;
  }
  *size = length;
  return out;
}
