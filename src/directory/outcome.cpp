#include "tranche/directory/outcome.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "tranche/directory/files.hpp"

namespace tranche::directory {

void write_outcome(const std::filesystem::path& path, const Outcome& outcome) {
  const nlohmann::json json{
      {"code", static_cast<int>(outcome.code)}, {"text", outcome.text}, {"fix", outcome.fix}};
  const auto text = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  const auto temporary = path.string() + "." + std::to_string(getpid());
  write_atomically(temporary, text, Durability::rename_only);
  // link(2) fails if the file is there: the first outcome stays.
  if (link(temporary.c_str(), path.c_str()) != 0 && errno != EEXIST) {
    unlink(temporary.c_str());
    throw IoError{"link " + path.string() + ": cannot record how the job ended"};
  }
  unlink(temporary.c_str());
}

std::optional<Outcome> read_outcome(const std::filesystem::path& path) {
  const auto text = read_file(path);
  if (!text) return std::nullopt;
  const auto json = nlohmann::json::parse(*text, nullptr, false);
  if (json.is_discarded()) return std::nullopt;
  return Outcome{static_cast<ExitCode>(json.value("code", 1)), json.value("text", ""), json.value("fix", "")};
}

}  // namespace tranche::directory
