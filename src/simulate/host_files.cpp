#include "host_files.hpp"

#include <fcntl.h>

#include <filesystem>
#include <string>

#include "captured_output.hpp"
#include "keep_evidence.hpp"
#include "tranche/base/errors.hpp"

namespace tranche::simulate {

Scratch::Scratch(const HostOptions& options) {
  std::error_code error;
  std::filesystem::create_directories(options.scratch_dir, error);
  if (error) throw IoError{"create " + options.scratch_dir + ": " + error.message()};
  for (std::uint32_t k = 0; k < options.slots; ++k) {
    const std::string base = options.scratch_dir + "/slot-" + std::to_string(k);
    files.push_back({base, open_captured(base + ".out"), open_captured(base + ".err")});
  }
}

Scratch::~Scratch() {
  std::error_code ignored;
  for (const SlotFiles& slot : files) {
    std::filesystem::remove_all(slot.rundir, ignored);
    std::filesystem::remove(slot.rundir + ".out", ignored);
    std::filesystem::remove(slot.rundir + ".err", ignored);
  }
  if (!files.empty())
    std::filesystem::remove_all(std::filesystem::path{files.front().rundir}.parent_path() / kept_folder,
                                ignored);
}

FileDescriptor open_log(const HostOptions& options) {
  const std::string path = options.log_path.empty() ? options.scratch_dir + "/load.log" : options.log_path;
  return FileDescriptor{
      checked_fd(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666), "open " + path)};
}

}  // namespace tranche::simulate
