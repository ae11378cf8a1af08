/// The simulator, its retries, its resources, and how the store is written.
#include <algorithm>

#include "readers.hpp"
#include "scalars.hpp"
#include "tranche/base/text.hpp"

namespace tranche::config {
namespace {

constexpr std::uint64_t least_memory = 1'000'000;
constexpr std::uint64_t most_attempts = 255;  ///< an attempt's number has 8 bits
constexpr double least_epoch_s = 0.01;

/// Keys that say what kind of simulator this is; exactly one must be there.
const std::vector<std::string> kinds{"plugin", "command", "worker", "python"};

/// The one that is, or nullptr after a problem.
const YamlEntry* find_kind(MapReader& keys, const YamlNode& node, Findings& findings) {
  const YamlEntry* found = nullptr;
  for (const auto& entry : node.entries) {
    if (std::ranges::find(kinds, entry.key.text) == kinds.end()) continue;
    if (found != nullptr)
      findings.add(entry.key, {"`simulator` is " + ticked(found->key.text) + " and " +
                                   ticked(entry.key.text) + " at once",
                               "a campaign has one simulator", "keep one of them"});
    else
      found = &entry;
  }
  if (found == nullptr)
    keys.miss(
        kinds, node.mark,
        {"`simulator` needs one of " + listed(kinds, "or"), "", "simulator: {plugin: libmy_plugin.so}"});
  // Known to the reader, and not empty.
  for (const auto& kind : kinds) keys.find_or_empty(kind);
  if (found == nullptr || keys.find(found->key.text) == nullptr) return nullptr;
  return found;
}

void read_kind(MapReader& keys, const YamlEntry& kind, Reading& reading) {
  auto& spec = reading.spec.simulator.kind;
  const auto files = [&] {
    const auto* node = keys.find("files");
    return node == nullptr ? std::vector<std::string>{} : read_simulator_files(*node, reading);
  };
  if (kind.key.text == "plugin") {
    spec = campaign::PluginSpec{read_text(kind.value, "`plugin`", reading.findings).value_or("")};
  } else if (kind.key.text == "command") {
    spec = read_command(kind.value, keys, reading);
  } else if (kind.key.text == "worker") {
    auto worker = read_worker(kind.value, reading);
    worker.files = files();
    spec = std::move(worker);
  } else {
    auto python = read_python(kind.value, reading);
    python.files = files();
    spec = std::move(python);
  }
}

void read_memory(const YamlNode& node, Reading& reading) {
  const auto bytes = read_size(node, "`memory`", reading.findings);
  if (!bytes) return;
  if (*bytes < least_memory)
    reading.findings.add(
        node, {"`memory` is " + format_size(static_cast<double>(*bytes)) + ", too little for any process",
               "it is the limit of one slot, in bytes without a unit", "memory: 2 GB"});
  reading.spec.simulator.memory_bytes = bytes;
}

std::uint8_t read_retry(MapReader& keys, const char* key, std::uint8_t otherwise, Findings& findings) {
  const auto* node = keys.find(key);
  if (node == nullptr) return otherwise;
  return static_cast<std::uint8_t>(read_count(*node, ticked(key), {0, 100}, findings).value_or(otherwise));
}

/// `failed/no_root: 2`: one reason inside a state.
void read_reason_retries(MapReader& keys, const YamlNode& node, Reading& reading) {
  using campaign::RetrySpec;
  static const std::vector<std::string> states{"failed", "timeout", "crashed"};
  for (const auto& entry : node.entries) {
    const auto& key = entry.key.text;
    const auto slash = key.find('/');
    if (slash == std::string::npos) continue;
    const auto word = key.substr(0, slash);
    const auto state = std::ranges::find(states, word);
    RetrySpec::ForReason reason;
    reason.reason = key.substr(slash + 1);
    if (state == states.end() || reason.reason.empty()) {
      keys.refuse(key,
                  {state == states.end() ? ticked(word) + " is no state that is retried" + hint(word, states)
                                         : "a reason stands behind the slash",
                   "a key is a state, or STATE/REASON as `tranche failures` shows them",
                   "retries: {crashed: 1, failed/no_root: 2}"});
      continue;
    }
    constexpr SampleState numbers[] = {SampleState::failed, SampleState::timeout, SampleState::crashed};
    reason.state = numbers[state - states.begin()];
    reason.attempts = read_retry(keys, key.c_str(), 0, reading.findings);
    reading.spec.retries.reasons.push_back(std::move(reason));
  }
}

void read_ranks(const YamlNode& node, Reading& reading) {
  const auto ranks = read_count(node, "`ranks`", {1, 65'535}, reading.findings);
  if (!ranks) return;
  if (*ranks > 1 && !std::holds_alternative<campaign::CommandSpec>(reading.spec.simulator.kind))
    reading.findings.add(node, {"`ranks` belongs to a `command`",
                                "only a program of its own can be an MPI program", "remove it, or ranks: 1"});
  reading.spec.resources.ranks = static_cast<std::uint32_t>(*ranks);
}

void read_retry_map(const YamlNode& node, Reading& reading) {
  auto& retries = reading.spec.retries;
  MapReader keys{node, "`retries`", reading.findings};
  retries.failed = read_retry(keys, "failed", retries.failed, reading.findings);
  retries.timeout = read_retry(keys, "timeout", retries.timeout, reading.findings);
  retries.crashed = read_retry(keys, "crashed", retries.crashed, reading.findings);
  read_reason_retries(keys, node, reading);
  keys.refuse("invalid", {"an invalid point is never retried",
                          "the simulator says that it has no meaning there", "remove it"});
  keys.finish();
  if (1u + retries.failed + retries.timeout + retries.crashed > most_attempts)
    reading.findings.add(node, {"more than " + std::to_string(most_attempts) + " attempts at one sample", "",
                                "fewer retries"});
}

/// What may be over in a while, and is not the sample's fault, asks for another attempt.
void add_passing_failures(campaign::RetrySpec& retries) {
  constexpr std::uint8_t attempts = 3;
  for (const auto reason : campaign::passing_failures) {
    const bool told = std::ranges::any_of(retries.reasons, [&](const campaign::RetrySpec::ForReason& each) {
      return each.state == SampleState::failed && each.reason == reason;
    });
    if (!told) retries.reasons.push_back({SampleState::failed, std::string{reason}, attempts});
  }
}

}  // namespace

void read_simulator(const YamlNode* node, Reading& reading) {
  const std::string example = "simulator: {plugin: libmy_plugin.so}";
  if (node == nullptr || !expect_map(*node, "`simulator`", example, reading.findings)) return;
  auto& simulator = reading.spec.simulator;
  simulator.where = reading.place(*node);
  MapReader keys{*node, "`simulator`", reading.findings};
  if (const auto* kind = find_kind(keys, *node, reading.findings)) read_kind(keys, *kind, reading);
  if (const auto* timeout = keys.find("timeout"))
    simulator.timeout_s = read_duration(*timeout, "`timeout`", reading.findings);
  if (const auto* memory = keys.find("memory")) read_memory(*memory, reading);
  keys.finish();
}

void read_retries(const YamlNode* node, Reading& reading) {
  if (node != nullptr &&
      expect_map(*node, "`retries`", "retries: {crashed: 1, timeout: 0}", reading.findings))
    read_retry_map(*node, reading);
  if (std::holds_alternative<campaign::CommandSpec>(reading.spec.simulator.kind))
    add_passing_failures(reading.spec.retries);
}

void read_resources(const YamlNode* node, Reading& reading) {
  if (node == nullptr ||
      !expect_map(*node, "`resources`", "resources: {slots: auto, threads: 1}", reading.findings))
    return;
  auto& resources = reading.spec.resources;
  MapReader keys{*node, "`resources`", reading.findings};
  const auto* slots = keys.find("slots");
  if (slots != nullptr && !(slots->is_scalar() && slots->text == "auto"))
    if (const auto count = read_count(*slots, "`slots` (a number or `auto`)", {1, 65'535}, reading.findings))
      resources.slots = static_cast<std::uint32_t>(*count);
  if (const auto* threads = keys.find("threads"))
    resources.threads = static_cast<std::uint32_t>(
        read_count(*threads, "`threads`", {1, 4096}, reading.findings).value_or(1));
  if (const auto* ranks = keys.find("ranks")) read_ranks(*ranks, reading);
  keys.refuse_later({{"gpus", "give slots their GPU"}});
  keys.finish();
}

void read_store(const YamlNode* node, Reading& reading) {
  if (node == nullptr || !expect_map(*node, "`store`", "store: {epoch: 10 s}", reading.findings)) return;
  auto& store = reading.spec.store;
  MapReader keys{*node, "`store`", reading.findings};
  if (const auto* epoch = keys.find("epoch")) {
    store.epoch_s = read_duration(*epoch, "`epoch`", reading.findings).value_or(store.epoch_s);
    if (store.epoch_s < least_epoch_s)
      reading.findings.add(
          *epoch, {"`epoch` is shorter than 10 ms", "every epoch waits for the disk", "epoch: 10 s"});
  }
  if (const auto* write = keys.find("write"))
    if (const auto choice = read_choice(*write, "`write`", {"independent", "collective"}, reading.findings))
      store.write = static_cast<campaign::WriteMode>(*choice);
  keys.refuse("compression",
              {"the live store is never compressed", "parallel writes and recovery need plain rows",
               "remove it; compression belongs to `tranche export`"});
  keys.finish();
}

}  // namespace tranche::config
