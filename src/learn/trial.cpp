#include "tranche/learn/trial.hpp"

#include "word_table.hpp"

namespace tranche::learn {
namespace {

constexpr WordTable<Preset, 4> presets{{"residual", "cnn", "mlp", "layers"}};
constexpr WordTable<TrialEnd, 4> ends{{"ok", "diverged", "plateau", "stopped"}};

}  // namespace

std::string_view to_string(Preset preset) noexcept {
  return presets.word(preset);
}

std::optional<Preset> preset_of(std::string_view word) noexcept {
  return presets.value(word);
}

std::string_view to_string(TrialEnd end) noexcept {
  return ends.word(end);
}

std::optional<TrialEnd> trial_end_of(std::string_view word) noexcept {
  return ends.value(word);
}

NetworkSpec network_of(const TrialSettings& settings, std::uint64_t targets) {
  switch (settings.preset) {
    case Preset::residual:
      return residual_network(settings.width, settings.blocks, targets);
    case Preset::cnn:
      return cnn_network(settings.width, settings.channels, targets);
    case Preset::mlp:
      return mlp_network(settings.width, settings.blocks, targets);
    case Preset::layers:
      break;
  }
  NetworkSpec network{settings.layers};
  network.layers.emplace_back(Linear{targets, Activation::identity});
  return network;
}

}  // namespace tranche::learn
