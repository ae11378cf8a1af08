#include "half_commit.hpp"

#include <sqlite3.h>

#include "tranche/base/failpoint.hpp"

// A layer over SQLite's own file system: everything is passed on, writes are seen.

namespace tranche::half_commit {
namespace {

bool watching = false;
sqlite3_vfs layer;
sqlite3_vfs* below = nullptr;
sqlite3_io_methods methods;
const sqlite3_io_methods* methods_below = nullptr;

int write(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 at) {
  const int code = methods_below->xWrite(file, bytes, count, at);
  if (!watching) return code;
  watching = false;
  failpoint("mid-commit");
  watching = false;  // that call asked for the next write once more
  return code;
}

int open(sqlite3_vfs* /*self*/, sqlite3_filename name, sqlite3_file* file, int flags, int* out) {
  const int code = below->xOpen(below, name, file, flags, out);
  if (code != SQLITE_OK || (flags & SQLITE_OPEN_MAIN_DB) == 0) return code;
  methods_below = file->pMethods;
  methods = *methods_below;
  methods.xWrite = write;
  file->pMethods = &methods;
  return code;
}

/// Registered before main: whoever opens a database finds it.
const bool registered = [] {
  below = sqlite3_vfs_find(nullptr);
  layer = *below;
  layer.pNext = nullptr;
  layer.zName = "failpoints";
  layer.xOpen = open;
  return sqlite3_vfs_register(&layer, 1) == SQLITE_OK;
}();

}  // namespace

void watch_next_write() {
  watching = registered;
}

}  // namespace tranche::half_commit
