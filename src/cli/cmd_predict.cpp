// tranche predict: spectra from a surrogate.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <memory>
#include <ostream>

#include "commands.hpp"
#include "find_surrogate.hpp"
#include "guarded.hpp"
#include "point_table.hpp"
#include "prediction_text.hpp"
#include "simulated.hpp"
#include "tranche/base/text.hpp"

namespace tranche::cli {
namespace {

namespace fs = std::filesystem;
using surrogate::Form;
using surrogate::Predictions;
using surrogate::Predictor;

[[noreturn]] void refuse(const std::string& what, const std::string& fix = {}) {
  throw Failure{ExitCode::usage, what, fix};
}

/// The words of the command line, told apart.
struct Asked {
  std::string model;  ///< as typed; empty: the only one
  std::vector<surrogate::Binding> bindings;
};

Asked asked(const PredictOptions& options) {
  Asked found;
  for (const auto& word : options.words) {
    if (word.find('=') != std::string::npos) {
      found.bindings.push_back(surrogate::parse_binding(word));
      continue;
    }
    if (!found.model.empty())
      refuse("`" + word + "` is not NAME=VALUE, and " + found.model + " is the model already",
             "tranche predict " + found.model + " " + word + "=VALUE");
    found.model = word;
  }
  return found;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::vector<std::string> input_names(const surrogate::Surrogate& surrogate) {
  std::vector<std::string> names;
  for (const auto& input : surrogate.inputs) names.push_back(input.name);
  return names;
}

/// A name that nobody has given: an input, or what a formula (perhaps a mistyped number) asks for.
[[noreturn]] void refuse_missing(const Predictor& predictor, const std::vector<std::string>& missing,
                                 const std::vector<surrogate::Binding>& bindings) {
  std::vector<std::string> inputs;
  for (const auto& name : missing) {
    const auto known = input_names(predictor.surrogate());
    if (std::find(known.begin(), known.end(), name) != known.end()) {
      inputs.push_back(name);
      continue;
    }
    for (const auto& binding : bindings)
      if (binding.formula.find(name) != std::string::npos)
        refuse("`" + name + "` in " + binding.name + "=" + binding.formula + " is no number and no input",
               "give a number, or " + name + "=VALUE as well");
  }
  std::string example;
  for (const auto& name : inputs) example += (example.empty() ? "" : " ") + name + "=...";
  refuse("not given: " + joined(inputs), "add " + example);
}

/// Each name of the surrogate that is still free from a column of the table.
std::vector<double> columns_in_order(const PointTable& table, const std::string& file,
                                     const Predictor& predictor,
                                     const std::vector<surrogate::Binding>& bindings) {
  const auto& names = predictor.free_inputs().names();
  for (const auto& name : table.names) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    for (const auto& binding : bindings)
      if (binding.name == name)
        refuse(name + " is given twice: in " + file + " and as " + name + "=" + binding.formula);
    const auto near = did_you_mean(name, names);
    refuse(file + " has a column " + name + ", which is no input; they are: " + joined(names),
           near ? "did you mean " + *near + "?" : "take the column out");
  }
  std::vector<std::size_t> places;
  std::vector<std::string> missing;
  for (const auto& name : names) {
    const auto found = std::find(table.names.begin(), table.names.end(), name);
    if (found == table.names.end()) missing.push_back(name);
    places.push_back(static_cast<std::size_t>(found - table.names.begin()));
  }
  if (!missing.empty()) refuse_missing(predictor, missing, bindings);
  std::vector<double> x;
  for (const auto& row : table.rows)
    for (const auto place : places) x.push_back(row[place]);
  return x;
}

Predictions predict(const Predictor& predictor, std::vector<double> x, std::size_t count, Form form) {
  const auto size = count * predictor.surrogate().points();
  Predictions predictions{count, predictor.free_inputs().names(), std::move(x), std::vector<double>(size), {},
                          {}};
  if (predictor.surrogate().members.size() > 1) predictions.errors.resize(size);
  predictions.flags.resize(count);
  predictor.evaluate(predictions.x.data(), count, form, predictions.values.data(),
                     predictions.errors.empty() ? nullptr : predictions.errors.data(),
                     predictions.flags.data());
  return predictions;
}

void warn(const Context& context, const std::string& text) {
  if (!context.options.quiet) context.err << context.err_style.yellow("warning: ") << text << '\n';
}

/// Of one point all that is wrong; of many their number, and the first.
void warn_of_flags(const Context& context, const Predictor& predictor, const Predictions& predictions) {
  for (const auto& text : predictor.unchecked())
    warn(context, "the constraint " + text + " names what a surrogate does not know: it was not looked at");
  const auto wrong = static_cast<std::size_t>(std::count_if(
      predictions.flags.begin(), predictions.flags.end(), [](auto flags) { return flags != 0; }));
  if (wrong == 0) return;
  const auto first = static_cast<std::size_t>(std::find_if(predictions.flags.begin(), predictions.flags.end(),
                                                           [](auto flags) { return flags != 0; }) -
                                              predictions.flags.begin());
  const auto width = predictions.names.size();
  std::vector<double> all(predictor.surrogate().inputs.size());
  predictor.expand(predictions.x.data() + first * width, 1, all.data());
  if (predictions.count > 1)
    warn(context, format_count(wrong) + " of " + format_count(predictions.count) +
                      " points are unlike anything that was simulated; the first is point " +
                      std::to_string(first + 1));
  for (const auto& sentence : surrogate::sentences(predictor.surrogate(), predictions.flags[first], all))
    warn(context, sentence);
}

void write_text(const std::string& file, const std::string& text) {
  std::ofstream stream{file, std::ios::binary};
  stream << text;
  stream.close();
  if (!stream) throw IoError{"write " + file};
}

/// By the ending of its name.
void write_file(const std::string& file, const PredictionView& view, CsvShape shape) {
  const auto ending = fs::path{file}.extension();
  if (ending == ".h5")
    save_hdf5(view.predictions, view.predictor.surrogate(), file);
  else if (ending == ".npy")
    save_npy(view.predictions, view.predictor.surrogate(), file);
  else if (ending == ".csv")
    write_text(file, csv_of(view, shape));
  else
    refuse("--out " + file + ": the name says no format", "end it in .csv, .npy or .h5");
}

void check(const PredictOptions& options, const Asked& asked) {
  const auto ending = fs::path{options.out}.extension();
  if (!options.out.empty() && ending != ".csv" && ending != ".npy" && ending != ".h5")
    refuse("--out " + options.out + ": the name says no format", "end it in .csv, .npy or .h5");
  if (!options.index) return;
  if (!options.points.empty()) refuse("--index is one sample, and --points a table", "leave one of them out");
  if (!asked.bindings.empty())
    refuse("--index takes the parameters from the design, and " + asked.bindings.front().name +
               " is given as well",
           "leave one of them out");
  if (options.linear) refuse("--index compares values as stored", "leave out --linear");
}

std::string model_name(const Asked& asked, const fs::path& path) {
  return asked.model.empty() ? path.parent_path().filename().string() : asked.model;
}

}  // namespace

void register_predict(CLI::App& app, Context& context) {
  auto* verb = app.add_subcommand("predict", "Spectra from a surrogate: one point, or a table of them");
  auto options = std::make_shared<PredictOptions>();
  verb->add_option(
          "words", options->words,
          "The model (a name under models/, or the path of a surrogate.h5; default: the only one), then "
          "NAME=VALUE or NAME=FORMULA")
      ->type_name("[MODEL] NAME=VALUE");
  verb->add_option("--points", options->points,
                   "Points of a CSV file with a header of names; -: standard input")
      ->type_name("FILE");
  verb->add_option("--index", options->index, "A sample of the campaign, beside what was simulated")
      ->type_name("I");
  verb->add_option("--out", options->out, "Write to a file: .csv, .npy or .h5")->type_name("FILE");
  verb->add_flag("--csv", options->csv, "Numbers instead of a drawing");
  verb->add_flag("--linear", options->linear, "In the output's own unit where log10 is stored");
  verb->footer(
      "  tranche predict m1 delta=10 R=1e16 B=0.1 p=2.5 gamma_min=100 gamma_max=1e6 L_e=1e44\n"
      "  tranche predict m1 --index 77                beside the simulated spectrum, with its error\n"
      "  tranche predict m1 --points grid.csv --out spectra.npy\n"
      "  tranche predict m1 --points t_var.csv z=0.031 R=\"2.998e10*t_var*delta/(1+z)\"\n"
      "                                               inputs fixed and linked; t_var is a column of the "
      "table");
  verb->callback([options, &context] {
    // HDF5 can crash over a file that was tampered with.
    const auto crashed = [&]() -> int {
      throw DamageError{"HDF5 crashed while the surrogate or the store was read",
                        "tranche verify; or train again"};
    };
    context.exit_code = run_guarded(
        context, [&] { return run_predict(*options, context); }, crashed);
  });
}

int run_predict(const PredictOptions& options, Context& context) {
  const auto words = asked(options);
  check(options, words);
  const auto path = find_surrogate(context, words.model);
  const Predictor predictor{surrogate::load(path), words.bindings};
  const auto form = options.linear ? Form::linear : Form::stored;
  std::vector<double> x;
  std::size_t count = 1;
  std::optional<Simulated> beside;
  if (options.index) {
    const auto view = inspect::open_campaign(context.campaign());
    inspect::require_unchanged(view);  // or parameters and spectrum would be of different samples
    beside = simulated(view, predictor.surrogate(), *options.index);
    x = beside->x;
  } else if (!options.points.empty()) {
    const auto table = read_points(options.points);
    x = columns_in_order(table, options.points, predictor, words.bindings);
    count = table.rows.size();
  } else if (!predictor.free_inputs().names().empty()) {
    refuse_missing(predictor, predictor.free_inputs().names(), words.bindings);
  }
  const auto predictions = predict(predictor, std::move(x), count, form);
  const PredictionView view{model_name(words, path), predictor, predictions, form, std::move(beside)};
  warn_of_flags(context, predictor, predictions);
  const auto shape = options.points.empty() ? CsvShape::point : CsvShape::table;
  if (!options.out.empty()) {
    write_file(options.out, view, shape);
    context.say(options.out + ": " + format_count(count) + (count == 1 ? " point" : " points"));
  } else if (context.options.json) {
    print_json(context, json_of(view));
  } else if (options.csv || shape == CsvShape::table) {
    context.out << csv_of(view, shape);
  } else {
    context.out << text_of(view, context.out_style);
  }
  return 0;
}

}  // namespace tranche::cli
