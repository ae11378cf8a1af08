#include "tranche/config/campaign_file.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "readers.hpp"
#include "scalars.hpp"
#include "tranche/base/text.hpp"
#include "tranche/campaign/data_facts.hpp"
#include "tranche/campaign/make_design.hpp"

namespace tranche::config {
namespace {

constexpr std::uintmax_t most_bytes = 1u << 20;
constexpr int schema_version = 1;

const char* const smallest_campaign =
    "a first line `tranche: 1`, then name, parameters, design and simulator; `tranche init NAME` writes an "
    "example";

[[noreturn]] void refuse_file(const std::string& file, std::string what, std::string why, std::string fix) {
  throw ConfigError{Problem{std::move(what), {file, 0, 0}, std::move(why), std::move(fix)}};
}

std::string read_file(const std::filesystem::path& path) {
  const auto file = path.string();
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status))
    refuse_file(file, "there is no such file", "",
                "go to a campaign's directory, use -C DIR, or `tranche init NAME`");
  if (std::filesystem::is_directory(status))
    refuse_file(file, "this is a directory", "", "name the campaign.yaml inside it");
  if (const auto bytes = std::filesystem::file_size(path, error); !error && bytes > most_bytes)
    refuse_file(file, "this file has " + format_size(static_cast<double>(bytes)),
                "a campaign is a few kB of text", "");
  errno = 0;
  std::ifstream stream{path, std::ios::binary};
  std::ostringstream text;
  if (stream) text << stream.rdbuf();
  if (!stream) refuse_file(file, "cannot read this file", std::strerror(errno), "check its permissions");
  return text.str();
}

/// Bytes that are no text are reported with their place, and nothing else is tried.
void check_encoding(const std::string& text, Findings& findings) {
  const auto bad = find_bad_byte(text);
  if (bad == std::string::npos) return;
  const auto before = std::string_view{text}.substr(0, bad);
  const auto line = static_cast<int>(std::ranges::count(before, '\n')) + 1;
  const auto start = before.rfind('\n') + 1;  // npos + 1 == 0
  findings.add(Mark{line, static_cast<int>(character_count(without_bom(before.substr(start)))) + 1},
               {"this is not UTF-8 text", "", "save the file as UTF-8"});
  throw ConfigError{findings.sorted()};
}

void read_schema(MapReader& keys, Reading& reading) {
  const auto* node = keys.require("tranche", "tranche: 1");
  if (node == nullptr) return;
  const auto version = read_whole(*node, "`tranche`", reading.findings);
  if (!version || *version == schema_version) return;
  reading.findings.add(*node, {"schema version " + std::to_string(*version) + " is not known here",
                               *version > schema_version ? "this tranche is older than the file" : "",
                               "tranche: " + std::to_string(schema_version)});
}

void read_name(MapReader& keys, Reading& reading) {
  const auto* node = keys.require("name", "name: my-campaign");
  if (node == nullptr) return;
  const auto name = read_text(*node, "`name`", reading.findings);
  if (!name) return;
  auto repaired = name->substr(0, 64);
  std::ranges::replace_if(
      repaired, [](char c) { return !std::isalnum(static_cast<unsigned char>(c)) && c != '_' && c != '.'; },
      '-');
  if (repaired != *name)
    reading.findings.add(*node, {ticked(*name) + " cannot be the name of a campaign",
                                 "names have letters, digits, -, _ and ., at most 64", "name: " + repaired});
  reading.spec.name = *name;
}

void refuse_later_sections(MapReader& keys) {
  keys.refuse_later({{"failures", "treat kinds of failures differently"},
                     {"report", "shape reports with it"},
                     {"export", "shape exports with it"},
                     {"import", "import points with it"}});
}

void read_sections(const YamlNode& root, Reading& reading) {
  MapReader keys{root, "", reading.findings};
  read_schema(keys, reading);
  read_name(keys, reading);
  read_parameters(keys.require("parameters", "parameters: {x: {range: [0, 1]}}"), reading);
  read_constants(keys.find_or_empty("constants"), reading);
  read_derived(keys.find_or_empty("derived"), reading);
  read_constraints(keys.find_or_empty("constraints"), reading);
  read_design(keys.require("design", "design: {method: nested-lhs, points: 10_000, seed: 1}"), reading);
  read_stages(keys.find("stages"), reading);
  read_simulator(keys.require("simulator", "simulator: {plugin: libmy_plugin.so}"), reading);
  read_retries(keys.find("retries"), reading);
  read_limits(keys.find("limits"), reading);
  read_budget(keys.find("budget"), reading);
  read_axes(keys.find_or_empty("axes"), reading);
  read_outputs(keys.find_or_empty("outputs"), reading);
  read_meta(keys.find_or_empty("meta"), reading);
  add_counters(reading);
  read_resources(keys.find("resources"), reading);
  read_store(keys.find("store"), reading);
  read_cluster(keys.find_or_empty("cluster"), reading);
  read_train(keys.find_or_empty("train"), reading);
  refuse_later_sections(keys);
  keys.finish();
}

/// What only the parts together can tell: that the design can be built.
void check_together(Reading& reading) {
  const auto& design = reading.spec.design;
  try {
    campaign::make_design(reading.spec, campaign::StagePlan::build(reading.spec));
  } catch (const std::invalid_argument& error) {
    reading.findings.add(Mark{design.where.line, design.where.column},
                         {std::string{"this design cannot be built: "} + error.what()});
  }
}

}  // namespace

campaign::CampaignSpec parse_campaign(const CampaignText& source) {
  Reading reading{source.file, source.text, source.directory};
  check_encoding(source.text, reading.findings);
  const auto root = parse_yaml(source.text, reading.findings);
  if (root.is_null() && reading.findings.empty()) {
    reading.findings.add_to_file({"the file is empty", "", smallest_campaign});
  } else if (!root.is_map()) {
    reading.findings.add(root, {"a campaign is a map of keys and values", "", smallest_campaign});
  } else {
    read_sections(root, reading);
    if (reading.findings.empty()) check_together(reading);
  }
  if (!reading.findings.empty()) throw ConfigError{reading.findings.sorted()};
  reading.spec.source_text = source.text;
  reading.spec.source_digest = campaign::source_digest(reading.spec);
  return std::move(reading.spec);
}

campaign::CampaignSpec load_campaign(const std::filesystem::path& path) {
  return parse_campaign({read_file(path), path.string(), path.parent_path()});
}

}  // namespace tranche::config
