/// \file
/// The first campaign.yaml of a Python function.
/// Layer: application (cli).
#pragma once

#include <filesystem>
#include <string>

namespace tranche::cli {

struct PythonStart {
  std::string campaign;  ///< text of campaign.yaml
  std::string file;      ///< name of the module's file
  std::string source;    ///< its text
};

/// For `module:function`. The module is `folder`/module.py if it is there, and its arguments become the
/// parameters; otherwise it is an example that runs. \throws ConfigError if the file has no such function
PythonStart start_with_python(const std::string& target, const std::filesystem::path& folder);

}  // namespace tranche::cli
