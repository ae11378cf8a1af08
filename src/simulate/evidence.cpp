#include "tranche/simulate/evidence.hpp"

#include <algorithm>
#include <fstream>
#include <limits>
#include <vector>

#include "keep_evidence.hpp"
#include "run_folder.hpp"
#include "tranche/base/errors.hpp"

namespace tranche::simulate {
namespace {

namespace fs = std::filesystem;

/// What is still being copied has this behind its name.
constexpr const char* unfinished = ".new";

std::size_t entries_in(const fs::path& folder) {
  std::error_code error;
  std::size_t count = 0;
  for (fs::directory_iterator at{folder, error}, end; !error && at != end; at.increment(error)) ++count;
  return count;
}

/// Copies a tree within a budget of bytes.
class Copy {
 public:
  Copy(fs::path from, fs::path to, std::uintmax_t budget)
      : from_{std::move(from)}, to_{std::move(to)}, budget_{budget} {}

  bool run() {
    std::error_code error;
    fs::create_directories(to_, error);
    if (error) return false;
    for (fs::recursive_directory_iterator at{from_, error}, end; !error && at != end; at.increment(error))
      copy(*at);
    if (!left_out_.empty()) {
      std::ofstream list{to_ / "left_out.txt"};
      for (const auto& line : left_out_) list << line << '\n';
    }
    return true;
  }

 private:
  void copy(const fs::directory_entry& entry) {
    const auto name = entry.path().lexically_relative(from_);
    std::error_code error;
    if (entry.is_symlink(error)) {
      fs::copy_symlink(entry.path(), to_ / name, error);
    } else if (entry.is_directory(error)) {
      fs::create_directories(to_ / name, error);
    } else if (entry.is_regular_file(error)) {
      const auto bytes = entry.file_size(error);
      if (!error && bytes <= budget_) {
        budget_ -= bytes;
        fs::copy_file(entry.path(), to_ / name, error);
      } else {
        left_out_.push_back(name.string() + " (" + std::to_string(bytes) + " bytes)");
      }
    }
    if (error) left_out_.push_back(name.string() + ": " + error.message());
  }

  fs::path from_;
  fs::path to_;
  std::uintmax_t budget_;
  std::vector<std::string> left_out_;
};

}  // namespace

std::string evidence_name(const RunId& run) {
  return "r" + std::to_string(run.revision()) + "-" + std::to_string(run.index()) + "-" +
         std::to_string(run.attempt());
}

fs::path evidence_path(const fs::path& scratch, const RunId& run) {
  return scratch / kept_folder / evidence_name(run);
}

fs::path evidence_place(const fs::path& folder, const RunId& run, const std::string& reason) {
  return folder / (reason.empty() ? "unknown" : reason) / evidence_name(run);
}

bool move_evidence(const fs::path& scratch, const RunId& run, const fs::path& place) {
  const auto from = evidence_path(scratch, run);
  std::error_code error;
  if (!fs::is_directory(from, error)) return false;
  RunFolder{place.string()}.remove();
  if (!Copy{from, place, std::numeric_limits<std::uintmax_t>::max()}.run())
    throw IoError{"make " + place.string() + ": it cannot be made"};
  RunFolder{from.string()}.remove();
  return true;
}

bool collect_evidence(const fs::path& scratch, const RunId& run, const std::string& reason,
                      const fs::path& folder, const EvidenceLimits& limits,
                      const std::function<bool(const fs::path&)>& complete) {
  const auto from = evidence_path(scratch, run);
  std::error_code error;
  if (!fs::is_directory(from, error)) return false;
  const auto to = evidence_place(folder, run, reason);
  const fs::path nameless = to.string() + unfinished;
  bool kept = entries_in(to.parent_path()) < limits.runs && Copy{from, nameless, limits.bytes}.run();
  kept = kept && (!complete || complete(nameless));
  if (kept) RunFolder{to.string()}.remove();  // of a run that was not recorded, and ran again
  if (kept) fs::rename(nameless, to, error);
  if (!kept || error) RunFolder{nameless.string()}.remove();
  RunFolder{from.string()}.remove();
  return kept && !error;
}

void remove_unfinished_evidence(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> found;
  for (fs::directory_iterator reason{folder, error}, end; !error && reason != end; reason.increment(error))
    for (fs::directory_iterator at{reason->path(), error}; !error && at != end; at.increment(error))
      if (at->path().extension() == unfinished) found.push_back(at->path());
  for (const auto& each : found) RunFolder{each.string()}.remove();
}

}  // namespace tranche::simulate
