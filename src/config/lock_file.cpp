#include "tranche/config/lock_file.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <span>
#include <sstream>

#include "tranche/base/checksum.hpp"
#include "tranche/base/text.hpp"

namespace tranche::config {
namespace {

using campaign::CampaignSpec;
using campaign::DataFact;

constexpr int lock_version = 1;

std::string number(double value) {
  std::ostringstream text;
  text.precision(17);
  text << value;
  return text.str();
}

std::string gate_text(const campaign::GateSpec& gate) {
  using Gate = campaign::GateSpec;
  if (gate.kind == Gate::Kind::ask) return "ask";
  if (gate.kind == Gate::Kind::pass) return "pass";
  std::string text = "require";
  for (const auto& condition : gate.conditions) text += (text == "require" ? " " : ", ") + condition.text;
  return text + (gate.otherwise == Gate::Otherwise::stop ? "; otherwise stop" : "; otherwise ask");
}

/// What may change between runs, with the defaults filled in.
std::vector<DataFact> settings_of(const CampaignSpec& spec) {
  const auto& [kind, timeout, memory, where] = spec.simulator;
  const auto& limits = spec.limits;
  std::vector<DataFact> facts{
      {"simulator.timeout", timeout ? number(*timeout) + " s" : "none"},
      {"simulator.memory", memory ? std::to_string(*memory) + " B" : "none"},
      {"retries.failed", std::to_string(spec.retries.failed)},
      {"retries.timeout", std::to_string(spec.retries.timeout)},
      {"retries.crashed", std::to_string(spec.retries.crashed)},
      {"resources.slots", spec.resources.slots ? std::to_string(*spec.resources.slots) : "auto"},
      {"resources.threads", std::to_string(spec.resources.threads)},
      {"resources.ranks", std::to_string(spec.resources.ranks)},
      {"store.epoch", number(spec.store.epoch_s) + " s"},
      {"store.write", spec.store.write == campaign::WriteMode::collective ? "collective" : "independent"}};
  for (const auto& each : spec.retries.reasons)
    facts.push_back(
        {"retries." + std::string{to_string(each.state)} + "/" + each.reason, std::to_string(each.attempts)});
  if (limits.fail_rate)
    facts.push_back(
        {"limits.fail_rate", number(*limits.fail_rate) + " after " + std::to_string(limits.after)});
  if (limits.consecutive) facts.push_back({"limits.consecutive", std::to_string(*limits.consecutive)});
  if (spec.budget.core_hours) facts.push_back({"budget.core_hours", number(*spec.budget.core_hours)});
  for (const auto& stage : spec.stages) facts.push_back({"gates." + stage.name, gate_text(stage.gate)});
  return facts;
}

YAML::Emitter& quoted(YAML::Emitter& out, const std::string& text) {
  return out << YAML::DoubleQuoted << text;
}

void emit_facts(YAML::Emitter& out, const char* key, const std::vector<DataFact>& facts) {
  out << YAML::Key << key << YAML::Value << YAML::BeginMap;
  for (const auto& fact : facts) {
    out << YAML::Key;
    quoted(out, fact.key) << YAML::Value;
    quoted(out, fact.value);
  }
  out << YAML::EndMap;
}

void emit_text(YAML::Emitter& out, const char* key, const std::string& value) {
  out << YAML::Key << key << YAML::Value;
  quoted(out, value);
}

void emit_map(YAML::Emitter& out, const char* key, const std::map<std::string, std::string>& map) {
  out << YAML::Key << key << YAML::Value << YAML::BeginMap;
  for (const auto& [name, value] : map) {
    out << YAML::Key;
    quoted(out, name) << YAML::Value;
    quoted(out, value);
  }
  out << YAML::EndMap;
}

void emit_stamp(YAML::Emitter& out, const CampaignSpec& spec, const LockStamp& stamp) {
  out << YAML::Key << "tranche_lock" << YAML::Value << lock_version;
  emit_text(out, "name", spec.name);
  emit_text(out, "campaign_id", stamp.campaign_id);
  out << YAML::Key << "revision" << YAML::Value << stamp.revision;
  emit_text(out, "source_digest", spec.source_digest);
  emit_text(out, "simulator_digest", stamp.simulator_digest);
  emit_map(out, "simulator_files", stamp.files);
  emit_map(out, "versions", stamp.versions);
}

void emit_plan(YAML::Emitter& out, const campaign::StagePlan& plan) {
  out << YAML::Key << "points" << YAML::Value << plan.points();
  out << YAML::Key << "design_sizes" << YAML::Value << YAML::Flow << YAML::BeginSeq;
  for (auto size : plan.design_sizes()) out << size;
  out << YAML::EndSeq << YAML::Key << "stages" << YAML::Value << YAML::BeginSeq;
  for (const auto& stage : plan.stages()) {
    out << YAML::Flow << YAML::BeginMap;
    emit_text(out, "name", stage.name);
    out << YAML::Key << "begin" << YAML::Value << stage.range.begin << YAML::Key << "end" << YAML::Value
        << stage.range.end << YAML::EndMap;
  }
  out << YAML::EndSeq;
}

[[noreturn]] void fail(const char* operation, const std::filesystem::path& path, int error) {
  throw IoError{std::string{operation} + " " + path.string() + ": " + std::strerror(error)};
}

/// An open file that is closed in any case.
class Descriptor {
 public:
  Descriptor(const std::filesystem::path& path, int flags)
      : number_{::open(path.c_str(), flags | O_CLOEXEC, 0666)} {
    if (number_ < 0) fail("cannot open", path, errno);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { ::close(number_); }
  int get() const noexcept { return number_; }

 private:
  int number_;
};

void write_durably(const std::filesystem::path& path, std::string_view text) {
  const Descriptor file{path, O_WRONLY | O_CREAT | O_TRUNC};
  while (!text.empty()) {
    const auto written = ::write(file.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("cannot write", path, errno);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(file.get()) != 0) fail("cannot flush", path, errno);
}

/// A directory that cannot be flushed (some network file systems) is no reason to stop.
void flush_directory(const std::filesystem::path& directory) {
  const Descriptor handle{directory, O_RDONLY | O_DIRECTORY};
  if (::fsync(handle.get()) != 0 && errno != EINVAL) fail("cannot flush", directory, errno);
}

std::vector<DataFact> facts_in(const YAML::Node& map) {
  std::vector<DataFact> facts;
  for (const auto& entry : map)
    facts.push_back({entry.first.as<std::string>(), entry.second.as<std::string>()});
  return facts;
}

/// A key that every lock has.
YAML::Node need(const YAML::Node& root, const char* key) {
  const auto node = root[key];
  if (!node) throw DamageError{std::string{"lock file: `"} + key + "` is missing"};
  return node;
}

/// The last line of a lock: digest of all before it, in which any change shows.
std::string digest_line(std::string_view text) {
  return "text_digest: " + digest128(std::as_bytes(std::span{text})).hex() + "\n";
}

void require_unaltered(std::string_view text) {
  const auto last = text.rfind('\n', text.size() < 2 ? text.npos : text.size() - 2);
  const auto before = text.substr(0, last == text.npos ? 0 : last + 1);
  if (text.substr(before.size()) != digest_line(before))
    throw DamageError{
        "lock file: altered or cut since it was written: its text does not have the digest in its last line",
        "put the file back from a copy of the campaign"};
}

LockFacts facts_of(const YAML::Node& root, std::string_view text) {
  if (!root.IsMap()) throw DamageError{"lock file: not a lock"};
  if (const int version = need(root, "tranche_lock").as<int>(); version > lock_version)
    throw Failure{ExitCode::usage,
                  "lock file: version " + std::to_string(version) +
                      ", and this tranche knows versions up to " + std::to_string(lock_version),
                  "use the newer tranche that wrote it"};
  require_unaltered(text);
  LockFacts facts;
  facts.name = need(root, "name").as<std::string>();
  facts.stamp.campaign_id = need(root, "campaign_id").as<std::string>();
  facts.stamp.revision = need(root, "revision").as<std::uint16_t>();
  facts.stamp.simulator_digest = need(root, "simulator_digest").as<std::string>();
  for (const auto& [program, version] : facts_in(need(root, "versions")))
    facts.stamp.versions[program] = version;
  if (const auto files = root["simulator_files"])
    for (const auto& [name, digest] : facts_in(files)) facts.stamp.files[name] = digest;
  facts.source_digest = need(root, "source_digest").as<std::string>();
  facts.points = need(root, "points").as<std::uint64_t>();
  facts.design_sizes = need(root, "design_sizes").as<std::vector<std::uint64_t>>();
  for (const auto& stage : need(root, "stages"))
    facts.stages.push_back({need(stage, "name").as<std::string>(), need(stage, "begin").as<std::uint64_t>(),
                            need(stage, "end").as<std::uint64_t>()});
  facts.data = facts_in(need(root, "data"));
  facts.settings = facts_in(need(root, "settings"));
  return facts;
}

}  // namespace

std::string lock_text(const CampaignSpec& spec, const campaign::StagePlan& plan, const LockStamp& stamp) {
  YAML::Emitter out;
  out << YAML::Comment("Written by tranche at the first run: what campaign.yaml meant. Do not edit.");
  out << YAML::BeginMap;
  emit_stamp(out, spec, stamp);
  emit_plan(out, plan);
  emit_facts(out, "data", campaign::data_facts(spec));
  emit_facts(out, "settings", settings_of(spec));
  out << YAML::EndMap;
  const std::string text = std::string{out.c_str()} + "\n";
  return text + digest_line(text);
}

void write_lock(const std::filesystem::path& path, const CampaignSpec& spec, const campaign::StagePlan& plan,
                const LockStamp& stamp) {
  const auto directory = path.has_parent_path() ? path.parent_path() : std::filesystem::path{"."};
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) throw IoError{"cannot make directory " + directory.string() + ": " + error.message()};
  auto temporary = path;
  temporary += ".new";
  write_durably(temporary, lock_text(spec, plan, stamp));
  std::filesystem::rename(temporary, path, error);
  if (error) throw IoError{"cannot rename " + temporary.string() + ": " + error.message()};
  flush_directory(directory);
}

LockFacts parse_lock(std::string_view text) {
  try {
    return facts_of(YAML::Load(std::string{text}), text);
  } catch (const YAML::Exception& error) {
    throw DamageError{std::string{"lock file: "} + error.what()};
  }
}

LockFacts read_lock(const std::filesystem::path& path) {
  errno = 0;
  std::ifstream stream{path, std::ios::binary};
  std::ostringstream text;
  if (stream) text << stream.rdbuf();
  if (!stream) fail("cannot read", path, errno);
  try {
    return parse_lock(text.str());
  } catch (const DamageError& error) {
    throw DamageError{path.string() + ": " + error.what(), error.fix()};
  } catch (const Failure& error) {
    throw Failure{error.code(), path.string() + ": " + error.what(), error.fix()};
  }
}

std::vector<std::string> describe_change(const LockFacts& old_lock, const CampaignSpec& new_spec) {
  return campaign::describe_difference(old_lock.data, campaign::data_facts(new_spec));
}

std::vector<std::string> describe_change(std::string_view old_lock_text, const CampaignSpec& new_spec) {
  return describe_change(parse_lock(old_lock_text), new_spec);
}

}  // namespace tranche::config
