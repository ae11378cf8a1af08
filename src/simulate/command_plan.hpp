/// \file
/// A command of a campaign, read once and ready to be filled in for each run.
/// Layer: adapter (simulate). Made in the zygote; slots inherit it.
#pragma once

#include <cstdint>
#include <map>
#include <regex>
#include <string>
#include <vector>

#include "declared_units.hpp"
#include "setup.hpp"
#include "simulator.hpp"
#include "spawner.hpp"
#include "tranche/deck/deck.hpp"

namespace tranche::simulate {

/// A file that is written for each run.
struct PlannedDeck {
  std::string file;  ///< in the run directory
  deck::Deck text;
};

/// A file or folder that is linked.
struct PlannedLink {
  std::string name;    ///< in the run directory
  std::string target;  ///< absolute
};

struct PlannedRule {
  std::regex match;
  const campaign::FailureRule* rule = nullptr;
};

class CommandPlan {
 public:
  /// Reads the templates. \throws Failure{environment} if one cannot be read or does not fit the campaign
  explicit CommandPlan(const Setup& setup);

  const std::vector<PlannedDeck>& decks() const noexcept { return decks_; }
  const std::vector<PlannedLink>& links() const noexcept { return links_; }
  const std::vector<PlannedRule>& rules() const noexcept { return rules_; }
  const DeclaredUnits& units() const noexcept { return units_; }
  /// Whether runs need a directory of their own.
  bool private_directory() const noexcept { return private_directory_; }

  /// Values of the placeholders in one run. `settings`: constants that have another value.
  std::vector<deck::Value> values(const Sample& sample, const std::string& rundir,
                                  const std::vector<campaign::Setting>& settings) const;
  /// Everything but the directory.
  SpawnOrder order(std::span<const deck::Value> values) const;
  /// Name of the file that output `k`, or meta number `k`, is read from.
  std::string output_file(std::size_t k, std::span<const deck::Value> values) const {
    return output_files_[k].fill(values);
  }
  std::string meta_file(std::size_t k, std::span<const deck::Value> values) const {
    return meta_files_[k].fill(values);
  }

 private:
  deck::Deck parse(const std::string& text, const std::string& what) const;
  void plan_files();
  void plan_reads();
  void plan_launch();

  const Setup& setup_;
  const campaign::CommandSpec& command_;
  DeclaredUnits units_;
  std::vector<deck::Name> names_;
  std::vector<deck::Deck> words_;  ///< of the launcher, then of the program, whose first is its absolute path
  std::string program_;            ///< what is started: the launcher, or the program
  std::vector<std::string> variables_;
  std::vector<PlannedDeck> decks_;
  std::vector<PlannedLink> links_;
  std::vector<PlannedRule> rules_;
  std::vector<deck::Deck> output_files_;
  std::vector<deck::Deck> meta_files_;
  bool private_directory_ = false;
};

/// The words that start `ranks` MPI processes here: srun inside a Slurm job, else mpirun.
std::string default_launch();

}  // namespace tranche::simulate
