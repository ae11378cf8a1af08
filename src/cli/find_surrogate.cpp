#include "find_surrogate.hpp"

#include <algorithm>
#include <vector>

#include "tranche/base/text.hpp"
#include "tranche/directory/models.hpp"

namespace tranche::cli {
namespace {

namespace fs = std::filesystem;

bool is_path(const std::string& model) {
  return model.find('/') != std::string::npos || model.ends_with(".h5");
}

/// Folders below models/ that hold one; with or without the trainings it came from.
std::vector<std::string> names_of(const directory::CampaignPaths& campaign) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator{campaign.models(), error})
    if (fs::exists(entry.path() / "surrogate.h5", error)) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

[[noreturn]] void refuse(const std::string& what, const std::string& fix) {
  throw Failure{ExitCode::usage, what, fix};
}

fs::path only_one(const directory::CampaignPaths& campaign) {
  const auto names = names_of(campaign);
  if (names.empty()) refuse("this campaign has no surrogate yet", "tranche train");
  if (names.size() > 1)
    refuse("there is more than one surrogate: " + joined(names), "tranche predict " + names.back() + " ...");
  return directory::ModelPaths{campaign, names.front()}.surrogate();
}

}  // namespace

fs::path find_surrogate(const Context& context, const std::string& model) {
  if (is_path(model)) {
    const fs::path path{model};
    return fs::is_directory(path) ? path / "surrogate.h5" : path;
  }
  const auto campaign = context.campaign();
  if (model.empty()) return only_one(campaign);
  const auto path = directory::ModelPaths{campaign, model}.surrogate();
  if (fs::exists(path)) return path;
  const auto names = names_of(campaign);
  const auto near = did_you_mean(model, names);
  if (near) refuse("there is no surrogate `" + model + "`", "did you mean: tranche predict " + *near);
  refuse("there is no surrogate `" + model + "`" + (names.empty() ? "" : "; there are: " + joined(names)),
         fs::exists(directory::ModelPaths{campaign, model}.folder()) ? "tranche models " + model
                                                                     : "tranche train");
}

}  // namespace tranche::cli
