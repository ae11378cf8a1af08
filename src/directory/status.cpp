#include "tranche/directory/status.hpp"

#include <algorithm>

#include "json.hpp"
#include "tranche/base/errors.hpp"

namespace tranche::directory {
namespace {

constexpr std::size_t most_failures = 200;
constexpr std::size_t most_with_sample = 20;
constexpr std::size_t longest_message = 500;  ///< bytes
constexpr std::size_t longest_reason = 100;

/// At most `most` bytes, and no half character at the end.
std::string cut(const std::string& text, std::size_t most) {
  if (text.size() <= most) return text;
  auto end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

Json to_json(const campaign::Tally& tally) {
  Json samples;
  for (std::size_t k = 0; k < sample_state_count; ++k)
    samples[std::string{sample_state_names[k]}] = tally.samples[k];
  return {{"total", tally.total},   {"samples", samples},   {"runs", tally.runs},
          {"wall_s", tally.wall_s}, {"cpu_s", tally.cpu_s}, {"core_s", tally.core_s}};
}

campaign::Tally tally_from(const Json& object) {
  campaign::Tally tally;
  take(object, "total", tally.total);
  take(object, "runs", tally.runs);
  take(object, "wall_s", tally.wall_s);
  take(object, "cpu_s", tally.cpu_s);
  take(object, "core_s", tally.core_s);
  const auto samples = object.find("samples");
  if (samples == object.end() || !samples->is_object()) return tally;
  for (std::size_t k = 0; k < sample_state_count; ++k)
    take(*samples, std::string{sample_state_names[k]}.c_str(), tally.samples[k]);
  return tally;
}

Json to_json(const StageStatus& stage) {
  return {{"revision", stage.key.revision},
          {"stage", stage.key.stage},
          {"name", stage.name},
          {"begin", stage.range.begin},
          {"end", stage.range.end},
          {"state", stage.state},
          {"gate", stage.gate},
          {"verdict", stage.verdict},
          {"digest", stage.digest},
          {"generation", stage.generation},
          {"tally", to_json(stage.tally)}};
}

StageStatus stage_from(const Json& object) {
  StageStatus stage;
  take(object, "revision", stage.key.revision);
  take(object, "stage", stage.key.stage);
  take(object, "name", stage.name);
  take(object, "begin", stage.range.begin);
  take(object, "end", stage.range.end);
  take(object, "state", stage.state);
  take(object, "gate", stage.gate);
  take(object, "verdict", stage.verdict);
  take(object, "digest", stage.digest);
  take(object, "generation", stage.generation);
  if (const auto tally = object.find("tally"); tally != object.end()) stage.tally = tally_from(*tally);
  return stage;
}

Json to_json(const AgentStatus& agent) {
  return {{"host", agent.host},
          {"rank", agent.rank},
          {"slots", agent.slots},
          {"idle_slots", agent.idle_slots},
          {"in_flight", agent.in_flight},
          {"finished", agent.finished},
          {"quarantined", agent.quarantined}};
}

AgentStatus agent_from(const Json& object) {
  AgentStatus agent;
  take(object, "host", agent.host);
  take(object, "rank", agent.rank);
  take(object, "slots", agent.slots);
  take(object, "idle_slots", agent.idle_slots);
  take(object, "in_flight", agent.in_flight);
  take(object, "finished", agent.finished);
  take(object, "quarantined", agent.quarantined);
  return agent;
}

Json to_json(const FailureRow& row) {
  return {{"stage", row.stage},
          {"state", row.state},
          {"reason", cut(row.reason, longest_reason)},
          {"count", row.count},
          {"wall_s", row.wall_s},
          {"example", row.example},
          {"message", cut(row.message, longest_message)},
          {"sample", row.sample}};
}

FailureRow failure_from(const Json& object) {
  FailureRow row;
  take(object, "stage", row.stage);
  take(object, "state", row.state);
  take(object, "reason", row.reason);
  take(object, "count", row.count);
  take(object, "wall_s", row.wall_s);
  take(object, "example", row.example);
  take(object, "message", row.message);
  take(object, "sample", row.sample);
  return row;
}

template <class T>
Json to_array(const std::vector<T>& items) {
  auto array = Json::array();
  for (const auto& item : items) array.push_back(to_json(item));
  return array;
}

/// Reads each object of object[key] with `read`.
template <class T, class Read>
void take_all(const Json& object, const char* key, std::vector<T>& into, Read read) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_array()) return;
  for (const auto& item : *found)
    if (item.is_object()) into.push_back(read(item));
}

Json to_json(const Losses& lost) {
  return {{"cut_s", lost.cut_s}, {"idle_s", lost.idle_s}, {"of_s", lost.of_s}};
}

Losses losses_from(const Json& object) {
  Losses lost;
  take(object, "cut_s", lost.cut_s);
  take(object, "idle_s", lost.idle_s);
  take(object, "of_s", lost.of_s);
  return lost;
}

Json to_json(const Status& status) {
  Json document{{"tranche_status", status_format},
                {"campaign", status.campaign},
                {"phase", status.phase},
                {"exit_code", status.exit_code},
                {"text", status.text},
                {"next", status.next},
                {"updated_at", status.updated_at},
                {"started_at", status.started_at},
                {"host", status.host},
                {"pid", status.pid},
                {"slurm_job_id", status.slurm_job_id},
                {"current_stage", status.current_stage},
                {"finished_now", status.finished_now},
                {"rate_per_s", status.rate_per_s},
                {"eta_s", nullptr},
                {"ends_at", nullptr},
                {"lost", nullptr},
                {"epoch", status.epoch},
                {"epoch_at", status.epoch_at},
                {"store_bytes", status.store_bytes},
                {"stages", to_array(status.stages)},
                {"agents", to_array(status.agents)},
                {"attention", status.attention}};
  if (status.eta_s) document["eta_s"] = *status.eta_s;
  if (status.ends_at) document["ends_at"] = *status.ends_at;
  if (status.lost) document["lost"] = to_json(*status.lost);
  return document;
}

Status status_from(const Json& object) {
  Status status;
  take(object, "campaign", status.campaign);
  take(object, "phase", status.phase);
  take(object, "exit_code", status.exit_code);
  take(object, "text", status.text);
  take(object, "next", status.next);
  take(object, "updated_at", status.updated_at);
  take(object, "started_at", status.started_at);
  take(object, "host", status.host);
  take(object, "pid", status.pid);
  take(object, "slurm_job_id", status.slurm_job_id);
  take(object, "current_stage", status.current_stage);
  take(object, "finished_now", status.finished_now);
  take(object, "rate_per_s", status.rate_per_s);
  take(object, "epoch", status.epoch);
  take(object, "epoch_at", status.epoch_at);
  take(object, "store_bytes", status.store_bytes);
  take(object, "attention", status.attention);
  if (const auto eta = object.find("eta_s"); eta != object.end() && eta->is_number())
    status.eta_s = eta->get<double>();
  if (const auto end = object.find("ends_at"); end != object.end() && end->is_number())
    status.ends_at = end->get<double>();
  if (const auto lost = object.find("lost"); lost != object.end() && lost->is_object())
    status.lost = losses_from(*lost);
  take_all(object, "stages", status.stages, stage_from);
  take_all(object, "agents", status.agents, agent_from);
  return status;
}

/// A document of ours. Readers accept more keys than they know, but no later format.
Json parse(const std::filesystem::path& path, const std::string& text, const char* version_key) {
  auto document = parse_json(text);
  if (!document.is_object() || !document.contains(version_key))
    throw IoError{"cannot read " + path.string() + ": not a document of this kind"};
  int version = 0;
  take(document, version_key, version);
  if (version > status_format)
    throw IoError{"cannot read " + path.string() + ": written by a newer tranche (format " +
                  std::to_string(version) + ")"};
  return document;
}

}  // namespace

std::string to_json_text(const Losses& losses) {
  return dump(to_json(losses), -1);
}

std::string to_json_text(const Status& status) {
  return dump(to_json(status), 2) + "\n";
}

void publish_status(const CampaignPaths& paths, const Status& status) {
  write_atomically(paths.status(), to_json_text(status), Durability::rename_only);
}

std::optional<Status> read_status(const CampaignPaths& paths) {
  const auto text = read_file(paths.status());
  // A power cut may leave it empty: it is renamed, not synced.
  const bool readable = text && parse_json(*text).is_object();
  if (readable) return status_from(parse(paths.status(), *text, "tranche_status"));
  if (!std::filesystem::exists(paths.ledger())) return std::nullopt;
  Status status;
  status.phase = "stopped";
  status.text = "status.json is missing or cannot be read; the next `tranche run` writes it again";
  status.next = "tranche run";
  return status;
}

void publish_failures(const CampaignPaths& paths, const Failures& failures) {
  const auto& rows = failures.rows;
  auto shown = std::vector(rows.begin(),
                           rows.begin() + static_cast<std::ptrdiff_t>(std::min(rows.size(), most_failures)));
  for (std::size_t k = most_with_sample; k < shown.size(); ++k) shown[k].sample.clear();
  const Json document{{"tranche_failures", status_format},
                      {"rows", to_array(shown)},
                      {"left_out", rows.size() - shown.size()},
                      {"finished", failures.finished},
                      {"finished_sample", failures.finished_sample}};
  write_atomically(paths.failures(), dump(document) + "\n", Durability::rename_only);
}

Failures read_failures(const CampaignPaths& paths) {
  Failures failures;
  const auto text = read_file(paths.failures());
  if (!text) return failures;
  const auto document = parse(paths.failures(), *text, "tranche_failures");
  take_all(document, "rows", failures.rows, failure_from);
  take(document, "finished", failures.finished);
  take(document, "finished_sample", failures.finished_sample);
  return failures;
}

}  // namespace tranche::directory
