#include "tranche/inspect/hold.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <nlohmann/json.hpp>

#include "arguments.hpp"
#include "tranche/base/errors.hpp"

namespace tranche::inspect {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* fact = "paused";
constexpr const char* what_to_type = "tranche run --resume";

bool complete(const ledger::Ledger& ledger, const campaign::StagePlan& plan) {
  const auto rows = ledger.stages();
  return rows.size() == plan.stages().size() && std::all_of(rows.begin(), rows.end(), [](const auto& row) {
           return row.state == ledger::StageState::sealed;
         });
}

std::string local_time(double unix_time) {
  const auto seconds = static_cast<std::time_t>(unix_time);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &local);
  return text.data();
}

std::string dump(const Hold& hold) {
  return Json{{"since", hold.since}, {"by", hold.by}}.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// The fact as it was written here; what is of another type was written by somebody else.
Hold parse_hold(const std::string& text) {
  const auto document = Json::parse(text, nullptr, false);
  Hold hold;
  if (!document.is_object()) return hold;
  if (const auto since = document.find("since"); since != document.end() && since->is_number())
    hold.since = since->get<double>();
  if (const auto by = document.find("by"); by != document.end() && by->is_string())
    hold.by = by->get<std::string>();
  return hold;
}

}  // namespace

std::optional<Hold> find_hold(const ledger::Ledger& ledger) {
  const auto text = ledger.fact(fact);
  if (!text || text->empty()) return std::nullopt;
  return parse_hold(*text);
}

std::string to_text(const Hold& hold) {
  return "paused since " + local_time(hold.since) + " by " + hold.by;
}

Change pause_requested(ledger::Ledger& ledger, const campaign::StagePlan& plan,
                       const ChangeRequest& request) {
  const auto by = Arguments{"pause", request.arguments_json}.text("by");
  if (complete(ledger, plan)) {
    Problem problem;
    problem.what = "the campaign is complete: there is nothing to pause";
    throw ConfigError{std::move(problem)};
  }
  Change change;
  change.phase = "paused";
  change.next = what_to_type;
  auto hold = find_hold(ledger);
  change.changed = !hold;
  if (!hold) {
    hold = Hold{request.at, by.value_or("somebody")};
    ledger.set_fact(fact, dump(*hold));
    ledger.add_event("pause", dump(*hold), request.at);
  }
  change.text = to_text(*hold);
  change.data_json = dump(*hold);
  return change;
}

void settle_hold(ledger::Ledger& ledger, const campaign::StagePlan& plan, Resume resume, double at) {
  const auto hold = find_hold(ledger);
  if (!hold) return;
  if (resume == Resume::yes) {
    ledger.set_fact(fact, "");
    ledger.add_event("resume", dump(*hold), at);
  } else if (!complete(ledger, plan)) {
    throw Failure{ExitCode::gate, to_text(*hold), what_to_type};
  }
}

}  // namespace tranche::inspect
