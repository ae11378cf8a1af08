#include "tranche/learn/trial_words.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <limits>
#include <set>

using namespace tranche::learn;

namespace {

/// With one key set.
TrialSettings with(const std::string& key, const std::string& text) {
  TrialSettings settings;
  INFO(key << ": " << text);
  const auto problem = set(settings, key, text);
  CHECK(problem.value_or("") == "");
  return settings;
}

/// What is said about it; the settings must not have changed.
std::string problem(const std::string& key, const std::string& text) {
  TrialSettings settings;
  const auto found = set(settings, key, text);
  CHECK(settings == TrialSettings{});
  return found.value_or("accepted");
}

TrialSettings from_words(const std::vector<TrialWord>& words) {
  TrialSettings settings;
  for (const auto& word : words) CHECK(set(settings, word.key, word.text).value_or("") == "");
  return settings;
}

/// Every key away from its default.
TrialSettings unusual() {
  TrialSettings settings;
  settings.output = "sed";
  settings.stage = "tenth";
  settings.fraction = 1.0 / 3;
  settings.hold_out = 0.05;
  settings.preset = Preset::layers;
  settings.width = 384;
  settings.blocks = 0;
  settings.channels = 8;
  settings.layers = {Linear{64, Activation::gate}, Dropout{0.1}, Residual{}};
  settings.targets = {std::nullopt, Baseline::off, TargetForm::derivative, 128, Scaling::each};
  settings.batch = 256;
  settings.learning_rate = 2.5e-3;
  settings.weight_decay = 0;
  settings.clip = 0.5;
  settings.minutes = 1.25;
  settings.patience = 5;
  settings.seed = 77;
  settings.threads = 2;
  settings.device = "cuda";
  settings.window = std::numeric_limits<double>::infinity();
  settings.checkpoint_s = 5;
  return settings;
}

}  // namespace

TEST_CASE("Every key takes its words") {
  CHECK(with("fraction", "10%").fraction == 0.1);
  CHECK(with("hold_out", "0.2").hold_out == 0.2);
  CHECK(with("preset", "cnn").preset == Preset::cnn);
  CHECK(with("width", "1_024").width == 1024);
  CHECK(with("batch", "1e3").batch == 1000);
  CHECK(with("target", "value").targets.form == TargetForm::value);
  CHECK(with("floor", "off").targets.floor_dex == std::nullopt);
  CHECK(with("floor", "12").targets.floor_dex == 12.0);
  CHECK(with("scaling", "each").targets.scaling == Scaling::each);
  CHECK(with("minutes", "5").minutes == 5.0);
  CHECK(with("minutes", "90 s").minutes == 1.5);
  CHECK(with("minutes", "1h30m").minutes == 90.0);
  CHECK(with("epochs", "20").epochs == 20u);
  CHECK(with("checkpoint", "2 min").checkpoint_s == 120);
  CHECK(with("window", "all").window == std::numeric_limits<double>::infinity());
  CHECK(with("threads", "2").threads == 2);
  CHECK(with("output", "sed").output == "sed");
}

TEST_CASE("Layers stand on lines or between semicolons, and choose their preset") {
  const auto settings = with("layers", "linear 64 relu; residual\n  upsample 2 ;");
  CHECK(settings.layers == std::vector<Layer>{Linear{64, Activation::relu}, Residual{}, Upsample{2}});
  CHECK(settings.preset == Preset::layers);
  CHECK(problem("layers", "linear 64; linera 5") ==
        "layers: layer 2: `linera 5`: there is no layer `linera`: did you mean `linear`?");
  CHECK(problem("layers", " ; ") == "layers: there is no layer in it");
}

TEST_CASE("Of minutes and epochs the last one counts") {
  TrialSettings settings;
  CHECK_FALSE(set(settings, "minutes", "5"));
  CHECK_FALSE(set(settings, "epochs", "20"));
  CHECK_FALSE(settings.minutes);
  CHECK_FALSE(set(settings, "minutes", "5"));
  CHECK_FALSE(settings.epochs);
}

TEST_CASE("What a key cannot take is said with what it can") {
  CHECK(problem("widht", "5") == "a training has no key `widht`: did you mean `width`?");
  CHECK(problem("optimizer", "5").find("a training has no key `optimizer`; there are output, stage, ") == 0);
  CHECK(problem("width", "0") == "width: `0` is no whole number from 1 to 65536");
  CHECK(problem("width", "2.5") == "width: `2.5` is no whole number from 1 to 65536");
  CHECK(problem("preset", "residul") == "preset: `residul` is none of its words: did you mean `residual`?");
  CHECK(problem("target", "x") ==
        "target: `x` is none of its words; there are value, derivative, components");
  CHECK(problem("device", "gpu") == "device: `gpu` is none of its words: did you mean `cuda`?");
  CHECK(problem("device", "tpu-v4") == "device: `tpu-v4` is none of its words; there are cpu, cuda");
  CHECK(problem("fraction", "0") == "fraction: `0` is no number above 0 and at most 1");
  CHECK(problem("fraction", "120%") == "fraction: `120%` is no number above 0 and at most 1");
  CHECK(problem("hold_out", "0") == "hold_out: `0` is no number above 0 and at most 0.5");
  CHECK(problem("weight_decay", "-1") == "weight_decay: `-1` is no number of at least 0 and at most 10");
  CHECK(problem("learning_rate", "fast") == "learning_rate: `fast` is no number above 0 and at most 10");
  CHECK(problem("floor", "no") == "floor: `no` is no number above 0 and at most 100, or `off`");
  CHECK(problem("window", "0") == "window: `0` is no number above 0 and at most 1000, or `all`");
  CHECK(problem("minutes", "0 s") ==
        "minutes: `0 s` is no number above 0 and at most 1e+06 (minutes; or a duration: `90 s`, `1h30m`)");
  CHECK(
      problem("checkpoint", "often") ==
      "checkpoint: `often` is no number above 0 and at most 86400 (seconds; or a duration: `30 s`, `5 min`)");
  CHECK(problem("epochs", "0") == "epochs: `0` is no whole number from 1 to 1000000");
  CHECK(problem("seed", "-1") == "seed: `-1` is no whole number from 0 to 9007199254740992");
  CHECK(problem("baseline", "quadratic") ==
        "baseline: `quadratic` is none of its words; there are off, linear, cubic");
}

TEST_CASE("Words give the settings again") {
  CHECK(to_words(TrialSettings{}, Which::changed).empty());
  CHECK(from_words(to_words(TrialSettings{}, Which::all)) == TrialSettings{});
  const auto settings = unusual();
  CHECK(from_words(to_words(settings, Which::all)) == settings);
  CHECK(from_words(to_words(settings, Which::changed)) == settings);
  CHECK(to_words(settings, Which::changed).size() == trial_keys().size() - 1);  // minutes or epochs
  auto epochs = settings;
  epochs.minutes.reset();
  epochs.epochs = 30;
  epochs.preset = Preset::residual;  // with layers that are not used
  CHECK(from_words(to_words(epochs, Which::changed)) == epochs);
  const auto width = with("width", "64");
  CHECK(to_words(width, Which::changed) == std::vector<TrialWord>{{"width", "64"}});
}

TEST_CASE("Every key has one line of help and one place") {
  std::set<std::string> keys;
  for (const auto& key : trial_keys()) {
    INFO(key.key);
    CHECK(keys.insert(key.key).second);
    CHECK_FALSE(key.help.empty());
    CHECK(key.help.size() <= 100);
    CHECK(key.help.find('\n') == std::string::npos);
  }
}

TEST_CASE("The page on trials lists every key with its help") {
  std::ifstream page{TRANCHE_TRIALS_PAGE};
  const std::string text{std::istreambuf_iterator<char>{page}, {}};
  std::string rows;
  for (const auto& key : trial_keys()) rows += "| `" + key.key + "` | " + key.help + " |\n";
  CHECK_THAT(text, Catch::Contains(rows));
}

TEST_CASE("Settings are looked at as a whole") {
  CHECK_FALSE(problem_of(TrialSettings{}, 7));
  CHECK_FALSE(problem_of(unusual(), 7));
  TrialSettings settings;
  settings.preset = Preset::layers;
  CHECK(problem_of(settings, 7) ==
        "preset: layers needs `layers:`, a list such as [linear 256, residual gelu]");
  settings.layers = {Linear{256, Activation::relu}, Reshape{{16, 12}}};
  CHECK(problem_of(settings, 7) ==
        "layers: layer 2 (reshape 16 12) gives 16 x 12, 192 numbers, and gets 1 x 256, 256 numbers");
  TrialSettings huge;
  huge.width = 65'536;
  CHECK(problem_of(huge, 7).value_or("").find("more than 200000000: make it narrower") != std::string::npos);
}

TEST_CASE("What is allowed and seldom meant is said") {
  CHECK(warnings_of(TrialSettings{}).empty());
  CHECK(warnings_of(with("scaling", "each")).size() == 1);
  CHECK(warnings_of(with("layers", "linear 64 gelu; linear 64 silu")).size() == 1);
  CHECK(warnings_of(with("layers", "linear 64 gelu; residual")).empty());
  CHECK(warnings_of(with("layers", "linear 64 relu; linear 64 gelu")).empty());
  CHECK(warnings_of(with("layers", "linear 64 tanh")).empty());
}

TEST_CASE("Each preset is the network of its settings") {
  TrialSettings settings;
  settings.width = 32;
  CHECK(network_of(settings, 5) == residual_network(32, 3, 5));
  settings.preset = Preset::mlp;
  CHECK(network_of(settings, 5) == mlp_network(32, 3, 5));
  settings.preset = Preset::cnn;
  CHECK(network_of(settings, 5) == cnn_network(32, 16, 5));
  settings.preset = Preset::layers;
  settings.layers = {Linear{4, Activation::tanh}};
  CHECK(network_of(settings, 5) ==
        NetworkSpec{{Linear{4, Activation::tanh}, Linear{5, Activation::identity}}});
}
