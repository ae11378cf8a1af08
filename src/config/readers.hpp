/// \file
/// The readers of campaign.yaml, one a section, and what they share.
/// Layer: config (private). Each takes its section's node (nullptr: absent) and adds to the spec or to
/// the findings; none throws for what a user can write.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "findings.hpp"
#include "map_reader.hpp"
#include "names.hpp"
#include "tranche/campaign/spec.hpp"
#include "tranche/units/infer.hpp"
#include "yaml_tree.hpp"

namespace tranche::config {

/// Unit strings, checked. The database is read when the first unit is met.
class UnitChecker {
 public:
  /// The node's unit, or nothing after a problem.
  std::optional<std::string> read(const YamlNode& node, const std::string& owner, Findings& findings);
  const units::UnitSystem& system();

 private:
  std::optional<units::UnitSystem> system_;
};

/// Where a parameter of the spec came from. Nodes belong to the tree.
struct ParameterSource {
  const YamlNode* key = nullptr;
  const YamlNode* grid_points = nullptr;  ///< its `n`
  bool sound = false;                     ///< false: it has problems, so do not judge values against it
};

/// What is known while one file is read.
struct Reading {
  Reading(std::string file, std::string_view text, std::filesystem::path folder)
      : findings{std::move(file), text}, directory{std::move(folder)} {}

  campaign::CampaignSpec spec;
  Findings findings;
  std::filesystem::path directory;  ///< relative paths start here
  NameRegister variables;           ///< parameters, constants, derived
  NameRegister datasets;            ///< axes and outputs
  NameRegister meta_names;
  UnitChecker units;
  units::UnitOfName declared_units;         ///< only what the user declared: silence is not "1"
  std::vector<ParameterSource> parameters;  ///< one per spec.parameters

  SourcePlace place(const YamlNode& node) const { return findings.place(node.mark); }
};

void read_parameters(const YamlNode* node, Reading& reading);
void read_constants(const YamlNode* node, Reading& reading);
void read_derived(const YamlNode* node, Reading& reading);
void read_constraints(const YamlNode* node, Reading& reading);
/// After the parameters: grids and lists have their size from them.
void read_design(const YamlNode* node, Reading& reading);
/// Rows of a list design, in the order of the parameters. `named` is the key that names the file.
void read_list_file(const YamlNode& named, Reading& reading);
/// After the design: messages turn numbers of points into shares.
void read_stages(const YamlNode* node, Reading& reading);
void read_simulator(const YamlNode* node, Reading& reading);
/// The kinds of simulators that have readers of their own, and the files that belong to them.
campaign::WorkerSpec read_worker(const YamlNode& node, Reading& reading);
campaign::PythonSpec read_python(const YamlNode& node, Reading& reading);
std::vector<std::string> read_simulator_files(const YamlNode& node, Reading& reading);
campaign::CommandSpec read_command(const YamlNode& node, MapReader& keys, Reading& reading);
/// `read:` of an output, or of a meta number (nullptr); `owner` as in "output `sed`".
std::optional<campaign::ReadSpec> read_result(const YamlNode& node, const std::string& owner,
                                              const campaign::Output* output, Reading& reading);
/// After outputs and meta: numbers about the reading itself, which every command's samples have.
void add_counters(Reading& reading);
void read_retries(const YamlNode* node, Reading& reading);
void read_limits(const YamlNode* node, Reading& reading);
void read_budget(const YamlNode* node, Reading& reading);
void read_resources(const YamlNode* node, Reading& reading);
void read_store(const YamlNode* node, Reading& reading);
void read_cluster(const YamlNode* node, Reading& reading);
void read_train(const YamlNode* node, Reading& reading);
void read_axes(const YamlNode* node, Reading& reading);
/// After the axes.
void read_outputs(const YamlNode* node, Reading& reading);
void read_meta(const YamlNode* node, Reading& reading);

/// The two numbers of `key: [low, high]`; nothing after a problem.
struct NumberPair {
  double low = 0;
  double high = 0;
};
std::optional<NumberPair> read_pair(const YamlNode& node, const std::string& owner, const std::string& key,
                                    Findings& findings);

}  // namespace tranche::config
