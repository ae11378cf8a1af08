#include "keep_evidence.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <filesystem>

#include "run_folder.hpp"
#include "tranche/simulate/evidence.hpp"

namespace tranche::simulate {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kept_bytes = 65536;

void move_run(const fs::path& slot_directory, const RunFolder& kept) {
  fs::create_directories(fs::path{kept.path()}.parent_path());
  kept.remove();
  std::error_code error;
  fs::rename(slot_directory / run_folder, kept.path(), error);
  if (error) kept.make();  // the run had no directory of its own
}

}  // namespace

std::string tail_of(int fd, std::size_t most) {
  struct stat status {};
  if (::fstat(fd, &status) != 0 || status.st_size == 0) return {};
  const auto size = static_cast<std::size_t>(status.st_size);
  std::string text(std::min(size, most), '\0');
  const ssize_t length = ::pread(fd, text.data(), text.size(), static_cast<off_t>(size - text.size()));
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
  return text;
}

void keep_evidence(const std::string& slot_directory, const TaskEntry& task, int out, int err) noexcept {
  try {
    const fs::path place{slot_directory};
    const RunFolder kept{
        evidence_path(place.parent_path(), RunId{task.revision, task.index, task.attempt}).string()};
    move_run(place, kept);
    kept.write("stdout.txt", tail_of(out, kept_bytes));
    kept.write("stderr.txt", tail_of(err, kept_bytes));
  } catch (const std::exception&) {
    // The scratch may be full: the run's record says what happened all the same.
  }
}

}  // namespace tranche::simulate
