#include "prediction_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "tranche/inspect/output_view.hpp"
#include "tranche/inspect/text_table.hpp"
#include "tranche/learn/hold_out.hpp"

namespace tranche::cli {
namespace {

using surrogate::Form;
using surrogate::Surrogate;

/// Rows of the table that a person reads; the rest is for --csv and --json.
constexpr std::size_t most_lines = 12;
constexpr double window = 8;

/// The shortest text that reads back as the same number.
std::string number(double value) {
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

/// As the campaign describes it, for what draws outputs of campaigns.
campaign::CampaignSpec spec_of(const Surrogate& surrogate, Form form) {
  campaign::CampaignSpec spec;
  campaign::Output output;
  output.name = surrogate.output;
  output.unit = surrogate.output_unit;
  output.size = surrogate.points();
  output.type = campaign::StoredType::float64;
  if (surrogate.log10 && form == Form::stored) {
    output.transform = campaign::Transform::log10;
    output.floor = surrogate.floor;
  }
  for (const auto& axis : surrogate.axes) {
    output.axes.push_back(static_cast<std::uint32_t>(spec.axes.size()));
    spec.axes.push_back({axis.name, axis.unit, axis.values, {}});
  }
  spec.outputs.push_back(std::move(output));
  return spec;
}

bool was_held_out(const PredictionView& view) {
  return learn::is_held_out(view.beside->index, view.predictor.surrogate().provenance.hold_out_share);
}

std::string with_unit(const std::string& text, const std::string& unit) {
  return unit.empty() || unit == "1" ? text : text + ' ' + unit;
}

std::string value_title(const PredictionView& view) {
  const auto& surrogate = view.predictor.surrogate();
  return view.form == Form::stored && surrogate.log10 ? "log10 " + surrogate.output : surrogate.output;
}

/// `nu=1e+08`, with more axes `nu=1e+08 t=2`.
std::string place_text(const Surrogate& surrogate, std::size_t point) {
  std::string text;
  for (auto axis = surrogate.axes.rbegin(); axis != surrogate.axes.rend(); ++axis) {
    text = axis->name + '=' + number(axis->values[point % axis->values.size()]) + (text.empty() ? "" : " ") +
           text;
    point /= axis->values.size();
  }
  return text.empty() ? surrogate.output : text;
}

std::string point_line(const PredictionView& view) {
  std::string text;
  const auto& free = view.predictor.free_inputs();
  for (std::size_t k = 0; k < free.names().size(); ++k) {
    const auto place = free.input_of(k);
    const auto unit =
        place < 0 ? std::string{} : view.predictor.surrogate().inputs[static_cast<std::size_t>(place)].unit;
    text += (k == 0 ? "" : ", ") + free.names()[k] + " = " +
            with_unit(inspect::format_value(view.predictions.x[k]), unit);
  }
  return text;
}

std::string model_line(const PredictionView& view) {
  const auto& surrogate = view.predictor.surrogate();
  const auto& accuracy = surrogate.accuracy;
  std::string text = surrogate.output + " of " + view.model;
  if (surrogate.members.size() > 1) text += ", the mean of " + std::to_string(surrogate.members.size());
  if (accuracy.samples > 0)
    text += "; on its hold-out: median error " + inspect::format_value(accuracy.median) + ", 99 % below " +
            inspect::format_value(accuracy.p99);
  return text + (surrogate.log10 && accuracy.samples > 0 ? " dex" : "");
}

/// Evenly spread, both ends included.
std::vector<std::size_t> some_of(std::size_t count) {
  const auto lines = std::min(count, most_lines);
  std::vector<std::size_t> places;
  for (std::size_t k = 0; k < lines; ++k) places.push_back(lines < 2 ? 0 : k * (count - 1) / (lines - 1));
  return places;
}

std::string fixed(double value) {
  std::array<char, 32> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, 3).ptr;
  return {text.data(), end};
}

std::string table_text(const PredictionView& view, const inspect::TextStyle& style) {
  const auto& surrogate = view.predictor.surrogate();
  const bool logs = surrogate.log10 && view.form == Form::stored;
  const auto shown = [&](double value) { return logs ? fixed(value) : inspect::format_value(value); };
  using inspect::Align;
  const auto axis =
      surrogate.axes.size() == 1 ? with_unit(surrogate.axes[0].name, surrogate.axes[0].unit) : std::string{};
  inspect::TextTable table{{{axis, Align::right},
                            {value_title(view), Align::right},
                            {"+-", Align::right},
                            {"simulated", Align::right},
                            {"difference", Align::right}}};
  const auto& predictions = view.predictions;
  for (const auto point : some_of(surrogate.points())) {
    std::vector<std::string> row{
        surrogate.axes.size() == 1 ? inspect::format_value(surrogate.axes[0].values[point])
                                   : place_text(surrogate, point),
        shown(predictions.values[point]), predictions.errors.empty() ? "" : fixed(predictions.errors[point])};
    if (view.beside && !view.beside->values.empty()) {
      const double truth = view.beside->values[point];
      row.push_back(shown(truth));
      row.push_back(shown(predictions.values[point] - truth));
    }
    table.add(std::move(row));
  }
  return table.text(style);
}

std::string beside_text(const PredictionView& view, const inspect::TextStyle& style) {
  const auto& beside = *view.beside;
  const auto name = "sample " + std::to_string(beside.index);
  if (beside.values.empty())
    return '\n' + name + " is " + std::string{to_string(beside.state)} + ": nothing to compare with\n";
  const auto spec = spec_of(view.predictor.surrogate(), Form::stored);
  const auto error = against(view);
  const std::string unit = view.predictor.surrogate().log10 ? " dex" : "";
  const auto seen = was_held_out(view) ? ": held out, the model has not seen it"
                                       : ": not held out, the model may have learned from it";
  return '\n' + style.bold(name + ", simulated") + seen + '\n' +
         inspect::output_text(spec, 0, beside.values, style, 2) + "difference: median " +
         inspect::format_value(error.median) + unit + ", largest " + inspect::format_value(error.max) + unit +
         (unit.empty() ? "" : ", within 8 decades of the peak") + '\n';
}

std::string point_csv(const PredictionView& view) {
  const auto& surrogate = view.predictor.surrogate();
  const auto& predictions = view.predictions;
  const bool truth = view.beside && !view.beside->values.empty();
  std::string text = surrogate.axes.size() == 1 ? surrogate.axes[0].name : "place";
  text += ',' + value_title(view) + (predictions.errors.empty() ? "" : ",error") +
          (truth ? ",simulated" : "") + '\n';
  for (std::size_t point = 0; point < surrogate.points(); ++point) {
    text +=
        surrogate.axes.size() == 1 ? number(surrogate.axes[0].values[point]) : place_text(surrogate, point);
    text += ',' + number(predictions.values[point]);
    if (!predictions.errors.empty()) text += ',' + number(predictions.errors[point]);
    if (truth) text += ',' + number(view.beside->values[point]);
    text += '\n';
  }
  return text;
}

}  // namespace

learn::Accuracy against(const PredictionView& view) {
  const auto points = static_cast<Eigen::Index>(view.predictor.surrogate().points());
  const Eigen::Map<const Eigen::RowVectorXd> truth{view.beside->values.data(), points};
  const Eigen::Map<const Eigen::RowVectorXd> predicted{view.predictions.values.data(), points};
  return learn::accuracy(Eigen::MatrixXd{truth}, Eigen::MatrixXd{predicted},
                         view.predictor.surrogate().log10 ? window : std::numeric_limits<double>::infinity());
}

std::string text_of(const PredictionView& view, const inspect::TextStyle& style) {
  const auto spec = spec_of(view.predictor.surrogate(), view.form);
  const auto line = point_line(view);
  std::string text = style.bold(model_line(view)) + '\n' + (line.empty() ? "" : "  " + line + '\n') +
                     inspect::output_text(spec, 0, view.predictions.values, style, 2);
  if (view.beside) text += beside_text(view, style);
  text += '\n' + table_text(view, style);
  if (view.predictor.surrogate().points() > most_lines) text += "all of them: --csv or --json\n";
  return text;
}

std::string csv_of(const PredictionView& view, CsvShape shape) {
  const auto& predictions = view.predictions;
  if (shape == CsvShape::point) return point_csv(view);
  const auto& surrogate = view.predictor.surrogate();
  std::string text;
  for (const auto& name : predictions.names) text += name + ',';
  text += "inside";
  for (std::size_t point = 0; point < surrogate.points(); ++point) text += ',' + place_text(surrogate, point);
  text += '\n';
  const auto width = predictions.names.size();
  for (std::size_t row = 0; row < predictions.count; ++row) {
    for (std::size_t k = 0; k < width; ++k) text += number(predictions.x[row * width + k]) + ',';
    text += predictions.flags[row] == 0 ? '1' : '0';
    for (std::size_t point = 0; point < surrogate.points(); ++point)
      text += ',' + number(predictions.values[row * surrogate.points() + point]);
    text += '\n';
  }
  return text;
}

Json json_of(const PredictionView& view) {
  const auto& surrogate = view.predictor.surrogate();
  const auto& predictions = view.predictions;
  Json document{{"tranche_predict", 1},
                {"model", view.model},
                {"output", surrogate.output},
                {"unit", surrogate.output_unit},
                {"transform", surrogate.log10 && view.form == Form::stored ? "log10" : "none"}};
  for (const auto& axis : surrogate.axes)
    document["axes"].push_back({{"name", axis.name}, {"unit", axis.unit}, {"values", axis.values}});
  const auto width = predictions.names.size();
  const auto points = surrogate.points();
  const auto inputs = surrogate.inputs.size();
  std::vector<double> all(predictions.count * inputs);
  view.predictor.expand(predictions.x.data(), predictions.count, all.data());
  for (std::size_t row = 0; row < predictions.count; ++row) {
    Json one;
    for (std::size_t k = 0; k < width; ++k)
      one["given"][predictions.names[k]] = predictions.x[row * width + k];
    for (std::size_t k = 0; k < inputs; ++k) one["inputs"][surrogate.inputs[k].name] = all[row * inputs + k];
    const auto first = predictions.values.begin() + static_cast<std::ptrdiff_t>(row * points);
    one["values"] = std::vector<double>(first, first + static_cast<std::ptrdiff_t>(points));
    if (!predictions.errors.empty()) {
      const auto error = predictions.errors.begin() + static_cast<std::ptrdiff_t>(row * points);
      one["error"] = std::vector<double>(error, error + static_cast<std::ptrdiff_t>(points));
    }
    one["inside"] = predictions.flags[row] == 0;
    one["warnings"] =
        surrogate::sentences(surrogate, predictions.flags[row], {all.data() + row * inputs, inputs});
    document["points"].push_back(std::move(one));
  }
  if (!view.beside) return document;
  Json beside{{"index", view.beside->index}, {"state", to_string(view.beside->state)}};
  if (!view.beside->values.empty()) {
    const auto error = against(view);
    beside["values"] = view.beside->values;
    beside["difference"] = {{"median", error.median}, {"mean", error.mean}, {"max", error.max}};
  }
  beside["held_out"] = was_held_out(view);
  document["simulated"] = std::move(beside);
  return document;
}

}  // namespace tranche::cli
