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

/// Where what is left of a run goes.
RunFolder kept_place(const fs::path& slot_directory, const TaskEntry& task) {
  return RunFolder{
      evidence_path(slot_directory.parent_path(), RunId{task.revision, task.index, task.attempt}).string()};
}

void move_run(const fs::path& slot_directory, const RunFolder& kept) {
  fs::create_directories(fs::path{kept.path()}.parent_path());
  kept.remove();
  std::error_code error;
  fs::rename(slot_directory / run_folder, kept.path(), error);
  if (!error) return;
  kept.make();  // the run had no directory of its own: what it wrote lies beside where that would be
  for (const auto& entry : fs::directory_iterator{slot_directory})
    fs::rename(entry.path(), fs::path{kept.path()} / entry.path().filename(), error);
}

}  // namespace

std::string tail_of(int fd, std::size_t most, std::uint64_t mark) {
  struct stat status {};
  if (::fstat(fd, &status) != 0 || static_cast<std::uint64_t>(status.st_size) <= mark) return {};
  const auto size = static_cast<std::size_t>(status.st_size);
  std::string text(std::min<std::size_t>(size - mark, most), '\0');
  const ssize_t length = ::pread(fd, text.data(), text.size(), static_cast<off_t>(size - text.size()));
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
  return text;
}

void keep_evidence(const std::string& slot_directory, const TaskEntry& task, int out, int err) noexcept {
  try {
    const auto kept = kept_place(slot_directory, task);
    move_run(slot_directory, kept);
    kept.replace("stdout.txt", tail_of(out, kept_bytes));
    kept.replace("stderr.txt", tail_of(err, kept_bytes));
  } catch (const std::exception&) {
    // The scratch may be full: the run's record says what happened all the same.
  }
}

void keep_texts(const std::string& slot_directory, const TaskEntry& task,
                const std::vector<KeptText>& texts) noexcept {
  try {
    const auto kept = kept_place(slot_directory, task);
    fs::create_directories(fs::path{kept.path()}.parent_path());
    kept.make();
    for (const auto& each : texts)
      if (!each.text.empty()) kept.replace(each.file, each.text);
  } catch (const std::exception&) {
    // As above.
  }
}

void add_kept(const std::string& slot_directory, const TaskEntry& task, const KeptText& text) noexcept {
  try {
    kept_place(slot_directory, task).replace(text.file, text.text);
  } catch (const std::exception&) {
    // As above.
  }
}

}  // namespace tranche::simulate
