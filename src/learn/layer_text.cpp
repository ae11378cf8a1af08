#include <algorithm>
#include <array>
#include <sstream>
#include <utility>

#include "tranche/learn/network.hpp"
#include "values.hpp"
#include "word_table.hpp"

namespace tranche::learn {
namespace {

constexpr WordTable<Activation, 7> activations{{"identity", "relu", "tanh", "atan", "gelu", "silu", "gate"}};

/// No network that anybody trains comes near it; what a file says is not believed beyond it.
constexpr std::uint64_t largest_number = 1'000'000;

std::string with_activation(const std::string& words, Activation activation) {
  return words + ' ' + std::string{to_string(activation)};
}

std::string line_of(const Linear& layer) {
  return with_activation("linear " + std::to_string(layer.width), layer.activation);
}

std::string line_of(const Residual& layer) {
  return with_activation("residual", layer.activation);
}

std::string line_of(const Reshape& layer) {
  return "reshape " + std::to_string(layer.shape.channels) + ' ' + std::to_string(layer.shape.length);
}

std::string line_of(const Conv& layer) {
  return with_activation("conv " + std::to_string(layer.channels) + ' ' + std::to_string(layer.kernel),
                         layer.activation);
}

std::string line_of(const Transposed& layer) {
  return with_activation("transposed " + std::to_string(layer.channels) + ' ' + std::to_string(layer.kernel) +
                             ' ' + std::to_string(layer.stride),
                         layer.activation);
}

std::string line_of(const Upsample& layer) {
  return "upsample " + std::to_string(layer.factor);
}

std::string line_of(const Dropout& layer) {
  return "dropout " + text_of(layer.share);
}

/// How a layer is written, and how many numbers it takes.
struct Form {
  std::string_view kind;
  std::size_t numbers;
  bool activation;  ///< one may follow
  std::string_view usage;
};

constexpr std::array forms{
    Form{"linear", 1, true, "linear WIDTH [ACTIVATION]"},
    Form{"residual", 0, true, "residual [ACTIVATION]"},
    Form{"reshape", 2, false, "reshape CHANNELS LENGTH"},
    Form{"conv", 2, true, "conv CHANNELS KERNEL [ACTIVATION]"},
    Form{"transposed", 3, true, "transposed CHANNELS KERNEL STRIDE [ACTIVATION]"},
    Form{"upsample", 1, false, "upsample FACTOR"},
    Form{"dropout", 1, false, "dropout SHARE"},
};

/// What is wrong, in words; thrown and caught in this file only.
struct Fault {
  std::string what;
};

const Form& form_of(const std::string& kind) {
  const auto found =
      std::find_if(forms.begin(), forms.end(), [&](const Form& form) { return form.kind == kind; });
  if (found != forms.end()) return *found;
  std::vector<std::string> kinds;
  for (const auto& form : forms) kinds.emplace_back(form.kind);
  throw Fault{"there is no layer `" + kind + "`" + near(kind, kinds)};
}

std::uint64_t whole(const std::string& word) {
  const auto number = parse_count(word);
  if (!number || *number == 0 || *number > largest_number)
    throw Fault{"`" + word + "` is no whole number from 1 to " + std::to_string(largest_number)};
  return *number;
}

double share(const std::string& word) {
  const auto number = parse_number(word);
  if (!number || *number < 0 || *number >= 1)
    throw Fault{"`" + word + "` is no share of at least 0 and less than 1"};
  return *number;
}

Activation activation(const std::string& word) {
  if (const auto known = activations.value(word)) return *known;
  throw Fault{"there is no activation `" + word + "`" +
              near(word, {activations.words.begin(), activations.words.end()})};
}

Layer layer_of(const std::vector<std::string>& words) {
  if (words.empty()) throw Fault{"a layer is missing"};
  const Form& form = form_of(words[0]);
  const std::size_t given = words.size() - 1;
  if (given < form.numbers || given > form.numbers + (form.activation ? 1 : 0))
    throw Fault{"write it as `" + std::string{form.usage} + "`"};
  if (form.kind == "dropout") return Dropout{share(words[1])};
  std::array<std::uint64_t, 3> n{};
  for (std::size_t k = 0; k < form.numbers; ++k) n[k] = whole(words[k + 1]);
  const auto last = given > form.numbers ? std::optional{activation(words.back())} : std::nullopt;
  const auto or_none = last.value_or(Activation::identity);
  if (form.kind == "linear") return Linear{n[0], or_none};
  if (form.kind == "residual") return Residual{last.value_or(Activation::gelu)};
  if (form.kind == "reshape") return Reshape{{n[0], n[1]}};
  if (form.kind == "conv") return Conv{n[0], n[1], or_none};
  if (form.kind == "transposed") return Transposed{n[0], n[1], n[2], or_none};
  return Upsample{n[0]};
}

}  // namespace

std::string_view to_string(Activation activation) noexcept {
  return activations.word(activation);
}

std::optional<Activation> activation_of(std::string_view word) noexcept {
  return activations.value(word);
}

std::string to_text(const Layer& layer) {
  return std::visit([](const auto& one) { return line_of(one); }, layer);
}

std::string to_text(const NetworkSpec& network) {
  std::string text;
  for (const auto& layer : network.layers) text += to_text(layer) + '\n';
  return text;
}

std::variant<Layer, LayerFault> layer_from_text(const std::string& line) {
  std::istringstream stream{line};
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  try {
    return layer_of(words);
  } catch (const Fault& fault) {
    return LayerFault{0, "`" + line + "`: " + fault.what};
  }
}

}  // namespace tranche::learn
