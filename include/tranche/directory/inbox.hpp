/// \file
/// Requests of other commands to the live owner, as files written by rename.
/// Layer: adapter (POSIX files).
///
///   inbox/<id>.request.json   {"verb": "stop", "arguments": {...}}
///   inbox/<id>.answer.json    {"ok": true, "text": "...", "data": {...}}
#pragma once

#include <functional>
#include <optional>
#include <string>
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
};

/// Asks and waits up to `patience_s` for the answer. Nothing if none came (the request is taken back).
std::optional<Answer> ask_owner(const CampaignPaths& paths, const std::string& verb,
                                const std::string& arguments_json, double patience_s);

/// Owner's side: requests waiting now, oldest first. Unreadable ones are answered with an error and skipped.
/// Those whose verb `wanted` refuses stay where they are.
std::vector<Request> take_requests(const CampaignPaths& paths,
                                   const std::function<bool(const std::string& verb)>& wanted = {});
void answer(const CampaignPaths& paths, const Request& request, const Answer& answer);

}  // namespace tranche::directory
