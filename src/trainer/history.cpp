#include "history.hpp"

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tranche/base/errors.hpp"
#include "tranche/directory/files.hpp"

namespace tranche::trainer {

std::string to_json_line(const Check& check) {
  return nlohmann::ordered_json{{"step", check.step},        {"epoch", check.epoch},
                                {"done", check.done},        {"loss", check.loss},
                                {"check", check.check_loss}, {"r2", check.r2},
                                {"lr", check.learning_rate}, {"cpu_s", check.cpu_s}}
      .dump();
}

void cut_history(const std::filesystem::path& path, std::uint64_t step) {
  const auto text = directory::read_file(path);
  if (!text) return;
  std::istringstream lines{*text};
  std::string kept;
  for (std::string line; std::getline(lines, line);) {
    const auto read = nlohmann::json::parse(line, nullptr, false);
    // The last line may be cut short by a kill.
    if (!read.is_object() || !read.contains("step") || read["step"].get<std::uint64_t>() > step) break;
    kept += line + "\n";
  }
  directory::write_atomically(path, kept, directory::Durability::rename_only);
}

void append_history(const std::filesystem::path& path, const Check& check) {
  std::ofstream file{path, std::ios::app};
  file << to_json_line(check) << '\n';
  file.close();
  if (!file) throw IoError{"write " + path.string()};
}

}  // namespace tranche::trainer
