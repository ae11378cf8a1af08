/// \file
/// Files of users' programs on a terminal: some lines, nothing that a terminal would obey.
/// Layer: application (cli).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace tranche::cli {

enum class Part : std::uint8_t { beginning, end };

/// `  name:` and at most `most_lines` lines of the content, indented; how many are left out is said.
std::string file_text(const std::string& name, const std::string& content, Part part, std::size_t most_lines);

}  // namespace tranche::cli
