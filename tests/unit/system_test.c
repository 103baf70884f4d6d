/* System: files on a real disk, what is no regular file, and each call failing in turn. */
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/system.h"

static char folder[512];

/* The path of `name` in a folder of this test's own; two at a time. */
static const char *path_of(const char *name) {
  static char paths[2][1024];
  static int turn;
  if (!*folder) {
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/edict-system-XXXXXX", base && *base ? base : "/tmp");
    if (!mkdtemp(folder)) abort();
  }
  turn = !turn;
  snprintf(paths[turn], sizeof paths[turn], "%s/%s", folder, name);
  return paths[turn];
}

static const edi_system *posix = &edi_system_posix;

static edict_status read_back(const char *path, size_t most, edi_buf *into, int *error) {
  edi_buf_init(into, NULL, 1 << 20);
  return edi_system_read_file(posix, path, most, into, error);
}

TEST(files_are_written_and_read_at_any_offset)
{
  edi_file file;
  char bytes[32];
  size_t got = 99;
  uint64_t size = 0;
  unsigned all = EDI_OPEN_READ | EDI_OPEN_WRITE | EDI_OPEN_CREATE;
  REQUIRE(posix->open(NULL, path_of("a"), all | EDI_OPEN_EXCLUSIVE, &file) == 0);
  CHECK_INT(posix->write(NULL, file, 3, "hello", 5), 0);
  CHECK_INT(posix->size(NULL, file, &size), 0);
  CHECK_INT(size, 8);
  CHECK_INT(posix->read(NULL, file, 0, bytes, sizeof bytes, &got), 0);
  CHECK(got == 8 && memcmp(bytes, "\0\0\0hello", 8) == 0);
  CHECK_INT(posix->read(NULL, file, 100, bytes, sizeof bytes, &got), 0);
  CHECK_INT(got, 0);
  CHECK_INT(posix->read(NULL, file, UINT64_MAX, bytes, 1, &got), EOVERFLOW);
  CHECK_INT(posix->write(NULL, file, UINT64_MAX, "x", 1), EFBIG);
  CHECK_INT(posix->truncate(NULL, file, 4), 0);
  CHECK_INT(posix->reserve(NULL, file, 5000), 0);
  CHECK(posix->size(NULL, file, &size) == 0 && size == 5000);
  CHECK(posix->read(NULL, file, 3, bytes, 3, &got) == 0 && got == 3 &&
        memcmp(bytes, "h\0\0", 3) == 0);
  CHECK_INT(posix->reserve(NULL, file, 0), 0);
  CHECK_INT(posix->sync(NULL, file), 0);
  CHECK_INT(posix->close(NULL, file), 0);
  struct stat about;
  CHECK(stat(path_of("a"), &about) == 0 && (about.st_mode & 0777) == 0600);
  CHECK_INT(posix->open(NULL, path_of("a"), all | EDI_OPEN_EXCLUSIVE, &file), EEXIST);
  CHECK_INT(posix->open(NULL, path_of("none"), EDI_OPEN_READ, &file), ENOENT);
  CHECK_INT(posix->open(NULL, path_of("a"), 0, &file), EINVAL);
  REQUIRE(posix->open(NULL, path_of("a"), EDI_OPEN_WRITE | EDI_OPEN_TRUNCATE, &file) == 0);
  CHECK(posix->size(NULL, file, &size) == 0 && size == 0);
  CHECK(posix->read(NULL, file, 0, bytes, 1, &got) == EBADF);
  CHECK((fcntl(file.fd, F_GETFD) & FD_CLOEXEC) != 0);
  posix->close(NULL, file);
}

TEST(locks_exclude_each_other)
{
  edi_file one, two;
  unsigned flags = EDI_OPEN_READ | EDI_OPEN_WRITE | EDI_OPEN_CREATE;
  REQUIRE(posix->open(NULL, path_of("lock"), flags, &one) == 0);
  REQUIRE(posix->open(NULL, path_of("lock"), flags, &two) == 0);
  CHECK_INT(posix->lock(NULL, one), 0);
  CHECK_INT(posix->lock(NULL, two), EWOULDBLOCK);
  posix->close(NULL, one);
  CHECK_INT(posix->lock(NULL, two), 0);
  posix->close(NULL, two);
}

static void count_name(void *user, const char *name) {
  int *seen = user;
  if (strcmp(name, "x") == 0) *seen += 1;
  else if (strcmp(name, "y") == 0) *seen += 10;
  else *seen += 1000;
}

TEST(folders)
{
  edi_file file;
  int seen = 0;
  char dir[1024];
  snprintf(dir, sizeof dir, "%s", path_of("dir"));
  CHECK_INT(posix->make_dir(NULL, dir), 0);
  CHECK_INT(posix->make_dir(NULL, dir), EEXIST);
  REQUIRE(posix->open(NULL, path_of("dir/x"), EDI_OPEN_WRITE | EDI_OPEN_CREATE, &file) == 0);
  posix->close(NULL, file);
  CHECK_INT(posix->rename(NULL, path_of("dir/x"), path_of("dir/y")), 0);
  REQUIRE(posix->open(NULL, path_of("dir/x"), EDI_OPEN_WRITE | EDI_OPEN_CREATE, &file) == 0);
  posix->close(NULL, file);
  CHECK_INT(posix->list_dir(NULL, dir, count_name, &seen), 0);
  CHECK_INT(seen, 11);
  CHECK_INT(posix->sync_dir(NULL, dir), 0);
  CHECK_INT(posix->remove(NULL, path_of("dir/x")), 0);
  CHECK_INT(posix->remove(NULL, path_of("dir/x")), ENOENT);
  CHECK_INT(posix->list_dir(NULL, path_of("none"), count_name, &seen), ENOENT);
  CHECK_INT(posix->sync_dir(NULL, path_of("dir/y")), ENOTDIR);
}

TEST(clock_random_and_process)
{
  int64_t now = 0, later = 0, pid = 0;
  unsigned char a[64] = {0}, b[64] = {0};
  CHECK(posix->clock(NULL, &now) == 0 && posix->clock(NULL, &later) == 0 && later >= now);
  CHECK(now > INT64_C(1700000000000000));
  CHECK(posix->random(NULL, a, sizeof a) == 0 && posix->random(NULL, b, sizeof b) == 0);
  CHECK(memcmp(a, b, sizeof a) != 0);
  CHECK(posix->process(NULL, &pid) == 0 && pid == getpid());
}

TEST(whole_files_at_their_maximum_and_one_past)
{
  static char large[100000];
  edi_buf buf;
  int error = -1;
  memset(large, 'x', sizeof large);
  CHECK_INT(edi_system_replace_file(posix, path_of("large"), large, sizeof large, &error),
            EDICT_OK);
  CHECK_INT(read_back(path_of("large"), sizeof large, &buf, &error), EDICT_OK);
  CHECK(buf.len == sizeof large && memcmp(buf.ptr, large, sizeof large) == 0 && error == 0);
  edi_buf_fini(&buf);
  CHECK_INT(read_back(path_of("large"), sizeof large - 1, &buf, NULL), EDICT_LIMIT);
  CHECK_INT(buf.len, 0);
  edi_buf_fini(&buf);
  edi_buf_init(&buf, NULL, sizeof large - 1); /* the buffer's own maximum */
  CHECK_INT(edi_system_read_file(posix, path_of("large"), SIZE_MAX, &buf, &error), EDICT_LIMIT);
  edi_buf_fini(&buf);
  CHECK_INT(edi_system_replace_file(posix, path_of("empty"), NULL, 0, &error), EDICT_OK);
  CHECK_INT(read_back(path_of("empty"), 0, &buf, &error), EDICT_OK);
  CHECK_INT(buf.len, 0);
  edi_buf_fini(&buf);
}

TEST(only_regular_files_are_read)
{
  edi_buf buf;
  int error = 0;
  CHECK_INT(read_back(path_of("none"), 100, &buf, &error), EDICT_NOT_FOUND);
  CHECK_INT(error, ENOENT);
  CHECK_INT(read_back(folder, 100, &buf, &error), EDICT_SYSTEM);
  CHECK_INT(error, EISDIR);
  REQUIRE(mkfifo(path_of("fifo"), 0600) == 0);
  CHECK_INT(read_back(path_of("fifo"), 100, &buf, &error), EDICT_SYSTEM); /* and it does not wait */
  CHECK_INT(error, ESPIPE);
  CHECK_INT(read_back("/dev/zero", 100, &buf, &error), EDICT_SYSTEM);
  CHECK_INT(buf.len, 0);
  edi_buf_fini(&buf);
}

TEST(replacing_keeps_permissions_and_follows_no_planted_link)
{
  struct stat about;
  edi_buf buf;
  int error = 0;
  CHECK_INT(edi_system_replace_file(posix, path_of("r"), "one", 3, &error), EDICT_OK);
  CHECK(stat(path_of("r"), &about) == 0 && (about.st_mode & 0777) == 0600);
  CHECK(chmod(path_of("r"), 0644) == 0);
  CHECK(symlink(path_of("victim"), path_of("r.tmp")) == 0);
  CHECK_INT(edi_system_replace_file(posix, path_of("r"), "two", 3, &error), EDICT_OK);
  CHECK(stat(path_of("r"), &about) == 0 && (about.st_mode & 0777) == 0644);
  CHECK(access(path_of("victim"), F_OK) != 0 && access(path_of("r.tmp"), F_OK) != 0);
  CHECK_INT(read_back(path_of("r"), 100, &buf, &error), EDICT_OK);
  CHECK_TEXT(buf.ptr, buf.len, "two");
  edi_buf_fini(&buf);
  CHECK_INT(edi_system_replace_file(posix, path_of("none/r"), "x", 1, &error), EDICT_NOT_FOUND);
  char longest[5000];
  memset(longest, 'p', sizeof longest);
  longest[sizeof longest - 1] = '\0';
  CHECK_INT(edi_system_replace_file(posix, longest, "x", 1, &error), EDICT_SYSTEM);
  CHECK_INT(error, ENAMETOOLONG);
}

TEST(a_path_without_a_folder_is_in_the_current_one)
{
  char before[2048];
  int error = 0;
  path_of("");
  REQUIRE(getcwd(before, sizeof before) != NULL && chdir(folder) == 0);
  CHECK_INT(edi_system_replace_file(posix, "here", "x", 1, &error), EDICT_OK);
  CHECK_INT(access("here", F_OK), 0);
  REQUIRE(chdir(before) == 0);
}

/* ---- each call failing ---- */

typedef struct faulty {
  int left; /* calls until the failure */
  bool short_reads, failed;
} faulty;

static bool now_fails(void *context) {
  faulty *f = context;
  if (f->left < 0 || f->left-- > 0) return false;
  return f->failed = true;
}

static int f_open(void *c, const char *path, unsigned flags, edi_file *file) {
  return now_fails(c) ? EIO : posix->open(NULL, path, flags, file);
}
static int f_close(void *c, edi_file file) {
  int result = posix->close(NULL, file);
  return now_fails(c) ? EIO : result;
}
static int f_read(void *c, edi_file file, uint64_t at, void *bytes, size_t length, size_t *got) {
  return now_fails(c) ? EIO : posix->read(NULL, file, at, bytes, length, got);
}
static int f_write(void *c, edi_file file, uint64_t at, const void *bytes, size_t length) {
  return now_fails(c) ? ENOSPC : posix->write(NULL, file, at, bytes, length);
}
static int f_sync(void *c, edi_file file) { return now_fails(c) ? EIO : posix->sync(NULL, file); }
static int f_size(void *c, edi_file file, uint64_t *size) {
  return now_fails(c) ? EIO : posix->size(NULL, file, size);
}
static int f_rename(void *c, const char *from, const char *to) {
  return now_fails(c) ? EIO : posix->rename(NULL, from, to);
}
static int f_remove(void *c, const char *path) {
  return now_fails(c) ? EIO : posix->remove(NULL, path);
}
static int f_sync_dir(void *c, const char *path) {
  return now_fails(c) ? EIO : posix->sync_dir(NULL, path);
}
static int f_keep_mode(void *c, const char *path, edi_file file) {
  return now_fails(c) ? EPERM : posix->keep_mode(NULL, path, file);
}

static edi_system faulty_system(faulty *f) {
  return (edi_system){.context = f,
                      .open = f_open,
                      .close = f_close,
                      .read = f_read,
                      .write = f_write,
                      .sync = f_sync,
                      .size = f_size,
                      .rename = f_rename,
                      .remove = f_remove,
                      .sync_dir = f_sync_dir,
                      .keep_mode = f_keep_mode};
}

static int open_files(void) {
  int count = 0;
  for (int fd = 0; fd < 200; fd++) count += fcntl(fd, F_GETFD) >= 0;
  return count;
}

TEST(a_replaced_file_is_old_or_new_whatever_fails)
{
  int error = 0, before = open_files();
  for (int n = 0;; n++) {
    faulty f = {.left = -1};
    edi_system system = faulty_system(&f);
    edi_buf buf;
    CHECK_INT(edi_system_replace_file(&system, path_of("f"), "old", 3, &error), EDICT_OK);
    f.left = n;
    edict_status status = edi_system_replace_file(&system, path_of("f"), "newer", 5, &error);
    CHECK_INT(status, f.failed ? EDICT_SYSTEM : EDICT_OK);
    CHECK((error != 0) == f.failed);
    CHECK_INT(read_back(path_of("f"), 100, &buf, NULL), EDICT_OK);
    bool old = buf.len == 3 && memcmp(buf.ptr, "old", 3) == 0;
    bool fresh = buf.len == 5 && memcmp(buf.ptr, "newer", 5) == 0;
    CHECK(f.failed ? old || fresh : fresh);
    edi_buf_fini(&buf);
    CHECK(access(path_of("f.tmp"), F_OK) != 0);
    CHECK_INT(open_files(), before);
    if (!f.failed) {
      CHECK_INT(n, 8); /* remove, open, mode, write, sync, close, rename, sync_dir */
      break;
    }
  }
}

TEST(reading_fails_as_a_whole_whatever_fails)
{
  int error = 0, before = open_files();
  CHECK_INT(edi_system_replace_file(posix, path_of("g"), "content", 7, &error), EDICT_OK);
  for (int n = 0;; n++) {
    faulty f = {.left = n};
    edi_system system = faulty_system(&f);
    edi_buf buf;
    edi_buf_init(&buf, NULL, 100);
    edict_status status = edi_system_read_file(&system, path_of("g"), 100, &buf, &error);
    CHECK_INT(status, f.failed ? EDICT_SYSTEM : EDICT_OK);
    CHECK_INT(buf.len, f.failed ? 0 : 7);
    edi_buf_fini(&buf);
    CHECK_INT(open_files(), before);
    if (!f.failed) {
      CHECK_INT(n, 4); /* open, size, read, close */
      break;
    }
  }
}

/* Last: takes the folder away again. */
static void remove_name(void *user, const char *name) {
  (void)user;
  if (remove(path_of(name)) != 0) HARNESS_FAIL("%s stays behind", name);
}

TEST(zz_nothing_stays_behind)
{
  remove(path_of("dir/y")); /* which also makes the folder, if this test runs alone */
  CHECK_INT(posix->list_dir(NULL, folder, remove_name, NULL), 0);
  CHECK_INT(rmdir(folder), 0);
}

HARNESS_MAIN
