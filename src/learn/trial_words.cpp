#include "tranche/learn/trial_words.hpp"

#include <algorithm>
#include <limits>
#include <sstream>

#include "values.hpp"

namespace tranche::learn {
namespace {

constexpr std::uint64_t most_parameters = 200'000'000;
constexpr double infinity = std::numeric_limits<double>::infinity();

Problem set_minutes(TrialSettings& settings, const std::string& text) {
  const auto plain = parse_number(text);
  const auto duration = parse_duration(text);
  double minutes = 0;
  if (const auto problem =
          set_number(minutes, text, plain || !duration ? plain : std::optional{*duration / 60},
                     {0, Least::is_too_small, 1e6}))
    return *problem + " (minutes; or a duration: `90 s`, `1h30m`)";
  settings.minutes = minutes;
  settings.epochs.reset();
  return {};
}

Problem set_epochs(TrialSettings& settings, const std::string& text) {
  std::uint64_t epochs = 0;
  if (auto problem = set_count(epochs, text, {1, 1'000'000})) return problem;
  settings.epochs = epochs;
  settings.minutes.reset();
  return {};
}

Problem set_checkpoint(TrialSettings& settings, const std::string& text) {
  if (const auto problem =
          set_number(settings.checkpoint_s, text, parse_duration(text), {0, Least::is_too_small, 86'400}))
    return *problem + " (seconds; or a duration: `30 s`, `5 min`)";
  return {};
}

Problem set_floor(TrialSettings& settings, const std::string& text) {
  if (text == "off") {
    settings.targets.floor_dex.reset();
    return {};
  }
  double dex = 0;
  if (const auto problem = set_number(dex, text, {0, Least::is_too_small, 100}))
    return *problem + ", or `off`";
  settings.targets.floor_dex = dex;
  return {};
}

Problem set_window(TrialSettings& settings, const std::string& text) {
  if (text == "all") {
    settings.window = infinity;
    return {};
  }
  if (const auto problem = set_number(settings.window, text, {0, Least::is_too_small, 1000}))
    return *problem + ", or `all`";
  return {};
}

Problem set_device(TrialSettings& settings, const std::string& text) {
  static const std::vector<std::string> devices{"cpu", "cuda"};
  if (text == "gpu") return quoted(text) + " is none of its words: did you mean `cuda`?";
  if (std::find(devices.begin(), devices.end(), text) == devices.end())
    return quoted(text) + " is none of its words" + near(text, devices);
  settings.device = text;
  return {};
}

Problem set_layers(TrialSettings& settings, std::string text) {
  std::replace(text.begin(), text.end(), ';', '\n');
  std::istringstream lines{text};
  std::vector<Layer> layers;
  for (std::string line; std::getline(lines, line);) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    auto layer = layer_from_text(line.substr(line.find_first_not_of(" \t\r")));
    if (const auto* fault = std::get_if<LayerFault>(&layer))
      return "layer " + std::to_string(layers.size() + 1) + ": " + fault->what;
    layers.push_back(std::get<Layer>(layer));
  }
  if (layers.empty()) return "there is no layer in it";
  settings.layers = std::move(layers);
  settings.preset = Preset::layers;
  return {};
}

std::string layers_text(const TrialSettings& settings) {
  std::string text = to_text(NetworkSpec{settings.layers});
  if (!text.empty()) text.pop_back();
  return text;
}

Activation activation_in(const Layer& layer) {
  const auto of = [](const auto& one) {
    if constexpr (requires { one.activation; })
      return one.activation;
    else
      return Activation::identity;
  };
  return std::visit(of, layer);
}

/// Smooth activations only, and nothing leads past them.
bool may_stay_at_the_mean(const std::vector<Layer>& layers) {
  bool smooth = false;
  for (const auto& layer : layers) {
    if (std::holds_alternative<Residual>(layer)) return false;
    const auto activation = activation_in(layer);
    if (activation == Activation::gelu || activation == Activation::silu) smooth = true;
    if (activation == Activation::relu || activation == Activation::gate) return false;
  }
  return smooth;
}

/// One key: how it is set from text, and its text if it has one.
struct Entry {
  TrialKey key;
  Problem (*set)(TrialSettings&, const std::string&);
  std::optional<std::string> (*get)(const TrialSettings&);
};

using S = TrialSettings;
using Text = const std::string&;
using Word = std::optional<std::string>;

// Columns: key, help, kind; from text; to text.
const std::vector<Entry>& entries() {
  static const std::vector<Entry> all{
      {{"output", "output to learn; the first one with an axis", KeyKind::text},
       [](S& s, Text t) -> Problem { return s.output = t, std::nullopt; },
       [](const S& s) -> Word { return s.output; }},
      {{"stage", "last stage to learn from; all that is recorded", KeyKind::text},
       [](S& s, Text t) -> Problem { return s.stage = t, std::nullopt; },
       [](const S& s) -> Word { return s.stage; }},
      {{"fraction", "share of those samples to learn from, by a hash of the index; 100%", KeyKind::number},
       [](S& s, Text t) {
         return set_number(s.fraction, t, {0, Least::is_too_small, 1});
       },
       [](const S& s) -> Word { return text_of(s.fraction); }},
      {{"hold_out", "share of all samples that no training sees; 10%", KeyKind::number},
       [](S& s, Text t) {
         return set_number(s.hold_out, t, {0, Least::is_too_small, 0.5});
       },
       [](const S& s) -> Word { return text_of(s.hold_out); }},
      {{"layers", "the network, layer by layer, but for the last one; sets preset: layers", KeyKind::lines},
       [](S& s, Text t) { return set_layers(s, t); },
       [](const S& s) -> Word { return s.layers.empty() ? Word{} : layers_text(s); }},
      {{"preset", "residual, cnn, mlp or layers; residual", KeyKind::text},
       [](S& s, Text t) { return set_word(s.preset, t, Preset::layers, preset_of(t)); },
       [](const S& s) -> Word { return std::string{to_string(s.preset)}; }},
      {{"width", "numbers a layer gives; 256", KeyKind::number},
       [](S& s, Text t) {
         return set_count(s.width, t, {1, 65'536});
       },
       [](const S& s) -> Word { return std::to_string(s.width); }},
      {{"blocks", "residual blocks, or hidden layers of mlp; 3", KeyKind::number},
       [](S& s, Text t) {
         return set_count(s.blocks, t, {0, 1000});
       },
       [](const S& s) -> Word { return std::to_string(s.blocks); }},
      {{"channels", "channels of cnn; 16", KeyKind::number},
       [](S& s, Text t) {
         return set_count(s.channels, t, {1, 4096});
       },
       [](const S& s) -> Word { return std::to_string(s.channels); }},
      {{"target", "value, derivative or components; components", KeyKind::text},
       [](S& s, Text t) { return set_word(s.targets.form, t, TargetForm::components, target_form_of(t)); },
       [](const S& s) -> Word { return std::string{to_string(s.targets.form)}; }},
      {{"components", "principal components, at most; 64", KeyKind::number},
       [](S& s, Text t) {
         return set_count(s.targets.components, t, {1, 65'536});
       },
       [](const S& s) -> Word { return std::to_string(s.targets.components); }},
      {{"baseline", "polynomial taken off first: off, linear or cubic; cubic", KeyKind::text},
       [](S& s, Text t) { return set_word(s.targets.baseline, t, Baseline::cubic, baseline_of(t)); },
       [](const S& s) -> Word { return std::string{to_string(s.targets.baseline)}; }},
      {{"floor", "decades below a spectrum's peak at which it is floored, or off; 10", KeyKind::number},
       [](S& s, Text t) { return set_floor(s, t); },
       [](const S& s) -> Word { return s.targets.floor_dex ? text_of(*s.targets.floor_dex) : "off"; }},
      {{"scaling", "of the targets: global, or each for itself; global", KeyKind::text},
       [](S& s, Text t) { return set_word(s.targets.scaling, t, Scaling::each, scaling_of(t)); },
       [](const S& s) -> Word { return std::string{to_string(s.targets.scaling)}; }},
      {{"batch", "samples a step; 64", KeyKind::number},
       [](S& s, Text t) {
         return set_count(s.batch, t, {1, 10'000'000});
       },
       [](const S& s) -> Word { return std::to_string(s.batch); }},
      {{"learning_rate", "of the schedule's top; 0.003", KeyKind::number},
       [](S& s, Text t) {
         return set_number(s.learning_rate, t, {0, Least::is_too_small, 10});
       },
       [](const S& s) -> Word { return text_of(s.learning_rate); }},
      {{"weight_decay", "of AdamW; 1e-05", KeyKind::number},
       [](S& s, Text t) {
         return set_number(s.weight_decay, t, {0, Least::may_be, 10});
       },
       [](const S& s) -> Word { return text_of(s.weight_decay); }},
      {{"clip", "largest norm of a gradient; 1", KeyKind::number},
       [](S& s, Text t) {
         return set_number(s.clip, t, {0, Least::is_too_small, 1e6});
       },
       [](const S& s) -> Word { return text_of(s.clip); }},
      {{"minutes", "processor time of the training, in minutes or as a duration; 1", KeyKind::number},
       [](S& s, Text t) { return set_minutes(s, t); },
       [](const S& s) -> Word { return s.minutes ? Word{text_of(*s.minutes)} : Word{}; }},
      {{"epochs", "or its length in passes through the samples", KeyKind::number},
       [](S& s, Text t) { return set_epochs(s, t); },
       [](const S& s) -> Word { return s.epochs ? Word{std::to_string(*s.epochs)} : Word{}; }},
      {{"patience", "checks (20 a training) without a better one after which it stops; 0: never",
        KeyKind::number},
       [](S& s, Text t) {
         return set_count(s.patience, t, {0, 1000});
       },
       [](const S& s) -> Word { return std::to_string(s.patience); }},
      {{"seed", "of the first weights and of the order of the samples; 1", KeyKind::number},
       [](S& s, Text t) {
         return set_count(s.seed, t, {0, std::uint64_t{1} << 53});
       },
       [](const S& s) -> Word { return std::to_string(s.seed); }},
      {{"threads", "of one training; 1", KeyKind::number},
       [](S& s, Text t) {
         return set_count(s.threads, t, {1, 1024});
       },
       [](const S& s) -> Word { return std::to_string(s.threads); }},
      {{"device", "cpu or cuda; cpu", KeyKind::text},
       [](S& s, Text t) { return set_device(s, t); },
       [](const S& s) -> Word { return s.device; }},
      {{"window", "decades below a spectrum's peak in which errors count, or all; 8", KeyKind::number},
       [](S& s, Text t) { return set_window(s, t); },
       [](const S& s) -> Word { return s.window == infinity ? "all" : text_of(s.window); }},
      {{"checkpoint", "processor time between two checkpoints; 30 s", KeyKind::number},
       [](S& s, Text t) { return set_checkpoint(s, t); },
       [](const S& s) -> Word { return text_of(s.checkpoint_s); }},
  };
  return all;
}

}  // namespace

const std::vector<TrialKey>& trial_keys() {
  static const std::vector<TrialKey> keys = [] {
    std::vector<TrialKey> all;
    for (const auto& entry : entries()) all.push_back(entry.key);
    return all;
  }();
  return keys;
}

std::optional<std::string> set(TrialSettings& settings, const std::string& key, const std::string& text) {
  const auto& all = entries();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Entry& entry) { return entry.key.key == key; });
  if (found == all.end()) {
    std::vector<std::string> names;
    for (const auto& entry : all) names.push_back(entry.key.key);
    return "a training has no key " + quoted(key) + near(key, names);
  }
  TrialSettings changed = settings;
  if (const auto problem = found->set(changed, text)) return key + ": " + *problem;
  settings = std::move(changed);
  return {};
}

std::vector<TrialWord> to_words(const TrialSettings& settings, Which which) {
  const TrialSettings defaults;
  std::vector<TrialWord> words;
  for (const auto& entry : entries()) {
    const auto text = entry.get(settings);
    if (text && (which == Which::all || text != entry.get(defaults))) words.push_back({entry.key.key, *text});
  }
  // Behind `layers` it has to be said.
  if (which == Which::changed && !settings.layers.empty() && settings.preset == defaults.preset) {
    const auto layers =
        std::find_if(words.begin(), words.end(), [](const auto& word) { return word.key == "layers"; });
    words.insert(std::next(layers), {"preset", std::string{to_string(settings.preset)}});
  }
  return words;
}

std::optional<std::string> problem_of(const TrialSettings& settings, std::uint64_t inputs) {
  if (settings.preset == Preset::layers && settings.layers.empty())
    return "preset: layers needs `layers:`, a list such as [linear 256, residual gelu]";
  const auto network = network_of(settings, std::max<std::uint64_t>(1, settings.targets.components));
  const auto shapes = shapes_of(network, inputs);
  if (const auto* fault = std::get_if<LayerFault>(&shapes)) return "layers: " + fault->what;
  const auto count = parameter_count(network, inputs);
  if (count > most_parameters)
    return "the network has " + std::to_string(count) + " weights, more than " +
           std::to_string(most_parameters) + ": make it narrower";
  return {};
}

std::vector<std::string> warnings_of(const TrialSettings& settings) {
  std::vector<std::string> warnings;
  if (settings.targets.scaling == Scaling::each)
    warnings.emplace_back(
        "scaling: each lets a point that hardly varies weigh as much as the peak: `scaling: global` does "
        "not");
  if (settings.preset == Preset::layers && may_stay_at_the_mean(settings.layers))
    warnings.emplace_back(
        "layers: gelu or silu without residual blocks often stays at the mean of all spectra: use `residual "
        "gelu`, "
        "relu or gate");
  return warnings;
}

}  // namespace tranche::learn
