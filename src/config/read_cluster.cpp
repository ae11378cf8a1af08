/// How jobs are asked for. What tranche does not know is the batch system's: it is handed on as it is.
#include <algorithm>
#include <array>
#include <cctype>

#include "readers.hpp"
#include "scalars.hpp"
#include "tranche/base/text.hpp"

namespace tranche::config {
namespace {

const char* const example = "cluster: {partition: main, nodes: 4, time: \"03:00:00\"}";
constexpr double least_time_s = 60;  ///< limits are whole minutes
constexpr double most_signal_s = 65'535;

/// Options that would break the job script, and what to write instead.
struct Reserved {
  const char* key;
  const char* why;
  const char* fix;
};
constexpr std::array<Reserved, 7> reserved{{
    {"ntasks", "one rank runs on each node", "nodes: 4"},
    {"ntasks-per-node", "one rank runs on each node", "nodes: 4"},
    {"array", "a campaign shares its points out by itself", "chain: 4 for several jobs in a row"},
    {"dependency", "the jobs of a chain depend on each other", "chain: 4 for several jobs in a row"},
    {"open-mode", "a job that is started again goes on with its log", "remove it"},
    {"chdir", "a job finds its campaign by itself", "remove it"},
    {"wrap", "a job runs the campaign and nothing else", "template: my_job.sh for a script of your own"},
}};

bool is_option_name(const std::string& text) {
  return !text.empty() && text.front() != '-' && std::ranges::all_of(text, [](unsigned char c) {
    return std::islower(c) != 0 || std::isdigit(c) != 0 || c == '-';
  });
}

/// Stands on one line of a script.
bool is_one_line(const std::string& text) {
  return std::ranges::none_of(text, [](unsigned char c) { return std::iscntrl(c) != 0; });
}

class ClusterReader {
 public:
  ClusterReader(const YamlNode& node, Reading& reading)
      : node_{node},
        reading_{reading},
        findings_{reading.findings},
        keys_{node, "`cluster`", findings_},
        cluster_{reading.spec.cluster} {}

  void read() {
    cluster_.where[""] = reading_.place(node_);
    for (const auto& entry : node_.entries) cluster_.where[entry.key.text] = reading_.place(entry.key);
    read_numbers();
    read_times();
    if (const auto* launcher = keys_.find("launcher"))
      if (const auto choice = read_choice(*launcher, "`launcher`", {"mpirun", "srun"}, findings_))
        cluster_.launcher = static_cast<campaign::Launcher>(*choice);
    if (const auto* file = keys_.find("template"))
      cluster_.job_template = read_text(*file, "`template`", findings_).value_or("");
    read_modules();
    refuse_reserved();
    for (const auto& entry : node_.entries) read_option(entry);
    read_lines();
    keys_.finish();
  }

 private:
  void read_numbers() {
    if (const auto* nodes = keys_.find("nodes"))
      cluster_.nodes = static_cast<std::uint32_t>(
          read_count(*nodes, "`nodes`", {1, 1'000'000}, findings_).value_or(cluster_.nodes));
    if (const auto* chain = keys_.find("chain"))
      cluster_.chain = static_cast<std::uint32_t>(
          read_count(*chain, "`chain`", {1, 1000}, findings_).value_or(cluster_.chain));
  }

  void read_times() {
    if (const auto* time = keys_.find("time")) read_time(*time);
    const auto* signal = keys_.find("signal");
    if (signal == nullptr) return;
    cluster_.signal_s = read_duration(*signal, "`signal`", findings_);
    if (!cluster_.signal_s) return;
    if (*cluster_.signal_s > most_signal_s)
      findings_.add(*signal, {"`signal` is longer than Slurm can count", "", "signal: 5 min"});
    else if (cluster_.time_s && *cluster_.signal_s >= *cluster_.time_s)
      findings_.add(*signal, {"`signal` comes before the job begins",
                              "it is the time from the signal to the end of the job", "signal: 5 min"});
  }

  /// A bare number is minutes to Slurm, and seconds everywhere else in this file.
  void read_time(const YamlNode& node) {
    if (node.is_scalar() && parse_number(node.text)) {
      findings_.add(node, {"`time`: is " + ticked(node.text) + " minutes or seconds?", "",
                           "time: " + node.text + " min"});
      return;
    }
    cluster_.time_s = read_duration(node, "`time`", findings_);
    if (cluster_.time_s && *cluster_.time_s < least_time_s)
      findings_.add(node,
                    {"`time` is shorter than a minute", "a job's limit is whole minutes", "time: 30 min"});
  }

  void read_modules() {
    const auto* modules = keys_.find_or_empty("modules");
    const std::string modules_example = "modules: [openmpi, hdf5]";
    if (modules == nullptr || !expect_sequence(*modules, "`modules`", modules_example, findings_)) return;
    for (const auto& item : modules->items) {
      const auto name = read_text(item, "a module", findings_);
      if (name && !is_one_line(*name))
        findings_.add(item, {"a module is one name", "", modules_example});
      else if (name)
        cluster_.modules.push_back(*name);
    }
  }

  void refuse_reserved() {
    for (const auto& each : reserved)
      keys_.refuse(each.key, {ticked(each.key) + " cannot be chosen here", each.why, each.fix});
  }

  /// `key: value` is `--key=value`, `key:` alone is `--key`.
  void read_option(const YamlEntry& entry) {
    const auto& name = entry.key.text;
    static constexpr std::array<std::string_view, 8> ours{"nodes",    "chain",    "time",    "signal",
                                                          "launcher", "template", "modules", "sbatch"};
    const auto is_name = [&](const auto& each) { return each == name; };
    if (std::ranges::any_of(ours, is_name) ||
        std::ranges::any_of(reserved, [&](const auto& each) { return name == each.key; }))
      return;
    keys_.find_or_empty(name);
    if (!is_option_name(name)) {
      auto repaired = name;
      std::ranges::replace(repaired, '_', '-');
      findings_.add(entry.key, {ticked(name) + " is no option of sbatch",
                                "keys that tranche does not know are handed on to it",
                                is_option_name(repaired) ? repaired + ": ..." : "partition: main"});
      return;
    }
    const auto& value = entry.value;
    if (!value.is_null() && !(value.is_scalar() && is_one_line(value.text))) {
      findings_.add(value, {ticked(name) + " takes one value, on one line",
                            "keys that tranche does not know are handed on to sbatch", ""});
      return;
    }
    const bool bare = value.is_null() || value.text.empty();
    cluster_.options.push_back({"--" + name + (bare ? "" : "=" + value.text), reading_.place(entry.key)});
  }

  /// Whole options, as on the command line.
  void read_lines() {
    const auto* lines = keys_.find_or_empty("sbatch");
    const std::string lines_example = "sbatch: [\"--exclusive\", \"--mem=0\"]";
    if (lines == nullptr || !expect_sequence(*lines, "`sbatch`", lines_example, findings_)) return;
    for (const auto& item : lines->items) {
      const auto text = read_text(item, "an option", findings_);
      if (text && (text->front() != '-' || !is_one_line(*text)))
        findings_.add(item,
                      {"an option of sbatch begins with a dash and stands on one line", "", lines_example});
      else if (text)
        cluster_.options.push_back({*text, reading_.place(item), true});
    }
  }

  const YamlNode& node_;
  Reading& reading_;
  Findings& findings_;
  MapReader keys_;
  campaign::ClusterSpec& cluster_;
};

}  // namespace

void read_cluster(const YamlNode* node, Reading& reading) {
  if (node == nullptr || !expect_map(*node, "`cluster`", example, reading.findings)) return;
  ClusterReader{*node, reading}.read();
}

}  // namespace tranche::config
