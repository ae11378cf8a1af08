// A takeover's copy of the ledger.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <tuple>

#include "tranche/base/errors.hpp"
#include "tranche/ledger/ledger.hpp"

namespace tranche::ledger {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& operation, const fs::path& path, const std::string& why) {
  throw IoError{"cannot " + operation + " " + path.string() + ": " + why,
                "make room or mend the file system, then run the same command again"};
}

void sync(const fs::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) fail("open", path, std::strerror(errno));
  const int error = ::fsync(file) == 0 ? 0 : errno;
  ::close(file);
  if (error != 0) fail("sync", path, std::strerror(error));
}

/// What a write changes, of a file that may not be there.
auto face_of(const fs::path& path) {
  std::error_code ignored;
  return std::tuple{fs::file_size(path, ignored), fs::last_write_time(path, ignored)};
}

class Copy {
 public:
  explicit Copy(fs::path path) : path_{std::move(path)}, copy_{path_} {
    copy_ += ".new";
    std::error_code error;
    if (!fs::exists(path_, error)) return;
    try {
      fs::copy_file(path_, copy_, fs::copy_options::overwrite_existing, error);
      if (error) fail("copy", path_, error.message());
      sync(copy_);
    } catch (const IoError&) {
      fs::remove(copy_, error);  // the disk may be full
      throw;
    }
    made_ = true;
  }
  Copy(const Copy&) = delete;
  Copy& operator=(const Copy&) = delete;
  ~Copy() {
    std::error_code ignored;
    if (made_) fs::remove(copy_, ignored);
  }
  void put_in_place() {
    if (made_ && ::rename(copy_.c_str(), path_.c_str()) != 0) fail("replace", path_, std::strerror(errno));
    made_ = false;
  }

 private:
  fs::path path_;
  fs::path copy_;
  bool made_ = false;
};

}  // namespace

void renew_file(const std::string& path) {
  const fs::path ledger{path};
  const fs::path journal{path + "-journal"};
  const auto seen = std::tuple{face_of(ledger), face_of(journal)};
  Copy journal_copy{journal};
  Copy ledger_copy{ledger};
  if (std::tuple{face_of(ledger), face_of(journal)} != seen)
    throw Failure{ExitCode::owned, path + ": changed while it was being taken over: its owner lives",
                  "tranche status"};
  // A death between the two renames leaves an old and a new file with the same contents: still a pair.
  journal_copy.put_in_place();
  ledger_copy.put_in_place();
  sync(ledger.has_parent_path() ? ledger.parent_path() : fs::path{"."});
}

}  // namespace tranche::ledger
