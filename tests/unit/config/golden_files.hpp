/// \file
/// The campaign files under tests/golden/config.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace tranche::test {

inline std::filesystem::path golden_config() {
  return TRANCHE_GOLDEN_CONFIG;
}

inline std::string file_text(const std::filesystem::path& path) {
  std::ifstream stream{path, std::ios::binary};
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// Files with `extension` directly in a directory, sorted by name.
inline std::vector<std::filesystem::path> files_in(const std::filesystem::path& directory,
                                                   const char* extension) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator{directory})
    if (entry.path().extension() == extension) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace tranche::test
