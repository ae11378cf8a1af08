#include "task_settings.hpp"

#include <filesystem>
#include <fstream>

#include "tranche/base/errors.hpp"

namespace tranche::simulate {
namespace {

namespace fs = std::filesystem;

std::string folder_in(const std::string& scratch) {
  return scratch + "/with";
}

std::string file_of(const std::string& folder, std::uint64_t number) {
  return folder + "/" + std::to_string(number);
}

}  // namespace

SettingsBook::SettingsBook(const std::string& scratch) : folder_{folder_in(scratch)} {}

SettingsBook::~SettingsBook() {
  std::error_code ignored;
  if (!numbers_.empty()) fs::remove_all(folder_, ignored);
}

std::uint64_t SettingsBook::number_of(const std::string& text) {
  if (text.empty()) return 0;
  const auto known = numbers_.find(text);
  if (known != numbers_.end()) return known->second;
  const auto number = numbers_.size() + 1;
  std::error_code error;
  fs::create_directories(folder_, error);
  std::ofstream file{file_of(folder_, number)};
  file << text << std::flush;
  if (!file) throw IoError{"write " + file_of(folder_, number) + ": it cannot be written"};
  numbers_[text] = number;
  return number;
}

TaskSettings::TaskSettings(const std::string& scratch) : folder_{folder_in(scratch)} {}

const std::vector<campaign::Setting>& TaskSettings::of(std::uint64_t number) {
  const auto known = known_.find(number);
  if (known != known_.end()) return known->second;
  std::ifstream file{file_of(folder_, number)};
  std::string text;
  if (!std::getline(file, text)) throw IoError{"read " + file_of(folder_, number) + ": it cannot be read"};
  return known_[number] = campaign::parse_settings(text);
}

}  // namespace tranche::simulate
