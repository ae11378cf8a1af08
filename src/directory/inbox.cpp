#include "tranche/directory/inbox.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <system_error>
#include <thread>
#include <utility>

#include "json.hpp"
#include "owner_file.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/directory/owner.hpp"

namespace tranche::directory {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view request_suffix = ".request.json";
constexpr std::string_view answer_suffix = ".answer.json";
constexpr std::chrono::milliseconds look_every{500};  ///< at the owner, while an answer is waited for

fs::path request_path(const CampaignPaths& paths, const std::string& id) {
  return paths.inbox() / (id + std::string{request_suffix});
}
fs::path answer_path(const CampaignPaths& paths, const std::string& id) {
  return paths.inbox() / (id + std::string{answer_suffix});
}

/// Sorts by time, and is unique.
std::string new_id() {
  char stamp[32];
  std::snprintf(stamp, sizeof stamp, "%017.6f", unix_now());
  return std::string{stamp} + "-" + new_nonce().substr(0, 12);
}

/// The nonce of the present owner: a request is for that one, never for a later one.
std::string owner_nonce(const CampaignPaths& paths) {
  const auto owner = read_owner(paths.owner());
  return owner ? owner->nonce : "";
}

Json parsed_or_empty(const std::string& text) {
  auto document = parse_json(text);
  return document.is_discarded() ? Json::object() : document;
}

Answer read_answer(const std::string& text) {
  const auto document = parsed_or_empty(text);
  Answer answer;
  answer.ok = false;
  take(document, "ok", answer.ok);
  take(document, "text", answer.text);
  if (const auto data = document.find("data"); data != document.end()) answer.data_json = dump(*data);
  return answer;
}

/// The answer's file, which is removed; nothing if there is none.
std::optional<Answer> take_answer(const fs::path& path) {
  const auto text = read_file(path);
  if (!text) return std::nullopt;
  ::unlink(path.c_str());
  return read_answer(*text);
}

/// Whether the owner with this nonce is known to be one no more.
bool is_gone(const CampaignPaths& paths, const std::string& nonce) {
  if (nonce.empty()) return false;
  const auto now = look_at_owner(paths);
  return now.facts.nonce != nonce || now.state == OwnerState::dead;
}

std::vector<std::string> waiting_ids(const CampaignPaths& paths) {
  std::vector<std::string> ids;
  std::error_code error;
  for (fs::directory_iterator it{paths.inbox(), error}, end; !error && it != end; it.increment(error)) {
    const auto name = it->path().filename().string();
    if (name.front() != '.' && name.ends_with(request_suffix))
      ids.push_back(name.substr(0, name.size() - request_suffix.size()));
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

/// Answers nobody fetched: their askers were killed.
void sweep_answers(const CampaignPaths& paths) {
  std::error_code error;
  const auto limit = fs::file_time_type::clock::now() - std::chrono::hours{1};
  for (fs::directory_iterator it{paths.inbox(), error}, end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    if (!it->path().filename().string().ends_with(answer_suffix)) continue;
    const auto written = fs::last_write_time(it->path(), ignored);
    if (!ignored && written < limit) fs::remove(it->path(), ignored);
  }
}

}  // namespace

std::variant<Answer, Unanswered> ask_owner(const CampaignPaths& paths, const std::string& verb,
                                           const std::string& arguments_json, double patience_s) {
  using Clock = std::chrono::steady_clock;
  const auto id = new_id();
  const auto nonce = owner_nonce(paths);
  const Json request{{"verb", verb}, {"arguments", parsed_or_empty(arguments_json)}, {"owner", nonce}};
  make_folder(paths.inbox());
  write_atomically(request_path(paths, id), dump(request), Durability::rename_only);
  const auto limit = Clock::now() + std::chrono::duration<double>{patience_s};
  auto look_at = Clock::now() + look_every;
  while (true) {
    if (auto found = take_answer(answer_path(paths, id))) return std::move(*found);
    const auto now = Clock::now();
    if (now > limit) {
      const bool taken_back = ::unlink(request_path(paths, id).c_str()) == 0;
      if (auto found = take_answer(answer_path(paths, id))) return std::move(*found);
      return taken_back ? Unanswered::silent : Unanswered::taken;
    }
    if (now > look_at) {
      look_at = now + look_every;
      if (is_gone(paths, nonce)) {
        ::unlink(request_path(paths, id).c_str());
        if (auto found = take_answer(answer_path(paths, id))) return std::move(*found);
        return Unanswered::gone;
      }
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
}

std::vector<Request> take_requests(const CampaignPaths& paths,
                                   const std::function<bool(const std::string& verb)>& wanted) {
  const auto ids = waiting_ids(paths);
  if (ids.empty()) return {};
  sweep_answers(paths);
  const auto own = owner_nonce(paths);
  std::vector<Request> requests;
  for (const auto& id : ids) {
    const auto text = read_file(request_path(paths, id));
    if (!text) continue;  // taken back
    const auto document = parsed_or_empty(*text);
    Request request{id, "", "{}"};
    std::string addressee;
    take(document, "verb", request.verb);
    take(document, "owner", addressee);
    if (wanted && !wanted(request.verb)) continue;
    if (::unlink(request_path(paths, id).c_str()) != 0) continue;  // taken back
    if (!addressee.empty() && addressee != own) continue;  // left by a killed command, for an earlier owner
    if (const auto found = document.find("arguments"); found != document.end())
      request.arguments_json = dump(*found);
    if (request.verb.empty())
      answer(paths, request, {false, "the request could not be read", "{}"});
    else
      requests.push_back(std::move(request));
  }
  return requests;
}

void answer(const CampaignPaths& paths, const Request& request, const Answer& answer) {
  const Json document{{"ok", answer.ok}, {"text", answer.text}, {"data", parsed_or_empty(answer.data_json)}};
  write_atomically(answer_path(paths, request.id), dump(document), Durability::rename_only);
}

}  // namespace tranche::directory
