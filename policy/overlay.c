/* Overlay: see the header. Handles of overlaid files are negative: -2 is the first. */
#include "policy/overlay.h"

#include <errno.h>

/* ---- texts ---- */

static void *resize(void *pointer, size_t old_size, size_t new_size) {
  return edi_allocator_default.resize(edi_allocator_default.context, pointer, old_size, new_size);
}

static void forget(edi_overlay_file *file) {
  resize(file->path, strlen(file->path) + 1, 0);
  resize(file->text, file->length + 1, 0);
}

void edi_overlay_fini(edi_overlay *overlay) {
  for (size_t i = 0; i < overlay->count; i++) forget(&overlay->files[i]);
  if (overlay->files) resize(overlay->files, overlay->capacity * sizeof *overlay->files, 0);
  *overlay = (edi_overlay){.below = overlay->below};
}

static size_t find(const edi_overlay *overlay, const char *path) {
  size_t i = 0;
  while (i < overlay->count && strcmp(overlay->files[i].path, path) != 0) i++;
  return i;
}

static char *copy(const char *bytes, size_t length) {
  char *out = resize(NULL, 0, length + 1);
  if (!out) return NULL;
  if (length > 0) memcpy(out, bytes, length);
  out[length] = '\0';
  return out;
}

static bool grow(edi_overlay *overlay) {
  if (overlay->count < overlay->capacity) return true;
  size_t more = overlay->capacity ? 2 * overlay->capacity : 8, size = sizeof *overlay->files;
  void *files = resize(overlay->files, overlay->capacity * size, more * size);
  if (!files) return false;
  overlay->files = files;
  overlay->capacity = more;
  return true;
}

edict_status edi_overlay_set(edi_overlay *overlay, const char *path, edi_str text) {
  size_t at = find(overlay, path);
  if (!text.ptr) {
    if (at == overlay->count) return EDICT_OK;
    forget(&overlay->files[at]);
    overlay->files[at] = overlay->files[--overlay->count];
    return EDICT_OK;
  }
  if (!grow(overlay)) return EDICT_MEMORY;
  char *body = copy(text.ptr, text.len);
  char *name = body && at == overlay->count ? copy(path, strlen(path)) : NULL;
  if (!body || (at == overlay->count && !name)) {
    if (body) resize(body, text.len + 1, 0);
    return EDICT_MEMORY;
  }
  edi_overlay_file *file = &overlay->files[at];
  if (name) file->path = name;
  else resize(file->text, file->length + 1, 0);
  file->text = body;
  file->length = text.len;
  overlay->count += name != NULL;
  return EDICT_OK;
}

/* ---- system calls ---- */

static const edi_overlay_file *file_of(const edi_overlay *overlay, edi_file handle) {
  return handle.fd < -1 ? &overlay->files[-2 - handle.fd] : NULL;
}

static int overlay_open(void *context, const char *path, unsigned flags, edi_file *file) {
  edi_overlay *overlay = context;
  size_t at = find(overlay, path);
  if (at == overlay->count) return overlay->below->open(overlay->below->context, path, flags, file);
  if (flags != EDI_OPEN_READ) return EROFS;
  file->fd = -2 - (int)at;
  return 0;
}

static int overlay_close(void *context, edi_file handle) {
  edi_overlay *overlay = context;
  return file_of(overlay, handle) ? 0 : overlay->below->close(overlay->below->context, handle);
}

static int overlay_read(void *context, edi_file handle, uint64_t offset, void *bytes, size_t length,
                        size_t *got) {
  edi_overlay *overlay = context;
  const edi_overlay_file *file = file_of(overlay, handle);
  if (!file)
    return overlay->below->read(overlay->below->context, handle, offset, bytes, length, got);
  size_t left = offset < file->length ? file->length - (size_t)offset : 0;
  *got = left < length ? left : length;
  if (*got > 0) memcpy(bytes, file->text + offset, *got);
  return 0;
}

static int overlay_size(void *context, edi_file handle, uint64_t *size) {
  edi_overlay *overlay = context;
  const edi_overlay_file *file = file_of(overlay, handle);
  if (!file) return overlay->below->size(overlay->below->context, handle, size);
  *size = file->length;
  return 0;
}

/* What is on disk, and then what is overlaid there: a name may come twice. */
static int overlay_list(void *context, const char *path, void (*each)(void *user, const char *name),
                        void *user) {
  edi_overlay *overlay = context;
  size_t length = strlen(path);
  int error = overlay->below->list_dir(overlay->below->context, path, each, user);
  while (length > 0 && path[length - 1] == '/') length--;
  for (size_t i = 0; i < overlay->count; i++) {
    const char *name = overlay->files[i].path;
    if (strncmp(name, path, length) != 0 || name[length] != '/' || strchr(name + length + 1, '/'))
      continue;
    each(user, name + length + 1);
    error = 0;
  }
  return error;
}

edi_system edi_overlay_system(edi_overlay *overlay) {
  return (edi_system){.context = overlay,
                      .open = overlay_open,
                      .close = overlay_close,
                      .read = overlay_read,
                      .size = overlay_size,
                      .list_dir = overlay_list};
}
