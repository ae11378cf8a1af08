/// \file
/// Requests of other commands to the live owner, as files written by rename.
/// Layer: adapter (POSIX files).
///
///   inbox/<id>.request.json   {"verb": "stop", "arguments": {...}}
///   inbox/<id>.answer.json    {"ok": true, "text": "...", "data": {...}}
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "tranche/directory/files.hpp"

namespace tranche::directory {

struct Request {
  std::string id;
  std::string verb;
  std::string arguments_json = "{}";
};

struct Answer {
  bool ok = true;
  std::string text;  ///< one line for people
  std::string data_json = "{}";

  bool operator==(const Answer&) const = default;
};

/// Why there is no answer.
enum class Unanswered : std::uint8_t {
  silent,  ///< nobody took the request; it has been taken back
  taken,   ///< the owner has it, and is still at work
  gone,    ///< whoever was asked owns the campaign no more
};

/// Asks and waits up to `patience_s` for the answer; not longer than the owner lives, if that can be seen.
std::variant<Answer, Unanswered> ask_owner(const CampaignPaths& paths, const std::string& verb,
                                           const std::string& arguments_json, double patience_s);

/// Owner's side: requests waiting now, oldest first. Unreadable ones are answered with an error and skipped.
/// Those whose verb `wanted` refuses stay where they are.
std::vector<Request> take_requests(const CampaignPaths& paths,
                                   const std::function<bool(const std::string& verb)>& wanted = {});
void answer(const CampaignPaths& paths, const Request& request, const Answer& answer);

}  // namespace tranche::directory
