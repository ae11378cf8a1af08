/// \file
/// Which files a simulator consists of, where they are, and what identifies them.
/// Layer: adapter (files).
#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "tranche/base/checksum.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/campaign/spec.hpp"

namespace tranche::simulate {

/// A file or folder of a simulator, and what it holds now.
struct FilePart {
  std::string path;  ///< absolute
  Digest digest;     ///< of its bytes; of a folder, of the names and contents below it
};

/// All that decides what a simulator computes, apart from campaign.yaml itself.
struct SimulatorFiles {
  std::string program;              ///< absolute: the plug-in, or what is started
  std::vector<std::string> inputs;  ///< absolute: what it reads, in the order of campaign.yaml
  bool interpreter = false;         ///< the program only runs `inputs`, and may differ between machines
  std::vector<std::string> arguments = {};  ///< argv of what is started
  std::vector<std::string> variables = {};  ///< NAME=VALUE, added to its environment

  /// What counts, as it is now: the program unless it is an interpreter, then the inputs. \throws IoError
  std::vector<FilePart> parts() const;
  /// Of all parts; of the program's bytes if it is the only one. \throws IoError
  Digest digest() const { return digest_of(parts()); }
  Digest digest_of(const std::vector<FilePart>& parts) const;
};

/// As a lock holds them: path relative to the campaign if it lies there, else absolute -> digest.
using FileDigests = std::map<std::string, std::string>;
FileDigests named_parts(const std::string& campaign_dir, const std::vector<FilePart>& parts);

/// What differs, a line each: `model.py has changed`.
std::vector<std::string> describe_change(const FileDigests& then, const FileDigests& now);

/// A plug-in: an absolute name as it is, else beside campaign.yaml, else in ../lib/tranche/ as seen from the
/// running program (build and install tree alike). A program: likewise, with PATH in place of the last. A
/// Python module: beside campaign.yaml. A Problem that lists the places if it is in none of them.
std::variant<SimulatorFiles, Problem> find_simulator(const std::string& campaign_dir,
                                                     const campaign::SimulatorSpec& simulator);

/// As find_simulator. \throws ConfigError at the place in campaign.yaml
SimulatorFiles require_simulator(const std::string& campaign_dir, const campaign::SimulatorSpec& simulator);

}  // namespace tranche::simulate
