#include "worker_json.hpp"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace tranche::simulate {
namespace {

using Json = nlohmann::ordered_json;
using Stream = ProtocolFault::Stream;

[[noreturn]] void fault(Stream stream, const std::string& what) {
  throw ProtocolFault{stream, what};
}

Json number(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return value;
}

std::string line_of(const Json& document) {
  return document.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

template <class Items>
Json names_of(const Items& items) {
  Json names = Json::array();
  for (const auto& item : items) names.push_back(item.name);
  return names;
}

Json outputs_of(const campaign::CampaignSpec& spec) {
  Json outputs = Json::array();
  for (const auto& output : spec.outputs) {
    Json axes = Json::array();
    for (const auto axis : output.axes) axes.push_back(spec.axes.at(axis).name);
    outputs.push_back({{"name", output.name}, {"size", output.size}, {"axes", axes}, {"unit", output.unit}});
  }
  return outputs;
}

Json axes_of(const campaign::CampaignSpec& spec) {
  Json axes = Json::object();
  for (const auto& axis : spec.axes) axes[axis.name] = axis.values;
  return axes;
}

/// Parameters whose values are whole numbers; the names of levels for those that have them.
void add_domains(const campaign::CampaignSpec& spec, Json& document) {
  Json integers = Json::array();
  Json levels = Json::object();
  for (const auto& parameter : spec.parameters) {
    if (const auto* named = std::get_if<campaign::Levels>(&parameter.domain))
      levels[parameter.name] = named->names;
    if (!std::holds_alternative<campaign::RealRange>(parameter.domain)) integers.push_back(parameter.name);
  }
  document["integers"] = integers;
  document["levels"] = levels;
}

/// An object, or a fault that shows what came instead.
Json parse_object(std::string_view line) {
  auto document = Json::parse(line, nullptr, false);
  if (document.is_discarded())
    fault(Stream::lost,
          "sent a line that is no JSON (prints belong on stderr; NaN is written as \"nan\"): " + shown(line));
  if (!document.is_object()) fault(Stream::lost, "sent JSON that is no object: " + shown(line));
  return document;
}

double read_number(const Json& value, const std::string& owner) {
  if (value.is_number()) return value.get<double>();
  if (value.is_string()) {
    auto word = value.get<std::string>();
    for (char& c : word) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (word == "nan") return std::numeric_limits<double>::quiet_NaN();
    if (word == "inf" || word == "infinity" || word == "+inf") return infinity;
    if (word == "-inf" || word == "-infinity") return -infinity;
  }
  fault(Stream::in_step, owner + " holds " +
                             shown(value.dump(-1, ' ', false, Json::error_handler_t::replace)) +
                             " where a number is due");
}

/// Numbers of an array, of arrays in it row by row, or one single number.
void flatten(const Json& value, const std::string& owner, int depth, std::vector<double>& out) {
  if (!value.is_array()) return out.push_back(read_number(value, owner));
  if (depth == 0) fault(Stream::in_step, owner + " is nested deeper than any output has axes");
  for (const auto& item : value) flatten(item, owner, depth - 1, out);
}

void read_output(const Json& outputs, const AnswerShape::Output& output, std::vector<double>& out) {
  const std::string owner = "output `" + output.name + "`";
  const auto found = outputs.find(output.name);
  if (found == outputs.end()) fault(Stream::in_step, owner + " is missing in the answer");
  const auto before = out.size();
  constexpr int most_axes = 8;
  flatten(*found, owner, most_axes, out);
  if (out.size() - before != output.size)
    fault(Stream::in_step, owner + " has " + std::to_string(out.size() - before) + " numbers instead of " +
                               std::to_string(output.size));
}

const Json& member(const Json& document, const char* key) {
  static const Json nothing = Json::object();
  const auto found = document.find(key);
  if (found == document.end() || found->is_null()) return nothing;
  if (!found->is_object()) fault(Stream::in_step, "sent `" + std::string{key} + "` that is no object");
  return *found;
}

void read_numbers(const Json& document, const AnswerShape& shape, const AnswerArrays& arrays) {
  const auto& outputs = member(document, "outputs");
  const auto& meta = member(document, "meta");
  std::vector<double> all;
  for (const auto& output : shape.outputs) read_output(outputs, output, all);
  for (const auto& [name, value] : outputs.items())
    if (std::none_of(shape.outputs.begin(), shape.outputs.end(),
                     [&](const auto& o) { return o.name == name; }))
      fault(Stream::in_step, "sent an output `" + name + "` that campaign.yaml does not have");
  std::vector<double> notes;
  for (const auto& name : shape.meta) {
    const auto found = meta.find(name);
    notes.push_back(found == meta.end() ? std::numeric_limits<double>::quiet_NaN()
                                        : read_number(*found, "meta number `" + name + "`"));
  }
  std::size_t at = 0;
  for (std::size_t k = 0; k < shape.outputs.size(); ++k) {
    std::copy_n(all.begin() + static_cast<std::ptrdiff_t>(at), shape.outputs[k].size, arrays.outputs[k]);
    at += shape.outputs[k].size;
  }
  std::copy(notes.begin(), notes.end(), arrays.meta.begin());
}

std::string text_of(const Json& document, const char* key) {
  const auto found = document.find(key);
  if (found == document.end() || found->is_null()) return {};
  if (!found->is_string()) fault(Stream::in_step, "sent `" + std::string{key} + "` that is no text");
  return found->get<std::string>();
}

bool flag_of(const Json& document, const char* key) {
  const auto found = document.find(key);
  if (found == document.end()) return false;
  if (!found->is_boolean())
    fault(Stream::in_step, "sent `" + std::string{key} + "` that is neither true nor false");
  return found->get<bool>();
}

}  // namespace

std::string greeting_line(const campaign::CampaignSpec& spec, const GreetingFacts& facts) {
  Json document{{"tranche_worker", worker_protocol},
                {"campaign", spec.name},
                {"parameters", names_of(spec.parameters)},
                {"constants", names_of(spec.constants)},
                {"derived", names_of(spec.derived)}};
  add_domains(spec, document);
  document["outputs"] = outputs_of(spec);
  document["axes"] = axes_of(spec);
  document["meta"] = spec.meta;
  document["slot"] = facts.slot;
  document["threads"] = spec.resources.threads;
  document["campaign_dir"] = facts.campaign_dir;
  document["rundir"] = facts.rundir;
  document["binary"] = facts.frames_allowed;
  return line_of(document);
}

GreetingAnswer read_greeting_answer(std::string_view line) {
  const auto document = parse_object(line);
  const auto version = document.find("tranche_worker");
  if (version == document.end())
    fault(Stream::lost, "answered the greeting without `tranche_worker`: " + shown(line));
  if (*version != worker_protocol)
    fault(Stream::lost, "speaks protocol " + version->dump(-1, ' ', false, Json::error_handler_t::replace) +
                            ", this tranche protocol " + std::to_string(worker_protocol));
  GreetingAnswer answer;
  answer.framing = flag_of(document, "binary") ? Framing::frames : Framing::lines;
  answer.refusal = text_of(document, "error");
  const auto remarks = document.find("remarks");
  if (remarks != document.end() && remarks->is_array())
    for (const auto& remark : *remarks)
      if (remark.is_string()) answer.remarks.push_back(remark.get<std::string>());
  return answer;
}

std::string task_line(const WorkerTask& task) {
  Json x = Json::array();
  for (const double value : task.x) x.push_back(number(value));
  return line_of({{"id", task.id},
                  {"index", task.index},
                  {"stage", task.stage},
                  {"attempt", task.attempt},
                  {"seed", task.seed},
                  {"deadline_s", task.deadline_s ? Json(*task.deadline_s) : Json(nullptr)},
                  {"x", x}});
}

WorkerAnswer read_answer_line(std::string_view line, std::uint64_t id, const AnswerShape& shape,
                              const AnswerArrays& arrays) {
  const auto document = parse_object(line);
  const auto found = document.find("id");
  if (found == document.end()) fault(Stream::lost, "answered without `id`: " + shown(line));
  if (!found->is_number_unsigned() || found->get<std::uint64_t>() != id)
    fault(Stream::lost, wrong_id(id, shown(found->dump(-1, ' ', false, Json::error_handler_t::replace))));
  if (document.find("ok") == document.end()) fault(Stream::in_step, "answered without `ok`");
  if (!flag_of(document, "ok")) {
    using Status = WorkerAnswer::Status;
    return {flag_of(document, "bad_point") ? Status::bad_point : Status::failed, text_of(document, "reason"),
            text_of(document, "message")};
  }
  read_numbers(document, shape, arrays);
  return {};
}

}  // namespace tranche::simulate
