/// `read:` of outputs and meta numbers: where a command leaves its results.
#include <algorithm>

#include "readers.hpp"
#include "scalars.hpp"

namespace tranche::config {
namespace {

using campaign::ReadSpec;

const std::vector<std::string> kinds{"column", "key", "json", "npy", "hdf5", "count"};
const char* const example = "read: {file: spectrum.dat, column: 2}";

void read_file(const YamlNode& node, ReadSpec& read, Reading& reading) {
  const auto name = read_text(node, "`file`", reading.findings);
  if (!name) return;
  const std::filesystem::path path{*name};
  const bool outside =
      path.is_absolute() || std::ranges::any_of(path, [](const auto& part) { return part == ".."; });
  if (outside)
    reading.findings.add(node, {ticked(*name) + " is outside the run directory",
                                "every run has a directory of its own, so that runs do not mix",
                                "a relative path without .."});
  read.file = *name;
  const auto& command = std::get<campaign::CommandSpec>(reading.spec.simulator.kind);
  const auto names = campaign::placeholder_names(reading.spec);
  const auto parsed = deck::Deck::parse(*name, names, command.delimiters);
  if (const auto* mistakes = std::get_if<std::vector<deck::Mistake>>(&parsed))
    for (const auto& mistake : *mistakes)
      reading.findings.add_inside(node, mistake.offset, {mistake.what, mistake.why, mistake.fix});
}

std::uint32_t read_number_from(const YamlNode& node, const char* owner, std::uint64_t least,
                               Findings& findings) {
  return static_cast<std::uint32_t>(
      read_count(node, owner, {least, 1'000'000'000}, findings).value_or(least));
}

void read_table(MapReader& keys, const YamlNode& column, const campaign::Output* output, ReadSpec& read,
                Findings& findings) {
  read.kind = ReadSpec::Kind::column;
  read.column = read_number_from(column, "`column`", 1, findings);
  if (const auto* skip = keys.find("skip")) read.skip = read_number_from(*skip, "`skip`", 0, findings);
  const auto* axis = keys.find("axis_column");
  const auto* resample = keys.find("resample");
  if (axis == nullptr) {
    if (resample != nullptr)
      findings.add(*resample, {"`resample` needs `axis_column`", "without it rows are taken as they are",
                               "axis_column: 1"});
    return;
  }
  read.axis_column = read_number_from(*axis, "`axis_column`", 1, findings);
  if (read.axis_column == read.column)
    findings.add(*axis, {"`axis_column` and `column` are the same", "columns are counted from 1",
                         "axis_column: 1, column: 2"});
  if (output == nullptr || output->axes.size() != 1)
    findings.add(*axis,
                 {"`axis_column` needs an output with one axis", "rows are resampled onto it", "axes: [nu]"});
  if (resample != nullptr)
    read.linear = read_choice(*resample, "`resample`", {"log", "linear"}, findings).value_or(0) == 1;
}

void read_key(const YamlNode& node, ReadSpec& read, Findings& findings) {
  read.kind = ReadSpec::Kind::key;
  read.key = read_text(node, "`key`", findings).value_or("");
}

void read_pointer(const YamlNode& node, ReadSpec& read, Findings& findings) {
  read.kind = ReadSpec::Kind::json;
  if (!node.is_scalar() || (!node.text.empty() && node.text.front() != '/')) {
    findings.add(node, {"`json` must be a JSON pointer", "it names a value by the keys on the way to it",
                        "json: /" + (node.is_scalar() ? node.text : std::string{"path/to/x"})});
    return;
  }
  read.key = node.text;
}

void read_counter(const YamlNode& node, bool is_output, ReadSpec& read, Findings& findings) {
  const auto choice = read_choice(node, "`count`", {"extrapolated", "retries"}, findings).value_or(0);
  read.kind = choice == 0 ? ReadSpec::Kind::extrapolated : ReadSpec::Kind::retries;
  if (is_output)
    findings.add(node, {"`count` is for meta numbers", "", "meta: {n: {read: {count: " + node.text + "}}}"});
}

}  // namespace

std::optional<ReadSpec> read_result(const YamlNode& node, const std::string& owner,
                                    const campaign::Output* output, Reading& reading) {
  auto& findings = reading.findings;
  if (!std::holds_alternative<campaign::CommandSpec>(reading.spec.simulator.kind)) {
    findings.add(node,
                 {"`read` belongs to a `command`", "other simulators hand their numbers over", "remove it"});
    return std::nullopt;
  }
  if (!expect_map(node, "`read` of " + owner, example, findings)) return std::nullopt;
  MapReader keys{node, "`read` of " + owner, findings};
  ReadSpec read;
  read.where = reading.place(node);
  std::vector<std::string> found;
  const YamlNode* by = nullptr;
  for (const auto& kind : kinds)
    if (const auto* candidate = keys.find(kind)) {
      found.push_back(kind);
      by = candidate;
    }
  if (found.size() != 1) {
    for (const char* key : {"file", "axis_column", "skip", "resample", "dataset"}) keys.find_or_empty(key);
    keys.miss(kinds, node.mark,
              {"`read` of " + owner + (found.empty() ? " needs one of " : " has more than one of ") +
                   listed(kinds, "or"),
               "", example});
    keys.finish();
    return std::nullopt;
  }
  const auto& kind = found.front();
  const auto* file = kind == "npy" || kind == "hdf5" ? by : kind == "count" ? nullptr : keys.find("file");
  if (kind == "npy" || kind == "hdf5" || kind == "count")
    keys.refuse("file", {"`file` stands behind " + ticked(kind), "", "remove it"});
  if (file != nullptr) read_file(*file, read, reading);
  if (kind == "column") {
    read_table(keys, *by, output, read, findings);
  } else if (kind == "key") {
    read_key(*by, read, findings);
  } else if (kind == "json") {
    read_pointer(*by, read, findings);
  } else if (kind == "npy") {
    read.kind = ReadSpec::Kind::npy;
  } else if (kind == "hdf5") {
    read.kind = ReadSpec::Kind::hdf5;
    if (const auto* dataset = keys.require("dataset", "hdf5: out.h5, dataset: /sed"))
      read.key = read_text(*dataset, "`dataset`", findings).value_or("");
  } else {
    read_counter(*by, output != nullptr, read, findings);
  }
  if (kind != "column" && kind != "count" && kind != "npy" && kind != "hdf5" && kind != "json" &&
      output != nullptr && output->size > 100'000)
    findings.add(node, {"one line with more than 100 000 numbers", "", "read: {file: ..., column: 1}"});
  keys.finish();
  return read;
}

void add_counters(Reading& reading) {
  auto& spec = reading.spec;
  const auto* command = std::get_if<campaign::CommandSpec>(&spec.simulator.kind);
  if (command == nullptr) return;
  const auto add = [&](const char* name, ReadSpec::Kind kind) {
    const bool there =
        std::ranges::any_of(spec.meta_reads, [&](const auto& read) { return read.kind == kind; });
    if (there || std::ranges::find(spec.meta, name) != spec.meta.end()) return;
    ReadSpec read;
    read.kind = kind;
    spec.meta.emplace_back(name);
    spec.meta_reads.push_back(read);
  };
  const auto resampled = [](const campaign::Output& output) {
    return output.read && output.read->axis_column > 0;
  };
  if (std::ranges::any_of(spec.outputs, resampled)) add("extrapolated", ReadSpec::Kind::extrapolated);
  if (std::ranges::any_of(command->failures, [](const auto& rule) { return rule.retry > 0; }))
    add("retries", ReadSpec::Kind::retries);
}

}  // namespace tranche::config
