#include "tranche/inspect/count_events.hpp"

#include <nlohmann/json.hpp>

namespace tranche::inspect {

using Json = nlohmann::ordered_json;

void add_count_event(ledger::Ledger& ledger, const std::string& kind, const ledger::StageRow& stage,
                     const std::string& text, double at, const std::string& more_json) {
  Json event{{"revision", stage.key.revision},     {"stage", stage.key.stage},           {"name", stage.name},
             {"finished", stage.tally.finished()}, {"failures", stage.tally.failures()}, {"text", text}};
  event.update(Json::parse(more_json));
  ledger.add_event(kind, event.dump(-1, ' ', false, Json::error_handler_t::replace), at);
}

campaign::FinishedCount counted_from(const ledger::Ledger& ledger, StageKey stage) {
  campaign::FinishedCount count;
  for (const auto& event : ledger.events()) {
    if (event.kind != "limit" && event.kind != "retry") continue;
    const auto facts = Json::parse(event.json, nullptr, false);
    if (!facts.is_object()) continue;
    if (facts.value("revision", 0) != stage.revision || facts.value("stage", 0) != stage.stage) continue;
    count = {facts.value("finished", std::uint64_t{0}), facts.value("failures", std::uint64_t{0})};
  }
  return count;
}

}  // namespace tranche::inspect
