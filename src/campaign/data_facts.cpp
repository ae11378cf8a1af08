#include "tranche/campaign/data_facts.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include "tranche/base/checksum.hpp"

namespace tranche::campaign {
namespace {

/// The shortest text that reads back as the same double.
std::string exact(double value) {
  std::array<char, 32> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} ? std::string{text.data(), end} : std::string{};
}

std::string rounded(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.12g", value);
  return text.data();
}

std::string digest_of(const std::string& text) {
  return digest128(std::as_bytes(std::span{text.data(), text.size()})).hex();
}

template <class Items, class ToText>
std::string joined(const Items& items, ToText&& to_text) {
  std::string text;
  for (const auto& item : items) text += (text.empty() ? "" : ", ") + to_text(item);
  return text;
}

std::string domain_text(const Parameter& parameter) {
  if (const auto* range = std::get_if<RealRange>(&parameter.domain))
    return "range [" + exact(range->lo) + ", " + exact(range->hi) + "], scale " +
           (range->scale == Scale::log ? "log" : "linear");
  if (const auto* whole = std::get_if<IntegerRange>(&parameter.domain))
    return "integer [" + std::to_string(whole->lo) + ", " + std::to_string(whole->hi) + "]";
  return "values [" +
         joined(std::get<Levels>(parameter.domain).names, [](const auto& name) { return name; }) + "]";
}

std::string design_text(const DesignSpec& design) {
  static constexpr std::array<const char*, 4> methods{"nested-lhs", "random", "grid", "list"};
  static constexpr std::array<const char*, 3> roundings{"up", "down", "nearest"};
  std::string text = methods[static_cast<std::size_t>(design.method)];
  text += ", points " + std::to_string(design.points) + ", seed " + std::to_string(design.seed);
  if (design.method == DesignMethod::nested_lhs) {
    text += std::string{", rounding "} + roundings[static_cast<std::size_t>(design.rounding)];
    if (design.exact_count) text += ", exact_count";
  }
  if (design.method == DesignMethod::grid || design.method == DesignMethod::list)
    text += design.order == Visit::file ? ", order file" : ", order permuted";
  if (design.method == DesignMethod::list) text += ", values " + digest_of(joined(design.list_values, exact));
  return text;
}

std::string axis_text(const Axis& axis) {
  return std::to_string(axis.values.size()) + " values from " + rounded(axis.values.front()) + " to " +
         rounded(axis.values.back()) + ", unit " + axis.unit + ", digest " +
         digest_of(joined(axis.values, rounded));
}

std::string in_quotes(const std::string& text) {
  return "\"" + text + "\"";
}

std::string read_text(const ReadSpec& read) {
  static constexpr std::array<const char*, 7> kinds{"column", "key",          "json",   "npy",
                                                    "hdf5",   "extrapolated", "retries"};
  std::string text = kinds[static_cast<std::size_t>(read.kind)];
  if (read.kind >= ReadSpec::Kind::extrapolated) return text;
  if (read.kind == ReadSpec::Kind::column) text += " " + std::to_string(read.column);
  if (!read.key.empty()) text += " " + in_quotes(read.key);
  text += " of " + read.file;
  if (read.skip > 0) text += ", skip " + std::to_string(read.skip);
  if (read.axis_column == 0) return text;
  return text + ", axis column " + std::to_string(read.axis_column) +
         (read.linear ? ", resampled linear" : ", resampled log");
}

std::string output_text(const Output& output, const CampaignSpec& spec) {
  std::string text = "axes [" + joined(output.axes, [&](auto axis) { return spec.axes.at(axis).name; }) +
                     "], unit " + output.unit + ", transform ";
  text += output.transform == Transform::log10 ? "log10, floor " + exact(output.floor) : "none";
  text += output.type == StoredType::float32 ? ", dtype float32" : ", dtype float64";
  text += std::string{", checks ["} + (output.check_finite ? "finite" : "") +
          (output.check_finite && output.check_nonnegative ? ", " : "") +
          (output.check_nonnegative ? "nonnegative" : "") + "]";
  if (output.read) text += ", read " + read_text(*output.read);
  return text;
}

/// Collects facts; those of a list also say at which position they stand, because the order decides.
struct Collector {
  std::vector<DataFact> facts;

  void add(std::string key, std::string value) { facts.push_back({std::move(key), std::move(value)}); }
  void add(const char* section, std::size_t position, const std::string& name, const std::string& value) {
    add(std::string{section} + "." + name, std::to_string(position + 1) + ": " + value);
  }
};

void add_inputs(Collector& out, const CampaignSpec& spec) {
  for (std::size_t k = 0; k < spec.parameters.size(); ++k) {
    const auto& p = spec.parameters[k];
    const auto grid = p.grid_points ? ", n " + std::to_string(*p.grid_points) : std::string{};
    out.add("parameters", k, p.name, domain_text(p) + grid + ", unit " + p.unit);
  }
  for (std::size_t k = 0; k < spec.constants.size(); ++k)
    out.add("constants", k, spec.constants[k].name,
            exact(spec.constants[k].value) + ", unit " + spec.constants[k].unit);
  for (std::size_t k = 0; k < spec.derived.size(); ++k)
    out.add("derived", k, spec.derived[k].name,
            spec.derived[k].expression + ", unit " + spec.derived[k].unit);
  for (std::size_t k = 0; k < spec.constraints.size(); ++k)
    out.add("constraints." + std::to_string(k + 1), spec.constraints[k].expression);
}

void add_results(Collector& out, const CampaignSpec& spec) {
  for (std::size_t k = 0; k < spec.axes.size(); ++k)
    out.add("axes", k, spec.axes[k].name, axis_text(spec.axes[k]));
  for (std::size_t k = 0; k < spec.outputs.size(); ++k)
    out.add("outputs", k, spec.outputs[k].name, output_text(spec.outputs[k], spec));
  if (!spec.meta.empty()) out.add("meta", joined(spec.meta, [](const auto& name) { return name; }));
  for (std::size_t k = 0; k < spec.meta_reads.size(); ++k)
    out.add("meta." + spec.meta[k], "read " + read_text(spec.meta_reads[k]));
}

void add_simulator(Collector& out, const PluginSpec& plugin) {
  out.add("simulator.plugin", plugin.file);
}

std::string rule_text(const FailureRule& rule) {
  std::string text = rule.reason + " at " + in_quotes(rule.match);
  if (rule.retry > 0) text += ", retry " + std::to_string(rule.retry);
  if (rule.with.empty()) return text;
  return text + " with " +
         joined(rule.with, [](const auto& setting) { return setting.name + " " + exact(setting.value); });
}

/// How it is started on this machine (launch, ranks) is not among them.
void add_simulator(Collector& out, const CommandSpec& command) {
  const auto as_written = [](const auto& text) { return text; };
  out.add("simulator.command", "[" + joined(command.words, in_quotes) + "]");
  if (!command.inputs.empty())
    out.add("simulator.inputs",
            joined(command.inputs, [](const auto& deck) { return deck.file + " from " + deck.source; }));
  if (!command.files.empty()) out.add("simulator.files", joined(command.files, as_written));
  if (!command.input.empty()) out.add("simulator.stdin", command.input);
  for (std::size_t k = 0; k < command.failures.size(); ++k)
    out.add("simulator.failures." + std::to_string(k + 1), rule_text(command.failures[k]));
}

void add_files(Collector& out, const std::vector<std::string>& files) {
  if (!files.empty()) out.add("simulator.files", joined(files, [](const auto& name) { return name; }));
}

void add_simulator(Collector& out, const WorkerSpec& worker) {
  out.add("simulator.worker", "[" + joined(worker.argv, in_quotes) + "]");
  add_files(out, worker.files);
}

/// Not the interpreter: it may be elsewhere on another machine.
void add_simulator(Collector& out, const PythonSpec& python) {
  out.add("simulator.python", python.module + ":" + python.function);
  add_files(out, python.files);
}

const DataFact* find(std::span<const DataFact> facts, const std::string& key) {
  const auto found = std::ranges::find(facts, key, &DataFact::key);
  return found == facts.end() ? nullptr : &*found;
}

}  // namespace

std::vector<DataFact> data_facts(const CampaignSpec& spec) {
  Collector out;
  add_inputs(out, spec);
  out.add("design", design_text(spec.design));
  out.add("stages", joined(spec.stages, [](const StageSpec& s) { return s.name + " " + exact(s.upto); }));
  std::visit([&](const auto& kind) { add_simulator(out, kind); }, spec.simulator.kind);
  add_results(out, spec);
  return std::move(out.facts);
}

std::string source_digest(const CampaignSpec& spec) {
  std::string text;
  for (const auto& fact : data_facts(spec)) text += fact.key + " = " + fact.value + "\n";
  return digest_of(text);
}

std::vector<std::string> describe_difference(std::span<const DataFact> before,
                                             std::span<const DataFact> after) {
  std::vector<std::string> lines;
  for (const auto& old_fact : before) {
    const auto* new_fact = find(after, old_fact.key);
    if (new_fact != nullptr && new_fact->value == old_fact.value) continue;
    lines.push_back(old_fact.key + ": " + old_fact.value + " -> " +
                    (new_fact ? new_fact->value : "(absent)"));
  }
  for (const auto& new_fact : after)
    if (find(before, new_fact.key) == nullptr)
      lines.push_back(new_fact.key + ": (absent) -> " + new_fact.value);
  return lines;
}

}  // namespace tranche::campaign
