/// \file
/// A program of Slurm of our own, first in PATH while this lives.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "support/temporary_folder.hpp"

namespace tranche::test {

class FakeCommand {
 public:
  /// `script`: of sh, what it does.
  FakeCommand(const std::string& name, const std::string& script) : path_before_{::getenv("PATH")} {
    const auto program = folder_.path() / name;
    std::ofstream{program} << "#!/bin/sh\necho \"$@\" > " << (folder_.path() / "asked") << "\n" << script;
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    ::setenv("PATH", (folder_.path().string() + ":" + path_before_).c_str(), 1);
  }
  FakeCommand(const FakeCommand&) = delete;
  FakeCommand& operator=(const FakeCommand&) = delete;
  ~FakeCommand() { ::setenv("PATH", path_before_.c_str(), 1); }

  /// Its arguments.
  std::string asked() const {
    std::ifstream file{folder_.path() / "asked"};
    std::string line;
    std::getline(file, line);
    return line;
  }

 private:
  TemporaryFolder folder_;
  std::string path_before_;
};

}  // namespace tranche::test
