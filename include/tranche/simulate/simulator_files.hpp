/// \file
/// Which files a simulator consists of, where they are, and what identifies them.
/// Layer: adapter (files).
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "tranche/base/checksum.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/campaign/spec.hpp"

namespace tranche::simulate {

/// All that decides what a simulator computes, apart from campaign.yaml itself.
struct SimulatorFiles {
  std::string program;              ///< absolute: the plug-in, or what is started
  std::vector<std::string> inputs;  ///< absolute: what it reads, in the order of campaign.yaml
  bool interpreter = false;         ///< the program only runs `inputs`, and may differ between machines
  std::vector<std::string> arguments = {};  ///< argv of what is started
  std::vector<std::string> variables = {};  ///< NAME=VALUE, added to its environment

  /// Of the files' bytes, as they are now; of the program's alone if it is the only one, and of the inputs
  /// alone if it is an interpreter. \throws IoError
  Digest digest() const;
};

/// A plug-in: an absolute name as it is, else beside campaign.yaml, else in ../lib/tranche/ as seen from the
/// running program (build and install tree alike). A program: likewise, with PATH in place of the last. A
/// Python module: beside campaign.yaml. A Problem that lists the places if it is in none of them.
std::variant<SimulatorFiles, Problem> find_simulator(const std::string& campaign_dir,
                                                     const campaign::SimulatorSpec& simulator);

/// As find_simulator. \throws ConfigError at the place in campaign.yaml
SimulatorFiles require_simulator(const std::string& campaign_dir, const campaign::SimulatorSpec& simulator);

}  // namespace tranche::simulate
