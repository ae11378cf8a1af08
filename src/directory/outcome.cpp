#include "tranche/directory/outcome.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "json.hpp"
#include "tranche/directory/files.hpp"

namespace tranche::directory {

void write_outcome(const std::filesystem::path& path, const Outcome& outcome) {
  const auto text =
      dump(Json{{"code", static_cast<int>(outcome.code)}, {"text", outcome.text}, {"fix", outcome.fix}});
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
  const auto document = parse_json(*text);
  if (!document.is_object()) return std::nullopt;
  Outcome outcome;
  auto code = static_cast<int>(outcome.code);
  take(document, "code", code);
  if (code >= static_cast<int>(ExitCode::done) && code <= static_cast<int>(ExitCode::damaged))
    outcome.code = static_cast<ExitCode>(code);
  take(document, "text", outcome.text);
  take(document, "fix", outcome.fix);
  return outcome;
}

std::filesystem::path signs_path(const std::filesystem::path& outcome) {
  return std::filesystem::path{outcome}.replace_extension(".signs");
}

}  // namespace tranche::directory
